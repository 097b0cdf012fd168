"""From a stem to the billable code: as specific as the words and no more.

Method: among the billable codes under a stem, every word of a description that the stem does not have is either said by the note, neutral, or
unsaid; said words earn, unsaid words cost, an 'unspecified' alternative is free. Side and 7th character are read apart.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from chartlight.catalogue import Catalogue
from nlp.fold import fold, fold_word
from nlp.tables import patterns

UNSPECIFIED = frozenset({"unspecified", "nos", "unsp"})
_SIDE_WORDS = ("right", "left", "bilateral")


@dataclass(frozen=True, slots=True)
class Said:
    """What the note says that may decide a code: words near the mention with their equivalents, and as ``written``; side, episode (A, D or S), sex and age in years."""

    words: frozenset[str]
    side: str | None = None
    episode: str = "A"
    sex: str | None = None
    age: float | None = None
    written: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Resolved:
    """The chosen code, how well the words carry it (sum of said minus unsaid), and why where it stayed unspecified."""

    code: str
    score: float
    because: str = ""


@lru_cache(maxsize=1)
def _equivalents() -> Mapping[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for group in patterns("equivalents")["groups"]:
        words = {w for phrase in group for w in [fold_word(phrase)]}
        for word in words:
            table.setdefault(word, set()).update(words)
    return {word: frozenset(same) for word, same in table.items()}


def widen(words: Collection[str]) -> frozenset[str]:
    """The words with their equivalents of the attribute table (``chronic``/``longstanding``, ``renal``/``kidney``)."""
    same = _equivalents()
    return frozenset(words).union(*(same.get(w, frozenset()) for w in words)) if words else frozenset()


def fresh(added: Collection[str], own: Collection[str]) -> frozenset[str]:
    """The words that are not said already by one of ``own``: "chronic" is also read as "persistent", but a code that says chronic is not made more specific by it."""
    same = _equivalents()
    return frozenset(w for w in added if same.get(w, frozenset()).isdisjoint(own))


def _meanings(words: frozenset[str]) -> int:
    """How many different things the words say: "longstanding persistent" is one."""
    same, kept = _equivalents(), list[str]()
    for word in sorted(words):
        if same.get(word, frozenset()).isdisjoint(kept):
            kept.append(word)
    return len(kept)


_NEUTRAL = frozenset(
    fold(
        "of the in and or to due by for on as a an nec elsewhere classified not specified disorder disease mention part condition "
        "encounter status type syndrome its it from at is with current organism pattern any unspecified nos following side site "
        "initial closed fracture"
    )
)
_OTHER = frozenset({"other"})


def resolve(stem: str, said: Said, catalogue: Catalogue) -> Resolved | None:
    """The best billable code at or under ``stem``; None when the code set does not have the stem."""
    if stem not in catalogue:
        return None
    if catalogue.is_billable(stem):
        return Resolved(stem, 0.0)
    leaves = _under(catalogue, stem)
    if not leaves:
        return None
    base = _meant(catalogue.description(stem))[0]
    best: Resolved | None = None
    best_key: tuple[float, float, str] | None = None
    for name in leaves:
        score = _fit(name, base, said, catalogue)
        # ties: the index's habit is the code for 'unspecified', then the first in order
        free = 0.0 if leaf(catalogue, name).is_unspecified else 1.0
        key = (-score, free, name)
        if best_key is None or key < best_key:
            best, best_key = Resolved(name, score), key
    return best


_ABSENT = re.compile(r"\b(?:without|not|no)\b[^,;]*")


@lru_cache(maxsize=65536)
def _meant(description: str) -> tuple[frozenset[str], bool]:
    """The words of a description without what it says is absent ("without sinus", "not intractable"), and whether it says so."""
    rest = _ABSENT.sub(" ", description.lower())
    # "without foreign body of left hand": the side is not what is absent
    sides = frozenset(_SIDE_WORDS) & frozenset(fold(description))
    return frozenset(fold(rest)) | sides, rest != description.lower()


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the comparison needs of a billable code, worked out once: taking an entry of the code set apart costs time."""

    words: frozenset[str]
    has_absent: bool
    sides: frozenset[str]
    seventh: str
    is_unspecified: bool


@lru_cache(maxsize=16384)
def _under(catalogue: Catalogue, stem: str) -> tuple[str, ...]:
    return tuple(catalogue.descendants(stem))


@lru_cache(maxsize=131072)
def leaf(catalogue: Catalogue, code: str) -> Leaf:
    """What the comparison needs of a billable code; raises ``KeyError``."""
    description = catalogue.description(code)
    words, has_absent = _meant(description)
    sides = words & frozenset(_SIDE_WORDS)
    if sides and "bilateral" not in words:
        # 'right heart' names no side of the body: a real side has a code for the other one
        other = "left" if "right" in sides else "right"
        if resolve_side(code, other, catalogue) is None:
            sides = frozenset()
    bare = code.replace(".", "")
    return Leaf(
        words, has_absent, sides, bare[6] if len(bare) == 7 else "", bool(UNSPECIFIED & frozenset(fold(description)))
    )


