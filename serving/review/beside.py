"""Add-ons and modifiers as suggestions of their own: each has a name, under which a person confirms or rejects it. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chartlight import Determination

NAME = re.compile(r"[0-9A-Z]{5}|(?:[0-9A-Z]{5})?-[0-9A-Z]{2}")
"""The names of add-ons and modifiers; no level and no diagnosis has such a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """An add-on (``on`` is the code beside which it stands), or a modifier and the code that it goes on.

    ``about`` names it in rulings: an add-on by its code, a modifier of the E/M code as ``-25``, one of another code as ``20610-59``.
    """

    about: str
    kind: str
    code: str
    on: str
    units: int = 1
    because: str = ""


def beside(found: Determination) -> dict[str, Beside]:
    """Add-ons and modifiers of a determination by their names, in its order.

    >>> from chartlight.determination import AddOn, Modifier
    >>> made = Determination(
    ...     code="99214",
    ...     add_ons=(AddOn("G2211"),),
    ...     modifiers=(Modifier("25", "99214", ""), Modifier("59", "20610", "")),
    ... )
    >>> list(beside(made))
    ['G2211', '-25', '20610-59']
    """
    named: dict[str, Beside] = {}
    for a in found.add_ons:
        named.setdefault(
            a.code,
            Beside(about=a.code, kind="add_on", code=a.code, on=found.code or "", units=a.units, because=a.because),
        )
    for m in found.modifiers:
        about = f"-{m.code}" if m.on == found.code else f"{m.on}-{m.code}"
        named.setdefault(about, Beside(about=about, kind="modifier", code=m.code, on=m.on, because=m.because))
    return named


def is_beside(about: str) -> bool:
    """Whether a ruling is about an add-on or a modifier.

    >>> [is_beside(about) for about in ("G2211", "-25", "20610-59", "level", "I10", "E11.9")]
    [True, True, True, False, False, False]
    """
    return NAME.fullmatch(about) is not None


def changed(before: Mapping[str, Beside], after: Mapping[str, Beside]) -> tuple[str, ...]:
    """The names whose suggestion is gone, or is another one now: other units, or on another code.

    >>> from dataclasses import replace
    >>> one = Beside(about="99417", kind="add_on", code="99417", on="99215")
    >>> changed({"99417": one}, {"99417": replace(one, units=2)}), changed({"99417": one}, {"99417": one})
    (('99417',), ())
    """
    return tuple(
        about
        for about, old in before.items()
        if about not in after or (old.on, old.units) != (after[about].on, after[about].units)
    )


def decided(found: Determination, code: str | None, rulings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every add-on and modifier with the person's verdict, and whether it ``stands``; none stands without an E/M code.

    Decisions that were signed before these were ruled on singly hold no verdict: there they stand with the code as determined.
    What goes on the E/M code goes on the one that the person decided.
    """
    ruled = {r["about"]: r for r in rulings}
    told = []
    for one in beside(found).values():
        ruling = ruled.get(one.about)
        stands = code is not None and (ruling["verdict"] == "confirmed" if ruling else code == found.code)
        told.append(
            {
                "about": one.about,
                "kind": one.kind,
                "code": one.code,
                "units": one.units,
                "on": code if code is not None and one.on == found.code else one.on,
                "because": one.because,
                "verdict": ruling["verdict"] if ruling else None,
                "rejection": ruling["rejection"] if ruling else None,
                "stands": stands,
            }
        )
    return told
