"""Bytes to text: the one place where the encoding of what comes in is decided.

The rule, in this order: a byte order mark decides (UTF-8, UTF-16, UTF-32); else UTF-8 where the bytes are valid; else UTF-16 where
every second byte of most pairs is zero; else Windows-1252, which is said in a warning. Binary formats, and text with
control characters that no note has, are refused. Line ends stay as received, a byte order mark is no part of the text: offsets
count the characters that follow it.
"""

from __future__ import annotations

import codecs
import sys
from dataclasses import dataclass, field
from pathlib import Path

from serving.failure import Exit, Failure

MAX_BYTES = 8_000_000
"""Largest file that is opened, in bytes."""
MAX_CHARACTERS = 2_000_000
"""Longest text that is handed on, in code points: the limit of the reading (``nlp.pipeline``)."""

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
FORMATS = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document (docx, odt)"),
    (b"\xd0\xcf\x11\xe0", "an old office document (doc)"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "compressed (gzip)"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"II*\x00", "an image"),
    (b"MM\x00*", "an image"),
    (b"SQLite format 3", "a database"),
    (b"\x7fELF", "a program"),
)
AS_TEXT = "save the note as plain text (UTF-8) and give that file"


@dataclass(frozen=True, slots=True)
class Received:
    """A text as received, the encoding that it came in, and warnings by name; the text is not in ``repr``."""

    text: str = field(repr=False)
    encoding: str
    warnings: tuple[str, ...] = ()


def receive(name: str, *, encoding: str | None = None) -> Received:
    """The text of a file, or of standard input for ``-``; raises ``Failure`` (exit 3) that says what is wrong with it."""
    if name == "-":
        if sys.stdin.isatty():
            print("chartlight: type or paste the note, then end with Ctrl-D", file=sys.stderr)
        data, shown = sys.stdin.buffer.read(MAX_BYTES + 1), "standard input"
    else:
        data, shown = _bytes_of(Path(name)), name
    return decode(data, shown, encoding=encoding)


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise Failure(
                Exit.INPUT, f"{path} is a folder", "give a file; for many notes see `chartlight batch --help`"
            )
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise Failure(Exit.INPUT, f"{path} was not found", "check the name; - reads standard input") from None
    except OSError as error:
        raise Failure(Exit.INPUT, f"{path} cannot be read ({error.strerror})", "check its permissions") from None


def decode(data: bytes, name: str, *, encoding: str | None = None) -> Received:
    """The text of ``data``; ``name`` is for messages, ``encoding`` overrules the rule of this module.

    >>> decode("naïve".encode("cp1252"), "n.txt")  # invented
    Received(encoding='cp1252', warnings=('encoding_assumed',))
    >>> decode(b"%PDF-1.7", "scan.pdf")
    Traceback (most recent call last):
        ...
    serving.failure.Failure: scan.pdf is a PDF, not text; save the note as plain text (UTF-8) and give that file

    Raises ``Failure`` (exit 3) for what is empty, too large, binary or not in the encoding that was named.
    """
    if len(data) > MAX_BYTES:
        raise Failure(
            Exit.INPUT,
            f"{name} has more than {MAX_BYTES:,} bytes",
            f"a note has at most {MAX_CHARACTERS:,} characters; give one note, or many in a batch",
        )
    for magic, what in FORMATS:
        if data.startswith(magic):
            raise Failure(Exit.INPUT, f"{name} is {what}, not text", AS_TEXT)
    received = _named(data, name, encoding) if encoding else _found(data, name)
    if not received.text.strip():
        raise Failure(Exit.INPUT, f"{name} is empty", "give the file that holds the note")
    if len(received.text) > MAX_CHARACTERS:
        raise Failure(
            Exit.INPUT,
            f"{name} has {len(received.text):,} characters, more than {MAX_CHARACTERS:,}",
            "give the documents of one encounter; many notes go through `chartlight batch`",
        )
    if _is_binary(received.text):
        raise Failure(Exit.INPUT, f"{name} is not text (it holds control characters)", AS_TEXT)
    return received


def _named(data: bytes, name: str, encoding: str) -> Received:
    try:
        return Received(data.decode(encoding).removeprefix("\ufeff"), codecs.lookup(encoding).name)
    except LookupError:
        raise Failure(Exit.USAGE, f"{encoding!r} is no encoding", "for example utf-8, cp1252 or utf-16") from None
    except UnicodeDecodeError as error:
        raise Failure(Exit.INPUT, f"{name}: byte {error.start} is not {encoding}", "leave out --encoding") from None


def _found(data: bytes, name: str) -> Received:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            try:
                return Received(data[len(mark) :].decode(encoding), encoding)
            except UnicodeDecodeError as error:
                where = f"{name}: its mark says {encoding}, but byte {error.start + len(mark)} is not"
                raise Failure(Exit.INPUT, where, AS_TEXT) from None
    if b"\0" not in data:
        try:
            return Received(data.decode("utf-8"), "utf-8")
        except UnicodeDecodeError:
            return _windows(data)
    for encoding, zeros in (("utf-16-le", data[1::2]), ("utf-16-be", data[0::2])):
        if len(data) % 2 == 0 and zeros.count(0) * 2 > len(zeros):
            try:
                return Received(data.decode(encoding), encoding, ("encoding_assumed",))
            except UnicodeDecodeError:
                break
    raise Failure(Exit.INPUT, f"{name} is not text (it holds zero bytes)", AS_TEXT)


def _windows(data: bytes) -> Received:
    # five bytes have no meaning in Windows-1252; browsers and mail read them as the control characters of Latin-1
    parts, start = [], 0
    while start < len(data):
        try:
            parts.append(data[start:].decode("cp1252"))
            break
        except UnicodeDecodeError as error:
            gap = start + error.start
            parts += [data[start:gap].decode("cp1252"), data[gap : gap + 1].decode("latin-1")]
            start = gap + 1
    return Received("".join(parts), "cp1252", ("encoding_assumed",))


def _is_binary(text: str) -> bool:
    """More than two control characters, and more than one in a hundred: line ends, tabs, form feeds and escapes are none."""
    odd = sum(
        (char < " " and char not in "\t\n\r\f\v\x1b") or ("\x7f" <= char < "\xa0" and char != "\x85") for char in text
    )
    return odd > max(2, len(text) // 100)
