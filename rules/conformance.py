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


def run(folder: Path, command: str | None = None) -> tuple[Result, ...]:
    """Put all cases of a folder to a calculator, ours when ``command`` is None.

    Raises ``CaseError`` for a case that cannot be read, ``OSError`` when the program cannot be started.
    """
    cases = read_folder(folder)
    lines = [json.dumps(dict(case.line)) for case in cases]
    answers = map(determine_line, lines) if command is None else _ask(command, lines)
    return tuple(
        Result(case=case, wrong=tuple(mismatches(case.expect, answer, contract_only=command is not None)))
        for case, answer in zip(cases, answers, strict=True)
    )


def _ask(command: str, lines: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """All lines to one process, and its answers in order; missing or unreadable answers count as empty."""
    done = subprocess.run(
        shlex.split(command),
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    answers = [line for line in done.stdout.splitlines() if line.strip()]
    for number in range(len(lines)):
        yield _read(answers[number]) if number < len(answers) else {}


def _read(line: str) -> Mapping[str, Any]:
    try:
        data = json.loads(line)
    except ValueError:
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
