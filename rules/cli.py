"""The commands of the rules; ``python -m rules`` offers them, and ``serving.cli`` offers the same.

Exit status: 0 done, 2 wrong use, 3 input that cannot be read, 4 a check that did not pass (conformance).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from chartlight.codec import CodecError
from rules.edition import NoEdition, edition_in_force, topics
from rules.record import EditionError
from rules.show import diff, latest, on, show

if TYPE_CHECKING:
    from rules.practice import Practice

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

OK, USAGE, UNREADABLE, FAILED = 0, 2, 3, 4
"""The exit statuses."""


def add_commands(subparsers: Subparsers) -> None:
    """Add all commands of the rules; each parsed namespace carries ``run``, which returns the exit status."""
    add_judging(subparsers)
    add_reading(subparsers)


def add_judging(subparsers: Subparsers) -> None:
    """Add ``determine``, ``explain``, ``conformance`` and ``prove``."""
    one = _command(
        subparsers, "determine", _determine, "judge given facts, one case per line",
        "chartlight determine facts.jsonl out.jsonl\n  chartlight determine - - < facts.jsonl",
    )  # fmt: skip
    one.add_argument("facts", metavar="FACTS.jsonl", help="cases, one JSON object per line; - for standard input")
    one.add_argument("out", metavar="OUT.jsonl", nargs="?", default="-", help="answers; - for standard output")
    _practice_option(one)
    two = _command(
        subparsers, "explain", _explain, "the argument for each case, as sentences", "chartlight explain facts.jsonl"
    )
    two.add_argument("facts", metavar="FACTS.jsonl", help="cases, one JSON object per line; - for standard input")
    two.add_argument("--flip", action="store_true", help="tell also the smallest changes that give another code")
    two.add_argument("--trace", action="store_true", help="print the trace as it is, not as sentences")
    _practice_option(two)
    three = _command(
        subparsers, "conformance", _conformance, "judge any calculator by the cases of the house",
        "chartlight conformance\n  chartlight conformance --cmd 'my-calculator --jsonl'",
    )  # fmt: skip
    three.add_argument("--cmd", help="program that reads a line of determine and writes one; ours when not given")
    three.add_argument("--cases", type=Path, metavar="DIR", help="folder of cases (default: tests/cases/rules)")
    three.add_argument("--failures", type=_count, default=20, metavar="N", help="show at most N failed cases (20)")
    three.add_argument("--timeout", type=_count, default=600, metavar="S", help="seconds for the whole program (600)")

    four = _command(
        subparsers, "prove", _prove, "judge random cases; none may crash", "chartlight prove --cases 1000000"
    )
    four.add_argument("--cases", type=_count, default=100_000, metavar="N", help="how many (100,000)")
    four.add_argument("--seed", type=int, default=1, help="seed of the random cases (1)")


def add_reading(subparsers: Subparsers) -> None:
    """Add ``show``, ``on``, ``diff`` and ``pages``."""
    one = _command(subparsers, "show", _show, "what an edition says", "chartlight rules show office --date 2023-05-01")
    one.add_argument("topic", nargs="?", help="topic; without it the list of topics")
    one.add_argument("--date", type=_day, help="date of service (default: the newest edition)")
    two = _command(subparsers, "on", _on, "the editions in force on a date", "chartlight rules on 2024-01-01")
    two.add_argument("date", type=_day, help="date of service, YYYY-MM-DD")
    three = _command(
        subparsers,
        "diff",
        _diff,
        "what changed between two dates",
        "chartlight rules diff office 2023-01-01 2024-01-01",
    )
    three.add_argument("topic", help="topic")
    three.add_argument("before", type=_day, help="a date under the earlier edition")
    three.add_argument("after", type=_day, help="a date under the later edition")
    four = _command(subparsers, "pages", _pages, "write the readable rules anew", "chartlight rules pages docs/rules")
    four.add_argument("folder", type=Path, metavar="DIR", help="where the pages stand")


def _command(
    subparsers: Subparsers, name: str, run: Callable[[argparse.Namespace], int], help: str, example: str
) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(
        name,
        help=help,
        description=help[0].upper() + help[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def _practice_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--practice", type=Path, metavar="FILE.toml", help="payers and house standards of the practice")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write YYYY-MM-DD") from None


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _unreadable(error: OSError) -> int:
    _say(f"{error.filename}: {error.strerror}; give a file that can be read and a place that can be written")
    return UNREADABLE


def _practice(args: argparse.Namespace) -> Practice:
    from rules.practice import NO_PRACTICE, read_practice

    return read_practice(args.practice) if args.practice else NO_PRACTICE


def _determine(args: argparse.Namespace) -> int:
    from rules.jsonl import determine_file, determine_stream

    try:
        practice = _practice(args)
        if args.facts != "-" and args.out != "-":
            lines, errors = determine_file(Path(args.facts), Path(args.out), practice=practice)
        else:
            lines, errors = determine_stream(args.facts, args.out, practice=practice)
    except OSError as error:
        return _unreadable(error)
    except EditionError as error:
        _say(str(error))
        return UNREADABLE
    _say(f"{lines} cases, {errors} could not be read")
    return OK


def _explain(args: argparse.Namespace) -> int:
    import json

    from rules.explain import explain
    from rules.flip import flip, told
    from rules.jsonl import determine_case, open_lines, read_case

    try:
        practice = _practice(args)
        with open_lines(args.facts) as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    name, facts, context, services = read_case(json.loads(line))
                except (CodecError, ValueError) as error:
                    detail = str(error) if isinstance(error, CodecError) else "no JSON object"
                    _say(f"line {number}: {detail}")
                    continue
                found = determine_case(facts, context, services, practice=practice)
                print(f"{name}:")
                print("\n".join(str(step) for step in found.trace) if args.trace else explain(found))
                if args.flip and found.date_of_service:
                    for change in told(flip(facts, context, services, practice=practice)):
                        print(f"  {change}")
                print()
    except OSError as error:
        return _unreadable(error)
    except EditionError as error:
        _say(str(error))
        return UNREADABLE
    return OK


def _conformance(args: argparse.Namespace) -> int:
    from rules.casebook import CaseError
    from rules.conformance import NoAnswers, default_folder, report, run

    folder = args.cases or default_folder()
    if folder is None or not folder.is_dir():
        _say(f"{folder or 'tests/cases/rules'}: no folder of cases; name one with --cases (the checkout has it)")
        return UNREADABLE
    try:
        results = run(folder, args.cmd, timeout=args.timeout)
    except (CaseError, NoAnswers) as error:
        _say(str(error))
        return UNREADABLE
    except OSError as error:
        _say(f"{args.cmd}: {error.strerror}; give a program that can be started")
        return UNREADABLE
    except ValueError as error:
        _say(f"--cmd: {error}; give a program and its arguments as in a shell")
        return USAGE
    if not results:
        _say(f"{folder}: no cases in it; a case is a table of a .toml file")
        return UNREADABLE
    print(report(results, failures=args.failures))
    return OK if all(r.passed for r in results) else FAILED


def _prove(args: argparse.Namespace) -> int:
    from rules.prove import prove

    try:
        print(prove(args.cases, args.seed))
    except AssertionError as error:
        _say(str(error))
        return FAILED
    return OK


def _show(args: argparse.Namespace) -> int:
    if args.topic is None:
        print("\n".join(topics()))
        return OK
    return _printed(lambda: show(edition_in_force(args.topic, args.date) if args.date else latest(args.topic)))


def _on(args: argparse.Namespace) -> int:
    return _printed(lambda: on(args.date))


def _diff(args: argparse.Namespace) -> int:
    return _printed(lambda: diff(args.topic, args.before, args.after) or "no difference")


def _pages(args: argparse.Namespace) -> int:
    from rules.conformance import default_folder
    from rules.pages import write

    cases = default_folder()
    try:
        print(f"{len(write(args.folder, cases.parents[1] if cases else None))} pages in {args.folder}")
    except OSError as error:
        return _unreadable(error)
    return OK


def _printed(text: Callable[[], str]) -> int:
    try:
        print(text())
    except (NoEdition, EditionError) as error:
        _say(str(error))
        return USAGE
    return OK
