"""How sure a proposal may be: the share of right ones among annotated ``train`` notes that show the same signs.

``make calibrate`` codes the notes of ``train`` as the batch contract states (date, setting, stage), compares level and codes with the annotation, and
writes ``models/weights/confidence.json`` with its card ``confidence.md``. A level is right when a careful auditor could defend it (``defensible`` of
the guidelines), a code when it is core or optional. Before writing it prints five-fold figures, also of wider sets of signs that
``models/confidence.py`` does not use: take one over only when it does clearly better. Nothing of a note is kept: signs, counts and a digest of the data.

    python -m training.calibrate --shared ../shared [--workers 2] [--dry-run]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from chartlight import Determination, DiagnosisSuggestion, Encounter
from chartlight.encounter import decode_encounter
from chartlight.labels import Level
from models import confidence
from models.propose import Proposer, UnreadableNote, line_up, load
from nlp.reading import Reading
from training.notes import context_of

ROOT = Path(__file__).resolve().parent.parent
STRENGTH = 10.0
"""Weight of the overall share in each group's share, in notes (Beta prior): a group of ten counts half."""
FOLDS = 5
BINS = 10  # as in the scorer
ELEMENTS = ("problems", "data", "risk")


@dataclass(frozen=True, slots=True)
class Row:
    """One judged proposal: the note's id, the signs it showed by name, whether it was right."""

    id: str
    signs: Mapping[str, str]
    right: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """The judged levels (one a note) and codes (one a suggestion) of the notes."""

    levels: tuple[Row, ...] = ()
    codes: tuple[Row, ...] = ()

    def __add__(self, other: Rows) -> Rows:
        return Rows(self.levels + other.levels, self.codes + other.codes)


class _Recording(Proposer):
    """The proposer as it serves, which keeps what the signs are read from."""

    def _diagnoses(self, coded: Any, facts: Any, readings: Any, context: Any, coder: Any) -> Any:
        self.coded, self.readings = {c.fact.id: c for c in coded}, readings
        return super()._diagnoses(coded, facts, readings, context, coder)


@cache
def _proposer() -> _Recording:
    load()
    return _Recording()


def defensible(record: Mapping[str, Any]) -> set[str]:
    """Levels that a careful auditor could defend: the second highest of every allowed combination, and the annotated one.

    >>> sorted(
    ...     defensible(
    ...         {
    ...             "levels": dict.fromkeys(ELEMENTS, "low"),
    ...             "defensible": {"problems": ["moderate"], "data": ["low"], "risk": ["low", "high"]},
    ...         }
    ...     )
    ... )
    ['low', 'moderate']
    """
    allowed = [record["defensible"][e] for e in ELEMENTS]
    levels = [dict(zip(ELEMENTS, p, strict=True)) for p in product(*allowed)] + [record["levels"]]
    return {sorted(Level(level[e]) for e in ELEMENTS)[1].value for level in levels}


def judge(record: Mapping[str, Any]) -> Rows:
    """Propose for one annotated note and compare; nothing for a note that cannot be read."""
    proposer = _proposer()
    sent = {"id": record["id"], "text": record["text"], "context": context_of(record["setting"])}
    encounter: Encounter = decode_encounter(sent)
    try:
        proposal = proposer.propose(encounter)
    except UnreadableNote:
        return Rows()
    determination, levels = proposal.determination, ()
    coded = proposer.coded
    if determination.mdm is not None:
        right = determination.mdm.level.value in defensible(record)
        levels = (Row(record["id"], _signs_of_level(determination, proposer.readings, coded, record), right),)
    wanted = set(record["icd10"]["core"]) | set(record["icd10"]["optional"])
    codes = tuple(
        Row(record["id"], _signs_of_code(d, coded, determination), d.code in wanted)
        for d in proposal.diagnoses + proposal.more
        if d.facts and coded[d.facts[0]].choice is not None and coded[d.facts[0]].problem.addressed
    )
    return Rows(levels, codes)


