"""The nature of an addressed problem: how it stands at this encounter (11 classes of the guidelines).

Idea: the category table knows how problems of a code usually run (course; nature when new, stable, worse); the sentences that deal with the
problem say how this one stands: against its goal, worsening, improving, new, with side effects, treatment changed. Needs: a found problem, its
code, the reading. Gives: a nature and the words that decided it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from chartlight.labels import Assertion, EntityLabel, ProblemNature, SectionKind, Setting
from chartlight.note import Span
from models.line_up import line_up
from models.predictors.course import NOT, RESOLVES, flares_severely, grave_possibility
from models.predictors.found import FoundProblem, is_symptom, name_of
from nlp import lexicon
from nlp.reading import Reading

N = ProblemNature
HOSPITAL = frozenset({Setting.INPATIENT, Setting.OBSERVATION, Setting.CONSULTATION_HOSPITAL})
_INCREASE = re.compile(
    r"\b(?:(?:will|we|i|to|and|plan to|recommend(?:ed)?|should|going to|can|would like to) (?:\w+ ){0,2}(?:increase|start|add|begin|initiate|switch|change|prescribe|try|give|treat|place|put|inject|proceed|schedule)|increas(?:e|ed|ing) (?:his|her|the|dose|to|\w+ (?:to|from))|titrat(?:e|ed|ing)|uptitrat\w*|add(?:ed|ing)?|start(?:ed|ing)?|initiat(?:e|ed|ing)|begin|began|switch(?:ed|ing)?|chang(?:e|ed|ing) (?:to|from|his|her|the)|prescrib(?:e|ed|ing)|trial of|adjust(?:ed|ing)?)\b",
    re.I,
)
_CONTINUE = re.compile(
    r"\b(?:continu\w*|maintain|keep|stay on|remain on|refill\w*|same dose|current (?:medication|dose|regimen|treatment)s?)\b",
    re.I,
)
_BETTER = re.compile(r"\b(?:resolv(?:ed|ing)|improv(?:ed|ing)|recover(?:ed|ing))\b", re.I)
_WELL = re.compile(r"^\W*(?:well|healthy|normal|annual|routine|preventive|physical|check[- ]?up)\b", re.I)
_STATUS = ("threat_words", "severe", "side_effects", "worsening", "not_at_goal", "new_onset", "resolved", "improving", "at_goal", "work_up", "chronic_words", "acute_words")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Nature:
    """The nature chosen, a score (0 to 1, not calibrated) and the words that say so."""

    label: ProblemNature
    score: float
    words: tuple[Span, ...] = ()


def status(problem: FoundProblem, reading: Reading) -> dict[str, Span]:
    """Which status groups the sentences of the problem's scope speak, each with its first place; negated ones left out."""
    found: dict[str, Span] = {}
    scope = frozenset(problem.scope)
    for phrase in reading.status:
        if phrase.sentence not in scope or phrase.group in found or phrase.group not in _STATUS:
            continue
        if phrase.group in _DENIABLE:
            start = reading.sentences[phrase.sentence].span.start
            if NOT.search(reading.note.text[start : phrase.span.start]):
                continue
        found[phrase.group] = phrase.span
    return {group: found[group] for group in _STATUS if group in found}


_DENIABLE = frozenset({"worsening", "side_effects", "threat_words", "severe", "not_at_goal"})


def _in_complaint(problem: FoundProblem, reading: Reading) -> bool:
    """Whether the chief complaint names the problem."""
    return any(reading.kind_of(m.sentence) is SectionKind.CHIEF_COMPLAINT for m in problem.mentions)


def treatment_signs(problem: FoundProblem, reading: Reading) -> set[str]:
    """What is done about the problem and how long it has lasted, by name, for the head that chooses the nature."""
    scope = " ".join(reading.text_of(reading.sentences[i].span) for i in problem.scope)
    said = {
        "changed": bool(_INCREASE.search(scope)),
        "continued": bool(_CONTINUE.search(scope)),
        "severe_flare": flares_severely(problem, reading),
        "complaint": _in_complaint(problem, reading),
        "prescribed": _prescribed(problem, reading),
        "by_vein": _treated_by_vein(problem, reading),
        "tested": _tested(problem, reading),
        "lasts": _lasts(problem, reading),
        "chronic": bool(_CHRONIC.search(reading.text_of(_with_word_before(problem, reading)))),
        "resolves": bool(RESOLVES.search(scope)),
        "better": bool(_BETTER.search(scope)),
    }
    return {name for name, is_so in said.items() if is_so}


