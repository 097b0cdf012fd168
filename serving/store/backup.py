"""Back-up and restore: all rows of a single moment in one ZIP file, with digests and the heads of the audit chains.

The file does not know which kind of database it came from: a practice that grows restores it into PostgreSQL.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from serving.failure import Exit, Failure
from serving.store import audit
from serving.store.database import Store
from serving.store.migrate import newest, present
from serving.store.moments import canonical, now, stamp
from serving.store.tables import METADATA

FORMAT = "chartlight-backup-1"
ROWS_AT_ONCE = 500


def back_up(store: Store, target: Path) -> dict[str, Any]:
    """Write a back-up and return its manifest; raises ``Failure`` where the audit chain does not verify: such a database is looked at first."""
    partial = target.with_name(target.name + ".partial")
    level = {} if store.is_sqlite else {"isolation_level": "REPEATABLE READ"}
    partial.touch(mode=0o600)
    try:
        with (
            store.engine.connect().execution_options(**level) as connection,
            connection.begin(),
            zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            faults = list(audit.verify(connection))
            if faults:
                raise Failure(Exit.CHECK, f"the audit chain has {len(faults)} faults", "see `chartlight audit verify`")
            manifest: dict[str, Any] = {
                "format": FORMAT,
                "schema": present(connection),
                "made_at": stamp(now()),
                "tables": {},
                "heads": {t: list(audit.head(connection, t)) for t in _tenants(connection)},
            }
            for table in METADATA.sorted_tables:
                digest, count = hashlib.sha256(), 0
                with archive.open(f"{table.name}.jsonl", "w") as out:
                    for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
                        line = canonical(row._asdict()).encode() + b"\n"
                        digest.update(line)
                        out.write(line)
                        count += 1
                manifest["tables"][table.name] = {"rows": count, "sha256": digest.hexdigest()}
            archive.writestr("manifest.json", canonical(manifest))
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        raise Failure(Exit.OUTPUT, f"{target} cannot be written ({error.strerror})", "choose another place") from None
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def restore(store: Store, source: Path) -> dict[str, Any]:
    """Fill an empty database from a back-up, check every digest and the audit chains, and return the manifest; all of it or nothing.

    Raises ``Failure`` for a file at fault, another schema, or a database that is not empty.
    """
    try:
        with (
            zipfile.ZipFile(source) as archive,
            store.engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            manifest: dict[str, Any] = json.loads(archive.read("manifest.json"))
            if manifest.get("format") != FORMAT:
                raise Failure(
                    Exit.INPUT, f"{source} is no back-up of Chartlight", "give the file that `chartlight backup` wrote"
                )
            if manifest["schema"] != newest():
                raise Failure(
                    Exit.INPUT,
                    f"the back-up has schema {manifest['schema']}, this program {newest()}",
                    "restore with the program that made it, then upgrade",
                )
            for table in METADATA.sorted_tables:
                if connection.execute(select(table).limit(1)).first() is not None:
                    raise Failure(
                        Exit.OUTPUT, "the database is not empty", "restore into a new one; nothing was changed"
                    )
            for table in METADATA.sorted_tables:
                _fill(connection, table, archive, manifest["tables"][table.name])
            _check(connection, manifest)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise Failure(
            Exit.INPUT,
            f"{source} cannot be read as a back-up ({type(error).__name__})",
            "give the file that `chartlight backup` wrote",
        ) from None
    return manifest


def _fill(connection: Any, table: Any, archive: zipfile.ZipFile, told: dict[str, Any]) -> None:
    digest = hashlib.sha256()
    rows: list[dict[str, Any]] = []
    with archive.open(f"{table.name}.jsonl") as lines:
        for line in lines:
            digest.update(line)
            rows.append(json.loads(line))
            if len(rows) == ROWS_AT_ONCE:
                connection.execute(insert(table), rows)
                rows = []
    if rows:
        connection.execute(insert(table), rows)
    if digest.hexdigest() != told["sha256"]:
        raise Failure(
            Exit.CHECK, f"the back-up's table {table.name} was changed after it was written", "take another back-up"
        )


def _check(connection: Any, manifest: dict[str, Any]) -> None:
    expected = {t: (number, hash) for t, (number, hash) in manifest["heads"].items()}
    faults = list(audit.verify(connection, expected))
    if faults:
        raise Failure(Exit.CHECK, f"the audit chain of the back-up has {len(faults)} faults", "take another back-up")


def _tenants(connection: Any) -> list[str]:
    from serving.store.tables import practices

    return sorted(connection.scalars(select(practices.c.tenant)))
