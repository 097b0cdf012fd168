"""The JSON of the interface: what comes in is closed (unknown keys are errors), what goes out is described."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator

from chartlight.decision import Verdict
from chartlight.labels import Level, RejectionReason
from serving.people.roles import Role
from serving.review.visit import Attention, State

Id = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Words = Annotated[str, StringConstraints(min_length=3, max_length=2000)]
LevelCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{5}$")]
IcdCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9A-Z]{2}(\.[0-9A-Z]{1,4})?$")]


def _noun(name: str) -> WithJsonSchema:
    """A place where a schema of ``chartlight.schema`` stands in the description (``serving.service.description`` puts it there)."""
    return WithJsonSchema({"x-noun": name})


FactJson = Annotated[dict[str, Any], _noun("Fact")]
ContextJson = Annotated[dict[str, Any], _noun("EncounterContext")]
DeterminationJson = Annotated[dict[str, Any], _noun("Determination")]
ProposalJson = Annotated[dict[str, Any], _noun("ShownProposal")]
DecisionJson = Annotated[dict[str, Any], _noun("Decision")]
StepJson = Annotated[dict[str, Any], _noun("Step")]
LedgerJson = Annotated[dict[str, Any], _noun("LedgerEntry")]
EvidenceJson = Annotated[dict[str, Any], _noun("Evidence")]


def _is_clean(value: Any, depth: int = 0) -> bool:
    """Whether no text in the data holds a null character or half a surrogate pair, which no database keeps."""
    if depth > 30:
        return False
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= c <= "\udfff" for c in value)
    if isinstance(value, dict):
        return all(_is_clean(k, depth + 1) and _is_clean(v, depth + 1) for k, v in value.items())
    if isinstance(value, list):
        return all(_is_clean(v, depth + 1) for v in value)
    return True


class In(BaseModel):
    """What comes in."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, data: Any) -> Any:
        if not _is_clean(data):
            raise ValueError("a text holds a null character or half a surrogate pair, or the data is nested too deep")
        return data


class LogIn(In):
    """Login and password; ``tenant`` where the service knows several practices."""

    login: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(repr=False)
    tenant: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")] | None = None


class NewPassword(In):
    """One's own new password, with the old one."""

    old: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(repr=False)
    new: Annotated[str, StringConstraints(min_length=12, max_length=200)] = Field(repr=False)


class DocumentIn(In):
    """One document of the contract."""

    id: Id
    text: str = Field(repr=False)
    type: Annotated[str, StringConstraints(max_length=200)] | None = None
    author: Annotated[str, StringConstraints(max_length=200)] | None = None
    signed: bool | None = None


class ServiceIn(In):
    """Another service of the same date."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{5}$")]
    global_days: Literal[0, 10, 90] | None = None


class EncounterIn(In):
    """A visit as in the batch contract: ``text`` or ``documents``; ``id`` is the sender's, and may be left out."""

    id: Id | None = None
    text: str | None = Field(default=None, repr=False)
    documents: Annotated[list[DocumentIn], Field(min_length=1, max_length=40)] | None = Field(default=None, repr=False)
    context: dict[str, Any] | None = Field(default=None, description="keys of the contract's context; others are kept")
    services: Annotated[list[ServiceIn], Field(max_length=50)] = []

    @model_validator(mode="after")
    def _one_of_two(self) -> EncounterIn:
        if (self.text is None) == (self.documents is None):
            raise ValueError("exactly one of text and documents is expected")
        return self


class DocumentsIn(In):
    """Documents for a visit that is there: a known id is a new version, another one a further document."""

    documents: Annotated[list[DocumentIn], Field(min_length=1, max_length=40)] = Field(repr=False)


class BatchIn(In):
    """Many visits."""

    encounters: Annotated[list[EncounterIn], Field(min_length=1, max_length=1000)] = Field(repr=False)


class PlaceIn(In):
    """A place in a document, in code points or in UTF-16 units, for a fact whose words the service shall quote."""

    document: Id | None = None
    start: Annotated[int, Field(ge=0)] | None = None
    end: Annotated[int, Field(ge=0)] | None = None
    utf16_start: Annotated[int, Field(ge=0)] | None = None
    utf16_end: Annotated[int, Field(ge=0)] | None = None


