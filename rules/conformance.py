"""The conformance suite: the cases of the house put to any calculator, and what it gets right, row by row.

A calculator is a program that reads one line of ``determine`` from standard input and writes one line to standard output, many
times over. Ours is judged by the same cases, without a second process and down to the ledger and the trace.
"""

from __future__ import annotations

import json
import shlex
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules.casebook import WrittenCase, mismatches, read_folder
from rules.jsonl import determine_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One case and what was otherwise than expected."""

    case: WrittenCase
    wrong: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all came out as expected."""
        return not self.wrong


def default_folder() -> Path | None:
    """The cases of the checkout that holds this package, None where the package stands alone."""
    folder = Path(__file__).parents[1] / "tests" / "cases" / "rules"
    return folder if folder.is_dir() else None


class NoAnswers(Exception):
    """A program that did not come to an end; the message says what was waited for and what to do."""


def run(folder: Path, command: str | None = None, *, timeout: float | None = None) -> tuple[Result, ...]:
    """Put all cases of a folder to a calculator, ours when ``command`` is None; ``timeout`` in seconds for all cases together.

    Raises ``CaseError`` for a case that cannot be read, ``OSError`` when the program cannot be started, ``NoAnswers`` when it does not
    end in time, ``ValueError`` for an empty command or one with an open quotation mark.
    """
    cases = read_folder(folder)
    lines = [json.dumps(dict(case.line)) for case in cases]
    answers = map(determine_line, lines) if command is None else _ask(command, cases, lines, timeout)
    return tuple(
        Result(case=case, wrong=tuple(mismatches(case.expect, answer, contract_only=command is not None)))
        for case, answer in zip(cases, answers, strict=True)
    )


def _ask(
    command: str, cases: Sequence[WrittenCase], lines: Sequence[str], timeout: float | None
) -> Iterator[Mapping[str, Any]]:
    """All lines to one process; its answers by their ``id``, so that a line left out or a greeting shifts nothing."""
    program = shlex.split(command)
    if not program:
        raise ValueError("no program is named")
    try:
        done = subprocess.run(
            program,
            input="\n".join(lines) + "\n",
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        raise NoAnswers(
            f"{command}: no end after {timeout:g} seconds; it must end when its input ends, or give more with --timeout"
        ) from None
    answers = {str(answer.get("id")): answer for answer in map(_read, done.stdout.splitlines())}
    for case in cases:
        yield answers.get(case.id, _silence(done))


def _silence(done: subprocess.CompletedProcess[str]) -> Mapping[str, Any]:
    """What stands for a missing answer: how the program ended, and its last words."""
    words = done.stderr.strip().splitlines()
    last = f"; its last words: {words[-1][:200]}" if words else ""
    return {"error": {"detail": f"no line with this id; the program ended with status {done.returncode}{last}"}}


def _read(line: str) -> Mapping[str, Any]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, Mapping) else {}


def by_row(results: Iterable[Result]) -> dict[str, tuple[int, int]]:
    """Passed and all cases of each row of the specification, in the order of the ids."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for result in results:
        for row in result.case.rows:
            counts[row][0] += result.passed
            counts[row][1] += 1
    return {row: (counts[row][0], counts[row][1]) for row in sorted(counts, key=_row_key)}


def _row_key(row: str) -> tuple[str, int, str]:
    head, _, number = row.rpartition("-")
    return (head, int(number), "") if number.isdigit() else (head, 0, number)


def report(results: Sequence[Result], *, failures: int = 20) -> str:
    """A table of rows with passed and all cases, the failed cases, and the sum."""
    lines = [f"{'row':<8}{'passed':>8}{'cases':>8}"]
    lines += [f"{row:<8}{p:>8}{n:>8}{'' if p == n else '   <'}" for row, (p, n) in by_row(results).items()]
    failed = [r for r in results if not r.passed]
    lines += ["", *(f"{r.case.id}: {'; '.join(r.wrong)}" for r in failed[:failures])]
    if len(failed) > failures:
        lines.append(f"... and {len(failed) - failures} more")
    passed = len(results) - len(failed)
    share = 100 * passed / len(results) if results else 0.0
    lines.append(f"{passed} of {len(results)} cases passed ({share:.1f} %)")
    return "\n".join(lines)
