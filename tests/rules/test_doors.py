"""The doors of the rules: lines of JSON, the command line, explanations, and the smallest changes."""

import json
import shutil
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.__main__ import main
from rules.casebook import read_folder
from rules.conformance import default_folder
from rules.explain import explain
from rules.flip import flip, told
from rules.jsonl import determine_line, determine_lines, read_case

CASE = {
    "id": "c1",
    "context": {"date_of_service": "2025-03-01", "setting": "office", "patient_status": "established", "stage": None,
                "payer": "medicare"},
    "facts": [{"kind": "problem", "nature": "stable_chronic", "addressed": True},
              {"kind": "data", "nature": "test_ordered", "item": "lipid panel", "interpretation_billed": False},
              {"kind": "data", "nature": "external_note", "item": "cardiology clinic"},
              {"kind": "risk", "nature": "rx_management"},
              {"kind": "time", "minutes": 35}],
    "services": [{"code": "20610", "global_days": 0}],
}  # fmt: skip
"""The example of the batch contract."""


def test_the_example_of_the_contract() -> None:
    found = determine_line(json.dumps(CASE))["determination"]
    assert (found["code"], found["basis"]) == ("99214", "time")
    assert found["mdm"] == {"level": "low", "problems": "low", "data": "low", "risk": "moderate"}
    assert found["time"] == {"minutes": 35, "code": "99214", "evidence": []}
    assert [(m["code"], m["on"]) for m in found["modifiers"]] == [("25", "99214")]
    assert [(a["code"], a["basis"]) for a in found["alternatives"]] == [("99213", "mdm")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"id": "c1", "fact": []}', "fact: unknown key"),
        ('{"id": "c1", "facts": [{"kind": "problem", "natur": "minor"}]}', "facts[0].natur"),
        ('{"id": "c1", "facts": [{"kind": "problem", "nature": "mild"}]}', "facts[0].nature"),
        ('{"id": "c1", "facts": [{"kind": "rest"}]}', "facts[0].kind"),
        ('{"id": "c1", "facts": {}}', "facts: a list"),
        ('{"id": "c1", "facts": [1]}', "facts[0]"),
        ('{"id": "c1", "context": {"settin": "office"}}', "context.settin"),
        ('{"id": "c1", "context": {"setting": "ward"}}', "context.setting"),
        ('{"id": "c1", "context": {"date_of_service": "yesterday"}}', "context.date_of_service"),
        ('{"id": "c1", "facts": [{"kind": "time", "minutes": 1441}]}', "1441"),
        ('{"id": "c1", "facts": [{"kind": "time", "minutes": 3.5}]}', "facts[0].minutes"),
        ('{"id": "c1", "services": [{"kode": "1"}]}', "services[0].kode"),
        ('{"id": "c1", "facts": [{"kind": "risk", "id": "a", "nature": "none"}, {"kind": "risk", "id": "a", "nature": "none"}]}',
         "same id"),
        ('{"facts": []}', "id: a text or a number"),
        ("[]", "a line is an object"),
        ("{", "character 1"),
        ('{"id": "c1", "x": NaN}', "NaN"),
        ('{"id": ' + "9" * 5000 + "}", "out of range"),
        ("[" * 100_000, "nested too deep"),
        (b"\xff\xfe{}", "not UTF-8"),
    ],
)  # fmt: skip
def test_a_bad_line_is_an_error_record(line: str | bytes, said: str) -> None:
    answer = determine_line(line)
    assert "determination" not in answer
    assert said in answer["error"]["detail"]


def test_an_error_never_quotes_a_long_text() -> None:
    words = "the patient said that the pain began on Sunday after lunch and went away"  # invented
    answer = determine_line(json.dumps({"id": "c1", "facts": [{"kind": "problem", "nature": words}]}))
    assert words not in json.dumps(answer)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_json_has_an_answer(data: object) -> None:
    answer = determine_line(json.dumps(data))
    assert "error" in answer or "determination" in answer


def test_without_a_date_it_is_today() -> None:
    answer = determine_line('{"id": 7, "facts": []}', today=lambda: date(2026, 1, 2))
    assert answer["id"] == "7"
    assert answer["determination"]["date_of_service"] == "2026-01-02"
    assert "date_assumed" in answer["determination"]["warnings"]


