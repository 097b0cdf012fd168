"""Fill an empty database from a back-up, check every digest, and verify the audit chain; all of it or nothing."""

from __future__ import annotations

import argparse
from pathlib import Path

from serving.extras import need
from serving.failure import Exit
from serving.installed import add_place, settings_of, store_of

NAME = "restore"
HELP = "fill an empty database from a back-up"
EXAMPLES = """\
examples:
  chartlight restore /backup/chartlight-2026-03-02.zip --data /new/folder
  chartlight restore out.zip --database postgresql://chartlight@/chartlight    a back-up of either kind goes into either kind
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where from."""
    parser.add_argument("source", metavar="FILE", type=Path, help="a file that `chartlight backup` wrote")
    add_place(parser)


def run(args: argparse.Namespace) -> int:
    """Restore, and say what was restored."""
    need("run", NAME)
    from serving.store.backup import restore

    with store_of(settings_of(args)) as store:
        manifest = restore(store, args.source)
    rows = sum(t["rows"] for t in manifest["tables"].values())
    print(f"{rows} rows of {manifest['made_at']} restored, every digest right, audit chain verified")
    return Exit.DONE