class AmendmentIn(In):
    """Facts to add (one with a known id takes its place), ids to remove, another context; or an amendment to take back.

    ``places`` gives, by the id of an added fact, where its words stand; the service quotes them.
    """

    added: Annotated[list[FactJson], Field(max_length=200)] = Field(default=[], repr=False)
    places: dict[str, Annotated[list[PlaceIn], Field(max_length=20)]] = {}
    removed: Annotated[list[Id], Field(max_length=200)] = []
    context: ContextJson | None = None
    reason: Annotated[str, StringConstraints(max_length=2000)] = Field(default="", repr=False)
    withdraws: Id | None = None


class RulingIn(In):
    """What the person says of ``level``, of a diagnosis, of an add-on (``G2211``) or of a modifier (``-25`` on the E/M code,
    ``20610-59`` on another one); ``withdrawn`` takes the ruling back."""

    about: Annotated[
        str,
        StringConstraints(
            pattern=r"^(level|[A-Z][0-9A-Z]{2}(\.[0-9A-Z]{1,4})?|[0-9A-Z]{5}|([0-9A-Z]{5})?-[0-9A-Z]{2})$"
        ),
    ]
    verdict: Verdict | Literal["withdrawn"]
    final: Annotated[str, StringConstraints(max_length=10, pattern=r"^[0-9A-Z.]+$")] | None = None
    rejection: RejectionReason | None = None


class PlaceOfIn(In):
    """Where a diagnosis goes: right ``before`` or right ``after`` another one; each by the code under which it was suggested or added."""

    about: IcdCode
    before: IcdCode | None = None
    after: IcdCode | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> PlaceOfIn:
        if (self.before is None) == (self.after is None):
            raise ValueError("exactly one of before and after is expected")
        return self


class LevelIn(In):
    """The level that the person finds in a blind visit."""

    level: Level
    code: LevelCode | None = None


class DecisionIn(In):
    """Finalise; ``diagnoses`` gives the order of the codes that stand, where it is not that of the proposal's ``order``."""

    diagnoses: Annotated[list[IcdCode], Field(max_length=100)] | None = None


class ReopeningIn(In):
    """Why a finalised visit is opened again."""

    reason: Words = Field(repr=False)


class SettingsIn(In):
    """Settings of the practice."""

    blind_percent: Annotated[int, Field(ge=0, le=100)]


class UserIn(In):
    """A new account."""

    login: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._@+-]{0,79}$")]
    role: Role
    password: Annotated[str, StringConstraints(min_length=12, max_length=200)] | None = Field(default=None, repr=False)


class UserChange(In):
    """What changes of an account."""

    disabled: bool | None = None
    role: Role | None = None
    password: Annotated[str, StringConstraints(min_length=12, max_length=200)] | None = Field(default=None, repr=False)


class TokenIn(In):
    """A token to issue."""

    role: Role
    scopes: Annotated[list[Annotated[str, StringConstraints(max_length=40)]], Field(min_length=1, max_length=40)]
    days: Annotated[int, Field(ge=1, le=366)] = 90


