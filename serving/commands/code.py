"""Read one note and show the proposed code with its argument: the three-element grid, time, diagnoses, what was set aside, open questions."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from chartlight import Encounter, Note
from chartlight.codec import encode
from serving.decode import receive
from serving.extras import need
from serving.failure import Exit, Failure, is_refusal
from serving.options import add_context, context_of

NAME = "code"
HELP = "read one note and propose its code and diagnoses"
EXAMPLES = """\
examples:
  chartlight code visit.txt --date 2026-03-02 --status established
  chartlight code visit.txt --setting emergency --explain      the whole argument with its citations
  chartlight code - --json < visit.txt | jq .determination.code
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The note, what is known of the encounter, and the form of the answer."""
    parser.add_argument("note", metavar="NOTE", help="a text file, or - for standard input")
    parser.add_argument("--json", action="store_true", help="the proposal as JSON (docs: the batch contract)")
    parser.add_argument("--explain", action="store_true", help="the whole argument of the rules with citations")
    parser.add_argument("--encoding", metavar="NAME", help="encoding of the note, where it is not found by itself")
    add_context(parser)


def loader() -> Any:
    """What reads and proposes; the slow part of a start (``models.propose.load``)."""
    from models.propose import load

    return load()


def run(args: argparse.Namespace, *, load: Callable[[], Any] = loader) -> int:
    """Read, propose, show; raises ``Failure`` for a note that cannot be processed."""
    need("run", NAME)
    received = receive(args.note, encoding=args.encoding)
    name = "stdin" if args.note == "-" else Path(args.note).name
    encounter = Encounter.of(Note(name, received.text), context_of(args))
    try:
        proposal = load().propose(encounter)
    except ValueError as error:
        if not is_refusal(error):
            raise
        raise Failure(Exit.INPUT, str(error), "see `chartlight code --help`") from None
    proposal = replace(proposal, warnings=(*received.warnings, *proposal.warnings))
    from serving import page, terminal

    if args.json:
        terminal.write_json(json.dumps(encode(proposal), ensure_ascii=False, indent=1))
    else:
        page.show(terminal.console(), proposal, {None: received.text}, name=name, explain=args.explain)
    return Exit.DONE