def _signs_of_level(
    determination: Determination, readings: Sequence[Reading], coded: Mapping[str, Any], record: Mapping[str, Any]
) -> dict[str, str]:
    """The signs that serve, and those that are tried beside them."""
    judged = [c for c in coded.values() if c.problem.addressed]
    named = sum(c.choice is not None and c.choice.score >= 0.9 for c in judged)
    share = named / len(judged) if judged else 0.0
    setting = context_of(record["setting"])["setting"]
    mdm = determination.mdm
    assert mdm is not None
    return {
        "served": confidence.signs_of_level(determination, readings),
        "problems": str(min(len(judged), 3)),
        "setting": setting if setting in ("office", "emergency") else "other",
        "named": "all" if share == 1 else "most" if share >= 0.5 else "few",
        "sureness": str(int(4 * min((c.fact.confidence or 0.0 for c in judged), default=0.0))),
        "level": mdm.level.value,
        "pattern": "/".join(str(r) for r in sorted(getattr(mdm, e).rank for e in ELEMENTS)),
        "headed": str(any(c.problem.is_headline for c in judged)),
    }


def _signs_of_code(
    suggestion: DiagnosisSuggestion, coded: Mapping[str, Any], determination: Determination
) -> dict[str, str]:
    first = coded[suggestion.facts[0]]
    judged = sum(c.problem.addressed for c in coded.values())
    return {
        "served": confidence.signs_of_diagnosis(first.choice, first.problem),
        "changed": "same" if suggestion.code == first.choice.code else "changed",
        "problems": "1" if judged == 1 else "2-4" if judged <= 4 else "5+",
        "vague": str("unspecified" in suggestion.description.lower()),
        "level": str(determination.mdm.level if determination.mdm else None),
    }


def shares(rows: Iterable[Row], key: Callable[[Row], str], strength: float = STRENGTH) -> dict[str, float]:
    """The share that is right for each key, drawn towards the overall share, which stands under ``all``.

    >>> rows = [Row("a", {"k": "x"}, True), Row("b", {"k": "x"}, True), Row("c", {"k": "y"}, False)]
    >>> shares(rows, lambda row: row.signs["k"], strength=1.0)
    {'all': 0.6667, 'x': 0.8889, 'y': 0.3333}
    """
    count: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for row in rows:
        for name in ("all", key(row)):
            count[name] += 1
            right[name] += row.right
    if not count:
        return {}
    overall = right["all"] / count["all"]
    drawn = {k: round((right[k] + strength * overall) / (n + strength), 4) for k, n in sorted(count.items())}
    return {"all": round(overall, 4)} | {k: v for k, v in drawn.items() if k != "all"}


def fold_of(id: str) -> int:
    """The fold of a note, 0 to 4, by a digest of its id: the same on every machine and with any other notes.

    >>> fold_of("n1") == fold_of("n1")
    True
    """
    return int(hashlib.sha256(id.encode()).hexdigest(), 16) % FOLDS


def out_of_fold(rows: Sequence[Row], key: Callable[[Row], str]) -> list[tuple[float, bool]]:
    """For each row the share learned from the other folds, and whether it was right."""
    out = []
    for fold in range(FOLDS):
        table = shares((r for r in rows if fold_of(r.id) != fold), key)
        for row in rows:
            if fold_of(row.id) == fold:
                out.append((table.get(key(row), table.get("all", 0.5)), row.right))
    return out


def brier(pairs: Sequence[tuple[float, bool]]) -> float:
    """Mean squared distance of probability and outcome; 0 is perfect.

    >>> brier([(1.0, True), (0.5, False)])
    0.125
    """
    return sum((p - right) ** 2 for p, right in pairs) / len(pairs)


def calibration_error(pairs: Sequence[tuple[float, bool]]) -> float:
    """Expected calibration error over ten bins of equal width, as the scorer counts it.

    >>> calibration_error([(0.75, True), (0.75, True), (0.75, True), (0.75, False)])
    0.0
    """
    bins: dict[int, list[tuple[float, bool]]] = {}
    for p, right in pairs:
        bins.setdefault(min(int(p * BINS), BINS - 1), []).append((p, right))
    return sum(abs(sum(p for p, _ in b) - sum(r for _, r in b)) for b in bins.values()) / len(pairs)


TRIED: dict[str, tuple[tuple[str, ...], ...]] = {
    "level": (
        (), ("served",), ("served", "problems"), ("served", "setting"), ("served", "named"), ("served", "sureness"), ("served", "headed"),
        ("level",), ("pattern",), ("level", "setting"), ("level", "headed"), ("level", "problems"), ("served", "setting", "problems"),
    ),
    "diagnosis": (
        (), ("served",), ("served", "changed"), ("served", "problems"), ("served", "vague"), ("served", "level"), ("served", "changed", "vague"),
    ),
}  # fmt: skip
"""Sets of signs that are compared; the empty one is the overall share for everything."""


