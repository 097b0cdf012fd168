"""Edition files are checked when they are read: head, keys, labels, order; all that ship are right."""

from datetime import date
from pathlib import Path

import pytest

from rules import beside, blocks, data_table, drug_units, families, minutes, routes, status, tables
from rules.edition import Edition, editions, load, topics
from rules.record import EditionError

READERS = {
    "mdm": tables.mdm_table,
    "data": data_table.data_table,
    "routing": routes.routing,
    "payers": routes._payers,
    "modifiers": beside._modifiers,
    "services": beside._services,
    "visit_complexity": beside._complexity,
    "split_shared": beside._substantive,
    "critical_care": blocks._critical_care,
    "prolonged": blocks._prolonged,
    "time": minutes._roles,
    "patient_status": status._years,
    "drug_units": drug_units.read_table,
}
"""The reader of each topic that is no code family."""
ELSEWHERE = {"diagnoses", "drug_units"}
"""Topics whose reader and tests stand with the diagnosis rules and the drug units."""
SHIPPED = [e for t in topics() if t not in ELSEWHERE for e in editions(t)]

HEAD = """
[edition]
topic = "home"
effective = 2023-01-01
verified_through = 2026-12-31
summary = "invented"
[edition.source]
title = "invented"
"""


@pytest.mark.parametrize("edition", SHIPPED, ids=lambda e: e.name)
def test_every_edition_that_ships_can_be_read(edition: Edition) -> None:
    READERS.get(edition.topic, families.family)(edition)
    assert edition.source.title
    assert edition.source.url.startswith("https://")


def write(tmp_path: Path, text: str, topic: str = "home", name: str = "2023-01-01.toml") -> Path:
    folder = tmp_path / topic
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("[family]\nby = 'nothing'\n[[code]]\nid='F-1'\ncode='1'\nmdm=['lwo']\nverified='seen'", "'lwo'"),
        ("[family]\nby = 'nothing'\n[[code]]\nid='F-1'\ncod='1'\nmdm=['low']\nverified='seen'", "code is missing"),
        ("[family]\nby = 'nothing'\n[[code]]\nid='F-1'\ncode='1'\nlevel='low'\nverified='seen'", "unknown key 'level'"),
        ("[family]\nby = 'nothing'\n[[code]]\nid='F-1'\ncode='1'\nmdm=['low']", "verified is missing"),
        (
            "[family]\nby = 'nothing'\n[[code]]\nid='F-1'\ncode='1'\nmdm=['low']\nminutes='9'\nverified='seen'",
            "minutes",
        ),
        ("[family]\nby = 'nothing'\n[[code]]\nid='F-1'\ncode='1'\nminutes=-9\nverified='seen'", "0 or more"),
        ("[family]\nby = 'status'", "assumed is ''"),
        ("[family]\nby = 'nothing'\n[[code]]\nid='F-1'\ncode='1'\ntime_only=true\nverified='seen'", "give its minutes"),
        ("[familie]\nby = 'nothing'", "family is missing"),
        ("[family]\nby = 'nothing'\n[more]\nx = 1", "unknown key 'more'"),
    ],
)
def test_a_family_at_fault_is_refused(tmp_path: Path, body: str, said: str) -> None:
    edition = load(write(tmp_path, HEAD + body))
    with pytest.raises(EditionError, match=said):
        families.family(edition)


@pytest.mark.parametrize(
    ("text", "topic", "name", "said"),
    [
        (HEAD, "office", "2023-01-01.toml", "name folder and file alike"),
        (HEAD, "home", "2024-01-01.toml", "name folder and file alike"),
        (HEAD.replace("summary", "sumary"), "home", "2023-01-01.toml", "summary is missing"),
        (
            HEAD.replace("[edition.source]", "[edition.source]\npage = 3"),
            "home",
            "2023-01-01.toml",
            "unknown key 'page'",
        ),
        (HEAD.replace("2026-12-31", "2026-12-31T10:00:00"), "home", "2023-01-01.toml", "without time"),
        ("[edition", "home", "2023-01-01.toml", "not readable as TOML"),
        (HEAD, "home", "first.toml", "effective date"),
    ],
)
def test_a_head_at_fault_is_refused(tmp_path: Path, text: str, topic: str, name: str, said: str) -> None:
    with pytest.raises(EditionError, match=said):
        load(write(tmp_path, text, topic, name))


def test_an_edition_cannot_be_reviewed_beyond_its_last_day(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD)
    with pytest.raises(EditionError, match="verified_through is after"):
        load(path, last_day=date(2025, 12, 31))


def test_rows_out_of_order_are_refused(tmp_path: Path) -> None:
    shipped = editions("mdm")[-1]
    text = shipped.path.read_text(encoding="utf-8").replace('level    = "moderate"', 'level    = "straightforward"', 1)
    with pytest.raises(EditionError, match="rising order"):
        tables.mdm_table(load(write(tmp_path, text, "mdm", shipped.path.name)))


def test_a_name_of_two_tests_is_refused(tmp_path: Path) -> None:
    shipped = editions("data")[-1]
    text = shipped.path.read_text(encoding="utf-8").replace('"lytes"]', '"cbc"]')
    with pytest.raises(EditionError, match="is a name of"):
        data_table.data_table(load(write(tmp_path, text, "data", shipped.path.name)))


def test_every_payer_of_the_house_is_there() -> None:
    for edition in editions("payers"):
        assert {"cpt", "medicare"} <= routes._payers(edition).keys()


def test_every_route_leads_to_a_topic() -> None:
    for edition in editions("routing"):
        for route in routes.routing(edition).routes:
            assert route.family is None or route.family in topics()
