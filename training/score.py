"""Code the annotated notes through the batch door and score the proposals with the scorer beside the contract.

``make score`` reads the split ``train``; ``make score SPLIT=held_out`` is for a report: it appends date, commit and figures to
``docs/held_out.md`` and keeps no proposals, since that split is read once per report and never tuned on. Proposals of ``train``
stay in ``out/score`` (not part of the repository: they quote the notes).

    python -m training.score --shared ../shared [--split train] [--workers 2] [--by] [--errors 10]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from training.notes import write_batch

ROOT = Path(__file__).resolve().parent.parent
HELD_OUT = ROOT / "docs" / "held_out.md"
HEAD = """\
# Figures on the held-out notes

One line per report, newest last; `make score SPLIT=held_out` appends it. The notes are real and de-identified or acted; the
annotations were made note by note by a language model in the role of a coder, not by certified coders, and checked by program.

| date | commit | notes | MDM exact | defensible | kappa | over | ICD-10 F1 | defensible | noise | traps | verbatim | evidenced | missing | problem / data / risk F1 |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
"""


def row(found: Mapping[str, Any], *, day: date, commit: str) -> str:
    """One line of ``docs/held_out.md`` from the scorer's figures.

    >>> row({"notes": 2, "facts": {}}, day=date(2026, 3, 2), commit="abc")[:24]
    '| 2026-03-02 | abc | 2 |'
    """
    names = (
        "notes", "mdm_exact", "mdm_defensible", "mdm_weighted_kappa", "mdm_over", "icd10_f1", "icd10_f1_defensible",
        "icd10_noise_per_note", "trap_mentions_coded", "evidence_verbatim", "icd10_evidenced", "missing",
    )  # fmt: skip
    facts = found.get("facts", {})
    elements = " / ".join(str(facts.get(kind, {}).get("f1")) for kind in ("problem", "data", "risk"))
    return f"| {' | '.join([day.isoformat(), commit, *(str(found.get(n)) for n in names), elements])} |\n"


def append(found: Mapping[str, Any], *, day: date, commit: str, page: Path = HELD_OUT) -> None:
    """Append a report to the page; begins the page where there is none."""
    text = page.read_text(encoding="utf-8") if page.exists() else HEAD
    page.write_text(text + row(found, day=day, commit=commit), encoding="utf-8")


def commit_id() -> str:
    """The commit of the checkout, with ``+`` where files differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if git("status", "--porcelain", "-uno") else "")


def run(shared: Path, split: str, folder: Path, *, workers: int, more: Sequence[str] = ()) -> tuple[int, str]:
    """Code the split into ``folder`` and score it: exit code and what the scorer prints."""
    corpus, scorer = shared / "corpora" / "dev.jsonl", shared / "evaluation" / "score.py"
    source, target = folder / f"{split}.in.jsonl", folder / f"{split}.jsonl"
    count = write_batch(corpus, split, source)
    print(f"score: {count} notes of {split}", file=sys.stderr)
    door = [
        sys.executable,
        "-m",
        "serving.cli",
        "batch",
        str(source),
        str(target),
        "--workers",
        str(workers),
        "--force",
    ]
    status = subprocess.run(door, cwd=ROOT, check=False).returncode
    source.unlink()
    if status:
        return status, ""
    command = [sys.executable, str(scorer), str(corpus), str(target), "--split", split, *more]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout


def score_records(gold: Sequence[Mapping[str, Any]], found: Mapping[str, Any], shared: Path) -> dict[str, Any]:
    """The scorer's figures for annotated notes (with their text) and proposals by id, through files that are removed."""
    scorer = shared / "evaluation" / "score.py"
    with tempfile.TemporaryDirectory() as place:
        wanted, said = Path(place, "gold.jsonl"), Path(place, "said.jsonl")
        wanted.write_text("".join(json.dumps(g) + "\n" for g in gold), encoding="utf-8")
        said.write_text("".join(json.dumps(p) + "\n" for p in found.values()), encoding="utf-8")
        command = [sys.executable, str(scorer), str(wanted), str(said), "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)["all"]  # type: ignore[no-any-return]


def main(words: Sequence[str] | None = None) -> int:
    """Score one split; exit code of the part that failed, if one did."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--shared", type=Path, default=ROOT.parent / "shared", help="folder with corpora and evaluation"
    )
    parser.add_argument("--split", choices=("train", "held_out"), default="train")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--by", action="store_true", help="also by corpus")
    parser.add_argument("--errors", type=int, default=0, metavar="N", help="show N notes that went wrong (train only)")
    args = parser.parse_args(words)
    if not (args.shared / "corpora" / "dev.jsonl").is_file():
        print(f"score: {args.shared}/corpora/dev.jsonl is missing; SHARED=/path names the folder", file=sys.stderr)
        return 3
    more = ["--by"] if args.by else []
    if args.split == "held_out":
        with tempfile.TemporaryDirectory() as place:
            status, said = run(args.shared, args.split, Path(place), workers=args.workers, more=more)
        if not status:
            append(json.loads(said)["all"], day=date.today(), commit=commit_id())
            print(f"score: appended to {HELD_OUT.relative_to(ROOT)}", file=sys.stderr)
    else:
        folder = ROOT / "out" / "score"
        folder.mkdir(parents=True, exist_ok=True)
        more += ["--errors", str(args.errors)] if args.errors else []
        status, said = run(args.shared, args.split, folder, workers=args.workers, more=more)
    print(said, end="")
    return status


if __name__ == "__main__":
    sys.exit(main())
