"""The order of the list: first-listed (IC-21), cause before manifestation (IC-13), drug effects (IC-29), pregnancy (IC-30)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rules.diagnoses.candidate import Candidate, Removed
from rules.diagnoses.patterns import matches_any
from rules.diagnoses.specific import says_less
from rules.diagnoses.working import Change, Given, description, in_order, inherited

_MANIFESTATION = re.compile(r"(?<!not )\bdiseases classified elsewhere")
_ADVERSE, _UNDERDOSING = "5", "6"


def without_orphans(candidates: Iterable[Candidate], given: Given) -> Change:
    """Take off manifestations that stand without any cause (IC-13), and codes that only attend another code."""
    everything = in_order(candidates)
    causes = [
        c for c in everything if not _is_dependent(c.code, given) and not given.is_listed(c.code, "secondary_only")
    ]
    kept, removed, steps = [], [], []
    for candidate in everything:
        # Dementia not further named is no cause of dementia in another disease: such a code leaves when the other stays.
        own = (c for c in causes if says_less(c.code, candidate.code, given) is None)
        if _is_dependent(candidate.code, given) and next(own, None) is None:
            reason = "its cause is not on the list, and it is never listed alone"
            removed.append(Removed(candidate, "IC-13", reason))
            steps.append(given.step("IC-13", f"{candidate.code} removed", reason, candidate.facts))
        else:
            kept.append(candidate)
    return Change(tuple(kept), tuple(removed), tuple(steps))


def sequence(candidates: Iterable[Candidate], given: Given) -> Change:
    """Order by what the visit was for, then by place in the note, with every cause before what it causes."""
    waiting = sorted(candidates, key=lambda c: (_tier(c, given), c.position, c.code))
    before = {c.code: {o.code for o in waiting if o is not c and precedes(o, c, given)} for c in waiting}
    ordered: list[Candidate] = []
    steps = []
    while waiting:
        left = {c.code for c in waiting}
        free = [c for c in waiting if not before[c.code] & left]
        # Two notes may each ask for the other code first; then the order of the tiers decides.
        chosen = free[0] if free else waiting[0]
        if free and chosen is not waiting[0]:
            first = waiting[0]
            steps.append(
                given.step("IC-13", f"{chosen.code} before {first.code}", "the tabular list asks for it first")
            )
        ordered.append(chosen)
        waiting.remove(chosen)
    if ordered:
        first = ordered[0]
        steps.append(given.step("IC-21", f"{first.code} first-listed", _why_first(first, given), first.facts))
    return Change(tuple(ordered), (), tuple(steps))


def precedes(first: Candidate, second: Candidate, given: Given) -> bool:
    """Whether the tabular list, or the rule about drug effects, wants ``first`` before ``second``."""
    if given.is_listed(second.code, "adverse_effect_range"):
        effect = drug_effect(second.code)
        return effect in (_ADVERSE, _UNDERDOSING) and _is_nature(first.code, given)
    if _is_named(second.code, first.code, "code_first", given):
        return not _is_named(first.code, second.code, "code_first", given)
    if second.is_first_listed_hint or (second.addressed and not first.addressed):
        return False
    if given.is_listed(first.code, "secondary_only") and not given.is_listed(second.code, "secondary_only"):
        return False
    return _is_named(first.code, second.code, "use_additional", given) and not _is_named(
        second.code, first.code, "use_additional", given
    )


def lacks_listed_cause(codes: Sequence[str], given: Given) -> bool:
    """Whether a manifestation stands beside codes of which the tabular list names none as its cause (IC-13).

    The list of causes is open ('such as'), so the code stays and a person looks.
    """
    return any(
        _is_dependent(code, given)
        and inherited(given.catalogue, code, "code_first")
        and not any(_is_named(code, other, "code_first", given) for other in codes if other != code)
        for code in codes
    )


def drug_effect(code: str) -> str:
    """The character of T36-T50 that tells adverse effect (5), underdosing (6) or poisoning (1 to 4) (IC-29).

    >>> drug_effect("T36.0X5A"), drug_effect("T36.95XA"), drug_effect("T45.516A")
    ('5', '5', '6')
    """
    return code.replace(".", "")[3:6].rstrip("X")[-1:]


def may_be_first(code: str, given: Given) -> bool:
    """Whether a code may stand first while another may."""
    return _tier_of_code(code, given) < _SECONDARY


_SECONDARY = 6


def _tier(candidate: Candidate, given: Given) -> int:
    tier = _tier_of_code(candidate.code, given)
    if tier >= _SECONDARY or tier == 0:
        return tier
    if tier == 1:
        return 1 if candidate.addressed or candidate.is_first_listed_hint else 5
    if candidate.is_first_listed_hint and not given.is_listed(candidate.code, "symptoms"):
        return 1
    is_symptom = given.is_listed(candidate.code, "symptoms")
    return (3 if is_symptom else 2) if candidate.addressed else (5 if is_symptom else 4)


def _tier_of_code(code: str, given: Given) -> int:
    """0 pregnancy, 1 first wherever it is the reason, 2 other, 6 and up: never first while another may be."""
    if given.is_listed(code, "pregnancy"):
        return 0
    if given.is_listed(code, "comes_first"):
        return 1
    if code[0] in "VWXY":
        return 9
    if given.is_listed(code, "encounter_reason"):
        return 2
    if given.is_listed(code, "secondary_only"):
        return 7
    if given.is_listed(code, "adverse_effect_range"):
        return 8 if drug_effect(code) == _UNDERDOSING else 6 if drug_effect(code) == _ADVERSE else 2
    return 6 if _is_dependent(code, given) else 2


def _is_dependent(code: str, given: Given) -> bool:
    return given.is_listed(code, "needs_cause") or _MANIFESTATION.search(description(given.catalogue, code)) is not None


def _is_nature(code: str, given: Given) -> bool:
    return not (given.is_listed(code, "adverse_effect_range") or code[0] in "VWXYZ")


def _is_named(code: str, other: str, note: str, given: Given) -> bool:
    return any(other in reference for reference in inherited(given.catalogue, code, note))


def _why_first(first: Candidate, given: Given) -> str:
    if given.is_listed(first.code, "pregnancy"):
        return "codes of pregnancy come first (IC-30)"
    if given.is_listed(first.code, "comes_first"):
        return "the visit was for this examination or service"
    if first.is_first_listed_hint:
        return "named as chiefly responsible for the visit"
    if matches_any(first.code, given.tables.lists["symptoms"]):
        return "a symptom, as no diagnosis was addressed"
    return "the first condition addressed" if first.addressed else "nothing that was addressed may be first"
