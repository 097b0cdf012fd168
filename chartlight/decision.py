"""What a person does with a proposal: amend the facts, then decide."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from chartlight.context import EncounterContext
from chartlight.determination import Determination
from chartlight.facts import DataItem, Diagnosis, Drug, Problem, RiskDecision, TimeStatement
from chartlight.labels import Label, RejectionReason


class Verdict(Label):
    """What the person says of one suggestion."""

    CONFIRMED = "confirmed", "right as proposed"
    EDITED = "edited", "right after a change"
    REJECTED = "rejected", "not to be reported"
    ADDED = "added", "missing from the proposal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """A change to the facts or the context of a proposal; the rules run again on the result, no model does.

    ``removed`` holds fact ids; a changed fact is removed and added under its id.
    """

    proposal: str
    author: str
    made_at: datetime
    added: tuple[Problem | DataItem | RiskDecision | TimeStatement | Diagnosis | Drug, ...] = ()
    removed: tuple[str, ...] = ()
    context: EncounterContext | None = None
    reason: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The person's verdict on one thing of the proposal: ``level``, a diagnosis or an add-on by its code, a modifier as ``-25``.

    A rejection gives its reason; raises ``ValueError`` without.
    """

    about: str
    verdict: Verdict
    final: str | None = None
    rejection: RejectionReason | None = None

    def __post_init__(self) -> None:
        if (self.verdict is Verdict.REJECTED) != (self.rejection is not None):
            raise ValueError(f"ruling on {self.about}: a rejection, and only a rejection, gives its reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A person's signed decision on an encounter: the only thing that is exported.

    ``determination`` is what the rules gave for the facts as amended, so that it can be replayed.
    """

    proposal: str
    decided_by: str
    decided_at: datetime
    code: str | None
    diagnoses: tuple[str, ...]
    determination: Determination
    rulings: tuple[Ruling, ...] = ()
    amendments: tuple[Amendment, ...] = ()