_SERIOUS = frozenset({N.THREAT, N.CHRONIC_SEVERE})
_GRAVE = frozenset({N.THREAT, N.ACUTE_SYSTEMIC, N.ACUTE_COMPLICATED_INJURY})
_LONG = re.compile(
    r"\b(?:for|over|past|last|since|x|approximately|about|years? of|started|began|onset)\b[^.;]{0,30}?\b(?:(?:[4-9]|\d\d|several|many|few|six|eight|ten|twelve)\s+months?|(?:\d+(?:\.\d)?|a|one|two|three|several|many|few|couple of)\s+years?)\b(?!\s*-?\s*old)",
    re.I,
)


_CHRONIC = re.compile(r"\b(?:chronic|longstanding|long-standing|recurrent)\b", re.I)


def _with_word_before(problem: FoundProblem, reading: Reading) -> Span:
    """The problem's name with the ten characters before it ("chronic back pain" where the table knows "back pain")."""
    sentence = reading.sentences[problem.sentence].span
    return Span(max(sentence.start, problem.head.start - 10), problem.head.end)


def _lasts(problem: FoundProblem, reading: Reading) -> bool:
    """Whether a sentence that names the problem, or the complaint's, tells that it has lasted for more than three months."""
    own = {m.sentence for m in problem.mentions}
    return any(_LONG.search(reading.text_of(reading.sentences[i].span)) for i in own)


def _prescribed(problem: FoundProblem, reading: Reading) -> bool:
    """Whether a prescription drug stands in the sentences that deal with the problem."""
    for i in problem.scope:
        for m in reading.mentions_in(i, EntityLabel.DRUG):
            drug = lexicon.drugs().get(m.key)
            if drug is not None and drug.status == "rx" and m.assertion is Assertion.PRESENT:
                return True
    return False


_LEANING = re.compile(
    r"likely|probabl|believe|think|thought|felt|appear|seem|consistent|compatible|keeping|suspect|favor|presum", re.I
)
_INTRAVENOUS = re.compile(r"\b(?:iv|i\.v\.|intravenous(?:ly)?|ivpb|parenteral)\b", re.I)


def _treated_by_vein(problem: FoundProblem, reading: Reading) -> bool:
    """Whether the sentences that deal with the problem speak of intravenous treatment."""
    return any(_INTRAVENOUS.search(reading.text_of(reading.sentences[i].span)) for i in problem.scope)


def _working_diagnosis(problem: FoundProblem, reading: Reading) -> ProblemNature | None:
    """The nature of the uncertain diagnosis that the author gives for a symptom, when it is an ordinary one ("likely a sprain").

    The uncertain diagnosis is not coded (IC-01), but it tells how the author sees the symptom (PD-16).
    """
    judging = (SectionKind.ASSESSMENT, SectionKind.ASSESSMENT_PLAN, SectionKind.PLAN)
    seen: set[ProblemNature] = set()
    for i in problem.scope:
        if reading.kind_of(i) not in judging:
            continue
        for m in reading.mentions_in(i, EntityLabel.PROBLEM):
            if m.assertion is not Assertion.POSSIBLE or m.span == problem.head:
                continue
            if m.cue is None or not _LEANING.search(reading.text_of(m.cue)):
                # one of several possibilities: the question is open
                return None
            name = name_of(reading, m)
            row = lexicon.category(name.code) if name is not None and not is_symptom(name) else None
            if row is not None and row.new:
                seen.add(ProblemNature(row.new))
    ordinary = {N.MINOR, N.ACUTE_UNCOMPLICATED, N.CHRONIC_WORSENING, N.STABLE_CHRONIC}
    return N.ACUTE_UNCOMPLICATED if seen and seen <= ordinary else None


