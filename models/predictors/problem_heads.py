"""Which named problems were addressed, and their nature, weighed by the heads from patterns and the encoder's marks.

Idea: the patterns' problems and every other present mention of a condition are candidates; the head ``addressed`` keeps what is likely enough, from where it
is named, how strongly its words are marked and what the patterns say. The head ``nature`` chooses among the eleven classes from the marks, how problems of
the code usually run, what the sentences say of it, and the patterns' own choice. Needs: a reading, marks, found problems. Gives: problems and natures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chartlight.labels import Assertion, ProblemNature, Setting
from chartlight.note import Span
from models.encoder import Marks
from models.line_up import line_up
from models.predictors import nature, problems
from models.predictors.found import FoundProblem
from models.predictors.heads import choosing, evidence, head
from models.predictors.nature import Nature
from models.predictors.weigh import TRAPS
from nlp import lexicon
from nlp.fold import fold
from nlp.reading import Reading

_NATURES = tuple(n.value for n in ProblemNature)
_HEAVY = (ProblemNature.THREAT.value, ProblemNature.CHRONIC_SEVERE.value)
_OFFICE = frozenset({Setting.OFFICE, Setting.HOME, Setting.TELEHEALTH_VIDEO, Setting.TELEHEALTH_AUDIO})
_MOST_PLACES = 12
LEAST = 0.1
"""Probability below which a problem is never taken for addressed."""


def places(problem: FoundProblem) -> list[Span]:
    """Where the problem is named: its head first."""
    return list(dict.fromkeys([problem.head, *(m.span for m in problem.mentions)]))[:_MOST_PLACES]


def signs_of_address(
    problem: FoundProblem, reading: Reading, marks: Marks, others: Sequence[FoundProblem]
) -> dict[str, float]:
    """The signs by which the head ``addressed`` weighs a problem among all those found."""
    column = marks.column
    at = [marks.highest(s) for s in places(problem)]
    own = at[0]
    top = max(float(v[column("problem")]) for v in at)
    kinds = {reading.kind_of(problem.sentence).value, *(reading.kind_of(m.sentence).value for m in problem.mentions)}
    judged = sum(p.addressed for p in others)
    pattern = 1.0 if problem.addressed else 0.0
    out = {
        "mark": evidence(top),
        "mark of head": evidence(float(own[column("problem")])),
        "support": evidence(max(float(v[column("support")]) for v in at)),
        "mentioned": evidence(float(own[column("mentioned")])),
        "pattern": pattern,
        "pattern and mark": pattern * evidence(top),
        "headline": float(problem.is_headline),
        "headline and pattern": float(problem.is_headline) * pattern,
        "symptom": float(problem.is_symptom),
        "symptom and pattern": float(problem.is_symptom) * pattern,
        "unnamed": float(problem.name is None),
        "places": float(min(len(at), 4)),
        f"patterns find {min(judged, 4)}": 1.0,
        "strongest in note": float(top >= max((_top(p, marks) for p in others), default=0.0)),
    }
    for trap in TRAPS:
        out[f"trap:{trap}"] = evidence(float(own[column(f"trap:{trap}")]))
    for kind in kinds:
        out[f"named in {kind}"] = 1.0
    if problem.assertion is not Assertion.PRESENT:
        out[f"said {problem.assertion.value}"] = 1.0
    # the history of a lasting disease is the disease: its assertion is present, what was said is kept in the mentions
    past = [m.assertion is Assertion.HISTORICAL for m in problem.mentions]
    out["named as past alone"] = float(bool(past) and all(past))
    out["named as past, too"] = float(any(past) and not all(past))
    row = lexicon.category(problem.name.code) if problem.name else None
    if row is not None:
        out[f"type {row.type}"] = 1.0
        out[f"course {row.course}"] = 1.0
    return out


def _top(problem: FoundProblem, marks: Marks) -> float:
    column = marks.column("problem")
    return max(float(marks.highest(s)[column]) for s in places(problem))


def signs_of_nature(
    problem: FoundProblem, stands: Nature, code: str | None, reading: Reading, setting: Setting | None, marks: Marks, judged: int
) -> dict[str, float]:  # fmt: skip
    """The signs by which the head ``nature`` chooses; ``stands`` is what the patterns chose, ``judged`` how many problems are addressed."""
    at = [marks.highest(s) for s in places(problem)]
    place = "hospital" if setting is not None and setting not in _OFFICE else "office"
    out: dict[str, float] = {
        f"patterns {stands.label.value}": 1.0,
        f"patterns {stands.label.value} in {place}": 1.0,
        f"patterns {stands.label.value}, sure": stands.score - 0.6,
    }
    for n in _NATURES:
        c = marks.column(f"nature:{n}")
        out[f"mark {n}"] = evidence(max(float(v[c]) for v in at))
        out[f"mark of note {n}"] = evidence(float(marks.shares[:, c].max()))
    row = lexicon.category(code) if code else None
    if row is not None:
        for name, value in (("type", row.type), ("course", row.course), ("new", row.new), ("stable", row.stable), ("worse", row.worse)):  # fmt: skip
            out[f"{name} {value}"] = 1.0
        out[f"new {row.new} in {place}"] = 1.0
        out[f"worse {row.worse} in {place}"] = 1.0
        out["systemic"] = float(row.systemic)
    if code:
        out[f"chapter {code[0]}"] = 1.0
        out[f"chapter {code[0]} in {place}"] = 1.0
        out["said threat of the code"] = float(_says_threat(code, problem, reading))
    heavy = max(float(v[marks.column(f"nature:{n}")]) for v in at for n in _HEAVY)
    out["mark heavy"] = evidence(heavy)
    out[f"mark heavy in {place}"] = evidence(heavy)
    for group in nature.status(problem, reading):
        out[f"said {group}"] = 1.0
    out |= dict.fromkeys(nature.treatment_signs(problem, reading), 1.0)
    out["symptom"] = float(problem.is_symptom)
    out["uncertain"] = float(problem.assertion is not Assertion.PRESENT)
    out["only problem"] = float(judged == 1)
    out[f"setting {setting.value if setting else 'office'}"] = 1.0
    for kind in ("hospitalization", "emergency_surgery", "rx_management", "major_surgery"):
        out[f"risk {kind}"] = evidence(float(marks.shares[:, marks.column(f"risk:{kind}")].max()))
    return out


def _says_threat(code: str, problem: FoundProblem, reading: Reading) -> bool:
    """Whether the sentences that deal with the problem name what makes it a threat to life or function (``problems/threats.tsv``)."""
    phrases = [fold(phrase) for phrase in lexicon.threats(code)]
    for i in dict.fromkeys((problem.sentence, *problem.scope)):
        words = f" {' '.join(reading.words_of(i))} "
        if any(f" {' '.join(phrase)} " in words for phrase in phrases):
            return True
    return False


def addressed(reading: Reading, marks: Marks | None) -> list[FoundProblem]:
    """The problems of one document, the addressed ones by the head; by the patterns alone where no weights are shipped."""
    weighing = head("addressed")
    if marks is None or weighing is None:
        return problems.find(reading)
    found = problems.candidates(reading, marks)
    shares = [weighing.share(signs_of_address(p, reading, marks, found)) for p in found]
    kept, rest = [], []
    # a visit deals with something: where nothing is likely enough, the likeliest that is not too unlikely
    least = min(line_up()["heads"]["addressed"], max([LEAST, *shares]))
    for p, share in zip(found, shares, strict=True):
        if share >= least:
            kept.append(replace(p, addressed=True, share=share))
        elif not p.is_symptom and p.name is not None and p.assertion is Assertion.PRESENT:
            rest.append(replace(p, addressed=False, share=share))
    return sorted(kept, key=lambda p: (not p.is_headline, p.head)) + rest


def likeliest(shares: Mapping[str, float]) -> str:
    """The nature to propose: of the heaviest group that is likely enough to be reached, the likeliest class.

    Natures of one group share what is likely of it: taking the single likeliest class would judge light what is more likely heavy.

    >>> likeliest({"stable_chronic": 0.4, "chronic_worsening": 0.35, "undiagnosed": 0.25})
    'chronic_worsening'
    """
    reached = 0.0
    for group in line_up()["nature"]["groups"]:
        here = {name: shares[name] for name in group if name in shares}
        reached += sum(here.values())
        if here and reached >= line_up()["heads"]["reached"]:
            return max(here, key=lambda name: here[name])
    return max(shares, key=lambda name: shares[name])


def chosen_nature(
    problem: FoundProblem, stands: Nature, code: str | None, reading: Reading, setting: Setting | None, marks: Marks | None, judged: int
) -> Nature:  # fmt: skip
    """The nature that the head finds likeliest; the patterns' own where no weights are shipped."""
    choosing_head = choosing("nature")
    if marks is None or choosing_head is None:
        return stands
    shares = choosing_head.shares(signs_of_nature(problem, stands, code, reading, setting, marks, judged))
    best = likeliest(shares)
    words = stands.words if best == stands.label.value else ()
    return Nature(ProblemNature(best), round(shares[best], 3), words)
