"""The note in lower case, sentence by sentence: what the phrase groups are looked for in."""

from __future__ import annotations

from dataclasses import dataclass

from chartlight import Span
from nlp.reading import Mention, Reading


def lower(text: str) -> str:
    """The text in lower case with every character in its place, also where lower case would be longer.

    >>> len(lower("İstanbul")) == len("İstanbul")
    True
    """
    plain = text.lower()
    if len(plain) == len(text):
        return plain
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


@dataclass(frozen=True, slots=True)
class View:
    """A reading with its text in lower case."""

    reading: Reading
    text: str

    @classmethod
    def of(cls, reading: Reading) -> View:
        """The view of a reading."""
        return cls(reading, lower(reading.note.text))

    def sentence(self, index: int) -> str:
        """A sentence in lower case."""
        span = self.reading.sentences[index].span
        return self.text[span.start : span.end]

    def before(self, mention: Mention) -> str:
        """What stands before the mention in its sentence."""
        return self.text[self.reading.sentences[mention.sentence].span.start : mention.span.start]

    def after(self, mention: Mention) -> str:
        """What stands after the mention in its sentence."""
        return self.text[mention.span.end : self.reading.sentences[mention.sentence].span.end]

    def place(self, index: int, start: int, end: int) -> Span:
        """The place in the note of ``[start, end)`` of a sentence."""
        at = self.reading.sentences[index].span.start
        return Span(at + start, at + end)
