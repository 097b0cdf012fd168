"""Cases as data: every table of ``tests/cases/rules`` is one case, and must come out as it expects."""

import json
from pathlib import Path

import pytest

from rules.casebook import CaseError, WrittenCase, mismatches, read_cases, read_folder
from rules.jsonl import determine_line

FOLDER = Path(__file__).parents[1] / "cases" / "rules"
CASES = read_folder(FOLDER)
GRIDS = list(dict.fromkeys(c.id.removeprefix("grid/").rsplit("-", 3)[0] for c in CASES if c.id.startswith("grid/")))


def wrong(case: WrittenCase) -> list[str]:
    answer = determine_line(json.dumps(dict(case.line)))
    return [answer["error"]["detail"]] if "error" in answer else mismatches(case.expect, answer)


@pytest.mark.parametrize("case", [c for c in CASES if not c.id.startswith("grid/")], ids=lambda case: case.id)
def test_case(case: WrittenCase) -> None:
    assert wrong(case) == []


@pytest.mark.parametrize("name", GRIDS)
def test_every_combination_of_levels(name: str) -> None:
    """64 cases each; told apart by their ids, so that a failure names its combination."""
    cases = [
        c for c in CASES if c.id.startswith(f"grid/{name}-") and c.id.removeprefix(f"grid/{name}-").count("-") == 2
    ]
    assert len(cases) == 64
    assert {c.id: wrong(c) for c in cases if wrong(c)} == {}


def test_ids_are_unique() -> None:
    ids = [case.id for case in CASES]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a]\nproblem = ['minor']\nexpect = { code = '99212' }", "unknown key 'problem'"),
        ("[a]\nproblems = ['minor']", "nothing is expected"),
        ("[a]\nexpect = { cod = '99212' }", "unknown key 'cod'"),
        ("[a]\ndata = ['test_ordered:ecg!maybe']\nexpect = { data = 'low' }", "!maybe"),
        ("[a", "not readable as TOML"),
    ],
)
def test_a_case_that_tests_nothing_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(CaseError, match=said):
        read_cases(path)


def test_a_wrong_expectation_is_seen() -> None:
    case = next(c for c in CASES if c.id == "problems/two_minor")
    answer = determine_line('{"id": "x", "facts": [{"kind": "problem", "nature": "minor"}]}')
    assert mismatches(case.expect, answer) == ["problems is straightforward, not low", "the trace does not cite P-02"]
