"""The audit trail: verify the chain, print its head for safe keeping, determine every stored decision again."""

from __future__ import annotations

import argparse
import json
from typing import Any

from serving.extras import need
from serving.failure import Exit, Failure
from serving.installed import add_place, settings_of, store_of

NAME = "audit"
HELP = "verify the audit trail, determine stored decisions again"
EXAMPLES = """\
examples:
  chartlight audit verify                                every event, every stored body; ends with 4 when one was changed
  chartlight audit head >> /somewhere/else/heads.txt     number and hash of the last event, to keep elsewhere
  chartlight audit verify --expect main:1200:9f3c...     the chain must hold that event with that hash
  chartlight audit replay                                the rules determine every stored decision again
  chartlight audit show --about enc_0193...              who did what to one visit
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do."""
    what = parser.add_subparsers(title="what to do", dest="what", metavar="WHAT", required=True)
    for name, help_ in (
        ("verify", "look for changed, missing or added events and bodies"),
        ("head", "number and hash of the last event of every practice"),
        ("replay", "determine every stored decision again"),
        ("show", "the events, as JSON lines"),
    ):
        one = what.add_parser(name, help=help_, epilog=EXAMPLES)
        if name == "verify":
            one.add_argument(
                "--expect",
                action="append",
                default=[],
                type=_head,
                metavar="TENANT:NUMBER:HASH",
                help="a head that was kept",
            )
        if name == "show":
            one.add_argument("--about", metavar="ID", help="of one visit, account or batch")
        add_place(one)


def _head(words: str) -> tuple[str, tuple[int, str]]:
    tenant, number, hash_ = ([*words.split(":"), "", ""])[:3]
    if not number.isdecimal() or len(hash_) != 64:
        raise argparse.ArgumentTypeError(f"{words!r} is no head; give a line of `chartlight audit head`")
    return tenant, (int(number), hash_)


def run(args: argparse.Namespace) -> int:
    """Do it; exit 4 where something does not hold."""
    need("run", NAME)
    settings = settings_of(args)
    with store_of(settings, is_read_only=True) as store, store.engine.connect() as connection, connection.begin():
        if args.what == "verify":
            return verify(connection, dict(args.expect))
        if args.what == "head":
            return heads(connection)
        if args.what == "replay":
            return replay(connection)
        return show(connection, settings.tenant, args.about)


def verify(connection: Any, expect: dict[str, tuple[int, str]]) -> int:
    """Print every fault."""
    from sqlalchemy import func, select

    from serving.store import audit
    from serving.store.tables import audit_events

    faults = list(audit.verify(connection, expect))
    for fault in faults:
        print(f"{fault.tenant}: event {fault.number} {fault.what}" if fault.number else f"{fault.tenant}: {fault.what}")
    count = connection.execute(select(func.count()).select_from(audit_events)).scalar_one()
    print(f"{count} events, {len(faults)} faults")
    if faults:
        raise Failure(
            Exit.CHECK, "the audit trail does not verify", "keep the database as it is, and see docs/service/audit.md"
        )
    return Exit.DONE


def heads(connection: Any) -> int:
    """Print the heads."""
    from sqlalchemy import select

    from serving.store.tables import chain_heads

    for row in connection.execute(select(chain_heads).order_by(chain_heads.c.tenant)):
        print(f"{row.tenant}:{row.number}:{row.hash}")
    return Exit.DONE


def replay(connection: Any) -> int:
    """Determine again, and print the decisions for which the rules now give something else."""
    from sqlalchemy import select

    from rules.version import rules_version
    from serving.review.decide import replayed
    from serving.store.tables import decisions

    count = different = 0
    for row in connection.execute(select(decisions).where(decisions.c.body.is_not(None)).order_by(decisions.c.id)):
        count += 1
        if not replayed(row.body, row.replay):
            different += 1
            made = json.loads(row.versions)["rules"]
            print(
                f"{row.tenant}: decision {row.id} of {row.encounter_id} differs (rules then {made}, now {rules_version()})"
            )
    print(f"{count} decisions determined again, {different} differ")
    if different:
        raise Failure(
            Exit.CHECK, "stored decisions are determined differently", "report this: editions in force are never edited"
        )
    return Exit.DONE


def show(connection: Any, tenant: str, about: str | None) -> int:
    """Print events as JSON lines."""
    from sqlalchemy import select

    from serving.store.tables import audit_events as e

    query = select(e).where(e.c.tenant == tenant).order_by(e.c.number)
    if about is not None:
        query = query.where(e.c.about == about)
    for row in connection.execute(query):
        print(json.dumps(row._asdict() | {"detail": json.loads(row.detail)}, ensure_ascii=False))
    return Exit.DONE
