"""Where a note may decide on hospital care or on limits of care although no pattern says so: candidates for the head that weighs them.

Idea: admission, transfer and limits of care are told in many ways, most of them past ("was admitted last year") or conditional; each place that names them is a
candidate with what stands around it, and the encoder's marks tell the rest. Source: rows R-07, R-08, R-11 to R-13 of the specification. Needs: a view of a reading. Gives: ``Place`` values, for each nature and cue the first few.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chartlight import Span
from chartlight.labels import RiskNature, SectionKind
from models.predictors.view import View

S, R = SectionKind, RiskNature
_CUES: tuple[tuple[RiskNature, str, re.Pattern[str]], ...] = (
    (R.HOSPITALIZATION, "admitting", re.compile(r"\b(?:will be|be|being|to|should|shall|we|i|plan(?:ned)? to|going to|agree to|decided to|now) admit(?:ted|ting)?\b[^.;\n]{0,60}")),
    (R.HOSPITALIZATION, "is admitted", re.compile(r"\b(?:is|are) (?:now )?admitted\b[^.;\n]{0,60}")),
    (R.HOSPITALIZATION, "was admitted", re.compile(r"\b(?:was|were|got|been) (?:\w+ )?admitted\b[^.;\n]{0,60}|\badmitted (?:to|for|from|on|by|under)\b[^.;\n]{0,60}")),
    (R.HOSPITALIZATION, "admission", re.compile(r"\b(?:reason for |requires? |needs? |for |this |direct )admission\b|\badmission (?:process|orders?|to)\b|\badmit (?:to|for)\b")),
    (R.HOSPITALIZATION, "transfer", re.compile(r"\btransfer(?:red|ring)? (?:to|for|from)\b[^.;\n]{0,60}|\btransport(?:ed)? to\b[^.;\n]{0,40}|\bready for trans(?:port|fer)\b")),
    (R.HOSPITALIZATION, "intensive care", re.compile(r"\b(?:to|in) (?:the )?(?:\w+ )?(?:icu|ccu|micu|sicu|nicu|intensive care unit|telemetry|monitored bed|step-?down)\b")),
    (R.HOSPITALIZATION, "inpatient", re.compile(r"\b(?:inpatient|hospitali[sz](?:ation|ed|e)|observation (?:status|unit|overnight)|overnight observation|rehabilitation stay|length of stay|induction of labor|recommend(?:ed)? induction)\b")),
    (R.DEESCALATION, "limits of care", re.compile(r"\b(?:dnr|dni|dnar|do not (?:resuscitate|intubate)|hospice|comfort (?:care|measures)|palliative (?:care|measures)|terminal wean|withdraw(?:al|n|ing)?(?: of)? (?:care|support)|no (?:further )?(?:aggressive|heroic) (?:measures|treatment))\b")),
)  # fmt: skip
_PAST = re.compile(
    r"\b(?:previous|prior|recent|last|past|years? ago|months? ago|history of|in (?:19|20)\d\d|had been|has been)\b"
)
_IF = re.compile(r"\b(?:if|should|may|might|could|would|consider|unless|discuss(?:ed)?|options?)\b")
_NOT = re.compile(r"\b(?:no|not|denies|without|never|refus\w+|declin\w+|instead of|avoid)\b")
_NEVER = frozenset(
    {
        S.FAMILY_HISTORY,
        S.SURGICAL_HISTORY,
        S.PAST_HISTORY,
        S.MEDICATIONS,
        S.ALLERGIES,
        S.SOCIAL_HISTORY,
        S.REVIEW_OF_SYSTEMS,
    }
)
_STAY = frozenset({S.HOSPITAL_COURSE, S.DISCHARGE_DIAGNOSES})
_MOST = 2


@dataclass(frozen=True, slots=True)
class Place:
    """A place that may be a decision, and the names of what stands around it."""

    nature: RiskNature
    span: Span
    signs: tuple[str, ...]


def undecided(view: View) -> Iterator[Place]:
    """The places, at most two a cue, in order of the note."""
    reading = view.reading
    is_stay = any(s.kind in _STAY for s in reading.sections)
    count: dict[str, int] = {}
    for index in range(len(reading.sentences)):
        kind = reading.kind_of(index)
        if kind in _NEVER:
            continue
        words = view.sentence(index)
        for nature, cue, pattern in _CUES:
            found = pattern.search(words)
            if found is None or count.get(cue, 0) >= _MOST:
                continue
            count[cue] = count.get(cue, 0) + 1
            before, around = words[: found.start()], words[max(0, found.start() - 60) : found.end()]
            signs = {
                f"care {cue}": True,
                f"care {cue} in a stay": is_stay,
                "care past": _PAST.search(around) is not None,
                "care conditional": _IF.search(before) is not None,
                "care denied": _NOT.search(before[-40:]) is not None,
                "care told before the exam": kind in (S.HISTORY, S.CHIEF_COMPLAINT, S.HEADER),
                "care named again": count[cue] > 1,
            }
            span = view.place(index, found.start(), found.end())
            yield Place(nature, span, tuple(name for name, is_so in signs.items() if is_so))
