"""``chartlight``: the command line. What a command needs is imported when it runs, so that help and the rules start at once."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from chartlight import __version__
from rules.cli import add_judging, add_reading
from rules.codesets import commands as codesets
from serving.commands import COMMANDS
from serving.failure import Exit, Failure, where_it_broke
from serving.options import suggestion

EXAMPLES = """\
examples:
  chartlight demo                                        three invented notes, read and coded
  chartlight code visit.txt --date 2026-03-02            one note
  pbpaste | chartlight code - --setting emergency        a note from standard input
  chartlight batch notes.jsonl proposals.jsonl --workers 2
  chartlight doctor                                      what is installed, and what to do about what is not

Exit codes: 0 done, 1 something is broken (doctor), 2 wrong use, 3 input that cannot be read, 4 a check did not pass,
5 output that cannot be written, 6 an extra is missing, 70 a fault of the program. The machine proposes; a person decides.
"""


class Parser(argparse.ArgumentParser):
    """argparse that takes no abbreviations and ends with our exit code."""

    def __init__(self, **given: Any) -> None:
        given.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **given)

    def error(self, message: str) -> Any:
        """Say what is wrong on standard error and end with exit code 2."""
        command = self.prog
        self.exit(Exit.USAGE, f"{command}: {message}\nSee `{command} --help`.\n")


def build() -> tuple[Parser, dict[str, argparse.ArgumentParser]]:
    """The parser, and those of the commands by name."""
    parser = Parser(
        prog="chartlight",
        description="Reads a clinical note and proposes how the visit is coded, each line tied to words of the note.",
        epilog=EXAMPLES,
    )
    parser.add_argument("--version", action="version", version=f"chartlight {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", parser_class=Parser)
    for command in COMMANDS:
        own = commands.add_parser(command.NAME, help=command.HELP, description=command.__doc__, epilog=command.EXAMPLES)
        command.add_arguments(own)
        own.set_defaults(run=command.run)
    _add_rules(commands)
    return parser, dict(commands.choices)


def _add_rules(commands: Any) -> None:
    """The commands of the rules: judging under their own names, looking things up under ``rules`` and ``codes``."""
    add_judging(commands)
    rules = commands.add_parser(
        "rules", help="what the editions say, on a date or between two", description="Rule editions."
    )
    add_reading(rules.add_subparsers(title="commands", metavar="COMMAND", required=True))
    codesets.add_commands(commands)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every error becomes a sentence on standard error."""
    words = list(sys.argv[1:] if argv is None else argv)
    parser, commands = build()
    _check_command(parser, words, commands)
    args, rest = parser.parse_known_args(words)
    if args.command is None:
        parser.print_help()
        return Exit.USAGE
    if rest:
        own = commands[args.command]
        options = [o for o in own._option_string_actions if o.startswith("--")]
        own.error(f"{rest[0]} is not known here{suggestion(rest[0], options) or '; see the help'}")
    return guarded(lambda: args.run(args))


def _check_command(parser: Parser, words: Sequence[str], commands: dict[str, argparse.ArgumentParser]) -> None:
    first = next((w for w in words if not w.startswith("-")), None)
    if first is not None and words[0] == first and first not in commands:
        parser.error(f"{first!r} is no command{suggestion(first, commands) or '; see the list in the help'}")


def guarded(run: Callable[[], int | None]) -> int:
    """Run, and turn what goes wrong into a message and an exit code; a message never shows words of a note."""
    try:
        return int(run() or Exit.DONE)
    except Failure as failure:
        print(f"chartlight: {failure}", file=sys.stderr)
        return failure.code
    except KeyboardInterrupt:
        print("chartlight: interrupted; nothing that was written is lost", file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # the reader of a pipe went away (`| head`): not an error, and Python must not complain when it flushes at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except Exception as error:
        if os.environ.get("CHARTLIGHT_DEBUG"):
            raise
        print(f"chartlight: {where_it_broke(error)}", file=sys.stderr)
        return Exit.BUG


if __name__ == "__main__":
    sys.exit(main())
