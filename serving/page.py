"""One proposal on a terminal, in the order in which a coder reads it: the code, the grid, time, diagnoses, what was set
aside and why, open questions, warnings; with ``explain`` the whole argument of the rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.box import ROUNDED, SIMPLE
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from chartlight import DataItem, DiagnosisSuggestion, Fact, Problem, Proposal, RiskDecision, Step, TimeStatement
from chartlight.labels import Level
from serving import wording
from serving.terminal import NARROW, Quotations, safe

ELEMENTS = (("problems", "Problems", Problem), ("data", "Data", DataItem), ("risk", "Risk", RiskDecision))
MOST_ASIDE = 12


def show(
    console: Console, proposal: Proposal, texts: dict[str | None, str], *, name: str = "", explain: bool = False
) -> None:
    """Print the proposal; ``texts`` holds the text of each document by id (None for a single text), for line numbers."""
    quotes = Quotations(texts)
    for part in page(proposal, quotes, name=name, explain=explain, is_narrow=console.width < NARROW):
        console.print(part)


def page(
    proposal: Proposal, quotes: Quotations, *, name: str = "", explain: bool = False, is_narrow: bool = False
) -> Iterator[RenderableType]:
    """The parts of the page from top to bottom."""
    yield _headline(proposal, name)
    yield from _mdm(proposal, quotes, is_narrow)
    yield from _time(proposal, quotes)
    yield from _diagnoses(proposal, quotes)
    yield from _aside(proposal, quotes)
    yield from _questions(proposal, quotes)
    yield from _warnings(proposal)
    if explain:
        yield from _argument(proposal)
    yield Text()
    yield Text(_versions(proposal), style="place")


def _headline(proposal: Proposal, name: str) -> RenderableType:
    found = proposal.determination
    first = Text()
    if found.code:
        first.append(found.code, style="code")
        for extra in found.modifiers:
            first.append(f"-{extra.code}" if extra.on == found.code else "", style="code")
        for add_on in found.add_ons:
            first.append(f" + {add_on.code} x {add_on.units}", style="code")
        if found.basis:
            first.append(f"  {wording.BASES[found.basis]}")
    else:
        first.append("No E/M code", style="code")
        first.append(f": {wording.why_no_code(found)}")
    lines: list[RenderableType] = [first, Text(wording.circumstances(proposal.context), style="place")]
    for other in found.alternatives:
        lines.append(Text.assemble("or ", (other.code, "code"), f" {safe(other.because)}"))
    for modifier in found.modifiers:
        lines.append(
            Text.assemble("modifier ", (modifier.code, "code"), f" on {modifier.on}: {safe(modifier.because)}")
        )
    title = Text(f"Proposal for {safe(name)}" if name else "Proposal", style="head")
    return Panel(Group(*lines), title=title, title_align="left", box=ROUNDED, padding=(0, 1))


def _mdm(proposal: Proposal, quotes: Quotations, is_narrow: bool) -> Iterator[RenderableType]:
    mdm = proposal.determination.mdm
    if mdm is None:
        return
    text = Text.assemble(("Medical decision making: ", "head"), (str(mdm.level), "level"))
    text.append("  (two of the three elements meet or exceed it)", style="rule")
    sure = wording.percent(proposal.determination.confidence)
    if sure:
        text.append(f"  confidence {sure}", style="place")
    yield Text()
    yield text
    rows = [(title, _level(proposal, name), _because(proposal, name, kind, quotes)) for name, title, kind in ELEMENTS]
    if is_narrow:
        for title, level, because in rows:
            yield Text.assemble((f"{title}: ", "head"), (level, "level"))
            yield Padding(because, (0, 0, 0, 2))
        return
    grid = Table(box=SIMPLE, show_header=True, show_edge=False, header_style="rule", pad_edge=False, padding=(0, 1))
    grid.add_column("Element", no_wrap=True)
    grid.add_column("Level", no_wrap=True, style="level")
    grid.add_column("Because", ratio=1)
    for n, (title, level, because) in enumerate(rows):
        grid.add_row(title, level, because, end_section=n < len(rows) - 1)
    yield grid


def _level(proposal: Proposal, element: str) -> str:
    level: Level = getattr(proposal.determination.mdm, element)
    return str(level.value)


def _because(proposal: Proposal, element: str, kind: type[Fact], quotes: Quotations) -> RenderableType:
    """The facts that the rule used, first; then those that it did not need; the rule itself last."""
    step = next(_named(proposal.determination.trace, element), None)
    used = set(step.facts) if step else set()
    facts = [f for f in proposal.facts if isinstance(f, kind) and not (isinstance(f, Problem) and not f.addressed)]
    refused = {i: e.reason for e in proposal.determination.ledger if not e.credited for i in e.facts}
    lines: list[RenderableType] = []
    for fact in sorted(facts, key=lambda f: f.id not in used):
        if isinstance(fact, DataItem) and fact.counts_as not in (None, fact.id):
            continue
        line = Text("• " if fact.id in used else "· ")
        line.append(_said(fact))
        line.append("  ").append_text(quotes.show(fact.evidence, most=2))
        if fact.id in refused:
            line.append(f"  no credit: {safe(refused[fact.id])}", style="rule")
        lines.append(line)
    if not lines:
        lines.append(Text("nothing found in the note", style="rule"))
    if step:
        lines.append(Text(safe(step.reason), style="rule"))
    return Group(*lines)


def _said(fact: Fact) -> str:
    if isinstance(fact, Problem):
        return f"{safe(fact.name or 'problem')}: {_plain(fact.nature)}"
    if isinstance(fact, DataItem | RiskDecision):
        return f"{_plain(fact.nature)}{f': {safe(fact.item)}' if fact.item else ''}"
    return fact.id


def _plain(label: object) -> str:
    return "nature not told" if label is None else str(label).replace("_", " ").replace("rx ", "prescription drug ")


def _named(steps: Sequence[Step], rule: str) -> Iterator[Step]:
    for step in steps:
        if step.rule == rule:
            yield step
        yield from _named(step.steps, rule)


def _time(proposal: Proposal, quotes: Quotations) -> Iterator[RenderableType]:
    time = proposal.determination.time
    stated = [f for f in proposal.facts if isinstance(f, TimeStatement)]
    if time is None and not stated:
        return
    yield Text()
    for fact in stated:
        line = Text.assemble(("Time: ", "head"), f"{fact.minutes} minutes ({_plain(fact.role)})")
        if time is not None and fact.minutes == time.minutes:
            line.append(f", would support {time.code}" if time.code else ", reaches no code of the family")
        yield line.append("  ").append_text(quotes.show(fact.evidence))
    if time is not None and not stated:
        yield Text.assemble(("Time: ", "head"), f"{time.minutes} minutes")


def _diagnoses(proposal: Proposal, quotes: Quotations) -> Iterator[RenderableType]:
    if not proposal.diagnoses and not proposal.more:
        return
    yield Text()
    yield Text("Diagnoses (ICD-10-CM)", style="head")
    table = Table.grid(padding=(0, 1))
    for options in ({"no_wrap": True, "justify": "right"}, {"no_wrap": True, "style": "code"}, {"ratio": 1}):
        table.add_column(**options)
    for d in proposal.diagnoses:
        table.add_row(str(d.rank), d.code, _diagnosis(d, quotes))
    yield table
    if proposal.more:
        yield Text("Not proposed: coexisting, or below the display threshold", style="aside")
        rest = Table.grid(padding=(0, 1))
        rest.add_column(no_wrap=True, style="aside")
        rest.add_column(ratio=1, style="aside")
        for d in proposal.more:
            rest.add_row(f"  {d.code}", Text(safe(d.description)).append("  ").append_text(quotes.show(d.evidence, 1)))
        yield rest


def _diagnosis(d: DiagnosisSuggestion, quotes: Quotations) -> Text:
    text = Text(f"{safe(d.description)}  ")
    text.append_text(quotes.show(d.evidence))
    text.append(f"  {wording.percent(d.confidence)}", style="place")
    if d.because:
        text.append(f"\n{safe(d.because)}", style="rule")
    if d.runners_up:
        others = "; ".join(f"{r.code} {safe(r.description)}" for r in d.runners_up[:3])
        text.append(f"\nalso looked at: {others}", style="rule")
    return text


def _aside(proposal: Proposal, quotes: Quotations) -> Iterator[RenderableType]:
    if not proposal.set_aside:
        return
    yield Text()
    yield Text("Set aside", style="head")
    ordered = sorted(proposal.set_aside, key=lambda s: list(wording.ASIDE).index(s.reason))
    for reason, group in groupby(ordered, key=lambda s: s.reason):
        things = list(group)
        yield Text(f"  {wording.ASIDE[reason]}", style="rule")
        for thing in things[:MOST_ASIDE]:
            line = quotes.show(thing.evidence[:1])
            if len(thing.evidence) > 1:
                line.append(" because of ").append_text(quotes.show(thing.evidence[1:2]))
            if thing.because:
                line.append(f"  {safe(thing.because)}", style="rule")
            yield Padding(line, (0, 0, 0, 4))
        if len(things) > MOST_ASIDE:
            yield Text(f"    and {len(things) - MOST_ASIDE} more (--json has all)", style="place")


def _questions(proposal: Proposal, quotes: Quotations) -> Iterator[RenderableType]:
    if not proposal.questions:
        return
    yield Text()
    yield Text("Open questions", style="head")
    for question in proposal.questions:
        line = Text("? ", style="ask").append(safe(question.text), style="default")
        yield Padding(line.append("  ").append_text(quotes.show(question.evidence)), (0, 0, 0, 2))


def _warnings(proposal: Proposal) -> Iterator[RenderableType]:
    names = dict.fromkeys([*proposal.warnings, *proposal.determination.warnings])
    if not names:
        return
    yield Text()
    yield Text("Take note", style="head")
    for name in names:
        yield Padding(Text.assemble(("! ", "warn"), safe(wording.warning(name))), (0, 0, 0, 2))


def _argument(proposal: Proposal) -> Iterator[RenderableType]:
    yield Text()
    yield Text("The argument of the rules", style="head")
    yield from (Padding(part, (0, 0, 0, 2)) for part in _steps(proposal.determination.trace, 0))


def _steps(steps: Sequence[Step], depth: int) -> Iterator[RenderableType]:
    for step in steps:
        head = f"{step.edition}#{step.rule}" if step.edition else step.rule
        line = Text.assemble(head, ": ", (step.outcome, "level"))
        line.append(f" [{', '.join(step.facts)}]" if step.facts else "")
        line.append(f" ({safe(step.reason)})")
        yield Padding(line, (0, 0, 0, 2 * depth))
        if step.citation:
            told = ", ".join(w for w in (step.citation.title, step.citation.locator, step.citation.row) if w)
            yield Padding(Text(told, style="place"), (0, 0, 0, 2 * depth + 2))
        yield from _steps(step.steps, depth + 1)


def _versions(proposal: Proposal) -> str:
    v = proposal.versions
    return f"chartlight {v.program}, rules {v.rules}, {v.icd10cm}. The machine proposes; a person decides."
