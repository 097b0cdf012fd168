"""Opening the service's parts for a command: settings, store, and the sentences where something is wrong with them."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from serving.failure import Exit, Failure

if TYPE_CHECKING:
    from serving.service.settings import Settings
    from serving.store.database import Store

SYSTEM = "system"
"""The actor of what the command line does; the audit trail names it with the operating system's user."""


def add_place(parser: argparse.ArgumentParser) -> None:
    """The options that say which database."""
    group = parser.add_argument_group("the database (or by the variables CHARTLIGHT_DATABASE, CHARTLIGHT_DATA)")
    group.add_argument("--database", metavar="URL", help="postgresql://... or sqlite:///FILE")
    group.add_argument("--data", metavar="FOLDER", help="folder of the embedded database")
    group.add_argument("--tenant", metavar="NAME", help="the practice (default: main)")


def settings_of(args: argparse.Namespace, **more: Any) -> Settings:
    """The settings from options and variables; raises ``Failure`` that names the one at fault."""
    from pydantic import ValidationError

    from serving.service.settings import Settings

    given = {k: getattr(args, k, None) for k in ("database", "data", "tenant")} | more
    try:
        return Settings(**{k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = ".".join(map(str, first["loc"]))
        raise Failure(
            Exit.USAGE, f"setting {name}: {first['msg']}", "see docs/service/settings.md; variables are CHARTLIGHT_..."
        ) from None


@contextmanager
def store_of(settings: Settings, *, is_read_only: bool = False) -> Iterator[Store]:
    """The open store with its schema brought up to date; raises ``Failure`` where there is none to be had."""
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    from serving.store.database import open_store
    from serving.store.migrate import upgrade

    try:
        store = open_store(settings.url, is_read_only=is_read_only)
    except (ArgumentError, ImportError, OSError) as error:
        raise Failure(Exit.USAGE, f"the database cannot be opened ({type(error).__name__})", _REMEDY) from None
    try:
        try:
            upgrade(store)
        except SQLAlchemyError as error:
            raise Failure(Exit.BROKEN, f"the database does not answer ({type(error).__name__})", _REMEDY) from None
        yield store
    finally:
        store.close()


_REMEDY = "check --database (postgresql://user@host/name needs the extra [postgres]; sqlite:////absolute/file.db) and that it runs"


def who() -> str:
    """Who is at the command line, as the audit trail names it."""
    import getpass

    try:
        return f"cli:{getpass.getuser()}"[:40]
    except (KeyError, OSError):
        return f"cli:uid{os.getuid()}"
