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
from models.diagnoses import Coded
from models.line_up import line_up
from models.predictors.found import ASSESSING
from models.propose import Proposer, UnreadableNote, load
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

    @property
    def addressed(self) -> tuple[Row, ...]:
        """The codes of addressed problems: those that a coder sees first."""
        return tuple(r for r in self.codes if r.signs["served"] != "mentioned")

    def __add__(self, other: Rows) -> Rows:
        return Rows(self.levels + other.levels, self.codes + other.codes)


class _Recording(Proposer):
    """The proposer as it serves, which keeps the coded problems of its last proposal: the signs are read from them."""

    coded: Mapping[str, Coded]

    def _facts(self, readings: Any, coder: Any, used: Any) -> Any:
        found = super()._facts(readings, coder, used)
        self.coded = {c.fact.id: c for c in found[1]}
        return found


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
    coded = proposer.coded
    levels: tuple[Row, ...] = ()
    if proposal.determination.mdm is not None:
        right = proposal.determination.mdm.level.value in defensible(record)
        levels = (Row(record["id"], _signs_of_level(proposal.determination, coded, record), right),)
    wanted = set(record["icd10"]["core"]) | set(record["icd10"]["optional"])
    codes = []
    for d in proposal.diagnoses + proposal.more:
        first = coded.get(d.facts[0]) if d.facts else None
        # companions such as long-term drug use rest on no choice of the coder
        is_companion = d not in proposal.diagnoses and "(" in d.because
        if first is not None and first.choice is not None and not is_companion:
            codes.append(Row(record["id"], _signs_of_code(d, first, coded), d.code in wanted))
    return Rows(levels, tuple(codes))


def _signs_of_level(
    determination: Determination, coded: Mapping[str, Coded], record: Mapping[str, Any]
) -> dict[str, str]:
    """The signs that serve, and those that are tried beside them."""
    judged = [c for c in coded.values() if c.problem.addressed]
    named = sum(c.choice is not None and c.choice.score >= 0.9 for c in judged)
    share = named / len(judged) if judged else 0.0
    setting = context_of(record["setting"])["setting"]
    mdm = determination.mdm
    assert mdm is not None
    kinds = {s.kind for c in coded.values() for s in c.reading.sections}
    return {
        "served": confidence.signs_of_level(determination),
        "assessment": str(bool(kinds & ASSESSING)),
        "problems": str(min(len(judged), 3)),
        "setting": setting if setting in ("office", "emergency") else "other",
        "named": "all" if share == 1 else "most" if share >= 0.5 else "few",
        "sureness": str(int(4 * min((c.fact.confidence or 0.0 for c in judged), default=0.0))),
        "level": mdm.level.value,
        "agreement": confidence.signs_of_level(determination).split("|")[1],
        "pattern": "/".join(str(getattr(mdm, e).rank) for e in ELEMENTS),
        "headed": str(any(c.problem.is_headline for c in judged)),
    }