def compare(rows: Rows) -> dict[str, list[tuple[str, int, float, float]]]:
    """Five-fold figures for each set of signs: its name, number of groups, calibration error, Brier score."""
    out: dict[str, list[tuple[str, int, float, float]]] = {}
    for kind, judged in (("level", rows.levels), ("diagnosis", rows.codes)):
        for names in TRIED[kind] if judged else ():
            key = _key(names)
            pairs = out_of_fold(judged, key)
            groups = len({key(r) for r in judged})
            title = " + ".join(names) or "none"
            out.setdefault(kind, []).append((title, groups, calibration_error(pairs), brier(pairs)))
    return out


def _key(names: Sequence[str]) -> Callable[[Row], str]:
    return lambda row: "|".join(row.signs[n] for n in names)


def collect(corpus: Path, workers: int) -> tuple[Rows, dict[str, Any]]:
    """Judge the notes of ``train``; the rows, and what the card says of the data."""
    records, digest = [], hashlib.sha256()
    with corpus.open(encoding="utf-8") as file:
        for line in file:
            if line.strip() and (record := json.loads(line)).get("split") == "train":
                records.append(record)
                digest.update(line.strip().encode() + b"\n")
    if workers > 1:
        with ProcessPoolExecutor(workers) as pool:
            judged = list(pool.map(judge, records, chunksize=8))
    else:
        judged = [judge(r) for r in records]
    rows = sum(judged, Rows())
    return rows, {
        "split": "train",
        "notes": len(records),
        "levels": len(rows.levels),
        "codes": len(rows.codes),
        "strength": STRENGTH,
        "data": "sha256:" + digest.hexdigest(),
        "versions": line_up()["versions"],
    }


def table_of(rows: Rows, card: Mapping[str, Any]) -> dict[str, Any]:
    """The file's content: shares by the signs that serve, and the card."""
    served = _key(("served",))
    return {"card": dict(card), "level": shares(rows.levels, served), "diagnosis": shares(rows.codes, served)}


def page_of(card: Mapping[str, Any], compared: Mapping[str, Sequence[tuple[str, int, float, float]]]) -> str:
    """The card for people, in Markdown."""
    lines = [
        "# Confidence: the card",
        "",
        "How often levels and codes were right on annotated notes that showed the same signs (`models/confidence.py`), drawn towards the overall",
        f"share with the weight of {card['strength']:g} notes. Written by `make calibrate`; not edited by hand.",
        "",
        f"Data: {card['notes']} notes of the split `train` ({card['levels']} levels, {card['codes']} codes), digest `{card['data']}`. The notes are",
        "real and de-identified or acted (ACI-Bench and PriMock57, CC BY 4.0; MTSamples sample reports); the annotations were made by a language model",
        "in the role of a coder, not by certified coders, and checked by program. Right: a level that a careful auditor could defend; a code that is",
        "core or optional. Five folds by note; ECE over ten bins, as in the scorer. The predictors were built looking at the same notes, so",
        "these figures are kinder than those on notes that nobody has looked at.",
    ]  # fmt: skip
    for kind, found in compared.items():
        lines += ["", f"## {kind.capitalize()}", "", "| signs | groups | ECE | Brier |", "|---|---|---|---|"]
        lines += [f"| {title} | {groups} | {error:.4f} | {score:.4f} |" for title, groups, error, score in found]
    return "\n".join(lines) + "\n"


def main(words: Sequence[str] | None = None) -> int:
    """Calibrate and write both files; exit code 3 where the corpus is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder with corpora")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--out", type=Path, default=confidence.TABLE, help="where the table goes; the card beside it")
    parser.add_argument("--dry-run", action="store_true", help="print the figures and write nothing")
    args = parser.parse_args(words)
    corpus = args.shared / "corpora" / "dev.jsonl"
    if not corpus.is_file():
        print(f"calibrate: {corpus} is missing; SHARED=/path names the folder", file=sys.stderr)
        return 3
    rows, card = collect(corpus, args.workers)
    page = page_of(card, compare(rows))
    print(page)
    if not args.dry_run:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps(table_of(rows, card), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        args.out.with_suffix(".md").write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