def _fit(code: str, base: frozenset[str], said: Said, catalogue: Catalogue) -> float:
    """How well the words carry a billable code under a stem: said words earn, unsaid ones cost, absent things are free."""
    found = leaf(catalogue, code)
    extra = found.words - base - _NEUTRAL
    score = 0.0
    if found.sides & extra:
        extra = extra - found.sides - {"unilateral"}
        # both sides without a code for both: the right one here, the left one beside it (IC-14)
        both = said.side == "bilateral" and found.sides == {"right"}
        score += 2.0 if said.side in found.sides else 1.0 if both else -3.0
    elif said.side and found.is_unspecified:
        score -= 0.25
    for sex in ("female", "male"):
        if sex in extra:
            extra = extra - {sex}
            score += 0.2 if said.sex == sex else -1.5 if said.sex else -0.2 if sex == "female" else -0.4
    if found.seventh:
        score += 1.0 if found.seventh == said.episode else (-0.5 if found.seventh in "AD" else -2.0)
        extra = extra - _SEVENTH_WORDS
    for word in extra:
        if word in said.words:
            score += 1.0
        elif word in _OTHER:
            score -= 0.45
        else:
            score -= 0.7
    if found.is_unspecified:
        score += 0.15
    if found.has_absent:
        score += 0.1
    return score


_SEVENTH_WORDS = frozenset(
    fold(
        "subsequent sequela routine healing delayed nonunion malunion open type i ii iiia iiib iiic greenstick assault self harm intentional undetermined accidental unintentional"
    )
)
"""Words that descriptions take from the 7th character, or from an intent that the note must state."""


@lru_cache(maxsize=131072)
def _folded(catalogue: Catalogue, code: str) -> tuple[str, ...]:
    return fold(catalogue.description(code))


@lru_cache(maxsize=65536)
def resolve_side(code: str, side: str, catalogue: Catalogue) -> str | None:
    """The code that says the same as ``code`` for another side; None where there is none."""
    wanted = tuple(side if w in _SIDE_WORDS else w for w in _folded(catalogue, code))
    for parent in catalogue.ancestors(code)[:2]:
        for name in _under(catalogue, parent):
            if _folded(catalogue, name) == wanted:
                return name
    return None


def asks_side(code: str, catalogue: Catalogue) -> bool:
    """Whether the code leaves the side open that its neighbours name.

    A code for an unspecified side has a sibling whose description says the same of the right side.
    """
    words = _folded(catalogue, code)
    if "unspecified" not in words:
        return False
    wanted = {
        tuple("right" if n == place else w for n, w in enumerate(words))
        for place, w in enumerate(words)
        if w == "unspecified"
    }
    return any(
        _folded(catalogue, name) in wanted for p in catalogue.ancestors(code)[:2] for name in _under(catalogue, p)
    )


def refine(code: str, said: Said, catalogue: Catalogue) -> Resolved:
    """A more specific sibling of a default code when the words say everything it adds; else the code itself.

    Looked for under the code's parents up to its category. Never adds a word that the note does not say.
    """
    here = catalogue.description(code)
    words_here = _meant(here)[0] - _NEUTRAL
    best = Resolved(code, 0.0)
    if not catalogue.is_billable(code):
        return resolve(code, said, catalogue) or best
    own_sides = leaf(catalogue, code).sides
    best_gain = 0.0
    for parent in catalogue.ancestors(code):
        if len(parent.replace(".", "")) < 3 or "-" in parent:
            break
        for name in _under(catalogue, parent):
            found = leaf(catalogue, name)
            if said.side in own_sides and found.sides != own_sides:
                continue
            if name == code or found.seventh not in ("", said.episode):
                continue
            meaning = found.words - _NEUTRAL - {"complication"}
            sides = found.sides
            if sides and said.side not in sides and not (said.side == "bilateral" and sides == {"right"}):
                continue
            added = fresh(meaning - words_here - sides, words_here)
            lost = words_here - meaning - {"complication"} - _OTHER - set(_SIDE_WORDS)
            if not (added <= said.words) or _OTHER & meaning or lost & said.words:
                continue
            gain = (
                _meanings(added)
                + 0.1 * len(added & said.written)
                + (1.5 if said.side in sides else 0.5 if sides else 0.0)
                - 0.6 * len(lost)
            )
            if gain > best_gain:
                best, best_gain = Resolved(name, gain), gain
        if best_gain > 0:
            break
    return best