def _signs_of_code(suggestion: DiagnosisSuggestion, first: Coded, coded: Mapping[str, Coded]) -> dict[str, str]:
    judged = sum(c.problem.addressed for c in coded.values())
    assert first.choice is not None
    return {
        "served": confidence.signs_of_diagnosis(first.problem, first.reading, suggestion.description),
        "changed": "same" if suggestion.code == first.choice.code else "changed",
        "problems": "1" if judged == 1 else "2-4" if judged <= 4 else "5+",
        "found": "named" if first.choice.score >= 0.9 else "searched",
        "headline": str(first.problem.is_headline),
        "symptom": str(first.problem.is_symptom),
        "chapter": suggestion.code[0],
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


def coverage(pairs: Sequence[tuple[float, bool]], precision: float = 0.95) -> float:
    """Share of rows that one can take by falling probability while this share of them is right; equal ones go together.

    >>> coverage([(0.9, True), (0.9, True), (0.5, False), (0.5, True)])
    0.5
    """
    best = right = taken = 0
    for p in sorted({p for p, _ in pairs}, reverse=True):
        group = [r for q, r in pairs if q == p]
        right, taken = right + sum(group), taken + len(group)
        if right >= precision * taken:
            best = taken
    return best / len(pairs)


@dataclass(frozen=True, slots=True)
class Compared:
    """Five-fold figures of one set of signs: its name, groups, calibration error, Brier score, share that is right at 95 %."""

    signs: str
    groups: int
    error: float
    brier: float
    coverage: float


TRIED: dict[str, tuple[tuple[str, ...], ...]] = {
    "level": (
        (), ("served",), ("level",), ("level", "agreement"), ("level", "agreement", "assessment"), ("level", "setting"), ("level", "problems"),
        ("pattern",), ("served", "assessment"), ("served", "problems"), ("served", "setting"), ("served", "named"), ("served", "sureness"),
        ("served", "headed"),
    ),
    "diagnosis": (
        (), ("served",), ("found", "headline", "symptom"), ("chapter",), ("served", "found"), ("served", "changed"), ("served", "problems"),
        ("served", "headline"), ("served", "symptom"), ("served", "chapter"),
    ),
}  # fmt: skip
"""Sets of signs that are compared; the empty one is the overall share for everything."""


def compare(rows: Rows) -> dict[str, list[Compared]]:
    """Five-fold figures for each set of signs."""
    out: dict[str, list[Compared]] = {}
    for kind, judged in (("level", rows.levels), ("diagnosis", rows.addressed)):
        for names in TRIED[kind] if judged else ():
            key = _key(names)
            pairs = out_of_fold(judged, key)
            title, groups = " + ".join(names) or "none", len({key(r) for r in judged})
            found = Compared(title, groups, calibration_error(pairs), brier(pairs), coverage(pairs))
            out.setdefault(kind, []).append(found)
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
        "codes": len(rows.addressed),
        "strength": STRENGTH,
        "data": "sha256:" + digest.hexdigest(),
        "versions": line_up()["versions"],
    }


def table_of(rows: Rows, card: Mapping[str, Any]) -> dict[str, Any]:
    """The file's content: shares by the signs that serve, and the card."""
    served = _key(("served",))
    codes = shares(rows.codes, served) | shares(rows.addressed, served)  # what is merely mentioned is no part of "all"
    return {"card": dict(card), "level": shares(rows.levels, served), "diagnosis": codes}


def page_of(card: Mapping[str, Any], compared: Mapping[str, Sequence[Compared]]) -> str:
    """The card for people, in Markdown."""
    lines = [
        "# Confidence: the card",
        "",
        "How often levels and codes were right on annotated notes that showed the same signs (`models/confidence.py`), drawn towards the overall",
        f"share with the weight of {card['strength']:g} notes. Written by `make calibrate`; not edited by hand.",
        "",
        f"Data: {card['notes']} notes of the split `train` ({card['levels']} levels, {card['codes']} codes of addressed problems), digest `{card['data']}`. The notes are",
        "real and de-identified or acted (ACI-Bench and PriMock57, CC BY 4.0; MTSamples sample reports); the annotations were made by a language model",
        "in the role of a coder, not by certified coders, and checked by program. Right: a level that a careful auditor could defend; a code that is",
        "core or optional. `served` are the signs in use. Five folds by note; ECE over ten bins, as in the scorer; right at 95 %: the share that one",
        "could take, surest first, with 95 % right. The predictors were built looking at the same notes, so these figures are kinder than those on",
        "notes that nobody has looked at.",
    ]  # fmt: skip
    for kind, found in compared.items():
        lines += [
            "",
            f"## {kind.capitalize()}",
            "",
            "| signs | groups | ECE | Brier | right at 95 % |",
            "|---|---|---|---|---|",
        ]
        lines += [f"| {c.signs} | {c.groups} | {c.error:.4f} | {c.brier:.4f} | {c.coverage:.3f} |" for c in found]
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
