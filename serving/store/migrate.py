"""Schema versions (Alembic): a database is brought to the newest when the service starts; one from a newer program is refused."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from serving.failure import Exit, Failure
from serving.store.database import Store


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The schema version of this program.

    >>> newest()
    '0002'
    """
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def present(connection: Connection) -> str | None:
    """The schema version of a database; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(store: Store) -> None:
    """Bring the database to the newest version in one transaction; raises ``Failure`` for one that a newer program made."""
    with store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        found = present(connection)
        if found == newest():
            return
        known = {s.revision for s in ScriptDirectory.from_config(_config()).walk_revisions()}
        if found is not None and found not in known:
            raise Failure(
                Exit.BROKEN,
                f"the database has schema {found}, which this program does not know",
                "use the newer program",
            )
        if store.is_read_only:
            raise Failure(Exit.BROKEN, "the database needs a newer schema", "start once without --read-only")
        command.upgrade(_config(connection), "head")
