"""Facts: what was found in the note, or given, that bears on the code. The rules judge facts and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from chartlight.evidence import Evidence
from chartlight.labels import DataNature, FactKind, ProblemNature, RiskNature, SourceKind, TimeRole


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact came from: a pattern, a model, a reviewer, or given as data; with its name and version.

    >>> Source(SourceKind.PATTERN, "plan_drug", "1").kind
    <SourceKind.PATTERN: 'pattern'>
    """

    kind: SourceKind
    name: str = ""
    version: str = ""


GIVEN = Source(SourceKind.GIVEN)
"""The source of facts that were handed over as data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What all facts share: an id, its quotations, its source and a calibrated probability (0 to 1) or None.

    ``evidence`` may be empty only for facts given as data (``determine``); a ``Proposal`` refuses a fact without.
    """

    kind: ClassVar[FactKind]
    id: str
    evidence: tuple[Evidence, ...] = ()
    source: Source = GIVEN
    confidence: float | None = None

    def __post_init__(self) -> None:
        if self.confidence is not None and not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"fact {self.id}: confidence is a probability from 0 to 1, got {self.confidence}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Fact):
    """A problem that the note names; ``nature`` is None when it was mentioned but not addressed.

    ``for_service`` is the code of a listed service for which the problem is only the reason (modifier 25).

    >>> Problem(id="p1", nature=ProblemNature.STABLE_CHRONIC, name="hypertension").addressed
    True
    """

    kind: ClassVar[FactKind] = FactKind.PROBLEM
    nature: ProblemNature | None = None
    name: str | None = field(default=None, repr=False)
    addressed: bool = True
    for_service: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataItem(Fact):
    """A test, outside note, historian, interpretation or discussion.

    ``item`` is the unique thing (one test by its code, one source); ``counts_as`` names the fact with which it counts
    once (its own id when it counts by itself). ``interpretation_billed`` true excludes the item (D-09); None: not known.
    """

    kind: ClassVar[FactKind] = FactKind.DATA
    nature: DataNature
    item: str | None = field(default=None, repr=False)
    counts_as: str | None = None
    interpretation_billed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskDecision(Fact):
    """A management decision and the kind of risk it carries."""

    kind: ClassVar[FactKind] = FactKind.RISK
    nature: RiskNature
    item: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeStatement(Fact):
    """Minutes that the note states, and whose they are; raises ``ValueError`` for less than 0 or more than 1,440."""

    kind: ClassVar[FactKind] = FactKind.TIME
    minutes: int
    role: TimeRole = TimeRole.TOTAL

    def __post_init__(self) -> None:
        # dataclass slots break zero-argument super() in rebuilt classes, so the parent is named
        Fact.__post_init__(self)
        if not 0 <= self.minutes <= 1440:
            raise ValueError(f"fact {self.id}: minutes of one date are 0 to 1440, got {self.minutes}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis(Fact):
    """An ICD-10-CM code given as data, for the diagnosis rules to check and complete."""

    kind: ClassVar[FactKind] = FactKind.DIAGNOSIS
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drug(Fact):
    """An administered drug by HCPCS code; ``dose`` and ``vial`` (labelled content) are amounts in ``unit`` (H-01)."""

    kind: ClassVar[FactKind] = FactKind.DRUG
    code: str
    dose: float | None = None
    unit: str | None = None
    vial: float | None = None


AnyFact = Problem | DataItem | RiskDecision | TimeStatement | Diagnosis | Drug
FACT_TYPES: tuple[type[Fact], ...] = (Problem, DataItem, RiskDecision, TimeStatement, Diagnosis, Drug)
"""One class per ``FactKind``, in its order."""