def test_own_ids_are_kept_and_others_do_not_meet_them() -> None:
    _, facts, _, _ = read_case(
        {"id": "c", "facts": [{"kind": "risk", "nature": "none"}, {"kind": "risk", "id": "f1", "nature": "none"}]}
    )
    assert sorted(f.id for f in facts) == ["f1", "f1_"]


def test_empty_lines_are_passed_over_and_the_order_is_kept() -> None:
    lines = ["", '{"id": "a"}', "  \n", "{", '{"id": "b"}']
    assert [a["id"] for a in determine_lines(lines)] == ["a", None, "b"]


def test_determine_writes_one_answer_per_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "facts.jsonl", tmp_path / "out.jsonl"
    source.write_text("﻿" + json.dumps(CASE) + "\n{\n" + json.dumps({**CASE, "id": "c2"}) + "\n", encoding="utf-8")
    assert main(["determine", str(source), str(target)]) == 0
    answers = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [a["id"] for a in answers] == ["c1", None, "c2"]
    assert "3 cases, 1 could not be read" in capsys.readouterr().err
    assert list(tmp_path.glob("*.partial")) == []


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["determine", "/nowhere/facts.jsonl", "out.jsonl"], 3, "/nowhere/facts.jsonl"),
        (["explain", "/nowhere/facts.jsonl"], 3, "/nowhere/facts.jsonl"),
        (["show", "offices"], 2, "unknown topic 'offices'"),
        (["show", "office", "--date", "2020-01-01"], 2, "no edition in force on 2020-01-01"),
        (["diff", "office", "2019-01-01", "2024-01-01"], 2, "no edition in force on 2019-01-01"),
        (["conformance", "--cases", "/nowhere"], 3, "no folder of cases"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == status
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [[], ["judge"], ["on", "yesterday"], ["determine"], ["prove", "--cases", "0"], ["conformance", "--timeout", "x"]],
)
def test_wrong_use_has_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["determine", "explain", "conformance", "prove", "show", "on", "diff", "pages"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert "example:\n  chartlight" in capsys.readouterr().out


def test_show_on_and_diff(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show"]) == main(["show", "office", "--date", "2023-05-05"]) == main(["on", "2024-01-01"]) == 0
    assert (
        main(["diff", "office", "2023-12-31", "2024-01-01"]) == main(["diff", "home", "2023-12-31", "2024-01-01"]) == 0
    )
    said = capsys.readouterr().out
    assert "99213" in said
    assert "upper: 29" in said
    assert "no difference" in said


def test_explain_tells_the_argument(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "facts.jsonl"
    source.write_text(json.dumps(CASE) + "\n{\n\n", encoding="utf-8")
    assert main(["explain", str(source), "--flip"]) == 0
    said = capsys.readouterr()
    assert "The code is 99214 with low medical decision making" in said.out
    assert "cardiology clinic counts" in said.out
    assert "without f5: 99213" in said.out
    assert "line 2" in said.err


def test_explanations_are_neutral() -> None:
    for case in read_folder(default_folder() or Path())[::23]:
        _, facts, context, services = read_case(dict(case.line))
        from rules.determine import determine

        said = explain(determine(facts, context, services)).casefold()
        assert not any(word in said for word in ("document ", "reimburs", "revenue", "rvu", "payment", "$"))


def test_the_smallest_changes_are_real_and_smallest() -> None:
    from rules.determine import determine

    _, facts, context, services = read_case(CASE)
    code = determine(facts, context, services).code
    losses = [f for f in flip(facts, context, services) if f.without]
    assert {f.without for f in losses} == {("f1",), ("f5",)}
    for change in losses:
        rest = [f for f in facts if f.id not in change.without]
        assert determine(rest, context, services).code == change.code != code


OFFICE = {"date_of_service": "2026-03-02", "setting": "office", "patient_status": "established"}
CHRONIC = {"kind": "problem", "nature": "stable_chronic"}


@pytest.mark.parametrize(
    ("context", "facts", "lines"),
    [
        (OFFICE, [CHRONIC], {"without f1: no code", "with time total of 40 or more minutes: 99215",
                             "with time total of 30 to 39 minutes: 99214"}),
        (OFFICE | {"setting": "inpatient", "stage": "discharge"}, [CHRONIC],
         {"with time total of 31 or more minutes or time discharge of 31 or more minutes: 99239"}),
        (OFFICE | {"setting": "telehealth_audio"}, [CHRONIC, {"kind": "time", "minutes": 9}], {"without f2: 98012"}),
        (OFFICE | {"setting": "critical_care", "stage": "initial"}, [{"kind": "problem", "nature": "threat"}],
         {"with time critical_care of 30 or more minutes: 99291"}),
        (OFFICE | {"setting": "critical_care"}, [CHRONIC, {"kind": "time", "minutes": 40, "role": "critical_care"}],
         {"without f2: 99231"}),
        (OFFICE, [CHRONIC, {"kind": "time", "minutes": 20}, {"kind": "time", "minutes": 30}],
         {"without f2: 99214", "without f3: 99213"}),
        (OFFICE | {"date_of_service": "2020-03-02"}, [CHRONIC],
         {"no loss of up to 3 facts, no further facts of up to 2 kinds and no minutes give another code"}),
    ],
)  # fmt: skip
def test_flip_of_every_kind_of_determination(context: object, facts: object, lines: set[str]) -> None:
    _, given_facts, given_context, services = read_case({"id": "c", "context": context, "facts": facts})
    said = set(told(flip(given_facts, given_context, services)))
    assert lines <= said, said


@pytest.fixture
def some_cases(tmp_path: Path) -> str:
    """Two files of the suite; test_cases.py judges them all."""
    for name in ("problems.toml", "beside.toml"):
        shutil.copy((default_folder() or Path()) / name, tmp_path)
    return str(tmp_path)


def test_conformance_of_our_own_evaluator(some_cases: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "--cases", some_cases]) == 0
    assert "(100.0 %)" in capsys.readouterr().out


def test_conformance_of_another_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = tmp_path / "cases"
    cases.mkdir()
    (cases / "two.toml").write_text(
        "[right]\nrows = ['P-01']\nproblems = ['minor']\nexpect = { code = '99212' }\n"
        "[wrong]\nrows = ['P-03']\nproblems = ['stable_chronic']\nrisk = ['otc_drug']\nexpect = { code = '99213' }\n"
    )
    program = tmp_path / "calculator.py"
    program.write_text(
        "import json, sys\nfor line in sys.stdin:\n"
        "    print(json.dumps({'id': json.loads(line)['id'], 'determination': {'code': '99212'}}))\n"
    )
    assert main(["conformance", "--cmd", f"{sys.executable} {program}", "--cases", str(cases)]) == 4
    said = capsys.readouterr().out
    assert "two/wrong: code is 99212, not 99213" in said
    assert "1 of 2 cases passed (50.0 %)" in said


@pytest.mark.parametrize(
    "answer",
    [
        {"alternatives": None}, {"alternatives": [{}]}, {"alternatives": ["99214"]}, {"alternatives": 5}, {"mdm": [1]},
        {"mdm": "low"}, {"time": 5}, {"add_ons": [{"code": "99417"}]}, {"modifiers": ["25"]}, {"code": [1]},
        {"modifiers": [{"code": None}, {"code": "25"}]}, {"warnings": None}, {"warnings": [{}]}, {"trace": {}},
    ],
)  # fmt: skip
def test_no_answer_of_a_foreign_program_ends_the_run(answer: dict[str, object]) -> None:
    from rules.casebook import mismatches

    expect = {"code": "99213", "level": "low", "minutes": 3, "alternatives": ["99214"], "add_ons": ["99417x1"],
              "modifiers": ["25"], "warnings": ["edition_not_reviewed"], "unsupported": "none"}  # fmt: skip
    said = mismatches(expect, {"determination": answer}, contract_only=True)
    assert len(said) == len(expect) - 1  # "unsupported" is as it should be


def test_answers_are_found_by_their_id(some_cases: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "calculator.py"
    program.write_text(
        "import json, sys\nfrom rules.jsonl import determine_line\nprint('welcome')\n"
        "lines = sys.stdin.read().splitlines()\nprint(lines[0][:9], file=sys.stderr)\n"
        "for line in reversed(lines[1:]):\n    print(json.dumps(determine_line(line)))\nsys.exit(7)\n"
    )
    command = f"env PYTHONPATH={Path(__file__).parents[2]} {sys.executable} {program}"
    assert main(["conformance", "--cases", some_cases, "--cmd", command]) == 4
    said = capsys.readouterr().out
    assert said.count("no determination was given: no line with this id; the program ended with status 7") == 1
    total = int(said.splitlines()[-1].split()[2])
    assert said.splitlines()[-1].startswith(f"{total - 1} of {total} ")


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("no-such-program", 3, "give a program that can be started"),
        ("", 2, "no program is named"),
        ("a 'b", 2, "as in a shell"),
        (f"{sys.executable} -c 'import time; time.sleep(60)'", 3, "no end after 1 seconds"),
    ],
)
def test_a_program_that_cannot_be_asked(
    some_cases: str, command: str, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["conformance", "--cases", some_cases, "--cmd", command, "--timeout", "1"]) == status
    assert said in capsys.readouterr().err


def test_no_cases_are_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "--cases", str(tmp_path)]) == 3
    assert "no cases" in capsys.readouterr().err


