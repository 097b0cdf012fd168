"""Fit the small heads: which candidates are facts, which nature a problem has, from annotated notes and the encoder's marks.

The heads learn from the annotated reports (``training/corpus/reports.jsonl``), which the patterns have not seen, and from the notes of ``train``, each as an
encoder marks it that did not learn from it (``training/marks.py``): what they learn of how far to trust either holds for notes that nobody has seen. Settings are chosen, and every figure is measured, by five folds over notes.

    make train                                  # all heads, seconds once the notes are read
    python -m training.heads --dry-run          # the five-fold table only

Writes ``models/weights/heads.json`` and its card ``heads.md``.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chartlight import Proposal
from chartlight.codec import encode
from chartlight.encounter import decode_encounter
from chartlight.labels import Setting
from chartlight.note import Note
from models import confidence, second_opinion
from models.diagnoses import Coded
from models.encoder import Marks, encoder, open_encoder
from models.predictors import data, heads, learned, nature, problem_heads, problems, rerank, risk
from models.predictors.coder import Coder, said_about
from models.predictors.found import FoundProblem
from models.predictors.weigh import Candidate
from models.propose import Proposer, load
from nlp.bridge import read
from nlp.reading import Reading
from rules.codesets.reader import open_release
from training import corpora, marks
from training.corpora import ELEMENTS, AnnotatedNote
from training.measures import FOLDS, brier, calibration_error, coverage, defensible, fold_of, occurrences, touch
from training.notes import DAY, context_of, sent
from training.score import score_records

ROOT = Path(__file__).resolve().parent.parent
STRENGTHS = (0.03, 0.1, 0.3, 1.0)
"""Inverse strengths of the ridge that are tried."""
OPINION = 0.01
"""Inverse strength of the ridge of the second opinion: many signs, one row a note."""
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A candidate as the fit needs it: the note, its signs, and what it is (1 or 0, or a class)."""

    note: str
    signs: Mapping[str, float]
    right: Any


def codes_used(notes: Sequence[AnnotatedNote]) -> dict[str, float]:
    """How often coders used each code and category in the notes, as log(1 + count)."""
    counts: Counter[str] = Counter()
    for note in notes:
        for code in note.record["icd10"]["core"]:
            counts.update((code, code[:3]))
    return {code: round(math.log1p(n), DIGITS) for code, n in sorted(counts.items())}


def codes_of_others(notes: Sequence[AnnotatedNote]) -> list[dict[str, float]]:
    """For each fold, the codes used in the notes of the other folds and the invented ones."""
    every = [*notes, *corpora.invented()]
    return [codes_used([n for n in every if fold_of(n.id) != fold]) for fold in range(FOLDS)]


def code_rows(
    note: str,
    problem: FoundProblem,
    reading: Reading,
    coder: Coder,
    wanted: Sequence[Mapping[str, Any]],
    used: Mapping[str, float],
) -> list[Row]:
    """The rows of one problem for the reranker: each code that it may choose, and whether the annotation has it."""
    said = said_about(problem, reading)
    choice = coder.first_choice(problem, reading, said)
    options = coder.options(choice, problem, reading, said) if choice else None
    if options is None:
        return []
    right = {code for p in wanted for code in p["icd10"]}
    fair = {code for p in wanted for code in p.get("alt") or ()} - right
    return [
        Row(note, rerank.signs_of_code(code, options.first, options.around, said, coder.catalogue, coder.index.weights, used), int(code in right))
        for code in options.codes
        if code not in fair
    ]  # fmt: skip


