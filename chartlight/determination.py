"""What the rules make of facts and context, with the argument for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from chartlight.evidence import Evidence
from chartlight.labels import Basis, Level, PatientStatus, Stage


@dataclass(frozen=True, slots=True)
class Citation:
    """The authority for a rule: title, place in it, address; ``row`` is the id in the rules specification."""

    title: str
    locator: str = ""
    url: str = ""
    row: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the argument: a rule, what it gave, why, with the facts it used and the steps under it.

    ``edition`` is ``topic/effective date``.

    >>> step = Step(rule="two_of_three", outcome="low", reason="the second highest of the three elements")
    >>> print(step)
    two_of_three: low (the second highest of the three elements)
    """

    rule: str
    outcome: str
    reason: str
    edition: str | None = None
    facts: tuple[str, ...] = ()
    citation: Citation | None = None
    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        head = f"{self.edition}#{self.rule}" if self.edition else self.rule
        facts = f" [{', '.join(self.facts)}]" if self.facts else ""
        lines = [f"{head}: {self.outcome}{facts} ({self.reason})"]
        lines += ["  " + line for step in self.steps for line in str(step).splitlines()]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Mdm:
    """Level of medical decision making: that of the visit and of its three elements (MD-01)."""

    level: Level
    problems: Level
    data: Level
    risk: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOutcome:
    """The clinician's total minutes and the code that they alone would support (None below the lowest threshold)."""

    minutes: int
    code: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another code, and the circumstance under which it would be the right one."""

    code: str
    because: str
    basis: Basis | None = None
    patient_status: PatientStatus | None = None
    stage: Stage | None = None


@dataclass(frozen=True, slots=True)
class AddOn:
    """An add-on code with its units (prolonged services, visit complexity)."""

    code: str
    units: int = 1
    because: str = ""


@dataclass(frozen=True, slots=True)
class Modifier:
    """A modifier, the code that it goes on, and the documentation element that calls for it."""

    code: str
    on: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One line of the data ledger: the unique thing, the facts that say it, credit or refusal, and the row that decides.

    ``category`` is 1 (tests, documents, historian), 2 (independent interpretation) or 3 (discussion).
    """

    item: str
    facts: tuple[str, ...]
    category: int
    credited: bool
    row: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Determination:
    """The E/M code that the rules give, with MDM, time, alternatives, warnings and the whole argument.

    ``code`` is None when nothing was addressed or ``unsupported`` names the reason. ``confidence`` is the calibrated
    probability that a careful auditor would accept the MDM level; the rules themselves leave it None.
    """

    code: str | None
    basis: Basis | None = None
    mdm: Mdm | None = None
    time: TimeOutcome | None = None
    alternatives: tuple[Alternative, ...] = ()
    add_ons: tuple[AddOn, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    warnings: tuple[str, ...] = ()
    unsupported: str | None = None
    date_of_service: date | None = None
    confidence: float | None = None
    trace: tuple[Step, ...] = ()
