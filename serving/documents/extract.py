"""The text of a file that was sent: plain text in any encoding, docx, pdf. Scans have none, and are refused with that word."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from serving.decode import MAX_CHARACTERS, decode
from serving.failure import Failure
from serving.refusal import Refusal, Refused

MOST_PAGES = 500
MOST_UNPACKED = 100_000_000
"""Bytes of a docx when unpacked: more is no note."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text, the format that it came in, and warnings by name; the text is not in ``repr``."""

    text: str = field(repr=False)
    format: str
    warnings: tuple[str, ...] = ()


def extract(name: str, data: bytes) -> Extracted:
    """The text of a file, by what it is and not by its name; raises ``Refusal`` that tells no word of it.

    >>> extract("note.txt", b"BP stable.")  # invented
    Extracted(format='text', warnings=())
    """
    if data.startswith(b"%PDF"):
        found = Extracted(_pdf(data), "pdf", ("text_of_pdf",))
    elif data.startswith(b"PK\x03\x04"):
        found = Extracted(_docx(data), "docx", ("text_of_docx",))
    else:
        found = _plain(data)
    if "\0" in found.text or any("\ud800" <= c <= "\udfff" for c in found.text):
        raise Refusal(Refused.UNREADABLE, "the text holds a null character; save it as plain text and send that")
    if not found.text.strip():
        raise Refusal(Refused.UNREADABLE, "the file holds no text (a scan?); send a file with text")
    if len(found.text) > MAX_CHARACTERS:
        raise Refusal(Refused.UNREADABLE, f"the file holds more than {MAX_CHARACTERS:,} characters")
    return found


def _plain(data: bytes) -> Extracted:
    try:
        received = decode(data, "the file")
    except Failure:
        raise Refusal(
            Refused.UNREADABLE,
            "the file is empty, or no text, docx or pdf; save it as plain text (UTF-8) and send that",
        ) from None
    return Extracted(received.text, "text", received.warnings)


def _docx(data: bytes) -> str:
    from docx import Document

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(i.file_size for i in archive.infolist()) > MOST_UNPACKED:
                raise Refusal(Refused.TOO_LARGE, "the file is too large when unpacked")
        return "\n".join(_lines(Document(io.BytesIO(data))))
    except Refusal:
        raise
    except (
        Exception
    ):  # whatever a broken or hostile file makes the library raise, its message may hold words of the note
        raise Refusal(Refused.UNREADABLE, "the file cannot be read as a Word document (docx)") from None


def _lines(document: Any) -> Iterator[str]:
    """Paragraphs and tables in their order; the cells of a row are set apart by tabs."""
    from docx.table import Table

    for block in document.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                yield "\t".join(cell.text.replace("\n", " ") for cell in row.cells)
        else:
            yield block.text


def _pdf(data: bytes) -> str:
    from pypdf import PdfReader

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            raise Refusal(Refused.UNREADABLE, "the PDF is encrypted; send it without a password")
        if len(reader.pages) > MOST_PAGES:
            raise Refusal(Refused.TOO_LARGE, f"the PDF has more than {MOST_PAGES} pages")
        return "\n\n".join(page.extract_text() or "" for page in reader.pages)
    except Refusal:
        raise
    except Exception:  # as above
        raise Refusal(Refused.UNREADABLE, "the file cannot be read as a PDF") from None
