"""Both databases: SQLite always, PostgreSQL where its programs are installed. A prepared practice is copied for every test."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the service needs the extra [run]")

from serving.people.roles import Role
from tests.service.postgres import Cluster, start
from tests.service.world import World, prepare, world

Prepared = tuple[str, dict[Role, str]]
"""The address of a database, and the tokens of its people."""


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A throw-away PostgreSQL; skips with the reason where there can be none."""
    made = start()
    if isinstance(made, str):
        pytest.skip(made)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[Role, str]]:
    """A prepared SQLite file."""
    path = tmp_path_factory.mktemp("template") / "chartlight.db"
    return path, prepare(f"sqlite:///{path}")


@pytest.fixture(scope="session")
def postgres_template(cluster: Cluster) -> tuple[str, dict[Role, str]]:
    """A prepared PostgreSQL database."""
    return "prepared", prepare(cluster.database("prepared"))


def copied(template: tuple[Path, dict[Role, str]], folder: Path) -> Prepared:
    path = folder / "chartlight.db"
    shutil.copy(template[0], path)
    return f"sqlite:///{path}", template[1]


@pytest.fixture(params=["sqlite", "postgresql"])
def prepared(request: pytest.FixtureRequest, tmp_path: Path) -> Prepared:
    """A prepared database of each kind."""
    if request.param == "sqlite":
        return copied(request.getfixturevalue("sqlite_template"), tmp_path)
    name, secrets = request.getfixturevalue("postgres_template")
    made: Cluster = request.getfixturevalue("cluster")
    return made.database(f"t{uuid.uuid4().hex}", template=name), secrets


@pytest.fixture
def here(prepared: Prepared) -> Iterator[World]:
    """A practice with one account of every role, on each database."""
    with world(*prepared) as made:
        yield made


@pytest.fixture
def lite(sqlite_template: tuple[Path, dict[Role, str]], tmp_path: Path) -> Iterator[World]:
    """The same on SQLite alone, for what the database has no part in."""
    with world(*copied(sqlite_template, tmp_path)) as made:
        yield made


@pytest.fixture(scope="module")
def calm(sqlite_template: tuple[Path, dict[Role, str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world that the tests of a file share, for questions that change nothing in it."""
    with world(*copied(sqlite_template, tmp_path_factory.mktemp("calm"))) as made:
        yield made