def _tested(problem: FoundProblem, reading: Reading) -> bool:
    """Whether a test stands in the sentences of the problem's block or plan: its cause is being looked for."""
    judging = (SectionKind.ASSESSMENT, SectionKind.ASSESSMENT_PLAN, SectionKind.PLAN)
    return any(
        m.label is EntityLabel.TEST and m.assertion is not Assertion.NEGATED
        for i in problem.scope
        if reading.kind_of(i) in judging
        for m in reading.mentions_in(i)
    )


_WITHOUT_ROW = {"encounter": N.MINOR, "status": N.STABLE_CHRONIC}
"""What a problem that is the reason of an encounter, or a lasting status, is taken for."""


def decide(
    problem: FoundProblem, code: str | None, reading: Reading, setting: Setting | None, is_only: bool = False
) -> Nature:
    """The nature of ``problem``; one without a code is judged by its words alone. ``is_only``: the one problem of the visit."""
    row = lexicon.category(code) if code else None
    if row is None and _WELL.search(reading.text_of(problem.head)):
        return Nature(N.MINOR, 0.6, ())
    usual = _usual(row, setting)
    said = status(problem, reading)
    scope = " ".join(reading.text_of(reading.sentences[i].span) for i in problem.scope)
    changed = bool(_INCREASE.search(scope))
    if problem.assertion is Assertion.POSSIBLE and {usual.new, usual.worse} & _SERIOUS:
        # a serious disease that is only possible is a question still open (P-09)
        return Nature(N.UNDIAGNOSED, 0.5, _words(said, ("work_up",)))
    if problem.is_symptom and (grave := grave_possibility(reading)) is not None:
        return Nature(N.THREAT, 0.5, (grave,))
    if usual.course == "chronic" and not _CHRONIC.search(scope) and RESOLVES.search(scope):
        return Nature(N.ACUTE_UNCOMPLICATED, 0.4, ())
    if _runs_long(problem, usual, said, reading):
        signs = {*said}
        signs |= {"changed"} if changed else set()
        signs |= {"continued"} if _CONTINUE.search(scope) else set()
        signs |= {"severe_flare"} if flares_severely(problem, reading) else set()
        signs |= {"only_problem"} if is_only else set()
        signs |= {"complaint"} if _in_complaint(problem, reading) else set()
        return _chronic(usual, signs, said, setting)
    return _acute(problem, usual, said, changed, code or "", reading, setting)


_OFF_GOAL = ("side_effects", "severe", "worsening", "not_at_goal", "new_onset")
_ON_GOAL = ("at_goal", "improving", "resolved")


def _words(said: Mapping[str, Span], groups: Sequence[str]) -> tuple[Span, ...]:
    """The words that decided: at most two, of the groups that speak for the choice."""
    return tuple(said[group] for group in groups if group in said)[:2]


@dataclass(frozen=True, slots=True)
class _Usual:
    """How problems of the code usually run, after what the setting changes."""

    course: str
    new: ProblemNature
    stable: ProblemNature
    worse: ProblemNature


def _usual(row: lexicon.Category | None, setting: Setting | None) -> _Usual:
    new = _label(row.new if row else "", _WITHOUT_ROW.get(row.type if row else "", N.ACUTE_UNCOMPLICATED))
    stable = _label(row.stable if row else "", N.STABLE_CHRONIC)
    worse = _label(row.worse if row else "", N.CHRONIC_WORSENING)
    course = row.course if row else "either"
    if row is not None and row.type in ("symptom", "finding") and new is N.UNDIAGNOSED and course == "chronic":
        course = "acute"
    if worse is N.CHRONIC_SEVERE and setting not in HOSPITAL | {Setting.EMERGENCY}:
        # severe means near hospital-level care (PD-08): not what an office visit usually deals with
        worse = N.CHRONIC_WORSENING
    return _Usual(course, new, stable, worse)


