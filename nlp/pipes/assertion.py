"""How the note asserts what a mention names: present, negated, possible, historical, family or hypothetical.

Idea: cues with a direction and a reach inside the sentence, as in NegEx (Chapman 2001) and ConText (Harkema 2009), with a cue table of our own
(``nlp/patterns/assertion.toml``). Five things differ from those two. A cue that lies inside a longer cue is none ("no history of"). A word that can
stand on either side of what it concerns ("possible", "no") reaches back only when nothing that it could introduce follows. A stop inside the name of a
problem ("burning with urination") is none, and a stop that follows its cue at once is passed over ("denies that she has had").
A duration ("3 day history of", "in the past 2 weeks") is no history. Lists of complications reach to the end of the sentence.

Needs: folded words, sentences, mentions, cues. Gives: the assertion and the place of the cue that decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from chartlight.labels import Assertion, EntityLabel, SectionKind
from nlp.fold import fold
from nlp.pipes.mentions import Found
from nlp.tables import patterns

_PRIORITY = (
    Assertion.FAMILY,
    Assertion.NEGATED,
    Assertion.HYPOTHETICAL,
    Assertion.POSSIBLE,
    Assertion.HISTORICAL,
)
_NAMING = frozenset(
    label.value for label in (EntityLabel.PROBLEM, EntityLabel.TEST, EntityLabel.DRUG, EntityLabel.PROCEDURE)
)
_BY_SECTION = {
    SectionKind.FAMILY_HISTORY: Assertion.FAMILY,
    SectionKind.SURGICAL_HISTORY: Assertion.HISTORICAL,
    # a reaction of once is no problem of today
    SectionKind.ALLERGIES: Assertion.HISTORICAL,
}

_LONGEST_PHRASE = 8
"""Words of the longest phrase of the table, at least."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue at words ``[start, end)`` that concerns words ``[reach_start, reach_end)``.

    Its reach begins at its end when it stands before what it concerns (``is_before``), and ends at its start otherwise.
    """

    assertion: Assertion
    start: int
    end: int
    reach_start: int
    reach_end: int

    @property
    def is_before(self) -> bool:
        """Whether it stands before what it concerns."""
        return self.reach_start == self.end

    def reaches(self, start: int, end: int) -> bool:
        """Whether it concerns a mention at words ``[start, end)``.

        A mention may begin with the cue's last words ("no history of" and "history of stroke"); one that holds the whole cue is not concerned.
        """
        if self.is_before:
            return self.start < start < max(self.reach_end, self.end)
        return end <= self.start and end > self.reach_start


@cache
def _table(*path: str) -> frozenset[tuple[str, ...]]:
    value = patterns("assertion")
    for name in path:
        value = value[name]
    return frozenset(fold(phrase) for phrase in value)


@cache
def _words(*path: str) -> frozenset[str]:
    return frozenset(word for phrase in _table(*path) for word in phrase)


@cache
def _reach() -> dict[tuple[str, tuple[str, ...]], int]:
    """Reach in words of the cues that have one of their own, by side and folded phrase."""
    table = patterns("assertion")["reach"]["own"]
    return {
        (side, fold(phrase)): int(words)
        for side, rows in table.items()
        for words, phrases in rows.items()
        for phrase in phrases
    }


def cues(
    found: Sequence[Found], words: Sequence[str], sentence: tuple[int, int], breaks: Sequence[int] = ()
) -> list[Cue]:
    """The cues of one sentence with their reaches; ``breaks`` are word places where a new clause begins (after ``;``).

    A cue inside a longer cue or inside a phrase of ``not_cues`` is none ("no change", "without difficulty").
    """
    first, last = sentence
    inside = [f for f in found if first <= f.start and f.end <= last]
    raw = [f for f in inside if f.label.startswith("cue:") and f.label.count(":") == 2]
    if not raw:
        return []
    raw_set = set(raw)
    # looked up by their first word: a sentence may hold hundreds of cues, and comparing all with all would take seconds
    shields: dict[int, list[Found]] = {}
    for f in inside:
        if f.label == "cue:not" or f in raw_set:
            shields.setdefault(f.start, []).append(f)
    named = [(f.start, f.end) for f in inside if f.label in _NAMING]
    hard = {b for b in breaks if first < b < last}
    stops = [f for f in inside if f.label == "cue:stop" and not _is_held(f, named, _near(shields, f))]
    ambiguous = {(f.start, f.end) for f in raw if f.label.endswith(":before")} & {
        (f.start, f.end) for f in raw if f.label.endswith(":after")
    }
    is_dated = _is_dated(words[first:last])
    out: list[Cue] = []
    for f in raw:
        _, kind, side = f.label.split(":")
        if any(_covers(s, f) and not _opens(s, f, named) for s in _near(shields, f)) or _is_duration(
            f, words, sentence
        ):
            continue
        if kind == "historical" and f.key in _table("dated", "verbs") and not is_dated:
            continue
        if (f.start, f.end) in ambiguous and f.key not in _table("sides", "both"):
            looks_back = _looks_back(f, words, last, hard, stops)
            if looks_back is (side == "before") and not (looks_back and f.start == first):
                continue
            if side == "after" and f.start == first:
                continue
        if side == "before":
            reach = _reach().get((side, f.key), patterns("assertion")["reach"]["before"][kind])
            end = min(_stop_after(f, stops, hard, named, last), f.end + reach)
            out.append(Cue(Assertion(kind), f.start, f.end, f.end, end))
        else:
            reach = _reach().get((side, f.key), patterns("assertion")["reach"]["after"][kind])
            stop = max([s.end for s in stops if s.end <= f.start] + [h for h in hard if h <= f.start], default=first)
            out.append(Cue(Assertion(kind), f.start, f.end, max(stop, f.start - reach, first), f.start))
    return out


def _covers(long: Found, short: Found) -> bool:
    return long.start <= short.start and short.end <= long.end and long.end - long.start > short.end - short.start


def _opens(shield: Found, cue: Found, named: Sequence[tuple[int, int]]) -> bool:
    """Whether a phrase that is no cue belongs to a name in truth: "no change in" before "bowel habits", a name itself."""
    return shield.label == "cue:not" and any(cue.end <= start < shield.end < end for start, end in named)


def _is_dated(words: Sequence[str]) -> bool:
    """Whether a sentence dates what it tells: by a year or by a phrase of the table."""
    if any(len(word) == 4 and word.isdecimal() and "1900" <= word < "2100" for word in words):
        return True
    # words never hold a blank, so phrases can be looked for in the joined sentence
    line = f" {' '.join(words)} "
    return any(f" {' '.join(phrase)} " in line for phrase in _table("dated", "phrases"))


def _near(by_start: dict[int, list[Found]], cue: Found) -> list[Found]:
    """The phrases that begin early enough to hold a cue."""
    return [f for start in range(cue.start - _LONGEST_PHRASE, cue.start + 1) for f in by_start.get(start, ())]


def _is_held(stop: Found, named: Sequence[tuple[int, int]], shields: Sequence[Found]) -> bool:
    """Whether a stop is part of a name ("burning with urination"), of a cue or of a phrase that is no cue."""
    if any(start <= stop.start and stop.end <= end for start, end in named):
        return True
    return any(s.start <= stop.start and stop.end <= s.end for s in shields)


def _looks_back(cue: Found, words: Sequence[str], last: int, hard: set[int], stops: Sequence[Found]) -> bool:
    """Whether nothing follows that the cue could introduce: the end, a new clause, or a word of ``sides.back``."""
    if (
        cue.end >= last
        or cue.end in hard
        or any(s.start == cue.end and s.key not in _table("stops", "passed_over") for s in stops)
    ):
        return True
    return words[cue.end] in _words("sides", "back")


def _is_duration(cue: Found, words: Sequence[str], sentence: tuple[int, int]) -> bool:
    """Whether "history of" or "past" tells how long something has lasted, or "years ago" when something that goes on began."""
    if not cue.label.startswith("cue:historical"):
        return False
    first, last = sentence
    units, key = _words("durations", "units"), cue.key
    if key in _table("durations", "history") and cue.start > first and words[cue.start - 1] in units:
        return True
    if key[-1] == "past" and cue.end < last:
        follower = words[cue.end]
        return follower[0].isdigit() or follower in units or follower in _words("durations", "numbers")
    if key[-1] == "ago":
        return any(words[k] in _words("durations", "began") for k in range(max(first, cue.start - 5), cue.start))
    return key == ("old",) and cue.start > first and words[cue.start - 1] in units


def _stop_after(cue: Found, stops: Sequence[Found], hard: set[int], named: Sequence[tuple[int, int]], last: int) -> int:
    """Where the reach of a cue before its mentions ends: at the first stop that is not passed over."""
    if cue.key in _table("reach", "to_the_end"):
        return last
    at = min((b for b in hard if b >= cue.end), default=last)
    since = cue.end
    for stop in sorted(stops, key=lambda f: f.start):
        if stop.start < cue.end:
            continue
        if stop.start >= at:
            break
        near = stop.start - since <= 3
        nothing_named = not any(cue.end <= start < stop.start for start, _ in named)
        if near and nothing_named and stop.key in _table("stops", "passed_over"):
            since = max(since, stop.end)
            continue
        return stop.start
    return at


def decide(start: int, end: int, sentence_cues: Sequence[Cue], section: SectionKind) -> tuple[Assertion, Cue | None]:
    """The assertion of a mention at words ``[start, end)``: the strongest cue that reaches it, else what the section says.

    >>> decide(2, 4, [Cue(Assertion.NEGATED, 0, 1, 1, 5)], SectionKind.HISTORY)[0].value
    'negated'
    """
    reached = [c for c in sentence_cues if c.reaches(start, end)]
    for assertion in _PRIORITY:
        hits = [c for c in reached if c.assertion is assertion]
        if hits:
            # the nearest one is quoted
            return assertion, min(hits, key=lambda c: min(abs(start - c.end), abs(c.start - end)))
    return _BY_SECTION.get(section, Assertion.PRESENT), None
