"""Read three notes that were invented for this purpose, and show what is proposed for each."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from serving.commands.code import loader
from serving.extras import need
from serving.failure import Exit

NAME = "demo"
HELP = "three invented notes, read and coded"
EXAMPLES = """\
examples:
  chartlight demo
  chartlight demo --explain | less -R
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing needs to be given."""
    parser.add_argument("--explain", action="store_true", help="the whole argument of the rules with citations")


def run(args: argparse.Namespace, *, load: Callable[[], Any] = loader) -> int:
    """Show the three proposals one after the other."""
    need("run", NAME)
    from serving import page, terminal
    from serving.demo import samples

    console = terminal.console()
    proposer = load()
    for n, sample in enumerate(samples()):
        if n:
            console.print()
        encounter = sample.encounter
        console.rule(sample.title, align="left", style="place")
        page.show(
            console,
            proposer.propose(encounter),
            {None: encounter.documents[0].note.text},
            name=f"{encounter.id}.txt (invented)",
            explain=args.explain,
        )
    return Exit.DONE
