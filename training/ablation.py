"""What each knowledge table is worth: the notes of ``train`` coded with one table withheld, and scored by the scorer beside the contract.

Each run is a process of its own, since the tables are kept for the life of one; the notes and proposals stand in a folder that is removed.

    python -m training.ablation drugs IN.jsonl OUT.jsonl     (what ``gains`` runs)
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chartlight import decode_encounter
from chartlight.codec import encode
from nlp import compiled
from nlp.tables import patterns, rows
from training.notes import context_of

ROOT = Path(__file__).resolve().parent.parent
WITHHELD: Mapping[str, tuple[str, ...]] = {
    "names": ("names/",),
    "abbreviations": ("abbreviations/",),
    "drugs": ("drugs/",),
    "tests": ("tests/",),
    "procedures": ("procedures/",),
    "people": ("people/",),
    "course": ("problems/categories.tsv",),
    "other problems": ("problems/integral.tsv", "problems/several.tsv", "problems/decided_by.tsv", "problems/beside.tsv", "problems/measured_by.tsv"),
    "phrases": (),
}  # fmt: skip
"""Tables by name, and the files that are withheld; of ``phrases`` the pattern files below."""
PHRASES = ("assertion", "status_phrases", "data_phrases", "risk_phrases", "time")
NOTHING = "qzxqzx"
"""A word that no note has: in place of every phrase of a group that is withheld."""
FIGURES = ("mdm_exact", "icd10_f1", "problem_f1", "data_f1", "risk_f1")


def without(name: str) -> compiled.Tables:
    """The tables with one withheld.

    >>> without("drugs").table("drugs").get(("aspirin",)) is None
    True
    """
    files = WITHHELD[name]

    def read(folder: str, pattern: str) -> Iterator[dict[str, str]]:
        return iter(()) if f"{folder}/{pattern}".startswith(files) else rows(folder, pattern)

    return compiled.build(read) if files else compiled.load()


def _blank(table: dict[str, Any]) -> None:
    """Empty every list of phrases in place: the readers share the table."""
    for key, value in table.items():
        if isinstance(value, dict):
            _blank(value)
        elif isinstance(value, list) and all(isinstance(v, str) for v in value):
            table[key] = [NOTHING]


def code(name: str, source: Path, target: Path) -> None:
    """Code the notes of a batch with one table withheld (``""``: with all)."""
    if name == "phrases":
        for file in PHRASES:
            _blank(patterns(file))
    elif name:
        tables = without(name)
        compiled.load = lambda: tables  # type: ignore[assignment]  # this process reads no others
    from models.propose import load

    proposer = load()
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        for line in lines:
            proposal = proposer.propose(decode_encounter(json.loads(line)))
            out.write(json.dumps(encode(proposal), ensure_ascii=False) + "\n")


def gains(shared: Path, names: Sequence[str], notes: int, seed: int) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Figures with all tables (``all``), then with each withheld; on ``notes`` random notes of train, 0 for all."""
    corpus, scorer = shared / "corpora" / "dev.jsonl", shared / "evaluation" / "score.py"
    with corpus.open(encoding="utf-8") as file:
        records = [r for r in map(json.loads, file) if r.get("split") == "train"]
    if notes:
        records = random.Random(seed).sample(records, min(notes, len(records)))
    with tempfile.TemporaryDirectory() as place:
        source, gold, target = (Path(place) / name for name in ("in.jsonl", "gold.jsonl", "out.jsonl"))
        gold.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
        lines = ({"id": r["id"], "text": r["text"], "context": context_of(r["setting"])} for r in records)
        source.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        for name in ("", *names):
            print(
                f"knowledge: {len(records)} notes, {f'without {name}' if name else 'with all tables'}", file=sys.stderr
            )
            command = [sys.executable, "-m", "training.ablation", name, str(source), str(target)]
            subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
            command = [sys.executable, str(scorer), str(gold), str(target), "--split", "train", "--json"]
            said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            yield name or "all", _figures(json.loads(said))


def _figures(said: Mapping[str, Any]) -> Mapping[str, float]:
    found = said.get("all", said)
    facts = {f"{kind}_f1": value.get("f1") or 0.0 for kind, value in found.get("facts", {}).items()}
    return {name: float(found.get(name, facts.get(name)) or 0.0) for name in FIGURES}


if __name__ == "__main__":
    code(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
