"""Read many encounters, one JSON object per line, and write one proposal per line in the same order.

A run that was killed goes on where it stopped when the same command is given again; nothing is lost or written twice. A line that
cannot be processed becomes an error record, and the work goes on."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from chartlight.codec import encode
from serving.extras import need
from serving.failure import Exit, Failure
from serving.partial import Partial, survey
from serving.progress import duration, progress
from serving.workers import Line, Load, ProposerLike, crew

NAME = "batch"
HELP = "read many encounters (JSON lines) and write their proposals"
EXAMPLES = """\
a line in:   {"id": "enc-1", "text": "...", "context": {"date_of_service": "2026-03-02", "setting": "office"}}
a line out:  {"id": "enc-1", "determination": {"code": "99214", ...}, "facts": [...], "diagnoses": [...], ...}
             {"id": "enc-2", "error": {"type": "CodecError", "detail": "line 2: text: ..."}}

examples:
  chartlight batch notes.jsonl proposals.jsonl --workers 2
  chartlight batch notes.jsonl proposals.jsonl --force     discard what an earlier, different run left over
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Input, output, and how many processes."""
    parser.add_argument("input", metavar="IN.jsonl", type=Path, help="one encounter per line, UTF-8")
    parser.add_argument(
        "output", metavar="OUT.jsonl", type=Path, help="one proposal per line; appears when it is complete"
    )
    parser.add_argument(
        "--workers", type=_workers, default=1, metavar="N", help="processes (default 1; each loads its tables)"
    )
    parser.add_argument("--force", action="store_true", help="discard the leftovers of an unfinished run")


def _workers(words: str) -> int:
    if words.isdecimal() and 1 <= int(words) <= 256:
        return int(words)
    raise argparse.ArgumentTypeError(f"{words!r} is no number of processes; give 1 to 256")


def loader() -> ProposerLike:
    """What reads and proposes, once per process (``models.propose.load``)."""
    from models.propose import load

    return load()


def run(args: argparse.Namespace, *, load: Load = loader) -> int:
    """Do the batch and tell lines, error records and rate on standard error; raises ``Failure``."""
    need("run", NAME)
    source, target = args.input, args.output
    if source.resolve() == target.resolve():
        raise Failure(Exit.USAGE, f"{source} is input and output", "give the output another name")
    if target.is_dir():
        raise Failure(Exit.OUTPUT, f"{target} is a folder", "give the name of a file in it")
    found = survey(source)
    errors = 0
    with crew(load, args.workers) as those:
        head = {"input": found.digest, "versions": encode(those.versions())}
        with Partial(target, head).open(force=args.force) as partial:
            before = partial.done
            if before:
                print(f"batch: going on after {before} of {found.lines} lines", file=sys.stderr)
            began = time.monotonic()
            with progress(found.lines, before) as advance:
                for line in those.answers(lines_of(source, skip=before)):
                    partial.add(line)
                    advance()
            errors = _errors(partial.path)
            partial.finish()
    seconds = time.monotonic() - began
    done = found.lines - before
    rate = f", {done / seconds:.1f} notes/s" if done and seconds else ""
    print(f"batch: {found.lines} lines, {errors} error records, {duration(seconds)}{rate}; {target}", file=sys.stderr)
    return Exit.DONE


def lines_of(source: Path, *, skip: int = 0) -> Iterator[Line]:
    """The lines that are not blank with their numbers in the file, without the first ``skip`` of them."""
    with source.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                if skip:
                    skip -= 1
                else:
                    yield number, line


def _errors(path: Path) -> int:
    """Error records of the whole output, those of an earlier run included."""
    count = 0
    with path.open("rb") as file:
        for line in file:
            count += line.startswith(b'{"id"') and "error" in json.loads(line)
    return count
