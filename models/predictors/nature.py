"""The nature of an addressed problem: how it stands at this encounter (11 classes of the guidelines).

Idea: the category table knows how problems of a code usually run (course; nature when new, stable, worse); the sentences that deal with the
problem say how this one stands: against its goal, worsening, improving, new, with side effects, treatment changed. Needs: a found problem, its
code, the reading. Gives: a nature and the words that decided it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from chartlight.labels import ProblemNature, Setting
from chartlight.note import Span
from models.predictors.problems import FoundProblem
from nlp import lexicon
from nlp.groups import group
from nlp.reading import Reading

N = ProblemNature
HOSPITAL = frozenset({Setting.INPATIENT, Setting.OBSERVATION, Setting.CONSULTATION_HOSPITAL})
_INCREASE = re.compile(
    r"\b(?:(?:will|we|i|to|and|plan to|recommend(?:ed)?|should|going to|can|would like to) (?:\w+ ){0,2}(?:increase|start|add|begin|initiate|switch|change|prescribe|try|give|treat|place|put|inject|proceed|schedule)|increas(?:e|ed|ing) (?:his|her|the|dose|to|\w+ (?:to|from))|titrat(?:e|ed|ing)|uptitrat\w*|add(?:ed|ing)?|start(?:ed|ing)?|initiat(?:e|ed|ing)|begin|began|switch(?:ed|ing)?|chang(?:e|ed|ing) (?:to|from|his|her|the)|prescrib(?:e|ed|ing)|trial of|adjust(?:ed|ing)?)\b",
    re.I,
)
_STATUS = ("threat_words", "severe", "side_effects", "worsening", "not_at_goal", "new_onset", "resolved", "improving", "at_goal", "work_up", "chronic_words", "acute_words")  # fmt: skip
_NOT = re.compile(r"(?:\b(?:no|not|without|denies|denied|never|any|if|should|nor|risk of|prevent)\b|n't)[^.;,]{0,25}$", re.I)


@dataclass(frozen=True, slots=True)
class Nature:
    """The nature chosen, a score (0 to 1, not calibrated) and the words that say so."""

    label: ProblemNature
    score: float
    words: tuple[Span, ...] = ()


def status(problem: FoundProblem, reading: Reading) -> dict[str, Span]:
    """Which status groups the sentences of the problem's scope speak, each with its first place; negated ones left out."""
    found: dict[str, Span] = {}
    for index in problem.scope:
        span = reading.sentences[index].span
        text = reading.text_of(span)
        for name in _STATUS:
            if name in found:
                continue
            for match in group("status_phrases", name).finditer(text):
                if name in ("worsening", "side_effects", "threat_words", "severe", "not_at_goal") and _NOT.search(
                    text[: match.start()]
                ):
                    continue
                found[name] = Span(span.start + match.start(), span.start + match.end())
                break
    return found


def decide(problem: FoundProblem, code: str | None, reading: Reading, setting: Setting | None) -> Nature:
    """The nature of ``problem``; a problem without a code is judged by its words alone."""
    row = lexicon.category(code) if code else None
    said = status(problem, reading)
    course = row.course if row else "either"
    new = _label(row.new if row else "", N.ACUTE_UNCOMPLICATED)
    stable = _label(row.stable if row else "", N.STABLE_CHRONIC)
    worse = _label(row.worse if row else "", N.CHRONIC_WORSENING)
    scope = " ".join(reading.text_of(reading.sentences[i].span) for i in problem.scope)
    is_worse = any(k in said for k in ("worsening", "not_at_goal", "side_effects", "severe"))
    is_better = any(k in said for k in ("improving", "at_goal", "resolved"))
    changed = bool(_INCREASE.search(scope))
    if course == "either":
        course = "chronic" if "chronic_words" in said and "acute_words" not in said else "acute"
        if course == "chronic":
            stable = N.STABLE_CHRONIC if stable in (N.STABLE_ACUTE, N.MINOR) else stable
            worse = N.CHRONIC_WORSENING if worse not in (N.THREAT, N.CHRONIC_SEVERE) else worse
    words = tuple(said[k] for k in _STATUS if k in said)[:2]
    if new is N.THREAT and course != "chronic":
        return Nature(N.STABLE_ACUTE if is_better and not is_worse and setting not in HOSPITAL else N.THREAT, 0.7, words)
    if course == "chronic":
        if "severe" in said and setting in HOSPITAL | {Setting.EMERGENCY}:
            return Nature(N.CHRONIC_SEVERE, 0.5, words)
        if is_worse and not ("at_goal" in said and not changed):
            return Nature(worse, 0.7, words)
        if "new_onset" in said or (changed and "at_goal" not in said):
            return Nature(worse, 0.6, words)
        return Nature(stable if stable is not N.STABLE_ACUTE else N.STABLE_CHRONIC, 0.7, words)
    if is_better and not is_worse:
        return Nature(stable if stable is not N.STABLE_CHRONIC else N.STABLE_ACUTE, 0.5, words)
    if new is N.ACUTE_UNCOMPLICATED and setting in (Setting.INPATIENT, Setting.OBSERVATION):
        return Nature(N.ACUTE_UNCOMPLICATED_HOSPITAL, 0.4, words)
    return Nature(new, 0.5, words)


def _label(text: str, default: ProblemNature) -> ProblemNature:
    return ProblemNature(text) if text else default