def test_our_own_program_as_a_foreign_one(some_cases: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conformance", "--cases", some_cases, "--cmd", f"{sys.executable} -m rules determine - -"]) == 0
    assert "(100.0 %)" in capsys.readouterr().out


def test_a_foreign_program_is_asked_only_what_the_contract_fixes() -> None:
    from rules.casebook import mismatches

    answer = {"determination": {"code": None, "unsupported": "too old", "warnings": []}}
    expect = {"code": "none", "unsupported": "pre2021_key_components", "credited": 2, "cites": ["ED-01"],
              "warnings": ["stage_assumed"]}  # fmt: skip
    assert mismatches(expect, answer, contract_only=True) == []
    assert len(mismatches(expect, answer)) == 4
    assert mismatches({"warnings": ["edition_not_reviewed"]}, answer, contract_only=True)
    assert mismatches({"unsupported": "none"}, answer, contract_only=True)


def test_a_sample_of_random_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--cases", "1500", "--seed", "7"]) == 0
    assert "1500 cases, none failed" in capsys.readouterr().out


def test_additions_that_change_the_code_are_real() -> None:
    from chartlight.facts import Problem
    from chartlight.labels import ProblemNature
    from rules.determine import determine

    _, facts, context, services = read_case(CASE)
    changes = [f for f in flip(facts, context, services) if f.with_]
    assert changes
    natures = {f"problem {n.value}": n for n in ProblemNature}
    for change in changes:
        if all(name in natures for name in change.with_):
            more = [Problem(id=f"x{n}", nature=natures[name]) for n, name in enumerate(change.with_)]
            assert determine([*facts, *more], context, services).code == change.code


def test_many_facts_are_judged_as_well() -> None:
    facts = [{"kind": "data", "nature": "test_ordered", "item": f"test {n}"} for n in range(5000)]
    facts += [{"kind": "problem", "nature": "stable_chronic", "name": f"problem {n}"} for n in range(5000)]
    found = determine_line(json.dumps({**CASE, "facts": facts}))["determination"]
    assert found["mdm"] == {"level": "moderate", "problems": "moderate", "data": "moderate", "risk": "straightforward"}


def test_determinations_are_alike_in_every_process(tmp_path: Path) -> None:
    import subprocess

    lines = [json.dumps(dict(case.line)) for case in read_folder(default_folder() or Path())[::29]]
    lines.append(json.dumps(CASE))
    source = tmp_path / "facts.jsonl"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    answers = {
        subprocess.run(
            [sys.executable, "-m", "rules", "determine", str(source), "-"],
            capture_output=True, check=True, env={"PYTHONHASHSEED": seed, "PATH": ""}, cwd=Path(__file__).parents[2],
        ).stdout
        for seed in ("0", "1", "2")
    }  # fmt: skip
    assert answers == {"".join(json.dumps(determine_line(line)) + "\n" for line in lines).encode()}


def test_every_warning_and_reason_has_its_sentence() -> None:
    from rules.warnings import Unsupported, Warn

    known = {w.value for w in Warn}
    reasons = {u.value for u in Unsupported}
    for case in read_folder(default_folder() or Path())[::5]:
        found = determine_line(json.dumps(dict(case.line)))["determination"]
        assert set(found["warnings"]) <= known, case.id
        assert found["unsupported"] is None or found["unsupported"] in reasons
