"""Candidates for facts, from patterns and from the encoder's marks, each with the signs by which a head weighs it.

Idea: patterns find what is written as we foresaw, the encoder marks what reads like what annotators marked; either may be wrong, and a head that knows how
often each is right (by kind, place and how strongly the words are marked) keeps or drops each candidate. Needs: a reading, marks. Gives: ``Candidate``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chartlight.labels import Assertion, EntityLabel
from chartlight.note import Span
from models.encoder import Marks
from models.predictors.heads import Signs, evidence
from nlp import lexicon
from nlp.reading import Reading

LEAST = 0.15
"""Probability from which a run of pieces is a candidate; the head decides."""
TRAPS = ("negated", "historical", "family", "possible", "hypothetical")
_MOST_CHARACTERS = 280


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something that may be a fact: its nature, what it is of, its places, whether a pattern proposes it, and its signs."""

    nature: str
    item: str
    spans: tuple[Span, ...]
    by_pattern: bool
    signs: Signs = field(default_factory=dict)
    share: float = 0.0


def signs_of(reading: Reading, marks: Marks, group: str, c: Candidate) -> dict[str, float]:
    """The signs of a candidate of one group of tags (``data`` or ``risk``)."""
    tag = f"{group}:{c.nature}"
    column = marks.column(tag)
    inside = [marks.highest(s) for s in c.spans]
    top = max(float(v[column]) for v in inside)
    mean = max(float(marks.mean(s)[column]) for s in c.spans)
    index = sentence_at(reading, c.spans[0].start)
    around = marks.highest(reading.sentences[index].span) if index is not None else inside[0]
    others = max(
        (float(v[n]) for v in inside for n, name in enumerate(marks.tags) if name.startswith(f"{group}:") and n != column),
        default=0.0,
    )  # fmt: skip
    pattern = 1.0 if c.by_pattern else 0.0
    out = {
        f"kind:{c.nature}": 1.0,
        "mark": evidence(top),
        "mark mean": evidence(mean),
        "mark of sentence": evidence(float(around[column])),
        "mark of note": evidence(float(marks.shares[:, column].max())),
        "other kinds": evidence(others),
        "pattern": pattern,
        f"pattern:{c.nature}": pattern,
        "pattern and mark": pattern * evidence(top),
        "places": float(min(len(c.spans), 3)),
    }
    for trap in TRAPS:
        out[f"trap:{trap}"] = evidence(max(float(v[marks.column(f"trap:{trap}")]) for v in inside))
    if index is not None:
        out[f"section:{reading.kind_of(index).value}"] = 1.0
        if not c.by_pattern:
            out[f"marked only in section:{reading.kind_of(index).value}"] = 1.0
        for m in reading.mentions_in(index):
            if any(m.span.overlaps(s) for s in c.spans):
                out[f"holds {m.label.value}"] = 1.0
                if m.label is EntityLabel.DRUG and (drug := lexicon.drugs().get(m.key)) is not None:
                    out[f"drug {drug.status.split()[0]}"] = 1.0
                if m.assertion is not Assertion.PRESENT:
                    out[f"said {m.assertion.value}"] = 1.0
    return out


def sentence_at(reading: Reading, at: int) -> int | None:
    """The index of the sentence that holds a character; None between sentences."""
    n = bisect_right(reading.sentences, at, key=lambda s: s.span.start) - 1
    return n if n >= 0 and at < reading.sentences[n].span.end else None


def marked(
    reading: Reading, marks: Marks, group: str, natures: Sequence[str], known: Sequence[Candidate]
) -> Iterator[tuple[str, Span]]:
    """Runs that the encoder marks and no known candidate of the same nature touches, cut at sentence ends, strongest kind first."""
    runs = []
    for nature in natures:
        for span, top in marks.runs(f"{group}:{nature}", LEAST):
            for piece in _by_sentence(reading, span):
                runs.append((top, nature, piece))
    taken: list[tuple[str, Span]] = [(c.nature, s) for c in known for s in c.spans]
    for _, nature, span in sorted(runs, key=lambda r: (-r[0], r[2])):
        if not any(n == nature and span.overlaps(s) for n, s in taken):
            taken.append((nature, span))
            yield nature, span


def _by_sentence(reading: Reading, span: Span) -> Iterator[Span]:
    """A stretch cut at the ends of sentences, each part whole words and no longer than a quotation may be."""
    text = reading.note.text
    at = span.start
    while at < span.end:
        index = sentence_at(reading, at)
        end = min(span.end, reading.sentences[index].span.end) if index is not None else span.end
        start, stop = at, min(end, at + _MOST_CHARACTERS)
        while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
            start -= 1
        while stop < len(text) and text[stop - 1].isalnum() and text[stop].isalnum():
            stop += 1
        while stop > start and not text[stop - 1].isalnum() and text[stop - 1] not in ")%":
            stop -= 1
        while start < stop and not text[start].isalnum() and text[start] not in "(":
            start += 1
        if stop - start > 1:
            yield Span(start, stop)
        at = max(end, at + 1)


def apart(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Of candidates that overlap with different natures the likelier one, in order of the note."""
    kept: list[Candidate] = []
    for c in sorted(candidates, key=lambda c: -c.share):
        if not any(a.overlaps(b) for k in kept if k.nature != c.nature for a in k.spans for b in c.spans):
            kept.append(c)
    return sorted(kept, key=lambda c: c.spans[0])
