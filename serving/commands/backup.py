"""Back the database of the review service up, while it runs: all rows of one moment in one file, the audit chain verified."""

from __future__ import annotations

import argparse
from pathlib import Path

from serving.extras import need
from serving.failure import Exit, Failure
from serving.installed import add_place, settings_of, store_of

NAME = "backup"
HELP = "back the review service's database up"
EXAMPLES = """\
examples:
  chartlight backup /backup/chartlight-2026-03-02.zip
  chartlight backup out.zip --database postgresql://chartlight@/chartlight
The file holds texts of notes: keep it as safe as the database. `chartlight restore` reads it.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("target", metavar="FILE", type=Path, help="the file to write; it must not exist")
    add_place(parser)


def run(args: argparse.Namespace) -> int:
    """Write the file, and say what is in it."""
    need("run", NAME)
    from serving.store.backup import back_up

    if args.target.exists():
        raise Failure(Exit.OUTPUT, f"{args.target} exists", "give the name of a new file")
    with store_of(settings_of(args)) as store:
        manifest = back_up(store, args.target)
    rows = sum(t["rows"] for t in manifest["tables"].values())
    print(f"{args.target}: {rows} rows, audit chain verified")
    for tenant, (number, hash_) in manifest["heads"].items():
        print(f"{tenant}:{number}:{hash_}")
    return Exit.DONE
