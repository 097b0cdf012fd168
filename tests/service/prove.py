"""Keep the promises of the service with full counts, and write the figures to ``docs/promises.md``: ``make prove-service``.

``PROVE_ARGS="--kills 20 --races 1000 --requests 2000 --canaries 100"`` takes other counts.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from sqlalchemy import select

from serving.people.roles import Role
from serving.store import audit
from serving.store.tables import audit_events
from tests.service import fuzz, promises
from tests.service.postgres import start
from tests.service.test_audit import COLUMNS, lift_the_triggers, tampered, written
from tests.service.world import prepare, world

ROOT = Path(__file__).parents[2]
OPERATIONS = 41
"""About how many operations of the description have something to vary; each is asked with every role."""


def tampering(folder: Path) -> dict[str, int]:
    """Change every column of every event of a trail, one at a time, and remove every event; each must be found."""
    told = {"changes": 0, "unnoticed": 0}
    with world(f"sqlite:///{folder / 'tamper.db'}") as here:
        for _ in range(3):
            written(here)
        with here.store.engine.connect().execution_options(writes=True) as connection, connection.begin() as whole:
            lift_the_triggers(connection)
            for row in connection.execute(select(audit_events)).all():
                for column in (*COLUMNS, "removed"):
                    with connection.begin_nested() as one:
                        if column == "removed":
                            connection.execute(audit_events.delete().where(audit_events.c.number == row.number))
                        else:
                            tampered(connection, row, column)
                        told["changes"] += 1
                        told["unnoticed"] += not list(audit.verify(connection))
                        one.rollback()
            whole.rollback()
    return told


def main() -> int:
    """Prove, write the page, and end with 1 where a promise was not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, count in (("kills", 200), ("races", 10_000), ("requests", 20_000), ("canaries", 1_000)):
        parser.add_argument(f"--{name}", type=int, default=count)
    args = parser.parse_args()
    rows: list[tuple[str, str, bool]] = []
    began = time.monotonic()
    cluster = start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        urls = {"SQLite": f"sqlite:///{folder}/kills.db"}
        if not isinstance(cluster, str):
            urls["PostgreSQL"] = cluster.database("kills")
        try:
            for kind, url in urls.items():
                count = args.kills if kind == "SQLite" else max(args.kills // 10, 1)
                told = promises.kills(count, url, prepare(url))
                kept = (
                    not (told["lost"] or told["doubled"] or told["faults"] or told["refused"])
                    and told["acknowledged"] > 0
                )
                what = f"kill -9 at {told['kills']} random moments during concurrent confirmations ({kind})"
                said = f"{told['acknowledged']:,} acknowledged acts, {told['lost']} lost, {told['doubled']} doubled, {told['faults']} faults of the audit chain"
                rows.append((what, said, kept))
                print(*rows[-1], flush=True)
            with world(f"sqlite:///{folder}/races.db") as here:
                told = promises.races(args.races, here)
            kept = not (told["both"] or told["neither"] or told["lost"] or told["unexpected"] or told["faults"])
            said = f"{told['acknowledged']:,} acknowledged, {told['both']} twice, {told['lost']} lost updates"
            rows.append((f"two browsers on one visit with the same ETag, {told['races']:,} races", said, kept))
            print(*rows[-1], flush=True)
            with world(f"sqlite:///{folder}/canaries.db") as here:
                told = promises.canaries(args.canaries, here, folder)
            kept = not (told["in_logs"] or told["in_metrics"] or told["in_errors"] or told["in_trail"])
            said = (
                f"{told['in_logs']} in {told['log_lines']:,} lines of log, {told['in_metrics']} in the metrics, {told['in_errors']} in"
                f" {told['errors']:,} errors, {told['in_trail']} in the audit trail"
            )
            rows.append(
                (f"{told['canaries']:,} invented identifiers planted in every place that a sender can fill", said, kept)
            )
            print(*rows[-1], flush=True)
            told = tampering(folder)
            rows.append(
                (
                    f"{told['changes']:,} changes of the audit trail, one at a time",
                    f"{told['unnoticed']} unnoticed",
                    not told["unnoticed"],
                )
            )
            print(*rows[-1], flush=True)
            with world(f"sqlite:///{folder}/fuzz.db") as here:
                told = fuzz.requests(max(args.requests // (OPERATIONS * len(Role)) + 4, 1), here)
            kept = not (told["status_5xx"] or told["violations"])
            said = f"{told['status_5xx']} answers 5xx, {told['violations']} violations of the description"
            rows.append((f"schemathesis with every role, {told['requests']:,} requests", said, kept))
            print(*rows[-1], flush=True)
        finally:
            if not isinstance(cluster, str):
                cluster.stop()
    (ROOT / "docs" / "promises.md").write_text(page(rows, time.monotonic() - began), encoding="utf-8")
    return 0 if all(kept for _, _, kept in rows) else 1


def page(rows: list[tuple[str, str, bool]], seconds: float) -> str:
    """The page of the figures."""
    lines = [
        "# What the service promises, and the figures",
        "",
        f"Measured by `make prove-service` on {date.today().isoformat()}, {platform.machine()}, Python {platform.python_version()}, in {seconds / 60:.0f} minutes.",
        "`make test` runs the same with small counts. All notes and identifiers are invented.",
        "",
        "| what was done | what came of it | kept |",
        "|---|---|---|",
        *(f"| {what} | {said} | {'yes' if kept else '**no**'} |" for what, said, kept in rows),
        "",
        "An act is acknowledged when its answer has arrived. Killing the process says nothing about a power failure: there `synchronous=FULL`",
        "and the disk decide. Whoever can rewrite the whole database can compute a new audit chain: keep its head elsewhere",
        "([the audit trail](service/audit.md)).",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
