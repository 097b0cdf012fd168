"""Billing units of an administered drug and its modifiers for discarded drug (H-01 to H-08).

>>> from datetime import date
>>> drug = Drug(id="d1", code="J0897", dose=85, unit="mg", vial=100)
>>> [str(line) for line in bill(drug, date(2026, 3, 2), billing_unit=(10, "mg")).lines]
['9 x J0897', '1 x J0897-JW']
>>> [str(line) for line in bill(drug, date(2026, 3, 2), billing_unit=(100, "mg")).lines]
['1 x J0897-JZ']
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import lru_cache

from chartlight.context import EncounterContext
from chartlight.determination import Step
from chartlight.facts import Drug
from rules.edition import FOLDER, Edition, edition_in_force
from rules.record import EditionError, Record

TOPIC = "drug_units"
MOST_CONTAINERS = 200
_SAID = {
    "milligram": "mg", "milligrams": "mg", "mgs": "mg", "gram": "g", "grams": "g", "gm": "g", "microgram": "mcg",
    "micrograms": "mcg", "µg": "mcg", "μg": "mcg", "units": "unit", "u": "unit", "iu": "unit", "ml": "mL", "cc": "mL",
    "milliliter": "mL", "millilitre": "mL", "milliliters": "mL", "millilitres": "mL",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DrugLine:
    """One line of the claim.

    >>> str(DrugLine("J3301", 4, "JZ"))
    '4 x J3301-JZ'
    """

    code: str
    units: int
    modifier: str | None = None

    def __str__(self) -> str:
        return f"{self.units} x {self.code}" + (f"-{self.modifier}" if self.modifier else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugOutcome:
    """The lines of one drug; when something is missing there are none, ``warnings`` name it and ``question`` asks.

    ``administration`` is the code of the administration, where the route was given (H-07).
    """

    lines: tuple[DrugLine, ...] = ()
    warnings: tuple[str, ...] = ()
    question: str | None = None
    administration: str | None = None
    trace: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """One edition: the modifiers and from when they apply, mass units in mg, administration codes by route."""

    edition: Edition
    discarded: str
    none: str
    jz_required: bool
    exempt: tuple[str, ...]
    exempt_settings: tuple[str, ...]
    mass: Mapping[str, Decimal]
    administration: Mapping[str, str]
    rows: Mapping[str, str]

    def step(self, row: str, outcome: str, reason: str, drug: Drug) -> Step:
        """One line of the argument, cited by its row."""
        return Step(
            rule=row, outcome=outcome, reason=reason, edition=self.edition.name, facts=(drug.id,),
            citation=self.edition.cite(row),
        )  # fmt: skip


def bill(
    drug: Drug,
    day: date,
    *,
    context: EncounterContext | None = None,
    billing_unit: tuple[float, str] | None = None,
    vials: Sequence[float] = (),
    is_multi_dose: bool = False,
    route: str | None = None,
) -> DrugOutcome:
    """Lines for one administered drug.

    ``billing_unit`` (amount and unit) overrides the table of codes. ``vials`` are the container sizes at hand in the unit of
    the dose, where ``drug.vial`` names just one. ``route`` is a key of the edition's table (``intramuscular``, ``push`` ...).
    Raises ``NoEdition`` for a date before the first edition.
    """
    table = _table(day)
    given = table.administration.get(route.lower()) if route else None
    if drug.dose is None or not drug.unit or not 0 < drug.dose < math.inf:
        said = "the dose or its unit is not documented"
        question = f"Please state dose and unit of the administered drug {drug.code}."
        step = table.step("H-08", "no units", said, drug)
        return DrugOutcome(warnings=("drug_dose_missing",), question=question, administration=given, trace=(step,))
    unit = billing_unit or _billing_unit(drug.code, day)
    if unit is None:
        step = table.step("H-01", "no units", f"the billing unit of {drug.code} on {day} is not known here", drug)
        return DrugOutcome(warnings=("drug_billing_unit_unknown",), administration=given, trace=(step,))
    factor = _factor(drug.unit, unit[1], table)
    if factor is None:
        step = table.step("H-01", "no units", f"{drug.unit} cannot be counted in {unit[1]}", drug)
        return DrugOutcome(warnings=("drug_unit_mismatch",), administration=given, trace=(step,))
    dose, one = _exact(drug.dose) * factor, _exact(unit[0])
    units = int((dose / one).to_integral_value(ROUND_CEILING))
    reason = f"{_plain(dose)} of {_plain(one)} {unit[1]} each, rounded up"
    steps = [table.step("H-01", f"{units} units", reason, drug)]
    sizes = [_exact(v) * factor for v in (vials or ([drug.vial] if drug.vial else [])) if 0 < v < math.inf]
    lines, warnings, more = _lines(drug, table, units, dose, one, sizes, _exempt(drug, table, context, is_multi_dose))
    return DrugOutcome(lines=lines, warnings=warnings, administration=given, trace=(*steps, *more))


def smallest_vials(dose: Decimal, sizes: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """The containers that hold the dose with the least waste, then the fewest, largest first (H-07).

    >>> smallest_vials(Decimal(450), [Decimal(100), Decimal(400)])
    (Decimal('400'), Decimal('100'))

    Raises ``ValueError`` without a size, or where more than 200 containers would be needed.
    """
    usable = sorted({size for size in sizes if size > 0}, reverse=True)
    if not usable or dose / usable[0] > MOST_CONTAINERS:
        raise ValueError(f"no sensible combination of {len(usable)} container sizes holds the dose; check the units")
    best: dict[Decimal, tuple[Decimal, ...]] = {Decimal(0): ()}
    enough: list[tuple[Decimal, ...]] = []
    # Sums that stay below the dose, each with its fewest containers; one more container makes each of them enough.
    waiting = [Decimal(0)]
    while waiting:
        total = waiting.pop(0)
        for size in usable:
            chosen = tuple(sorted((*best[total], size), reverse=True))
            if total + size >= dose:
                enough.append(chosen)
            elif total + size not in best and len(chosen) <= MOST_CONTAINERS:
                best[total + size] = chosen
                waiting.append(total + size)
    return min(enough, key=lambda chosen: (sum(chosen), len(chosen), [-size for size in chosen]))


def _lines(
    drug: Drug, table: Table, units: int, dose: Decimal, one: Decimal, sizes: list[Decimal], exempt: str | None
) -> tuple[tuple[DrugLine, ...], tuple[str, ...], list[Step]]:
    if exempt:
        return (DrugLine(drug.code, units),), (), [table.step("H-05", "no modifier", exempt, drug)]
    if not sizes:
        return (DrugLine(drug.code, units),), ("drug_vial_unknown",), [
            table.step("H-02", "no modifier", "the labelled content of the container is not documented", drug)
        ]  # fmt: skip
    try:
        chosen = smallest_vials(dose, sizes)
    except ValueError as error:
        return (DrugLine(drug.code, units),), ("drug_vial_implausible",), [
            table.step("H-07", "no modifier", str(error), drug)
        ]  # fmt: skip
    content = sum(chosen, Decimal(0))
    steps = []
    if len(chosen) > 1 or len(sizes) > 1:
        steps.append(table.step("H-07", f"{len(chosen)} containers", "least waste, then fewest", drug))
    discarded = content - dose
    wasted = int(((content - units * one) / one).to_integral_value(ROUND_FLOOR)) if content > units * one else 0
    if wasted >= 1:
        covered = units * one - dose
        row = "H-06" if covered else "H-02"
        reason = f"{_plain(discarded)} discarded, {_plain(covered)} of it covered by rounding up"
        steps.append(table.step(row, f"{wasted} units {table.discarded}", reason, drug))
        return (DrugLine(drug.code, units), DrugLine(drug.code, wasted, table.discarded)), (), steps
    if discarded > 0:
        reason = "what is left over is paid for by rounding up, or less than one billing unit"
        steps.append(table.step("H-04", f"no {table.discarded}", reason, drug))
    if not table.jz_required:
        return (DrugLine(drug.code, units),), (), steps
    steps.append(table.step("H-03", table.none, "no billable discard", drug))
    return (DrugLine(drug.code, units, table.none),), (), steps


def _exempt(drug: Drug, table: Table, context: EncounterContext | None, is_multi_dose: bool) -> str | None:
    if is_multi_dose:
        return "a multi-dose container"
    if drug.code.startswith(table.exempt):
        return "a preventive vaccine or the like"
    if context is not None and context.setting is not None and context.setting.value in table.exempt_settings:
        return "an inpatient stay"
    return None


def _factor(said: str, wanted: str, table: Table) -> Decimal | None:
    """By what an amount in one unit is multiplied to be in the other; None where the two do not compare."""
    one, other = (_SAID.get(word.strip().lower(), word.strip()) for word in (said, wanted))
    if one.lower() == other.lower():
        return Decimal(1)
    if one.lower() in table.mass and other.lower() in table.mass:
        return table.mass[one.lower()] / table.mass[other.lower()]
    return None


def _exact(number: float) -> Decimal:
    """The number as it is written: 0.1 is a tenth, not the nearest binary fraction."""
    return Decimal(str(number))


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _table(day: date) -> Table:
    return read_table(edition_in_force(TOPIC, day))


@lru_cache(maxsize=8)
def read_table(edition: Edition) -> Table:
    """The reader of the topic; raises ``EditionError`` for a key that is missing, unknown or of another type."""
    body = Record(edition.body, edition.where)
    discard, mass, administration = body.record("discard"), body.record("units"), body.record("administration")
    table = Table(
        edition=edition,
        discarded=discard.text("discarded"),
        none=discard.text("none"),
        jz_required=discard.yes("jz_required"),
        exempt=discard.texts("exempt"),
        exempt_settings=discard.texts("exempt_settings"),
        mass={name: Decimal(mass.text(name)) for name in ("g", "mg", "mcg", "ug")},
        administration={
            route: administration.text(route)
            for route in ("intramuscular", "subcutaneous", "push", "infusion", "chemotherapy")
        },
        rows={row.text("id"): row.text("say") for row in body.records("row") if row.text("verified")},
    )
    for record in (discard, mass, administration, body):
        record.close()
    return table


def _billing_unit(code: str, day: date) -> tuple[float, str] | None:
    for amount, unit, first, last in _codes().get(code.strip().upper(), ()):
        if first <= day and (last is None or day <= last):
            return amount, unit
    return None


@dataclass(frozen=True, slots=True)
class BillingUnit:
    """One unit of a HCPCS code: so much of an ingredient (our own words), from the first to the last day in use."""

    code: str
    ingredient: str
    amount: float
    unit: str
    first: date
    last: date | None


def codes_of(ingredient: str, day: date | None = None) -> tuple[BillingUnit, ...]:
    """The codes by which an administered drug is billed, of those that the table has; all that were ever in use without ``day``.

    >>> [(b.code, b.amount, b.unit) for b in codes_of("ketorolac", date(2026, 3, 2))]
    [('J1885', 15.0, 'mg')]
    """
    wanted = set(ingredient.lower().replace(",", " ").split())
    return tuple(
        b
        for b in _units()
        if wanted
        and wanted <= set(b.ingredient.lower().replace(",", " ").split())
        and (day is None or (b.first <= day and (b.last is None or day <= b.last)))
    )


@lru_cache(maxsize=1)
def _units() -> tuple[BillingUnit, ...]:
    path = FOLDER / TOPIC / "units.tsv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader((line for line in stream if not line.startswith("#")), dialect="excel-tab"))
    found = []
    for row in rows:
        last = date.fromisoformat(row["through"]) if row["through"] else None
        first = date.fromisoformat(row["from"])
        unit = BillingUnit(row["code"], row["ingredient"], float(row["amount"]), row["unit"], first, last)
        if unit.amount <= 0:
            raise EditionError(f"{path.name}: {row['code']}: the amount is {row['amount']}; give more than 0")
        found.append(unit)
    return tuple(found)


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, tuple[tuple[float, str, date, date | None], ...]]:
    found: dict[str, tuple[tuple[float, str, date, date | None], ...]] = {}
    for b in _units():
        found[b.code] = (*found.get(b.code, ()), (b.amount, b.unit, b.first, b.last))
    return found
