"""Fit the small heads: which candidates are facts, which nature a problem has, from annotated notes and the encoder's marks.

The marks of a note come from an encoder that did not learn from it (``make adapt`` writes them beside the weights: the annotated reports are marked by an
encoder that learned from the other corpora), and the reports were not looked at while the patterns were written: what the heads learn of how far to
trust either holds for notes that nobody has seen. Settings are chosen by five folds over notes.

    make train                                  # all heads, seconds once the notes are read
    python -m training.heads --dry-run          # the five-fold table only

Writes ``models/weights/heads.json`` and its card ``heads.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chartlight.labels import ProblemNature, Setting
from chartlight.note import Note
from models.encoder import Marks
from models.predictors import data, learned, nature, problem_heads, problems, risk
from models.predictors.heads import FILE
from models.predictors.weigh import Candidate
from models.propose import Proposer, load
from models.windows import cut, kinds_of
from nlp.bridge import read
from rules.codesets.reader import open_release
from training import corpora
from training.calibrate import fold_of
from training.corpora import AnnotatedNote
from training.notes import DAY, context_of

ROOT = Path(__file__).resolve().parent.parent
SHARES = ROOT / "training" / "corpus" / "marks.safetensors"
STRENGTHS = (0.03, 0.1, 0.3, 1.0)
"""Inverse strengths of the ridge that are tried."""
FOLDS = 5
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A candidate as the fit needs it: the note, its signs, and what it is (1 or 0, or a class)."""

    note: str
    signs: Mapping[str, float]
    right: Any


def occurrences(text: str, quote: str) -> list[tuple[int, int]]:
    """Every place of a quotation: the scorer accepts any.

    >>> occurrences("gout, gout", "gout")
    [(0, 4), (6, 10)]
    """
    out, at = [], text.find(quote) if quote else -1
    while at >= 0:
        out.append((at, at + len(quote)))
        at = text.find(quote, at + 1)
    return out


def touch(spans: Sequence[Any], places: Sequence[tuple[int, int]]) -> bool:
    """Whether a span touches a place."""
    return any(s.start < end and start < s.end for s in spans for start, end in places)


def rows_of(note: AnnotatedNote, marks: Marks, proposer: Proposer) -> dict[str, list[Row]]:
    """The rows of one note for every head."""
    reading = read(Note(note.id, note.text))

    def judged(group: str, candidates: Sequence[Candidate]) -> list[Row]:
        out = []
        for c in candidates:
            same = [r for r in note.record[group] if r["kind"] == c.nature]
            right = any(touch(c.spans, occurrences(note.text, r["quote"])) for r in same)
            out.append(Row(note.id, c.signs, int(right)))
        return out

    addressed, natures = [], []
    setting = Setting(context_of(note.setting)["setting"])
    found = problems.candidates(reading, marks)
    wanted = [(p, occurrences(note.text, p["quote"])) for p in note.record["problems"] if p["addressed"]]
    judging = sum(p.addressed for p in found)
    coder = proposer.coder(open_release(DAY))
    for p in found:
        named = [w for w, at in wanted if touch(problem_heads.places(p), at)]
        addressed.append(Row(note.id, problem_heads.signs_of_address(p, reading, marks, found), int(bool(named))))
        if named:
            choice = coder.choose(p, reading, None)
            code = choice.code if choice else None
            stands = nature.decide(p, code, reading, setting, judging == 1)
            signs = problem_heads.signs_of_nature(p, stands, code, reading, setting, marks, judging)
            natures.append(Row(note.id, signs, named[0]["class"]))
    return {
        "risk": judged("risk", learned.risk_candidates(reading, marks, risk.find(reading))),
        "data": judged("data", learned.data_candidates(reading, marks, data.find(reading))),
        "addressed": addressed,
        "nature": natures,
    }


def matrix(rows: Sequence[Row], names: Sequence[str]) -> Any:
    """The signs as an array (rows, names)."""
    column = {name: n for n, name in enumerate(names)}
    out = np.zeros((len(rows), len(names)))
    for n, row in enumerate(rows):
        for name, value in row.signs.items():
            if name in column:
                out[n, column[name]] = value
    return out


def names_of(rows: Sequence[Row], least: int = 5) -> list[str]:
    """The signs that at least so many rows show, in the order of the alphabet."""
    count: dict[str, int] = {}
    for row in rows:
        for name, value in row.signs.items():
            if value:
                count[name] = count.get(name, 0) + 1
    return sorted(name for name, n in count.items() if n >= least)


