"""Two codes that one code says: 'with' and combination codes (IC-08 to IC-11), hypertension (IC-10), both sides (IC-14)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chartlight.determination import Step
from rules.diagnoses.candidate import Candidate, Removed
from rules.diagnoses.patterns import matches_any
from rules.diagnoses.tables import Collapse, Combination
from rules.diagnoses.working import Change, Given, absorb, description, in_order, path, side

_PAIRED = frozenset({"ear", "eye", "side"})
"""Words that a bilateral description leaves out: 'Impacted cerumen, right ear' and 'Impacted cerumen, bilateral'."""
_SIDE_WORDS = frozenset({"right", "left", "bilateral", "unilateral", "of", "the", "and", "s"})


def combine(candidates: Iterable[Candidate], given: Given) -> Change:
    """Apply every combination of the edition, in its order."""
    current = {candidate.code: candidate for candidate in in_order(candidates)}
    removed: list[Removed] = []
    steps: list[Step] = []
    for rule in given.tables.combinations:
        _combine(rule, current, removed, steps, given)
    return Change(in_order(current.values()), tuple(removed), tuple(steps))


def _combine(
    rule: Combination, current: dict[str, Candidate], removed: list[Removed], steps: list[Step], given: Given
) -> None:
    bases = [c for c in current.values() if matches_any(c.code, rule.base)]
    partners = [c for c in current.values() if matches_any(c.code, rule.partner)] if bases else []
    gone: dict[str, str] = {}
    for base in bases:
        linked = [p for p in partners if p.code != base.code and _may_link(base, p, given)]
        code = rule.result(base.code)
        if not linked or not given.catalogue.is_billable(code):
            continue
        reason = f"{base.code} with {', '.join(p.code for p in linked)}: {rule.name}"
        if code not in current:
            made = Candidate(
                code=code,
                confidence=min(base.confidence, max(p.confidence for p in linked)),
                addressed=False,
                position=base.position,
                because=reason,
                row=rule.row,
            )
            current[code] = absorb(made, [base, *linked])
            steps.append(given.step(rule.row, code, reason, current[code].facts))
        if rule.drop in ("base", "both") and base.code != code:
            gone[base.code] = code
        if rule.drop in ("partner", "both"):
            gone |= {p.code: code for p in linked if p.code != code}
    for lost, by in gone.items():
        candidate = current.pop(lost)
        reason = f"{by} says it"
        if by in current:
            current[by] = absorb(current[by], [candidate])
        removed.append(Removed(candidate, rule.row, reason))
        steps.append(given.step(rule.row, f"{lost} removed", reason, candidate.facts))


def _may_link(base: Candidate, partner: Candidate, given: Given) -> bool:
    """Not where the note parts them, where one is unlikely, or where bleeding was addressed and its usual source was not."""
    if given.said_unrelated(base.code, partner.code):
        return False
    if not (given.may_change(base, partner) and given.may_change(partner, base)):
        return False
    return base.addressed or not partner.addressed or not given.is_listed(partner.code, "bleeding")


def collapse(candidates: Iterable[Candidate], given: Given) -> Change:
    """One member of the hypertension family, chosen by heart failure, heart disease and kidney disease beside it."""
    current = in_order(candidates)
    for rule in given.tables.collapses:
        members = [c for c in current if matches_any(c.code, rule.family)]
        if not members or not given.catalogue.is_billable(rule.becomes):
            continue
        linked = [_linked(group, members, current, given) for group in rule.partners]
        if not all(linked):
            continue
        if [m.code for m in members] == [rule.becomes]:
            return Change(current)
        return _collapsed(rule, members, [p for group in linked for p in group], current, given)
    return Change(current)


def _linked(
    group: tuple[str, ...], members: list[Candidate], current: tuple[Candidate, ...], given: Given
) -> list[Candidate]:
    found = [c for c in current if matches_any(c.code, group)]
    return [c for c in found if all(_may_collapse(m, c, given) for m in members)]


def _may_collapse(member: Candidate, partner: Candidate, given: Given) -> bool:
    if not given.may_change(partner, member):
        return False
    return member.code[:3] == partner.code[:3] or not given.said_unrelated(member.code, partner.code)


def _collapsed(
    rule: Collapse, members: list[Candidate], linked: list[Candidate], current: tuple[Candidate, ...], given: Given
) -> Change:
    outside = [c for c in linked if c not in members]
    names = sorted({c.code for c in (*members, *outside)})
    reason = f"{' with '.join(names)}: {rule.name}"
    sure = [max(m.confidence for m in members), *(c.confidence for c in outside)]
    there = [m for m in members if m.code == rule.becomes]
    made = there[0] if there else Candidate(
        code=rule.becomes, confidence=min(sure), addressed=False, position=members[0].position, because=reason,
        row=rule.row,
    )  # fmt: skip
    made = absorb(made, members if there else [*members, *outside])
    lost = [m for m in members if m.code != rule.becomes]
    said = f"{rule.becomes} says it"
    steps = [given.step(rule.row, rule.becomes, reason, made.facts)]
    steps += [given.step(rule.row, f"{m.code} removed", said, m.facts) for m in lost]
    kept = [c for c in current if c not in members]
    return Change(in_order([*kept, made]), tuple(Removed(m, rule.row, said) for m in lost), tuple(steps))


def both_sides(candidates: Iterable[Candidate], given: Given) -> Change:
    """Right and left of one condition become its bilateral code where the release has one (IC-14)."""
    current = in_order(candidates)
    rights = [c for c in current if side(given.catalogue, c.code) == "right"]
    removed, steps = [], []
    for right in rights:
        for left in current:
            if side(given.catalogue, left.code) != "left" or left.code[:3] != right.code[:3]:
                continue
            code = _bilateral(right.code, left.code, given)
            if code is None or not (given.may_change(left, right) and given.may_change(right, left)):
                continue
            reason = f"{right.code} and {left.code}: both sides"
            bilateral = [c for c in current if c.code == code]
            made = bilateral[0] if bilateral else replace(
                right, code=code, confidence=min(right.confidence, left.confidence), because=reason, row="IC-14"
            )  # fmt: skip
            made = absorb(made, [right, left])
            removed += [Removed(c, "IC-14", f"{code} says it") for c in (right, left)]
            steps.append(given.step("IC-14", code, reason, made.facts))
            current = in_order([*(c for c in current if c.code not in (code, right.code, left.code)), made])
            break
    return Change(current, tuple(removed), tuple(steps))


def _bilateral(right: str, left: str, given: Given) -> str | None:
    if _words(right, given) != _words(left, given):
        return None
    seventh = right[7:]
    if len(right) == 8 and seventh.isalpha() and seventh != left[7:]:
        return None
    for above in reversed(path(given.catalogue, right)[:-1]):
        for code in given.catalogue.descendants(above):
            if side(given.catalogue, code) != "bilateral":
                continue
            words = _words(code, given)
            if words <= _words(right, given) and _words(right, given) - words <= _PAIRED:
                return code
    return None


def _words(code: str, given: Given) -> frozenset[str]:
    text = description(given.catalogue, code).replace(",", " ")
    return frozenset(text.split()) - _SIDE_WORDS
