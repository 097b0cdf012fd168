"""The one place where spaCy's ``Doc`` becomes our ``Reading``."""

from __future__ import annotations

import re
import warnings

from spacy.tokens import Doc

from chartlight.note import Note, Span
from nlp.pipeline import pipeline
from nlp.reading import Reading


def read(note: Note) -> Reading:
    """Read one document.

    >>> reading = read(Note("n1", "Assessment: Hypertension. Plan: increase lisinopril."))  # invented
    >>> [reading.text_of(m.span) for m in reading.mentions if m.label.value == "problem"]
    ['Hypertension']
    """
    with warnings.catch_warnings():
        # scispaCy's abbreviation detector runs an empty matcher for its global patterns and spaCy warns (W036)
        warnings.filterwarnings("ignore", message=r"\[W036\]")
        nlp = pipeline()
        doc = nlp.make_doc(tokenizable(note.text))
        doc._.source = note.text
        doc = nlp(doc)
    return reading(doc, note)


_RUN = re.compile(r"\S{120,}")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def tokenizable(text: str) -> str:
    """A view of the text, character for character as long, that the tokenizer can take.

    scispaCy's expressions grow faster than the text on long runs without blanks, and spaCy refuses lone surrogates; the components
    of ours read the text as received.

    >>> tokenizable("a" * 200 + " b") == " " * 200 + " b"
    True
    """
    return _SURROGATE.sub("\ufffd", _RUN.sub(lambda run: " " * len(run.group()), text))


def reading(doc: Doc, note: Note) -> Reading:
    """The ``Reading`` of a processed ``Doc``; offsets are code points of ``note.text``, which is ``doc.text``."""
    folded, places, bounds = doc._.folded
    kind, kind_evidence = doc._.document_kind
    return Reading(
        note=note,
        sections=doc._.sections,
        sentences=doc._.sentences,
        blocks=doc._.blocks,
        mentions=doc._.mentions,
        status=doc._.status,
        times=doc._.times,
        kind=kind,
        kind_evidence=kind_evidence,
        abbreviations=tuple(
            (Span(short.start_char, short.end_char), str(short._.long_form)) for short in doc._.abbreviations
        ),
        folded=folded,
        places=places,
        sentence_words=bounds,
    )