def rows_of(note: AnnotatedNote, proposer: Recording, used: Mapping[str, float]) -> dict[str, list[Row]]:
    """The rows of one note for every head of the facts; ``used`` are the codes of other notes."""
    reading = read(Note(note.id, note.text))
    marks = proposer.mark(reading)

    def judged(group: str, candidates: Sequence[Candidate]) -> list[Row]:
        out = []
        for c in candidates:
            same = [r for r in note.record[group] if r["kind"] == c.nature]
            right = any(touch(c.spans, occurrences(note.text, r["quote"])) for r in same)
            out.append(Row(note.id, c.signs, int(right)))
        return out

    addressed, natures, codes = [], [], []
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
            codes.extend(code_rows(note.id, p, reading, coder, named, used))
    return {
        "risk": judged("risk", learned.risk_candidates(reading, marks, risk.find(reading))),
        "data": judged("data", learned.data_candidates(reading, marks, data.find(reading))),
        "addressed": addressed,
        "nature": natures,
        "code": codes,
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


def learn(
    name: str, rows: Sequence[Row], say: Callable[[str], None], strengths: Sequence[float] = STRENGTHS
) -> dict[str, Any]:
    """Choose the ridge by five folds, fit on everything, tell the figures."""
    tried = [(log_loss(rows, out_of_fold(rows, s)), s) for s in strengths]
    loss, strength = min(tried)
    shares = out_of_fold(rows, strength)
    names = names_of(rows)
    model = fit(rows, names, strength)
    classes = sorted({r.right for r in rows})
    if len(classes) > 2 or name == "nature" or name.startswith("level of"):
        right = sum(classes[int(shares[n].argmax())] == r.right for n, r in enumerate(rows))
        say(f"{name:10s} n {len(rows):5d}  C {strength:<5}  log-loss {loss:.3f}  right {right / len(rows):.3f}")
        return {"C": strength, "classes": {c: weights(model, names, k) for k, c in enumerate(model.classes_)}}
    least, f1 = best_threshold(rows, shares)
    say(f"{name:10s} n {len(rows):5d}  C {strength:<5}  log-loss {loss:.3f}  F1 among candidates {f1:.3f} from {least}")
    return {"C": strength} | weights(model, names, 0) | {"threshold": least}


def bare(used: Mapping[str, float]) -> dict[str, Any]:
    """The codes used in the form of a head: a weight by code."""
    return {"bias": 0.0, "weights": used}


def gather(notes: Sequence[AnnotatedNote], proposer: Recording) -> dict[str, list[Row]]:
    """The rows of all notes for the heads of the facts."""
    out: dict[str, list[Row]] = {}
    used = codes_of_others(notes)
    for note in notes:
        for name, rows in rows_of(note, proposer, used[fold_of(note.id)]).items():
            out.setdefault(name, []).extend(rows)
    return out


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal with the coded problems that it was made of."""

    proposal: Proposal
    coded: Mapping[str, Coded]


class Recording(Proposer):
    """The proposer as it serves, which keeps the coded problems of its last proposal: the signs of confidence are read from them."""

    coded: Mapping[str, Coded]

    def mark(self, reading: Reading) -> Marks:
        """The marks by which it proposes; raises ``RuntimeError`` without an encoder."""
        if self.marker is None:
            raise RuntimeError("no encoder: make adapt makes it (models/weights/encoder)")
        return self.marker.mark(reading)

    def _facts(self, *given: Any) -> Any:
        found = super()._facts(*given)
        self.coded = {c.fact.id: c for c in found[1]}
        return found

    def of_note(self, note: AnnotatedNote) -> Proposed:
        """The proposal for an annotated note, in the context that the contract gives it."""
        proposal = self.propose(decode_encounter(sent(note.id, note.text, note.setting)))
        return Proposed(proposal, self.coded)


def proposals(
    notes: Sequence[AnnotatedNote], rows: Mapping[str, Sequence[Row]], proposer: Recording
) -> dict[str, Proposed]:
    """For each note the proposal by heads that learned from the other folds: what an unseen note gets."""
    out, used = {}, codes_of_others(notes)
    for fold in range(FOLDS):
        inside = {k: [r for r in v if fold_of(r.note) != fold] for k, v in rows.items()}
        with heads.instead(
            {k: learn(k, v, lambda _: None) for k, v in inside.items()} | {"codes used": bare(used[fold])}
        ):
            out |= {n.id: proposer.of_note(n) for n in notes if fold_of(n.id) == fold}
    return out


def opinion_rows(
    notes: Sequence[AnnotatedNote], found: Mapping[str, Proposed], proposer: Recording
) -> dict[str, list[Row]]:
    """Rows of the second opinion: the note's signs and the annotated level of each element."""
    out: dict[str, list[Row]] = {f"level of {e}": [] for e in ELEMENTS}
    for note in notes:
        p = found[note.id].proposal
        assert p.context is not None
        signs = second_opinion.signs_of_note(
            [proposer.mark(read(Note(note.id, note.text)))], p.determination, p.context.setting
        )
        for e in ELEMENTS:
            out[f"level of {e}"].append(Row(note.id, signs, note.record["levels"][e]))
    return out


def confidence_rows(
    notes: Sequence[AnnotatedNote], found: Mapping[str, Proposed], opinions: Mapping[str, Sequence[Row]]
) -> dict[str, list[Row]]:
    """Rows of the confidences: of the level (a second opinion from the other folds among its signs), and of each code."""
    shares = {k: out_of_fold(v, OPINION) for k, v in opinions.items()}
    classes = {k: sorted({r.right for r in v}) for k, v in opinions.items()}
    levels, codes, mentions = [], [], []
    for n, note in enumerate(notes):
        p, coded = found[note.id].proposal, found[note.id].coded
        opinion = {
            e: dict(zip(classes[f"level of {e}"], map(float, shares[f"level of {e}"][n]), strict=True))
            for e in ELEMENTS
        }
        if p.determination.mdm is not None:
            signs = second_opinion.signs_of_confidence(p.determination, p.facts, opinion)
            levels.append(Row(note.id, signs, int(p.determination.mdm.level.value in defensible(note.record))))
        wanted = {*note.record["icd10"]["core"], *note.record["icd10"]["optional"]}
        for d in (*p.diagnoses, *p.more):
            first = coded.get(d.facts[0]) if d.facts else None
            # a companion, such as long-term drug use, rests on no choice of the coder
            if first is not None and first.choice is not None and first.choice.code[:3] == d.code[:3]:
                signs = confidence.signs_of_diagnosis(first.choice, first.problem, d.description)
                (codes if first.problem.addressed else mentions).append(Row(note.id, signs, int(d.code in wanted)))
    return {"confidence of level": levels, "confidence of diagnosis": codes, "confidence of mention": mentions}


def learn_all(
    notes: Sequence[AnnotatedNote], proposer: Recording, shared: Path, say: Callable[[str], None]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every head, and for each corpus the scorer's figures of the five folds end to end.

    The proposals that are scored, and those that the confidences learn from, come from heads that did not see the note.
    """
    say(f"train: {len(notes)} notes are read")
    rows = gather(notes, proposer)
    table = {name: learn(name, those, say) for name, those in rows.items()}
    table["codes used"] = bare(codes_used([*notes, *corpora.invented()]))
    say("train: five folds end to end")
    found = proposals(notes, rows, proposer)
    opinions = opinion_rows(notes, found, proposer)
    table |= {name: learn(name, those, say, strengths=(OPINION,)) for name, those in opinions.items()}
    sure = confidence_rows(notes, found, opinions)
    table |= {name: learn(name, those, say) for name, those in sure.items()}
    judged = {n.id: encode(found[n.id].proposal) for n in notes}
    for name in sure:
        shares = out_of_fold(sure[name], table[name]["C"])
        pairs = [(float(p[1]), bool(r.right)) for p, r in zip(shares, sure[name], strict=True)]
        say(
            f"{name}: ECE {calibration_error(pairs):.3f}, Brier {brier(pairs):.3f}, taken at 95 % right {coverage(pairs):.2f}"
        )
        if name == "confidence of level":
            for (p, _), row in zip(pairs, sure[name], strict=True):
                judged[row.note]["determination"]["confidence"] = round(p, 4)
    scores = {}
    for source in dict.fromkeys(n.source for n in notes):
        records = [dict(n.record) | {"text": n.text} for n in notes if n.source == source]
        scores[source] = score_records(records, {r["id"]: judged[r["id"]] for r in records}, shared)
    return table, scores


SOURCES = {
    "ours": "sample reports, marked by an encoder that did not learn from them (nor were the patterns written beside them)",
    "dev": "notes of train, marked by an encoder that did not learn from them (the patterns were written beside them)",
}


def told(scores: Mapping[str, Any]) -> list[str]:
    """The scorer's figures, a line each, with the interval where it gives one."""
    low, high = scores["mdm_exact_ci"]
    elements, facts = scores["elements"], scores["facts"]
    exact = " / ".join(f"{elements[e]['exact']:.3f}" for e in ELEMENTS)
    return [
        f"notes {scores['notes']}",
        f"MDM level exact {scores['mdm_exact']:.3f} ({low:.2f} to {high:.2f}), defensible {scores['mdm_defensible']:.3f}, weighted kappa {scores['mdm_weighted_kappa']:.3f}",
        f"over-coded {scores['mdm_over']:.3f}, under-coded {scores['mdm_under']:.3f}; routable at 95 % defensible {scores['mdm_coverage_at_95']:.2f}, ECE {scores['mdm_ece']:.3f}",
        f"elements exact, problems / data / risk: {exact}",
        f"ICD-10-CM F1 {scores['icd10_f1']:.3f}, defensible {scores['icd10_f1_defensible']:.3f}, noise a note {scores['icd10_noise_per_note']:.2f}",
        f"mentions that must not be coded, coded: {scores['trap_mentions_coded']:.4f}",
        *(
            f"{k} facts F1 {f['f1']:.3f} (precision {f['precision']:.3f}, recall {f['recall']:.3f}), nature right {f['nature_of_found']:.3f}, n {f['gold']}"
            for k, f in facts.items()
        ),
    ]


def page(lines: Sequence[str], scores: Mapping[str, Any], digest: str) -> str:
    """The card for people."""
    return "\n".join(
        [
            "# The heads: the card",
            "",
            "Logistic regressions over named signs (`models/predictors/heads.py`): which candidates are facts (`risk`, `data`, `addressed`), the `nature` of a problem, its `code`",
            "(with how often `codes used` occur in the annotated notes), the second opinion on the element levels, and the confidences of level, diagnosis and mention. Written by `make train`; not edited by hand.",
            "",
            f"Data: the annotated sample reports of `training/corpus/reports.jsonl` that are visits (digest `{digest}`), and the notes of `train`, each marked by an",
            "encoder that did not learn from it; the patterns were written beside the notes of `train`. The annotations were made by a language model in",
            "the role of a coder, not by certified coders, and checked by program. Five folds by note; the ridge (`C`) by log-loss among "
            + ", ".join(map(str, STRENGTHS))
            + ".",
            "",
            "```text",
            *lines,
            "```",
            "",
            *(
                line
                for source, those in scores.items()
                for line in (f"## Five folds, end to end: {SOURCES[source]}", "", *(f"* {x}" for x in told(those)), "")
            ),
            "",
            "Known failures: natures of hospital problems; decisions told as past events of a stay; tests whose results are quoted without a name; rare kinds (severe exacerbation,",
            "toxicity monitoring, social determinants, parenteral drugs, limits of care) have a handful of examples each and rest on the patterns.",
            "",
        ]
    )


def main(words: Sequence[str] | None = None) -> int:
    """Fit and write; exit code 3 where a corpus is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--shared", type=Path, default=ROOT.parent / "shared", help="folder with corpora and evaluation"
    )
    parser.add_argument("--encoder", type=Path, help="folder of another encoder than the one that serves")
    parser.add_argument("--notes", type=int, help="at most so many notes (smoke run)")
    parser.add_argument("--out", type=Path, default=heads.FILE, help="where the heads go; the card beside them")
    parser.add_argument("--dry-run", action="store_true", help="print the figures and write nothing")
    args = parser.parse_args(words)
    lines: list[str] = []

    def say(line: str) -> None:
        print(line, flush=True)
        if not line.startswith("train:"):
            lines.append(line)

    try:
        shares = marks.kept()
        notes = [n for n in corpora.visits(args.shared) if n.id in shares][: args.notes]
        notes += [n for n in corpora.dev(args.shared) if n.id in shares][: args.notes]
    except corpora.CorpusMissing as error:
        print(f"train: {error}", file=sys.stderr)
        return 3
    load()
    marker = open_encoder(args.encoder, threads=2) if args.encoder else encoder()
    if marker is None:
        print("train: no encoder in models/weights/encoder; make adapt makes it", file=sys.stderr)
        return 3
    table, scores = learn_all(notes, Recording(marker=marks.Honest(marker, shares, {})), args.shared, say)
    for source, those in scores.items():
        print("\n".join((SOURCES[source], *(f"  {line}" for line in told(those)))))
    if not args.dry_run:
        args.out.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        digest = corpora.digest(corpora.REPORTS.read_text(encoding="utf-8"))
        args.out.with_suffix(".md").write_text(page(lines, scores, digest), encoding="utf-8")
        print(f"train: wrote {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
