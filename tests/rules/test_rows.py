"""Every row of the specification is named by a case, or a sentence says why it cannot be."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from rules.casebook import read_folder
from rules.edition import Edition, editions, topics

HERE = Path(__file__).parent
CASES = HERE.parent / "cases"
SPECIFICATION = Path(__file__).parents[3] / "shared" / "rules" / "EM_RULES.md"
BOOK = tomllib.loads((HERE / "rows.toml").read_text(encoding="utf-8"))
IDS: list[str] = BOOK["ids"]
EXPLAINED: dict[str, str] = BOOK["explained"]


def named_by_cases() -> set[str]:
    named = {row for case in read_folder(CASES / "rules") for row in case.rows}
    for path in sorted(CASES.glob("*/*.toml")):
        if path.parent.name != "rules":
            for key, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
                if isinstance(table, dict):
                    named |= set(table) if key == "rows" else set(table.get("rows", ()))
    return named


def rows_of(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["id"]} if isinstance(value.get("id"), str) else set()
        return own.union(*map(rows_of, value.values()))
    return set().union(*map(rows_of, value)) if isinstance(value, list) else set()


def test_no_row_is_forgotten() -> None:
    named = named_by_cases()
    assert [row for row in IDS if row not in named and row not in EXPLAINED] == []


def test_cases_name_rows_that_exist() -> None:
    named = {row for case in read_folder(CASES / "rules") for row in case.rows}
    assert sorted(named - set(IDS)) == []


def test_what_has_a_case_needs_no_excuse() -> None:
    assert sorted(named_by_cases() & EXPLAINED.keys()) == []


@pytest.mark.parametrize("edition", [e for t in topics() for e in editions(t)], ids=lambda e: e.name)
def test_editions_name_rows_that_exist(edition: Edition) -> None:
    assert sorted(rows_of(dict(edition.body)) - set(IDS)) == []


@pytest.mark.shared
@pytest.mark.skipif(not SPECIFICATION.exists(), reason="the specification lies in ../shared, which is not here")
def test_the_list_is_that_of_the_specification() -> None:
    text = SPECIFICATION.read_text(encoding="utf-8")
    found = re.findall(r"^(?:\| |- |)((?:[A-Z]{1,2})-(?:\d\d|XE|95|FS|GC|GE|AI|FT))\b", text, re.MULTILINE)
    assert list(dict.fromkeys(found)) == IDS
