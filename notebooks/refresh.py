"""Run the code cells of notebooks from top to bottom and write what they print into them: ``python notebooks/refresh.py [NOTEBOOK ...]``.

Plain ``exec`` in one namespace: the cells use nothing of Jupyter, so neither running nor testing them needs its packages.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def outputs_of(notebook: dict[str, Any]) -> list[str]:
    """What each code cell prints, in order."""
    names: dict[str, Any] = {"__name__": "__notebook__"}
    said = []
    for number, cell in enumerate(c for c in notebook["cells"] if c["cell_type"] == "code"):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("".join(cell["source"]), f"<cell {number + 1}>", "exec"), names)
        said.append(printed.getvalue())
    return said


def stored_outputs(notebook: dict[str, Any]) -> list[str]:
    """What the notebook says that its code cells print."""
    cells = [c for c in notebook["cells"] if c["cell_type"] == "code"]
    return ["".join("".join(o["text"]) for o in c["outputs"]) for c in cells]


def refresh(path: Path) -> None:
    """Run a notebook and store its outputs in it."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    said = outputs_of(notebook)
    for n, cell in enumerate(c for c in notebook["cells"] if c["cell_type"] == "code"):
        text = said[n].splitlines(keepends=True)
        cell["execution_count"] = n + 1
        cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": text}] if text else []
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    for place in [Path(p) for p in sys.argv[1:]] or sorted(HERE.glob("*.ipynb")):
        refresh(place)
