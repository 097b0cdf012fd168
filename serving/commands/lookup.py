"""Show what the knowledge tables know of a phrase: every reading, code and course, drug, test, procedure, person; near names where nothing is known."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date

from serving.failure import Exit
from serving.known import Known, ask
from serving.options import day

NAME = "lookup"
HELP = "what the knowledge tables know of a phrase"
EXAMPLES = """\
examples:
  chartlight lookup htn
  chartlight lookup water pill
  chartlight lookup --json ms              every reading of an ambiguous abbreviation
Ends with 4 when nothing is known. How to add what is missing: docs/knowledge.md
"""
WIDTH = 100
LABEL = 22


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The phrase, the date of the code set, and the form of the answer."""
    parser.add_argument("words", metavar="WORDS", nargs="+", help="the words, as a note would have them")
    parser.add_argument("--date", type=day, metavar="YYYY-MM-DD", help="code set of this date (today)")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Ask the tables and print; exit 4 when they know nothing."""
    from rules.codesets.reader import open_release

    found = ask(" ".join(args.words), open_release(args.date or date.today()))
    if args.json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=1))
    else:
        print("\n".join(page(found)))
    return Exit.DONE if found.entries else Exit.CHECK


def page(found: Known) -> Iterator[str]:
    """The lines of the answer.

    >>> from serving.known import Entry
    >>> print("\\n".join(page(Known("Widget", "widget", (Entry("drug", "widget", {"class": "invented"}),)))))
    drug                  widget
      class               invented
    """
    for entry in found.entries:
        yield from _row(entry.kind, entry.says + ("  (yours)" if entry.is_own else ""))
        for name, value in entry.details.items():
            separator = "; " if not isinstance(value, str) and any(" " in v for v in value) else ", "
            yield from _row(f"  {name}", value if isinstance(value, str) else separator.join(value))
    if found.entries:
        return
    yield f"Nothing is known of {found.words!r}" + (f" (compared as {found.folded!r})." if found.folded else ".")
    if found.inside:
        yield from _row("  known inside it", "; ".join(f"{phrase} ({kind})" for phrase, kind in found.inside))
    if found.near:
        yield from _row("  written nearly so", "; ".join(found.near))
    yield "To add it: a row in a table of your own, see docs/knowledge.md."


def _row(name: str, value: str) -> Iterator[str]:
    lines = textwrap.wrap(value, WIDTH - LABEL) or [""]
    yield f"{name:<{LABEL}}{lines[0]}"
    yield from (" " * LABEL + line for line in lines[1:])
