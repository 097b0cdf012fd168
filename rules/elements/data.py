"""Amount and complexity of data: the ledger of unique items, then the rows that count it (D-01 to D-22).

Every item that was given stands in the ledger, credited or refused, with the row that decides. What makes an item one: a test by
its CPT code whatever its name, with the analytes of a panel in the panel; a note by its source; the historian and the discussion once per encounter; an
item without a name by itself. A reader's ``counts_as`` is respected on top.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from chartlight.determination import LedgerEntry, Step
from chartlight.facts import DataItem
from chartlight.labels import Setting, Stage
from rules.data_table import DataTable, Kind, Refusal, Uniqueness
from rules.elements.judge import Finding, Unit, in_order, judge
from rules.tables import Element, MdmTable, normalise


@dataclass(frozen=True, slots=True)
class Ledger:
    """The lines, the units that count, and the standing warnings."""

    entries: tuple[LedgerEntry, ...]
    units: tuple[Unit, ...]
    warnings: tuple[str, ...]


def evaluate(
    table: MdmTable,
    data: DataTable,
    items: Sequence[DataItem],
    *,
    services: Collection[str] = (),
    strict_billing: bool = False,
    setting: Setting,
    stage: Stage | None,
) -> tuple[Finding, tuple[LedgerEntry, ...]]:
    """The level of the data element with its ledger; ``services`` are the codes that the clinician reports besides (D-09)."""
    ledger = keep(data, items, services, strict_billing=strict_billing)
    finding = judge(table, Element.DATA, ledger.units, setting=setting, stage=stage)
    below = Step(
        rule="ledger",
        outcome=f"{len(ledger.units)} of {len(ledger.entries)} credited",
        reason="; ".join(f"{e.item}: {'credited' if e.credited else 'no credit'}, {e.row}" for e in ledger.entries)
        or "no data item on record",
        edition=data.edition.name,
        facts=in_order(f for e in ledger.entries for f in e.facts),
    )
    step = Step(
        rule=finding.step.rule,
        outcome=finding.step.outcome,
        reason=finding.step.reason,
        edition=finding.step.edition,
        facts=finding.step.facts,
        citation=finding.step.citation,
        steps=(below,) if ledger.entries else (),
    )
    return Finding(level=finding.level, step=step, warnings=ledger.warnings + finding.warnings), ledger.entries


def keep(
    data: DataTable, items: Iterable[DataItem], services: Collection[str] = (), *, strict_billing: bool = False
) -> Ledger:
    """Gather items into unique lines and credit or refuse each.

    With ``strict_billing``, a stricter house standard, a test with a professional component counts only when it is known that its
    interpretation is not billed (D-09).

    >>> from datetime import date
    >>> from chartlight.labels import DataNature
    >>> from rules.edition import edition_in_force
    >>> from rules.data_table import data_table
    >>> table = data_table(edition_in_force("data", date(2026, 3, 2)))
    >>> given = [
    ...     DataItem(id="d1", nature=DataNature.TEST_ORDERED, item="CBC"),
    ...     DataItem(id="d2", nature=DataNature.TEST_REVIEWED, item="complete blood count"),
    ... ]
    >>> [(e.item, e.facts, e.row) for e in keep(table, given).entries]
    [('complete blood count', ('d1', 'd2'), 'D-06')]
    """
    items = sorted(items, key=lambda i: (len(i.id), i.id))
    refused: list[tuple[DataItem, Refusal]] = []
    kept: list[DataItem] = []
    for item in items:
        refusal = _refusal(data, item)
        if refusal is None:
            kept.append(item)
        else:
            refused.append((item, refusal))
    # a billed interpretation takes the whole test out, in every category, so it is looked up across them
    billed = {_name(data, item) for item in kept if _is_reported_separately(data, item, services, strict_billing)}
    present = {_canonical(data, i.item) for i in kept if i.item and _kind(data, i).unique is Uniqueness.TEST}
    entries: list[LedgerEntry] = []
    units: list[Unit] = []
    warnings: set[str] = set()
    for category, group in _gather(data, kept, present):
        entry, warns = _entry(data, category, group, billed)
        entries.append(entry)
        if entry.credited:
            units.append(Unit(frozenset(i.nature.value for i in group), entry.facts))
        if warns:
            warnings.add(data.billed.warning)
    for item, refusal in refused:
        category = _kind(data, item).category
        entries.append(LedgerEntry(item=_label(data, item), facts=(item.id,), category=category, credited=False,
                                   row=refusal.id, reason=refusal.say))  # fmt: skip
    entries.sort(key=lambda e: (e.category, e.item, len(e.facts[0]), e.facts))
    return Ledger(tuple(entries), tuple(units), tuple(sorted(warnings)))


def _kind(data: DataTable, item: DataItem) -> Kind:
    return data.kinds[item.nature.value]


def _canonical(data: DataTable, item: str) -> str:
    name = normalise(item)
    test = data.tests.get(name)
    return test.name if test else name


def _label(data: DataTable, item: DataItem) -> str:
    """What the ledger calls the item: our name of a known test, else the given words in lower case, else its nature."""
    if not item.item or not normalise(item.item):
        return f"{item.nature.value} (not named)"
    return _canonical(data, item.item) if _kind(data, item).unique is Uniqueness.TEST else normalise(item.item)


def _refusal(data: DataTable, item: DataItem) -> Refusal | None:
    name = normalise(item.item or "")
    if not name:
        return None
    for refusal in data.refusals:
        if item.nature.value not in refusal.natures:
            continue
        if name in refusal.items or (refusal.within and any(f" {w} " in f" {name} " for w in refusal.items)):
            return refusal
    return None


def _name(data: DataTable, item: DataItem) -> str:
    """What tells this item from others: the canonical name of the test, or the fact itself where it has none."""
    return _canonical(data, item.item) if item.item and normalise(item.item) else f"fact:{item.id}"


def _is_reported_separately(data: DataTable, item: DataItem, services: Collection[str], strict: bool) -> bool:
    """Whether this item takes its test out of the count (D-09): flagged, on the claim, or unknown in a stricter house."""
    if item.nature.value not in data.billed.natures or item.interpretation_billed is False:
        return False
    test = data.tests.get(_name(data, item))
    on_claim = test is not None and not test.billed_by.isdisjoint(services)
    return (
        bool(item.interpretation_billed)
        or on_claim
        or ((strict or data.billed.unknown_excludes) and _is_professional(data, item))
    )


def _is_professional(data: DataTable, item: DataItem) -> bool:
    if item.nature.value == "independent_interpretation":
        return True
    name = normalise(item.item or "")
    test = data.tests.get(name)
    if test is not None:
        return test.professional
    return any(f" {word} " in f" {name} " for word in data.billed.words)


def _keys(data: DataTable, item: DataItem, present: Collection[str]) -> list[str]:
    """The things that this item is: two items that share one are one line."""
    kind = _kind(data, item)
    keys = [f"fact:{item.id}"]
    if item.counts_as is not None:
        keys.append(f"fact:{item.counts_as}")
    if kind.unique is Uniqueness.ENCOUNTER:
        keys.append(f"encounter:{kind.id}")
    elif item.item and normalise(item.item):
        name = normalise(item.item)
        if kind.unique is Uniqueness.TEST:
            name = _canonical(data, item.item)
            # D-22: an analyte is the panel that is named beside it
            name = next((panel for panel in data.panels.get(name, ()) if panel in present), name)
        keys.append(f"{kind.id}:{name}")
    return keys


def _gather(data: DataTable, items: Sequence[DataItem], present: Collection[str]) -> list[tuple[int, list[DataItem]]]:
    """Items that share a key, category by category (D-15: an order and its interpretation are lines of two categories)."""
    lines: list[tuple[int, list[DataItem]]] = []
    for category in sorted({_kind(data, i).category for i in items}):
        above: dict[str, str] = {}
        mine = [item for item in items if _kind(data, item).category == category]
        for item in mine:
            # every key leads to one key of its line; joining two lines joins all their keys
            roots = {_root(above, key) for key in _keys(data, item, present)}
            first = min(roots)
            above |= dict.fromkeys(roots, first)
        groups: dict[str, list[DataItem]] = {}
        for item in mine:
            groups.setdefault(_root(above, f"fact:{item.id}"), []).append(item)
        lines += [(category, group) for group in groups.values()]
    return lines


def _root(above: dict[str, str], key: str) -> str:
    """The key that stands for the line of ``key``; the way there is shortened for the next time."""
    top = key
    while above.setdefault(top, top) != top:
        top = above[top]
    while above[key] != top:
        above[key], key = top, above[key]
    return top


def _entry(
    data: DataTable, category: int, group: Sequence[DataItem], billed: Collection[str]
) -> tuple[LedgerEntry, bool]:
    """One line of the ledger, and whether it counts only because nobody said that its interpretation is billed."""
    kind = _kind(data, group[0])
    labels = sorted({_label(data, i) for i in group})
    panel = [name for name in labels if any(name in data.panels.get(other, ()) for other in labels)]
    about_tests = [i for i in group if i.nature.value in data.billed.natures]
    credited, row, say = True, kind.id, kind.say
    if any(_name(data, i) in billed for i in about_tests):
        credited, row, say = False, data.billed.id, data.billed.say
    elif panel and len(labels) > 1:
        row, say = "D-22", data.notes["D-22"].say
    elif {"test_ordered", "test_reviewed"} <= {i.nature.value for i in group}:
        row, say = "D-06", data.notes["D-06"].say
    entry = LedgerEntry(
        item=panel[0] if panel else labels[0],
        facts=in_order(i.id for i in group),
        category=category,
        credited=credited,
        row=row,
        reason=say,
    )
    unknown = any(i.interpretation_billed is None and _is_professional(data, i) for i in about_tests)
    known = any(i.interpretation_billed is False for i in about_tests)
    return entry, credited and unknown and not known
