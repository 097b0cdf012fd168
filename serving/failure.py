"""How a command ends: the exit codes, and the error that carries one with a sentence for the person at the keyboard."""

from __future__ import annotations

import os
import traceback
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of ``chartlight``; documented in ``docs/exit-codes.md``."""

    DONE = 0
    BROKEN = 1
    USAGE = 2
    INPUT = 3
    CHECK = 4
    OUTPUT = 5
    EXTRA = 6
    BUG = 70
    INTERRUPTED = 130


class Failure(Exception):
    """What was found, where, and what to do; ``code`` is the exit code. The message never holds words of a note.

    >>> str(Failure(Exit.INPUT, "visit.txt is empty", "give the file that holds the note"))
    'visit.txt is empty; give the file that holds the note'
    """

    def __init__(self, code: Exit, found: str, remedy: str) -> None:
        super().__init__(f"{found}; {remedy}")
        self.code = code


OURS = ("chartlight", "rules", "nlp", "models", "serving")
"""Packages whose refusals are sentences for people."""


def is_refusal(error: BaseException) -> bool:
    """Whether the error is a refusal of our own, whose message is meant to be shown; any other may hold words of a note."""
    return isinstance(error, ValueError) and type(error).__module__.partition(".")[0] in OURS


def where_it_broke(error: BaseException) -> str:
    """Kind and place of a fault of the program, without its message, which may hold words of a note."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    place = (
        f"{os.path.basename(os.path.dirname(last.filename))}/{os.path.basename(last.filename)}:{last.lineno}"
        if last
        else "?"
    )
    return (
        f"a fault of the program, {type(error).__name__} at {place}; please report this line"
        " (CHARTLIGHT_DEBUG=1 shows all of it, which may include words of the note)"
    )
