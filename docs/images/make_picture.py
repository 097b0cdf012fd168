"""Draw docs/images/demo.svg: the first invented visit of `chartlight demo`, as a terminal shows it (`make picture`)."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console
from rich.theme import Theme

from models.propose import load
from serving import page, terminal
from serving.demo import samples


def main() -> None:
    """Propose, print to a recording console, save."""
    sample = next(iter(samples()))
    console = Console(
        record=True,
        width=104,
        file=io.StringIO(),
        theme=Theme(terminal.STYLES),
        highlight=False,
        emoji=False,
        markup=False,
    )
    texts = {None: sample.encounter.documents[0].note.text}
    page.show(console, load().propose(sample.encounter), texts, name=f"{sample.encounter.id}.txt (invented)")
    path = Path(__file__).parent / "demo.svg"
    # a fixed id keeps the file the same when the picture is
    path.write_text(console.export_svg(title="chartlight demo", unique_id="chartlight"), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
