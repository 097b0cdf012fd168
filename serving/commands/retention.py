"""Remove the texts of visits that were decided long ago. Without --apply it only counts. Who decided what, and the audit chain, stay."""

from __future__ import annotations

import argparse

from serving.extras import need
from serving.failure import Exit, Failure
from serving.installed import add_place, settings_of, store_of, who

NAME = "retention"
HELP = "remove texts of visits that were decided long ago"
EXAMPLES = """\
examples:
  chartlight retention --days 2555            counts the visits that are due
  chartlight retention --days 2555 --apply    removes their texts, quotations and references
Back-ups hold the texts until they are removed themselves.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How old."""
    parser.add_argument("--days", type=int, required=True, help="days since the last decision")
    parser.add_argument("--apply", action="store_true", help="do it")
    add_place(parser)


def run(args: argparse.Namespace) -> int:
    """Count, or remove."""
    need("run", NAME)
    from serving.store import retention
    from serving.store.database import reading, writing

    if args.days < 1:
        raise Failure(Exit.USAGE, f"--days {args.days} is no time of retention", "give 1 or more")
    settings = settings_of(args)
    with store_of(settings) as store:
        with reading(store, settings.tenant, who()) as unit:
            ids = retention.due(unit, args.days)
        if not args.apply:
            print(f"{len(ids)} visits are due; --apply removes their texts")
            return Exit.DONE
        for id in ids:
            with writing(store, settings.tenant, who()) as unit:
                retention.purge(unit, id)
    print(f"the texts of {len(ids)} visits were removed")
    return Exit.DONE
