"""From a setting to the family that answers it, by date and payer; and what payers take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from chartlight.labels import Label, Setting, Stage
from rules.edition import Edition, Verified, edition_in_force
from rules.record import EditionError, Record
from rules.tables import Note, read_notes
from rules.warnings import Unsupported


class Capability(Label):
    """What a payer may take."""

    CONSULTATIONS = "consultations", "consultation codes (FN-05)"
    TELEHEALTH_CODES = "telehealth_codes", "the 98000 series (T-01, T-06)"
    VISIT_COMPLEXITY = "visit_complexity", "G2211 (G-06)"
    PREVENTIVE_VISITS = "preventive_visits", "preventive medicine visits by age (PV-01)"
    MODIFIER_95 = "modifier_95", "modifier 95 for audio-video (T-03)"
    MODIFIER_51 = "modifier_51", "modifier 51 on further procedures (M-51)"
    MODIFIER_AI = "modifier_ai", "modifier AI of the principal clinician (M-AI)"
    MODIFIER_FT = "modifier_ft", "modifier FT for unrelated critical care (M-FT)"


class Schedule(Label):
    """Whose thresholds hold for prolonged services and critical care."""

    CPT = "cpt", "those of CPT"
    MEDICARE = "medicare", "those of Medicare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """What one payer takes, whose thresholds it follows, and until when it pays telehealth visits like others."""

    name: str
    schedule: Schedule
    takes: frozenset[Capability]
    telehealth_through: date | None = None
    verified: Verified = Verified.KNOWLEDGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line of the routing: for these settings (and stages, and payers), this family, or why there is none."""

    id: str
    settings: frozenset[Setting]
    stages: frozenset[Stage]
    needs: Capability | None
    family: str | None
    unsupported: Unsupported | None
    assumed_stage: Stage | None
    say: str
    verified: Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """All routes of one edition, in the order in which they are tried."""

    edition: Edition
    routes: tuple[Route, ...]
    notes: dict[str, Note]

    def route(self, setting: Setting, stage: Stage | None, payer: Payer) -> Route | None:
        """The first route that fits, None when the setting has no family yet."""
        for route in self.routes:
            if setting not in route.settings or (route.stages and stage not in route.stages):
                continue
            if route.needs is None or route.needs in payer.takes:
                return route
        return None


@cache
def routing(edition: Edition) -> Routing:
    """Read an edition of topic ``routing``; raises ``EditionError``."""
    body = Record(edition.body, edition.where)
    found = Routing(edition=edition, routes=tuple(_route(r) for r in body.records("route")), notes=read_notes(body))
    body.close()
    return found


def _route(record: Record) -> Route:
    route = Route(
        id=record.text("id"),
        settings=frozenset(record.many_of("settings", Setting)),
        stages=frozenset(record.many_of("stages", Stage)),
        needs=record.one_of_or_none("with", Capability),
        family=record.text_or_none("family"),
        unsupported=record.one_of_or_none("unsupported", Unsupported),
        assumed_stage=record.one_of_or_none("assumed_stage", Stage),
        say=record.text("say"),
        verified=record.one_of("verified", Verified),
    )
    record.close()
    if (route.family is None) == (route.unsupported is None):
        raise EditionError(f"{record.where}: give exactly one of family and unsupported")
    return route


@cache
def _payers(edition: Edition) -> dict[str, Payer]:
    body = Record(edition.body, edition.where)
    found = {payer.name: payer for payer in (read_payer(r) for r in body.records("payer"))}
    read_notes(body)
    body.close()
    return found


def read_payer(record: Record) -> Payer:
    """One ``[[payer]]`` table; raises ``EditionError``."""
    payer = Payer(
        name=record.text("name").casefold(),
        schedule=record.one_of("schedule", Schedule),
        takes=frozenset(record.many_of("takes", Capability)),
        telehealth_through=record.day("telehealth_through") if record.has("telehealth_through") else None,
        verified=record.one_of_or_none("verified", Verified) or Verified.KNOWLEDGE,
    )
    record.close()
    return payer


def payer_named(name: str, day: date, described: Mapping[str, Payer]) -> Payer | None:
    """The payer of that name: one that the practice described, or one of the edition in force; None for a stranger.

    >>> payer_named("medicare", date(2026, 3, 2), {}).schedule
    <Schedule.MEDICARE: 'medicare'>
    """
    key = name.strip().casefold()
    return described.get(key) or _payers(edition_in_force("payers", day)).get(key)
