"""What stands in the books: the code set, the editions of the rules, the vocabularies."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from chartlight import labels
from chartlight.labels import Label
from rules.codesets.reader import CompactCatalogue, open_release
from rules.edition import NoEdition, edition_in_force, topics
from rules.version import rules_version
from serving.refusal import Refusal, Refused
from serving.review.code_search import type_ahead
from serving.service.deps import ActorDep, SettingsDep
from serving.service.today import today

router = APIRouter(prefix="/v1", tags=["reference"])

Day = Annotated[date | None, Query(description="date of service; today in the practice if left out")]


@router.get("/codes")
def search(
    actor: ActorDep,
    settings: SettingsDep,
    q: Annotated[str, Query(min_length=1, max_length=100, description="begin of a code, or words of the description")],
    date: Day = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 12,
) -> dict[str, Any]:
    """Type-ahead over the whole code set: codes that begin so, then descriptions and inclusion terms that hold all the words."""
    catalogue = open_release(date or today(settings))
    found = type_ahead(catalogue, q, limit)
    return {"release": catalogue.release, "items": [_line(catalogue, code) for code in found]}


@router.get("/codes/{code}")
def code(
    actor: ActorDep,
    settings: SettingsDep,
    code: Annotated[str, Path(pattern=r"^[A-Z][0-9A-Z]{2}(\.[0-9A-Z]{1,4})?$")],
    date: Day = None,
) -> dict[str, Any]:
    """One code: its notes, what stands above, beside and under it."""
    catalogue = open_release(date or today(settings))
    if code not in catalogue:
        raise Refusal(Refused.NOT_FOUND, "no such code in the release of that date")
    entry = catalogue[code]
    above = catalogue.ancestors(code)
    beside = (
        catalogue.children(above[0]) if above and "-" not in above[0] and not above[0].startswith("chapter") else ()
    )
    notes = ("includes", "inclusion_terms", "excludes1", "excludes2", "use_additional", "code_first", "code_also")
    return {
        "release": catalogue.release,
        **_line(catalogue, code),
        "above": [_line(catalogue, c) for c in above],
        "beside": [_line(catalogue, c) for c in beside],
        "under": [_line(catalogue, c) for c in entry.children],
        "notes": {name: list(getattr(entry, name)) for name in notes},
    }


def _line(catalogue: CompactCatalogue, code: str) -> dict[str, Any]:
    return {"code": code, "description": catalogue.description(code), "billable": catalogue.is_billable(code)}


@router.get("/rules")
def rules(actor: ActorDep, settings: SettingsDep, date: Day = None) -> dict[str, Any]:
    """The editions in force on a date, with their sources; topics without one are left out."""
    day = date or today(settings)
    found = []
    for topic in topics():
        try:
            edition = edition_in_force(topic, day)
        except NoEdition:
            continue
        found.append(
            {
                "name": edition.name,
                "topic": topic,
                "effective": edition.effective.isoformat(),
                "verified_through": edition.verified_through.isoformat(),
                "reviewed": edition.is_reviewed_on(day),
                "summary": edition.summary,
                "source": {"title": edition.source.title, "locator": edition.source.locator, "url": edition.source.url},
            }
        )
    return {"version": rules_version(), "date": day.isoformat(), "editions": found}


@router.get("/labels")
def vocabularies(actor: ActorDep) -> dict[str, dict[str, str]]:
    """The closed vocabularies with their definitions, by name."""
    found = (x for x in vars(labels).values() if isinstance(x, type) and issubclass(x, Label) and x is not Label)
    return {vocabulary.__name__: {m.value: m.definition for m in vocabulary} for vocabulary in found}