def _runs_long(problem: FoundProblem, usual: _Usual, said: Mapping[str, Span], reading: Reading) -> bool:
    """Whether the problem is to be judged as a chronic one: by its code, its name or how long it has lasted."""
    if _CHRONIC.search(reading.text_of(_with_word_before(problem, reading))):
        return True
    if usual.course == "chronic":
        return True
    if usual.course not in ("either", "acute") or (usual.course == "acute" and usual.new in _GRAVE):
        return False
    lasts = _lasts(problem, reading)
    named_so = "chronic_words" in said and "acute_words" not in said
    return lasts or (named_so and (usual.course == "either" or problem.is_symptom))


def _chronic(usual: _Usual, signs: Set[str], said: Mapping[str, Span], setting: Setting | None) -> Nature:
    """A chronic problem: the points of the line-up say whether it is off its goal."""
    if {"severe", "worsening"} <= signs and setting in HOSPITAL | {Setting.EMERGENCY}:
        return Nature(N.CHRONIC_SEVERE, 0.5, _words(said, _OFF_GOAL))
    if "severe_flare" in signs:
        return Nature(N.CHRONIC_SEVERE, 0.4, _words(said, _OFF_GOAL))
    stable = N.STABLE_CHRONIC if usual.stable in (N.STABLE_ACUTE, N.MINOR) else usual.stable
    worse = usual.worse
    if usual.course != "chronic" and worse not in (N.THREAT, N.CHRONIC_SEVERE):
        worse = N.CHRONIC_WORSENING
    table = line_up()["nature"]["off_goal"]
    points = sum(value for name, value in table.items() if name in signs or name == "start")
    if points > 0:
        return Nature(worse, min(0.9, 0.55 + 0.1 * points), _words(said, _OFF_GOAL))
    return Nature(stable, min(0.9, 0.55 - 0.1 * points), _words(said, _ON_GOAL))


def _acute(
    problem: FoundProblem,
    usual: _Usual,
    said: Mapping[str, Span],
    changed: bool,
    code: str,
    reading: Reading,
    setting: Setting | None,
) -> Nature:
    """An acute problem or a symptom: what it usually is when new, unless the note says that it is better or worse than that."""
    new, words = usual.new, _words(said, ("threat_words", *_OFF_GOAL, "acute_words"))
    better = _words(said, _ON_GOAL)
    is_worse = any(k in said for k in ("worsening", "not_at_goal", "side_effects", "severe"))
    recovering = N.STABLE_ACUTE if usual.stable is N.STABLE_CHRONIC else usual.stable
    if new is N.THREAT:
        if _BETTER.search(reading.text_of(reading.sentences[problem.sentence].span)):
            return Nature(N.STABLE_ACUTE, 0.5, better)
        if better and not is_worse and setting not in HOSPITAL:
            return Nature(N.STABLE_ACUTE, 0.6, better)
        return Nature(N.THREAT, 0.7, words)
    if new is N.MINOR and _prescribed(problem, reading):
        return Nature(N.ACUTE_UNCOMPLICATED, 0.5, words)
    if "improving" in said and not is_worse and not changed and new is not N.UNDIAGNOSED:
        return Nature(recovering, 0.5, better)
    working = _working_diagnosis(problem, reading) if problem.is_symptom else None
    if working is not None and new in (N.UNDIAGNOSED, N.ACUTE_UNCOMPLICATED, N.MINOR):
        return Nature(working, 0.5, words)
    if new is not N.ACUTE_UNCOMPLICATED:
        return Nature(new, 0.5, words)
    if problem.is_symptom and code.startswith("R") and _tested(problem, reading):
        return Nature(N.UNDIAGNOSED, 0.4, words)
    if setting in HOSPITAL and not problem.is_symptom and _treated_by_vein(problem, reading):
        return Nature(N.ACUTE_SYSTEMIC, 0.5, words)
    if setting in (Setting.INPATIENT, Setting.OBSERVATION):
        return Nature(N.ACUTE_UNCOMPLICATED_HOSPITAL, 0.4, words)
    return Nature(new, 0.5, words)


def _label(text: str, default: ProblemNature) -> ProblemNature:
    return ProblemNature(text) if text else default
