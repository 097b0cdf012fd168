"""One encounter as it comes in: its documents and its context (batch contract, 'In')."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chartlight.codec import CodecError, decode_context
from chartlight.context import EncounterContext
from chartlight.note import Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document of an encounter; ``type`` and ``author`` are the sender's words, ``signed`` None means not told."""

    note: Note
    type: str | None = None
    author: str | None = None
    signed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter:
    """One or several documents of the same visit, with what is known from outside.

    ``is_single_text`` tells that the sender gave ``text``: evidence then names no document.

    >>> Encounter.of(Note("n1", "Sore throat.")).id  # invented
    'n1'
    """

    id: str
    documents: tuple[Document, ...]
    context: EncounterContext = field(default_factory=EncounterContext)
    is_single_text: bool = True

    @classmethod
    def of(cls, note: Note, context: EncounterContext | None = None) -> Encounter:
        """An encounter of one note."""
        return cls(id=note.id, documents=(Document(note=note),), context=context or EncounterContext())


def decode_encounter(data: Any) -> Encounter:
    """Read one line of a batch; raises ``CodecError`` that says what is wrong and never quotes the note.

    >>> decode_encounter({"id": "e1", "text": "Sore throat."}).documents[0].note
    Note(id='e1')
    """
    if not isinstance(data, Mapping):
        raise CodecError("", "a line is an object with id and text")
    id = data.get("id")
    if not isinstance(id, str | int) or isinstance(id, bool) or id == "":
        raise CodecError("id", "a non-empty text was expected")
    id = str(id)
    context = decode_context(data.get("context"), keep_unknown=True)
    if ("text" in data) == ("documents" in data):
        raise CodecError("text", "exactly one of text and documents was expected")
    if "text" in data:
        if not isinstance(data["text"], str):
            raise CodecError("text", f"a text was expected, got {type(data['text']).__name__}")
        return Encounter(id=id, documents=(Document(note=Note(id, data["text"])),), context=context)
    rows = data["documents"]
    if not isinstance(rows, list) or not rows:
        raise CodecError("documents", "a list of at least one document was expected")
    documents = tuple(_document(row, f"documents[{n}]") for n, row in enumerate(rows))
    names = [d.note.id for d in documents]
    if len(set(names)) < len(names):
        raise CodecError("documents", "two documents have the same id")
    return Encounter(id=id, documents=documents, context=context, is_single_text=False)


def _document(row: Any, where: str) -> Document:
    if not isinstance(row, Mapping):
        raise CodecError(where, "an object with id and text was expected")
    for name, kinds in (("id", (str, int)), ("text", (str,))):
        if not isinstance(row.get(name), kinds):
            raise CodecError(f"{where}.{name}", "a text was expected")
    for name, kind in (("type", str), ("author", str), ("signed", bool)):
        if row.get(name) is not None and not isinstance(row[name], kind):
            raise CodecError(f"{where}.{name}", f"{kind.__name__} was expected")
    return Document(
        note=Note(str(row["id"]), row["text"]), type=row.get("type"), author=row.get("author"), signed=row.get("signed")
    )
