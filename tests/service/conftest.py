"""Both databases: SQLite always, PostgreSQL where its programs are installed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the service needs the extra [run]")

from tests.service.postgres import Cluster, start
from tests.service.world import World, world


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A throw-away PostgreSQL; skips with the reason where there can be none."""
    made = start(tmp_path_factory.mktemp("postgres"))
    if isinstance(made, str):
        pytest.skip(made)
    yield made
    made.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once for each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'chartlight.db'}"
    made: Cluster = request.getfixturevalue("cluster")
    return made.database(f"t{uuid.uuid4().hex}")


@pytest.fixture
def here(url: str) -> Iterator[World]:
    """A practice with one account of every role, on each database."""
    with world(url) as made:
        yield made


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[World]:
    """The same on SQLite alone, for what the database has no part in."""
    with world(f"sqlite:///{tmp_path / 'chartlight.db'}") as made:
        yield made
