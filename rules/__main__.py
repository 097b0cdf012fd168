"""``python -m rules``: the commands of the rules with nothing but Python."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rules.cli import add_commands
from rules.codesets.commands import add_commands as add_codes


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 2 wrong use, 3 input not readable, 4 a check not passed."""
    parser = argparse.ArgumentParser(
        prog="python -m rules",
        description="The rules of Chartlight: from facts to an E/M code with its argument.",
        epilog="example:\n  python -m rules determine facts.jsonl out.jsonl\n  python -m rules on 2024-01-01",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_commands(commands)
    add_codes(commands)
    args = parser.parse_args(arguments)
    try:
        return int(args.run(args))
    except BrokenPipeError:
        # the reader of our output went away (head, less); that is no fault
        sys.stderr.close()
        return 0


if __name__ == "__main__":
    sys.exit(main())
