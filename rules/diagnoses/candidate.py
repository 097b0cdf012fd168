"""What goes into the diagnosis rules and what comes out of them."""

from __future__ import annotations

from dataclasses import dataclass

from chartlight.determination import Step
from chartlight.labels import Assertion


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A code that the reading proposes, or that a person or the rules put on the list.

    ``facts`` are ids of the facts it rests on. ``addressed``: evaluated or treated at this encounter; a condition that merely
    coexists is not. ``position`` is its place in the note (any whole number, lower is earlier). ``because`` and ``row``
    say which rule made it; both are empty for a code that came in and stayed as it was.

    >>> Candidate(code="I10", facts=("p1",), confidence=0.9).assertion
    <Assertion.PRESENT: 'present'>
    """

    code: str
    facts: tuple[str, ...] = ()
    confidence: float = 1.0
    addressed: bool = True
    is_first_listed_hint: bool = False
    position: int = 0
    assertion: Assertion = Assertion.PRESENT
    because: str = ""
    row: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """A candidate that is not on the list, the row of the specification that took it off, and why."""

    candidate: Candidate
    row: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A code that may belong beside ``for_code`` and that nothing among the candidates says.

    ``code`` may be a heading (``N18``): then ``is_complete`` is False and the note must tell which code under it.
    """

    code: str
    is_complete: bool
    for_code: str
    row: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosisOutcome:
    """The list in the order in which it is reported, with all that led to it.

    ``pointers`` are the codes that the E/M line points to (IC-36). ``trace`` has one step for every change.
    """

    candidates: tuple[Candidate, ...] = ()
    removed: tuple[Removed, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    warnings: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()
    trace: tuple[Step, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes alone, in order."""
        return tuple(candidate.code for candidate in self.candidates)
