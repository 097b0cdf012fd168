"""How Alembic runs here: on the connection that ``serving.store.migrate`` hands over, within its transaction."""

from __future__ import annotations

from alembic import context

from serving.store.tables import METADATA


def run() -> None:
    """Run the migrations."""
    context.configure(
        connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True
    )
    context.run_migrations()


if __name__ == "env_py":  # the name under which Alembic loads this file
    run()
