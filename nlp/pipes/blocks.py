"""Problem blocks: the assessment and plan cut into the stretches that deal with one problem each.

Idea: where the note numbers its problems, a block is an item with all that follows up to the next number; where it gives each problem a
heading line, the line with what stands under it; else a line (paragraph). Needs: sections, sentences. Gives: blocks.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from chartlight.labels import SectionKind
from chartlight.note import Section
from nlp.reading import ProblemBlock, Sentence

JUDGING = frozenset(
    {SectionKind.ASSESSMENT, SectionKind.PLAN, SectionKind.ASSESSMENT_PLAN, SectionKind.DISCHARGE_DIAGNOSES}
)
_HEAD_WORDS = 12
_LAST_HEAD_WORDS = 6


def match(
    sections: Sequence[Section],
    sentences: Sequence[Sentence],
    names_problem: Callable[[int], bool],
    word_count: Callable[[int], int],
) -> tuple[ProblemBlock, ...]:
    """The blocks of all judging sections.

    ``names_problem(i)`` tells whether sentence ``i`` names a problem; ``word_count(i)`` its number of words.
    """
    out: list[ProblemBlock] = []
    by_section: dict[int, list[int]] = {}
    for i, sentence in enumerate(sentences):
        by_section.setdefault(sentence.section, []).append(i)
    for index, section in enumerate(sections):
        if section.kind not in JUDGING:
            continue
        own = by_section.get(index, [])
        if any(_opens_problem(sentences[i]) for i in own):
            out.extend(_numbered(sentences, own))
        else:
            out.extend(_headed(sentences, own, names_problem, word_count))
    return tuple(out)


def _opens_problem(sentence: Sentence) -> bool:
    """Whether an item is marked as a problem of its own: by a number or by ``#``."""
    return sentence.is_numbered or (sentence.marker or "").startswith("#")


def _numbered(sentences: Sequence[Sentence], own: Sequence[int]) -> list[ProblemBlock]:
    blocks: list[ProblemBlock] = []
    current: list[int] = []
    number: int | None = None
    for i in own:
        marker = sentences[i].marker
        if _opens_problem(sentences[i]) and marker is not None:
            if current:
                blocks.append(ProblemBlock(head=current[0], sentences=tuple(current), number=number))
            current, number = [i], int(marker) if marker.isdigit() else None
        else:
            current.append(i)
    if current:
        blocks.append(ProblemBlock(head=current[0], sentences=tuple(current), number=number))
    return blocks


def _headed(
    sentences: Sequence[Sentence],
    own: Sequence[int],
    names_problem: Callable[[int], bool],
    word_count: Callable[[int], int],
) -> list[ProblemBlock]:
    """Heading lines: short, alone on their line, naming a problem, with other lines under them."""

    def is_head(position: int) -> bool:
        i = own[position]
        s = sentences[i]
        if not s.starts_line or s.marker is not None or word_count(i) > _HEAD_WORDS or not names_problem(i):
            return False
        if position + 1 == len(own):
            # the last line has nothing under it: a short one is a problem with its status ("Asthma: stable.")
            return word_count(i) <= _LAST_HEAD_WORDS
        return sentences[own[position + 1]].starts_line

    heads = [n for n in range(len(own)) if is_head(n)]
    blocks: list[ProblemBlock] = []
    if heads:
        bounds = [*heads, len(own)]
        if heads[0] > 0:
            blocks.extend(_lines(sentences, own[: heads[0]]))
        for a, b in itertools.pairwise(bounds):
            blocks.append(ProblemBlock(head=own[a], sentences=tuple(own[a:b])))
        return blocks
    return _lines(sentences, own)


def _lines(sentences: Sequence[Sentence], own: Sequence[int]) -> list[ProblemBlock]:
    blocks: list[ProblemBlock] = []
    current: list[int] = []
    for i in own:
        if sentences[i].starts_line and current:
            blocks.append(ProblemBlock(head=current[0], sentences=tuple(current)))
            current = []
        current.append(i)
    if current:
        blocks.append(ProblemBlock(head=current[0], sentences=tuple(current)))
    return blocks
