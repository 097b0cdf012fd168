"""What reading gives: plain, frozen values with places in the note; predictors need no spaCy to use them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from chartlight.labels import Assertion, DocumentKind, EntityLabel, SectionKind, TimeRole
from chartlight.note import Note, Section, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence, list item or heading line; ``marker`` is the item's number or bullet (``"2"``, ``"-"``), else None.

    ``section`` is the index of the section it lies in; ``starts_line`` tells whether a line of the note begins with it.
    """

    span: Span
    section: int
    marker: str | None = None
    starts_line: bool = False

    @property
    def is_numbered(self) -> bool:
        """Whether it opens a numbered item."""
        return self.marker is not None and self.marker.isdigit()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Words that name something, with how the note asserts it and the cue that says so.

    ``key`` is the folded phrase under which the tables know it; ``sentence`` the index of its sentence; ``words`` the first and
    last (exclusive) index of its words in the folded view.
    """

    label: EntityLabel
    span: Span
    key: tuple[str, ...]
    sentence: int
    words: tuple[int, int]
    assertion: Assertion = Assertion.PRESENT
    cue: Span | None = None


def _sentence_of(mention: Mention) -> int:
    return mention.sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPhrase:
    """Words that tell how a problem stands; ``group`` is the group of ``nlp/patterns/status_phrases.toml`` they are in."""

    group: str
    span: Span
    sentence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemBlock:
    """The stretch of an assessment or plan that deals with one problem.

    ``head`` is the index of the sentence that names it; ``sentences`` all that belong to it, the head included.
    ``number`` is the item's number where the note numbers its problems.
    """

    head: int
    sentences: tuple[int, ...]
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeMention:
    """Minutes that the note states, whose they are, and why they are not total time when they are not (TP rows).

    ``is_accepted`` false: shown with ``row`` and never counted. ``is_approximate``: to be confirmed by the person.
    """

    span: Span
    minutes: int
    role: TimeRole
    is_accepted: bool
    row: str
    is_approximate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything that was read in one document; offsets are those of ``note.text`` as received.

    ``folded`` holds the words as the tables compare them, ``places`` their spans in the note.
    """

    note: Note
    sections: tuple[Section, ...]
    sentences: tuple[Sentence, ...]
    blocks: tuple[ProblemBlock, ...]
    mentions: tuple[Mention, ...]
    status: tuple[StatusPhrase, ...] = ()
    times: tuple[TimeMention, ...] = ()
    kind: DocumentKind = DocumentKind.VISIT
    kind_evidence: tuple[Span, ...] = ()
    abbreviations: tuple[tuple[Span, str], ...] = field(default=(), repr=False)
    folded: tuple[str, ...] = field(default=(), repr=False)
    places: tuple[Span, ...] = field(default=(), repr=False)
    sentence_words: tuple[tuple[int, int], ...] = field(default=(), repr=False)

    def section_of(self, sentence: int) -> Section:
        """The section that a sentence lies in."""
        return self.sections[self.sentences[sentence].section]

    def kind_of(self, sentence: int) -> SectionKind:
        """The kind of the section that a sentence lies in."""
        return self.section_of(sentence).kind

    def text_of(self, span: Span) -> str:
        """The words of the note at ``span``."""
        return self.note.text[span.start : span.end]

    def words_of(self, sentence: int) -> tuple[str, ...]:
        """The folded words of a sentence."""
        start, end = self.sentence_words[sentence]
        return self.folded[start:end]

    def mentions_in(self, sentence: int, label: EntityLabel | None = None) -> Iterator[Mention]:
        """Mentions of one sentence, in order, optionally of one label."""
        # mentions stand in the order of their sentences; a search keeps long notes linear
        first = bisect_left(self.mentions, sentence, key=_sentence_of)
        for mention in self.mentions[first : bisect_right(self.mentions, sentence, lo=first, key=_sentence_of)]:
            if label is None or mention.label is label:
                yield mention