class ProblemDetails(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = ""
    errors: list[dict[str, str]] = []


class SessionOut(BaseModel):
    """Who is logged in; ``csrf`` goes into the header X-CSRF-Token of every change (null for tokens)."""

    tenant: str
    id: str
    login: str
    role: Role
    scopes: list[str] | None
    csrf: str | None
    idle_minutes: int
    practice: str
    time_zone: str
    read_only: bool


class SubmissionOut(BaseModel):
    """What became of a submission. ``recognised``: it brought nothing new. ``same_text_as``: other visits with the same text."""

    id: str
    version: int
    created: bool
    recognised: bool
    changed_documents: list[str]
    same_text_as: list[str]
    warnings: list[str] = []


class SummaryOut(BaseModel):
    """A visit in lists."""

    id: str
    reference: str
    state: State
    version: int
    blind: bool
    attention: Attention | None
    claimed_by: str | None
    claimed_at: str | None
    date_of_service: str | None
    created_at: str
    updated_at: str


class DocumentOut(BaseModel):
    """A document; ``text`` where it was asked for."""

    id: str
    name: str
    version: int
    type: str | None
    author: str | None
    signed: bool | None
    digest: str
    format: str
    warnings: list[str]
    received_at: str
    characters: int | None
    text: str | None = None


class DocumentsOut(BaseModel):
    """Every version of every document, oldest first; offsets elsewhere are code points of ``text``."""

    unit: Literal["code_point"] = "code_point"
    items: list[DocumentOut]


class HistoryOut(BaseModel):
    """One proposal or decision in the history of a visit."""

    id: str
    number: int
    made_at: str
    author: str | None = None
    versions: dict[str, Any] | None = None


class ReopeningOut(BaseModel):
    """A reopening in the history of a visit."""

    decision: str
    reason: str | None
    author: str
    made_at: str


class EncounterOut(SummaryOut):
    """A visit with its documents and history."""

    is_single_text: bool
    documents: list[DocumentOut]
    proposals: list[HistoryOut]
    decisions: list[HistoryOut]
    reopenings: list[ReopeningOut]


class QueueOut(BaseModel):
    """A page of the queue."""

    items: list[SummaryOut]
    next: str | None


class RulingOut(BaseModel):
    """A ruling in force."""

    about: str
    verdict: Verdict
    final: str | None
    rejection: RejectionReason | None
    author: str
    made_at: str


class OrderOut(BaseModel):
    """The diagnoses in order. ``first_listed`` tells where the person's order departs from what the rules suggest first."""

    diagnoses: list[str]
    by_person: bool
    first_listed: str


class AmendmentOut(BaseModel):
    """An amendment as stored."""

    id: str
    number: int
    author: str
    made_at: str
    withdraws: str | None
    added: list[FactJson]
    removed: list[str]
    context: ContextJson | None
    reason: str


class CurrentOut(BaseModel):
    """Facts, context and determination as amended."""

    facts: list[FactJson]
    context: ContextJson
    services: list[dict[str, Any]]
    determination: DeterminationJson | None


class NeighbourOut(BaseModel):
    """The next lower or higher code and what separates it, in neutral words."""

    code: str
    mdm: list[str]
    minutes: int | None
    because: str


class NeighboursOut(BaseModel):
    """Both neighbours."""

    lower: NeighbourOut | None
    higher: NeighbourOut | None


class LevelOut(BaseModel):
    """The level that a person entered."""

    level: Level
    code: str | None
    author: str
    made_at: str


class SeenOut(BaseModel):
    """A service that the note tells of and that is never proposed."""

    kind: Literal["procedure", "vaccine", "drug_given"]
    item: str
    evidence: list[EvidenceJson]


class ServicesSeenOut(BaseModel):
    """Such services, with the statement of what Chartlight does not propose."""

    statement: str
    items: list[SeenOut]


class ProposalOut(BaseModel):
    """A proposal with everything that a person has said of it. ``open`` names what must still be ruled on."""

    encounter: SummaryOut
    number: int
    id: str
    made_at: str
    withheld: bool
    proposal: ProposalJson
    current: CurrentOut
    neighbours: NeighboursOut | None
    level_entered: LevelOut | None
    amendments: list[AmendmentOut]
    rulings: list[RulingOut]
    order: OrderOut | None
    open: list[str]
    services_seen: ServicesSeenOut


class ArgumentOut(BaseModel):
    """The argument for the determination as amended."""

    withheld: bool
    code: str | None
    trace: list[StepJson]
    sentences: list[str]
    ledger: list[LedgerJson]
    neighbours: NeighboursOut | None
    flips: list[str]


class DecisionOut(BaseModel):
    """A decision as signed."""

    id: str
    encounter: str
    number: int
    made_at: str
    author: str
    versions: dict[str, Any]
    decision: DecisionJson | None


class DecisionsOut(BaseModel):
    """Decisions of a visit, oldest first, and levels entered before anything was shown."""

    items: list[DecisionOut]
    levels_entered: list[dict[str, Any]]
