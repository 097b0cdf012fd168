"""What stands beside the code: classes of other services, modifiers, visit complexity (sections 3.3, 3.5 and 6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from chartlight.context import Service
from chartlight.labels import Label, PatientStatus, Setting, Stage
from rules.edition import Edition, NoEdition, Verified, edition_in_force
from rules.record import EditionError, Record
from rules.routes import Capability
from rules.tables import read_notes


class Need(Label):
    """What must be on record for a modifier, beyond setting and services."""

    SEPARATE_PROBLEM = "separate_problem", "an addressed problem that is not only the reason for another service"
    SURGERY_DECISION = "surgery_decision", "a decision for major surgery"
    SPLIT_SHARED = "split_shared", "two clinicians of one group shared the visit"
    TEACHING_PRESENT = "teaching_present", "the teaching physician was present for the key portion"
    PRIMARY_CARE_EXCEPTION = "primary_care_exception", "the visit is under the primary care exception"


class Teaching(Label):
    """The part of the teaching physician."""

    NONE = "none", "no resident took part"
    PRESENT = "present", "present for the key portion, with attestation"
    EXCEPTION = "exception", "not present, under the primary care exception"
    ABSENT = "absent", "not present and without attestation"
    UNKNOWN = "unknown", "said in words that are not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifierRow:
    """When a modifier is proposed: every condition that is given must hold; global days and classes are alternatives."""

    id: str
    code: str
    say: str
    verified: Verified
    settings: frozenset[Setting]
    stages: frozenset[Stage]
    families: frozenset[str]
    codes: frozenset[str]
    takes: Capability | None
    global_days: frozenset[int]
    classes: frozenset[str]
    needs: tuple[Need, ...]
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifierTable:
    """All modifier rows of one edition."""

    edition: Edition
    rows: tuple[ModifierRow, ...]
    further_id: str
    further_code: str
    further_takes: Capability
    further_say: str
    exception_codes: frozenset[str]
    teaching_words: dict[str, frozenset[str]]
    not_shared_words: frozenset[str]

    def teaching(self, said: str | None) -> Teaching:
        """What the context says of the teaching physician."""
        word = (said or "").strip().casefold()
        return next((t for t in Teaching if word in self.teaching_words.get(t.value, ())), Teaching.UNKNOWN)

    def is_shared(self, said: str | None) -> bool:
        """Whether the context says that two clinicians shared the visit."""
        return (said or "").strip().casefold() not in self.not_shared_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """Codes that do not exist from a date on."""

    id: str
    since: date
    codes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preventive:
    """A preventive visit by age: whole years from ``from_age`` to below ``below``."""

    id: str
    code: str
    status: PatientStatus
    from_age: int
    below: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTable:
    """Classes of services, deleted codes, and preventive visits by age."""

    edition: Edition
    classes: dict[str, frozenset[str]]
    deleted: tuple[Deleted, ...]
    preventive: tuple[Preventive, ...]

    def classes_of(self, code: str) -> frozenset[str]:
        """The names of the classes that hold the code."""
        return frozenset(name for name, codes in self.classes.items() if code in codes)

    def deleted_on(self, code: str, day: date) -> Deleted | None:
        """The row by which the code does not exist on the date, if any."""
        return next((d for d in self.deleted if code in d.codes and day >= d.since), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complexity:
    """G2211 in one edition: on which codes, and beside modifier 25 only with services of these classes."""

    edition: Edition
    id: str
    code: str
    relationship: str
    bases: frozenset[str]
    with_25: frozenset[str]


@cache
def _modifiers(edition: Edition) -> ModifierTable:
    body = Record(edition.body, edition.where)
    rows = []
    for record in body.records("modifier"):
        days = record.whole_numbers("global_days")
        rows.append(
            ModifierRow(
                id=record.text("id"),
                code=record.text("code"),
                say=record.text("say"),
                verified=record.one_of("verified", Verified),
                settings=frozenset(record.many_of("settings", Setting)),
                stages=frozenset(record.many_of("stages", Stage)),
                families=frozenset(record.texts("families")),
                codes=frozenset(record.texts("codes")),
                takes=record.one_of_or_none("with", Capability),
                global_days=frozenset(days),
                classes=frozenset(record.texts("classes")),
                needs=record.many_of("needs", Need),
                since=record.day("since") if record.has("since") else None,
            )
        )
        record.close()
    further, exception = body.record("further_procedures"), body.record("exception")
    teaching, shared = body.record("teaching"), body.record("split_shared")
    table = ModifierTable(
        edition=edition,
        rows=tuple(rows),
        further_id=further.text("id"),
        further_code=further.text("code"),
        further_takes=further.one_of("with", Capability),
        further_say=further.text("say"),
        exception_codes=frozenset(exception.texts("codes")),
        teaching_words={t.value: frozenset(teaching.texts(t.value)) for t in Teaching if t is not Teaching.UNKNOWN},
        not_shared_words=frozenset(shared.texts("none")),
    )
    exception.text("id")
    for part in (further, exception, teaching, shared):
        part.one_of("verified", Verified)
        part.close()
    read_notes(body)
    body.close()
    return table


def _numbers(texts: Collection[str], where: str) -> frozenset[str]:
    """Codes, with ranges such as ``99381-99387`` written out."""
    codes: set[str] = set()
    for text in texts:
        first, dash, last = text.partition("-")
        if not dash:
            codes.add(text)
        elif first.isdigit() and last.isdigit() and int(first) <= int(last):
            codes |= {str(n).zfill(len(first)) for n in range(int(first), int(last) + 1)}
        else:
            raise EditionError(f"{where}: {text!r} is no range of codes; give 99381-99387 or single codes")
    return frozenset(codes)


@cache
def _services(edition: Edition) -> ServiceTable:
    body = Record(edition.body, edition.where)
    classes = {}
    for record in body.records("class"):
        record.text("say")
        classes[record.text("name")] = _numbers(record.texts("codes"), record.where)
        record.close()
    deleted = []
    for record in body.records("deleted"):
        record.one_of("verified", Verified)
        codes = _numbers(record.texts("codes"), record.where)
        deleted.append(Deleted(id=record.text("id"), since=record.day("from"), codes=codes))
        record.close()
    preventive = []
    for record in body.records("preventive"):
        record.one_of("verified", Verified)
        preventive.append(
            Preventive(
                id=record.text("id"),
                code=record.text("code"),
                status=record.one_of("status", PatientStatus),
                from_age=record.whole("from_age"),
                below=record.whole("below"),
            )
        )
        record.close()
    read_notes(body)
    body.close()
    return ServiceTable(edition=edition, classes=classes, deleted=tuple(deleted), preventive=tuple(preventive))


@cache
def _complexity(edition: Edition) -> Complexity:
    body = Record(edition.body, edition.where)
    record = body.record("add_on")
    found = Complexity(
        edition=edition,
        id=record.text("id"),
        code=record.text("code"),
        relationship=record.text("relationship"),
        bases=frozenset(record.texts("bases")),
        with_25=frozenset(record.texts("with_25")),
    )
    record.one_of("verified", Verified)
    record.close()
    read_notes(body)
    body.close()
    return found


@cache
def _substantive(edition: Edition) -> str:
    """What the substantive portion of a shared visit is."""
    body = Record(edition.body, edition.where)
    row = body.record("substantive")
    said = f"{row.text('id')}: {row.text('say')}"
    row.one_of("verified", Verified)
    row.close()
    read_notes(body)
    body.close()
    return said


def substantive_portion(day: date) -> str | None:
    """What makes the substantive portion of a shared visit on the date, None before such visits had a modifier.

    >>> substantive_portion(date(2023, 5, 1))
    'TM-05: history, examination, MDM or more than half of the total time; critical care by time alone'
    """
    try:
        return _substantive(edition_in_force("split_shared", day))
    except NoEdition:
        return None


def modifier_table(day: date) -> ModifierTable:
    """The modifier rows in force."""
    return _modifiers(edition_in_force("modifiers", day))


def service_table(day: date) -> ServiceTable:
    """The classes of other services in force."""
    return _services(edition_in_force("services", day))


def complexity(day: date) -> Complexity | None:
    """The edition of visit complexity in force, None before G2211 was payable."""
    try:
        return _complexity(edition_in_force("visit_complexity", day))
    except NoEdition:
        return None


def triggers(row: ModifierRow, services: Sequence[Service], table: ServiceTable) -> tuple[Service, ...]:
    """The other services that meet the row's global days or classes."""
    return tuple(s for s in services if s.global_days in row.global_days or table.classes_of(s.code) & row.classes)