def fit(rows: Sequence[Row], names: Sequence[str], strength: float) -> Any:
    """A logistic regression with a ridge; several classes where the rows have them."""
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LogisticRegression(C=strength, max_iter=2000)
        return model.fit(matrix(rows, names), [r.right for r in rows])


def out_of_fold(rows: Sequence[Row], strength: float) -> Any:
    """Probabilities (rows, classes) learned from the other folds, classes in sorted order."""
    classes = sorted({r.right for r in rows})
    names = names_of(rows)
    out = np.zeros((len(rows), len(classes)))
    for fold in range(FOLDS):
        inside = [r for r in rows if fold_of(r.note) != fold]
        model = fit(inside, names, strength)
        at = [n for n, r in enumerate(rows) if fold_of(r.note) == fold]
        if at:
            shares = model.predict_proba(matrix([rows[n] for n in at], names))
            for k, label in enumerate(model.classes_):
                out[np.asarray(at), classes.index(label)] = shares[:, k]
    return out


def log_loss(rows: Sequence[Row], shares: Any) -> float:
    """Mean negative log-probability of what is right."""
    classes = sorted({r.right for r in rows})
    picked = [max(1e-6, shares[n, classes.index(r.right)]) for n, r in enumerate(rows)]
    return float(-np.mean(np.log(picked)))


def best_threshold(rows: Sequence[Row], shares: Any) -> tuple[float, float]:
    """The probability from which keeping gives the highest F1, and that F1."""
    right = np.asarray([r.right for r in rows])
    best = (0.5, 0.0)
    for least in np.arange(0.2, 0.71, 0.02):
        kept = shares[:, 1] >= least
        hit = int((kept & (right == 1)).sum())
        score = 2 * hit / (kept.sum() + right.sum()) if hit else 0.0
        if score > best[1]:
            best = (round(float(least), 2), float(score))
    return best


def weights(model: Any, names: Sequence[str], k: int) -> dict[str, Any]:
    """One class's bias and weights, rounded, the largest first."""
    pairs = sorted(zip(names, model.coef_[k], strict=True), key=lambda p: (-abs(p[1]), p[0]))
    return {
        "bias": round(float(model.intercept_[k]), DIGITS),
        "weights": {n: round(float(w), DIGITS) for n, w in pairs},
    }


def learn(name: str, rows: Sequence[Row], say: Callable[[str], None]) -> dict[str, Any]:
    """Choose the ridge by five folds, fit on everything, tell the figures."""
    tried = [(log_loss(rows, out_of_fold(rows, s)), s) for s in STRENGTHS]
    loss, strength = min(tried)
    shares = out_of_fold(rows, strength)
    names = names_of(rows)
    model = fit(rows, names, strength)
    if name == "nature":
        classes = sorted({r.right for r in rows})
        right = sum(classes[int(shares[n].argmax())] == r.right for n, r in enumerate(rows))
        say(f"{name:10s} n {len(rows):5d}  C {strength:<5}  log-loss {loss:.3f}  right {right / len(rows):.3f}")
        known = {n.value for n in ProblemNature}
        return {"classes": {c: weights(model, names, k) for k, c in enumerate(model.classes_) if c in known}}
    least, f1 = best_threshold(rows, shares)
    say(f"{name:10s} n {len(rows):5d}  C {strength:<5}  log-loss {loss:.3f}  F1 among candidates {f1:.3f} from {least}")
    return weights(model, names, 0) | {"threshold": least}


def marks_of(text: str, kinds: Any, shares: Any, tags: Sequence[str], tokenizer: Any) -> Marks:
    """Marks from kept probabilities (whole numbers of 1/255)."""
    made = cut(text, kinds, tokenizer)
    return Marks(made.starts, made.ends, shares.astype(np.float32) / 255, tuple(tags), None)


@dataclass(frozen=True, slots=True)
class Kept:
    """Marks that were kept of notes, handed out as the encoder would; a note without any gets none that say anything."""

    shares: Mapping[str, Any]
    tags: tuple[str, ...]
    tokenizer: Any

    def mark(self, reading: Any) -> Marks:
        """The kept marks of the reading's note."""
        return marks_of(reading.note.text, kinds_of(reading), self.shares[reading.note.id], self.tags, self.tokenizer)


def gather(notes: Sequence[AnnotatedNote], marker: Kept, proposer: Proposer) -> dict[str, list[Row]]:
    """The rows of all notes that have marks and are visits (reports of a test or operation are no visit)."""
    out: dict[str, list[Row]] = {}
    for note in notes:
        if note.id in marker.shares and note.setting != "other":
            marks = marker.mark(read(Note(note.id, note.text)))
            for name, rows in rows_of(note, marks, proposer).items():
                out.setdefault(name, []).extend(rows)
    return out
