"""The rules' own door: one case per line in, one determination per line out (contract, 'Rules alone').

A line that cannot be read becomes an error record and the work goes on. Unknown keys are errors: a case that says something that
nobody hears must not look judged.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import IO, Any

from chartlight.codec import CodecError, decode_context, decode_fact, decode_services, encode
from chartlight.context import EncounterContext, Service
from chartlight.determination import Determination
from chartlight.facts import AnyFact
from rules.determine import determine
from rules.practice import NO_PRACTICE, Practice
from rules.warnings import Warn

KEYS = ("id", "context", "facts", "services")
"""The keys of a case."""


def read_case(data: Any) -> tuple[str, tuple[AnyFact, ...], EncounterContext, tuple[Service, ...]]:
    """A case from JSON data: id, facts, context, services; raises ``CodecError`` that names the place and the remedy.

    >>> read_case({"id": "c1", "facts": [{"kind": "time", "minutes": 35}]})[1][0].minutes
    35
    """
    if not isinstance(data, Mapping):
        raise CodecError("", "a line is an object with id, context and facts")
    unknown = [str(key) for key in data if key not in KEYS]
    if unknown:
        raise CodecError(unknown[0][:40], f"unknown key; known are {', '.join(KEYS)}")
    name = _id_of(data)
    if name is None:
        raise CodecError("id", "a text or a number was expected")
    given = data.get("facts")
    if given is None:
        given = []
    if not isinstance(given, list):
        raise CodecError("facts", "a list was expected")
    taken = {fact["id"] for fact in given if isinstance(fact, Mapping) and isinstance(fact.get("id"), str)}
    facts = []
    for number, fact in enumerate(given):
        own = f"f{number + 1}"
        while own in taken:
            own += "_"
        facts.append(decode_fact(fact, id=own, where=f"facts[{number}]"))
    ids = [fact.id for fact in facts]
    if len(set(ids)) < len(ids):
        raise CodecError("facts", "two facts have the same id")
    return name, tuple(facts), decode_context(data.get("context")), decode_services(data.get("services"))


def _id_of(data: Any) -> str | None:
    value = data.get("id") if isinstance(data, Mapping) else None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None


def determine_case(
    facts: Iterable[AnyFact],
    context: EncounterContext,
    services: Iterable[Service],
    *,
    today: Callable[[], date] = date.today,
    practice: Practice = NO_PRACTICE,
) -> Determination:
    """``determine`` with what a door adds: without a date of service it is today's, and the warning says so."""
    assumed = context.date_of_service is None
    if assumed:
        context = replace(context, date_of_service=today())
    found = determine(tuple(facts), context, tuple(services), practice=practice)
    if assumed:
        found = replace(found, warnings=(Warn.DATE_ASSUMED.value, *found.warnings))
    return found


def determine_line(
    line: str | bytes, *, today: Callable[[], date] = date.today, practice: Practice = NO_PRACTICE
) -> dict[str, Any]:
    """The answer to one line: ``{"id", "determination"}`` or ``{"id", "error"}``; never raises for bad input.

    >>> determine_line('{"id": "c1", "fact": []}')
    {'id': 'c1', 'error': {'type': 'CodecError', 'detail': 'fact: unknown key; known are id, context, facts, services'}}
    """
    name = None
    try:
        text = line.decode("utf-8-sig") if isinstance(line, bytes) else line
        data = json.loads(text, parse_constant=_no_constant)
        name = _id_of(data)
        name, facts, context, services = read_case(data)
        found = determine_case(facts, context, services, today=today, practice=practice)
    except CodecError as error:
        return _error(name, "CodecError", str(error))
    except json.JSONDecodeError as error:
        # the message of the decoder holds positions only, never the text
        return _error(name, "JSONDecodeError", f"{error.msg} at character {error.pos}; give one JSON object per line")
    except UnicodeDecodeError as error:
        return _error(name, "UnicodeDecodeError", f"byte {error.start} is not UTF-8; give UTF-8")
    except (RecursionError, ValueError, OverflowError) as error:
        return _error(name, type(error).__name__, "the line is nested too deep or holds a number out of range")
    return {"id": name, "determination": encode(found)}


def _no_constant(name: str) -> Any:
    raise CodecError("", f"{name} is not JSON")


def _error(name: str | None, kind: str, detail: str) -> dict[str, Any]:
    return {"id": name, "error": {"type": kind, "detail": detail}}


def determine_lines(
    lines: Iterable[str | bytes], *, today: Callable[[], date] = date.today, practice: Practice = NO_PRACTICE
) -> Iterator[dict[str, Any]]:
    """The answers to many lines in their order; empty lines are passed over."""
    for line in lines:
        if line.strip():
            yield determine_line(line, today=today, practice=practice)


@contextmanager
def open_lines(name: str) -> Iterator[IO[bytes]]:
    """The lines of a file, or of standard input for ``-``; raises ``OSError``."""
    if name == "-":
        yield sys.stdin.buffer
        return
    with Path(name).open("rb") as lines:
        yield lines


def determine_stream(source: str, target: str, *, practice: Practice = NO_PRACTICE) -> tuple[int, int]:
    """``determine_file`` where source or target is ``-``: answers go out line by line, as soon as they are there."""
    lines = errors = 0
    with (
        open_lines(source) as given,
        nullcontext(sys.stdout) if target == "-" else Path(target).open("w", encoding="utf-8") as out,
    ):
        for record in determine_lines(given, practice=practice):
            print(json.dumps(record), file=out, flush=True)
            lines += 1
            errors += "error" in record
    return lines, errors


def determine_file(source: Path, target: Path, *, practice: Practice = NO_PRACTICE) -> tuple[int, int]:
    """Judge a file of cases; returns the number of lines and of error records. ``target`` appears when it is complete.

    Raises ``OSError`` when a file cannot be read or written.
    """
    lines = errors = 0
    partial = target.with_name(target.name + ".partial")
    with source.open("rb") as given, partial.open("w", encoding="utf-8") as out:
        for record in determine_lines(given, practice=practice):
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
            lines += 1
            errors += "error" in record
    os.replace(partial, target)
    return lines, errors
