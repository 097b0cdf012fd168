"""The terminal: colour where it is wanted, a width where there is none, and words of a note made safe to print."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Text
from rich.theme import Theme

from chartlight import Evidence
from serving.failure import Exit, Failure

WIDTH_OF_A_PIPE = 100
NARROW = 68
"""Below this many columns tables become lists."""
STYLES = {
    "code": "bold",
    "level": "bold cyan",
    "quote": "italic",
    "place": "dim",
    "rule": "dim",
    "aside": "dim",
    "ask": "yellow",
    "warn": "yellow",
    "head": "bold",
}


def console(file: TextIO | None = None, *, width: int | None = None) -> Console:
    """A console for standard output: no colour when piped or with NO_COLOR, 100 columns where no terminal tells its width."""
    out = sys.stdout if file is None else file
    if hasattr(out, "reconfigure"):
        out.reconfigure(errors="replace")  # an ASCII terminal shows ? for a dash, rather than an error
    if width is None and not out.isatty() and "COLUMNS" not in os.environ:
        width = WIDTH_OF_A_PIPE
    return Console(
        file=out, width=width, theme=Theme(STYLES), highlight=False, soft_wrap=False, emoji=False, markup=False
    )


def write_json(text: str) -> None:
    """Write one JSON text to standard output in UTF-8, whatever the terminal's encoding."""
    sys.stdout.flush()
    try:
        sys.stdout.buffer.write(text.encode("utf-8") + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failure(Exit.OUTPUT, f"standard output cannot be written ({error.strerror})", "check the disk") from None


def safe(words: str) -> str:
    """Words of a note on one line: line ends become spaces, control characters and direction marks a dot.

    >>> safe("chest\\r\\n  pain \\x1b[31m")
    'chest pain ·[31m'
    """
    line = " ".join(words.split())
    return "".join(
        "·" if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c not in "\u200d\u200c" else c for c in line
    )


class Quotations:
    """Quotations with the line of the note on which they begin (the first line is 1)."""

    def __init__(self, texts: dict[str | None, str]) -> None:
        self._texts = texts

    def line(self, evidence: Evidence) -> int | None:
        """The line of the document, or None when its text is not at hand."""
        text = self._texts.get(evidence.document)
        return None if text is None else text.count("\n", 0, evidence.start) + 1

    def show(self, evidence: Sequence[Evidence], most: int = 3) -> Text:
        """The quotations, each with its line."""
        out = Text()
        for n, e in enumerate(evidence[:most]):
            out.append("  " if n else "")
            out.append(f"“{safe(e.quote)}”", style="quote")
            line = self.line(e)
            told = [w for w in (e.document, None if line is None else f"line {line}") if w]
            out.append(f" ({', '.join(told)})" if told else "", style="place")
        if len(evidence) > most:
            out.append(f"  and {len(evidence) - most} more", style="place")
        return out
