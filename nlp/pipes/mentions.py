"""Mentions: the phrases of the knowledge tables, and the cues of assertion, found in the folded view of the note.

Idea: one index of phrases and their beginnings over folded words for all tables at once, walked word by word as a phrase goes on (spaCy's
``PhraseMatcher`` finds the same and takes two seconds to build), then the longest match of each kind; studies named by modality and body part ("MRI of the left shoulder") are put together by rule.
Needs: folded words, sentences. Gives: mentions without assertion, and cues.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from chartlight.labels import EntityLabel
from nlp import compiled, lexicon, practice
from nlp.fold import fold
from nlp.tables import patterns

CUE_KINDS = ("negated", "possible", "hypothetical", "historical", "family")
_LABELS = tuple(
    {
        "problems": EntityLabel.PROBLEM.value,
        "tests": EntityLabel.TEST.value,
        "drugs": EntityLabel.DRUG.value,
        "procedures": EntityLabel.PROCEDURE.value,
        "people": EntityLabel.PERSON.value,
        "documents": EntityLabel.DOCUMENT.value,
        "body_parts": "body_part",
        "modalities": "modality",
    }[table]
    for table in compiled.IN_NOTES
)
"""The labels of the tables that are looked for in notes, in the order of the index."""


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase of some table at words ``[start, end)`` of the folded view."""

    label: str
    start: int
    end: int
    key: tuple[str, ...]


class Phrases:
    """All phrases of the tables and all cues in one index: every phrase and every beginning of one, made once per process.

    >>> [(f.label, f.start, f.end) for f in phrases().match(("deny", "chest", "pain")) if f.label == "problem"]
    [('problem', 1, 3)]
    """

    def __init__(self) -> None:
        index = compiled.load().phrases()
        for place, table in enumerate(compiled.IN_NOTES):
            for key, value in practice.own().get(table, {}).items():
                if value is None:
                    _take_away(index, key, place)
                else:
                    _add(index, key, place)
        names = list(_LABELS)
        for label, keys in _cue_tables():
            names.append(label)
            for key in keys:
                _add(index, key, len(names) - 1)
        self._index = index
        self._names = names

    def match(self, words: Sequence[str], barriers: Iterable[int] = ()) -> list[Found]:
        """All phrases found, the longest of each label where they overlap, in order of their start.

        ``barriers`` are words before which a phrase must not reach: a new sentence, a bracket, a colon.
        """
        stops = {*barriers, len(words)}
        get, names = self._index.get, self._names
        raw: list[tuple[str, int, int]] = []
        for start, phrase in enumerate(words):
            end = start + 1
            marks = get(phrase)
            while marks is not None:
                raw.extend((names[label], start, end) for label in marks[0])
                if not marks[1] or end in stops:
                    break
                phrase = f"{phrase} {words[end]}"
                end += 1
                marks = get(phrase)
        raw.sort(key=lambda m: (m[0], -(m[2] - m[1]), m[1]))
        out: list[Found] = []
        taken: dict[str, set[int]] = {}
        for label, start, end in raw:
            used = taken.setdefault(label, set())
            if used.isdisjoint(range(start, end)):
                used.update(range(start, end))
                out.append(Found(label, start, end, tuple(words[start:end])))
        return sorted(out, key=lambda f: (f.start, -f.end, f.label))


def _add(index: dict[str, compiled.Marks], key: Sequence[str], label: int) -> None:
    """Put one phrase and its beginnings into the index."""
    for length in range(1, len(key) + 1):
        phrase = " ".join(key[:length])
        labels, goes_on = index.get(phrase, ((), False))
        if length < len(key):
            index[phrase] = labels, True
        elif label not in labels:
            index[phrase] = (*labels, label), goes_on


def _take_away(index: dict[str, compiled.Marks], key: Sequence[str], label: int) -> None:
    """Take one phrase of one label out of the index."""
    phrase = " ".join(key)
    labels, goes_on = index.get(phrase, ((), False))
    index[phrase] = tuple(other for other in labels if other != label), goes_on


_SIDE_WORDS = frozenset({"left", "right", "bilateral", "both", "l", "r", "lt", "rt"})
_SIDED = frozenset({EntityLabel.PROBLEM.value, EntityLabel.TEST.value})


def with_sides(found: Sequence[Found], words: Sequence[str], barriers: Sequence[int]) -> list[Found]:
    """The phrases found, with those that a side word tears apart put together ("lump in the left breast").

    Looks once more with the side words left out; a name that then reaches over one takes the place of the shorter ones inside.
    """
    kept = [n for n, word in enumerate(words) if word not in _SIDE_WORDS]
    if len(kept) == len(words) or not kept:
        return list(found)
    place = {n: k for k, n in enumerate(kept)}
    after = [
        next((place[n] for n in range(b, len(words)) if n in place), len(kept) - 1) for b in barriers if b < len(words)
    ]
    reaching = []
    for f in phrases().match([words[n] for n in kept], after):
        start, end = kept[f.start], kept[f.end - 1] + 1
        if f.label in _SIDED and end - start > f.end - f.start:
            reaching.append(Found(f.label, start, end, f.key))
    replaced: set[Found] = set()
    taken: list[Found] = []
    for r in reaching:
        touched = [f for f in found if f.label == r.label and f.start < r.end and r.start < f.end]
        if all(r.start <= f.start and f.end <= r.end for f in touched):
            replaced.update(touched)
            taken.append(r)
    if not taken:
        return list(found)
    return sorted([f for f in found if f not in replaced] + taken, key=lambda f: (f.start, -f.end, f.label))


def _cue_tables() -> Iterable[tuple[str, list[lexicon.Key]]]:
    table = patterns("assertion")
    for kind in CUE_KINDS:
        for side in ("before", "after"):
            yield f"cue:{kind}:{side}", [fold(phrase) for phrase in table[kind][side]]
    for group, phrases in patterns("status_phrases").items():
        if group != "form":
            yield f"status:{group}", [fold(phrase) for phrase in phrases]
    yield "cue:not", [fold(phrase) for phrase in table["not_cues"]["phrases"]]
    yield "cue:stop", [fold(phrase) for phrase in table["stops"]["words"]]


@cache
def phrases() -> Phrases:
    """The matcher of this process."""
    return Phrases()


_JOINING = frozenset(
    {
        "of",
        "the",
        "his",
        "her",
        "scan",
        "report",
        "study",
        "view",
        "film",
        "image",
        "imaging",
        "my",
        "a",
        "to",
        "on",
        "for",
    }
)
_SIDES = frozenset({"left", "right", "bilateral", "both", "l", "r", "lt", "rt", "upper", "lower", "entire"})


def studies(found: Sequence[Found], words: Sequence[str]) -> list[tuple[int, int, str]]:
    """Imaging named by modality and body part, either way round: ``(start, end, item)`` in words.

    >>> studies(
    ...     [Found("modality", 0, 1, ("mri",)), Found("body_part", 4, 5, ("shoulder",))],
    ...     ["mri", "of", "the", "left", "shoulder"],
    ... )
    [(0, 5, 'shoulder mri')]
    """
    parts = {f.start: f for f in found if f.label == "body_part"}
    ends = {f.end: f for f in found if f.label == "body_part"}
    out: list[tuple[int, int, str]] = []
    for f in found:
        if f.label != "modality":
            continue
        modality = lexicon.modalities().get(f.key, " ".join(f.key))
        at = f.end
        while at < len(words) and at - f.end < 6 and at not in parts and words[at] in _JOINING | _SIDES:
            at += 1
        if at in parts:
            part = parts[at]
            out.append((f.start, part.end, f"{lexicon.body_parts().get(part.key, ' '.join(part.key))} {modality}"))
            continue
        before = f.start
        if before in ends:
            part = ends[before]
            start = part.start
            while start > 0 and words[start - 1] in _SIDES:
                start -= 1
            out.append((start, f.end, f"{lexicon.body_parts().get(part.key, ' '.join(part.key))} {modality}"))
        else:
            out.append((f.start, f.end, modality))
    return out
