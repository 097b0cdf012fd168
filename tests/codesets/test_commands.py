"""The ``codes`` commands, on the release that is loaded and on a small one that is invented here."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from rules.codesets.commands import add_commands
from rules.codesets.releases import FOLDERS_SETTING

# Invented: three categories of the size of a postcard, shaped as the publisher's tabular list.
TABULAR = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular><version>2099</version>
 <chapter><name>9</name><desc>Invented circulation (I00-I99)</desc>
  <section id="I10-I1A"><desc>Invented pressures (I10-I1A)</desc>
   <diag><name>I10</name><desc>Invented high pressure</desc></diag>
   <diag><name>I12</name><desc>Invented pressure of a kidney</desc>
    <diag><name>I12.8</name><desc>Invented pressure of a new kind</desc></diag>
   </diag>
  </section>
 </chapter>
 <chapter><name>19</name><desc>Invented injury (S00-T88)</desc>
  <section id="S90-S99"><desc>Invented feet (S90-S99)</desc>
   <diag><name>S93</name><desc>Invented sprain</desc>
    <sevenChrDef><extension char="A">first</extension><extension char="D">later</extension></sevenChrDef>
    <diag><name>S93.4</name><desc>Invented sprain of ankle</desc></diag>
   </diag>
  </section>
 </chapter>
</ICD10CM.tabular>
"""
ORDER = """00001 I10     1 Invented high pressure   Invented high pressure
00002 I12     0 x x
00003 I128    1 x x
00004 S934XXA 1 x x
"""


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers())
    args = parser.parse_args(["codes", *words])
    return int(args.run(args))


@pytest.fixture
def publisher(tmp_path: Path) -> Path:
    (tmp_path / "tabular.xml").write_text(TABULAR)
    (tmp_path / "order.txt").write_text(ORDER)
    return tmp_path


def add(publisher: Path, *more: str) -> int:
    dates = ["--effective", "2098-10-01", "--through", "2099-09-30", "--into", str(publisher / "kept")]
    return run("add", str(publisher / "tabular.xml"), *dates, *more)


def test_show_tells_description_place_and_inherited_notes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "e1122", "--date", "2026-05-01") == 0
    out = capsys.readouterr().out
    assert out.startswith("E11.22  Type 2 diabetes mellitus with diabetic chronic kidney disease")
    assert "use additional: code to identify stage of chronic kidney disease (N18.1-N18.6)" in out
    assert "excludes1 (at E11): type 1 diabetes mellitus (E10.-)" in out


def test_show_of_a_stem_tells_the_seventh_characters(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "S93.401", "--date", "2026-05-01") == 0
    assert "7th character D: subsequent encounter" in capsys.readouterr().out


def test_an_unknown_code_is_said_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "E11.99", "--date", "2026-05-01") == 3
    assert "E11.99 is not in icd10cm-2026-04-01; try `codes search`" in capsys.readouterr().err


def test_search_finds_by_all_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("search", "Fracture", "radial", "styloid", "displaced", "right", "--date", "2026-05-01") == 0
    out = capsys.readouterr().out
    assert "S52.511" in out
    assert "a complete code stands under it" in out


def test_search_without_a_hit(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("search", "zzzz", "--date", "2026-05-01") == 3
    assert "try fewer or shorter" in capsys.readouterr().err


def test_a_date_after_the_release_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "I10", "--date", "2030-01-01") == 0
    assert "codeset_not_reviewed" in capsys.readouterr().err


def test_add_loads_the_publishers_files(publisher: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert add(publisher, "--list", str(publisher / "order.txt")) == 0
    out = capsys.readouterr().out
    assert out.startswith("icd10cm-2098-10-01: 3 billable codes, 2098-10-01 to 2099-09-30")
    assert FOLDERS_SETTING in out


def test_without_the_order_file_all_seventh_characters_are_taken(
    publisher: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add(publisher) == 0
    assert "4 billable codes" in capsys.readouterr().out


def test_a_release_is_never_overwritten(publisher: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert add(publisher) == 0
    assert add(publisher) == 3
    assert "never changed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [("no xml", "not well-formed XML"), ("<other/>", "no <chapter> in <other>")],
)
def test_a_file_that_is_no_tabular_list(
    text: str, said: str, publisher: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (publisher / "tabular.xml").write_text(text)
    assert add(publisher) == 3
    assert said in capsys.readouterr().err
    assert not (publisher / "kept").exists()


def test_an_order_file_without_codes(publisher: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (publisher / "order.txt").write_text("nothing here\n")
    assert add(publisher, "--list", str(publisher / "order.txt")) == 3
    assert "no line starts with an ICD-10-CM code" in capsys.readouterr().err


def test_add_needs_a_folder(
    publisher: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(FOLDERS_SETTING, raising=False)
    dates = ["--effective", "2098-10-01", "--through", "2099-09-30"]
    assert run("add", str(publisher / "tabular.xml"), *dates) == 3
    assert "--into" in capsys.readouterr().err


def test_diff_tells_changes_and_broken_favourites(
    publisher: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert add(publisher, "--list", str(publisher / "order.txt")) == 0
    monkeypatch.setenv(FOLDERS_SETTING, str(publisher / "kept"))
    (publisher / "ours.txt").write_text("# our codes\nI10  pressure\nI12.9\nI12\n")
    capsys.readouterr()
    two = ["icd10cm-2026-04-01", "2098-10-01"]
    assert run("diff", *two, "--favourites", str(publisher / "ours.txt"), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["added"] == ["I12.8", "S93.4XXA"]
    assert ["I10", "Essential (primary) hypertension", "Invented high pressure"] in told["revised"]
    assert "I12.9" in told["deleted"]
    assert told["broken"] == [{"code": "I12.9", "instead": []}, {"code": "I12", "instead": ["I12.8"]}]
    assert run("diff", *two, "--favourites", str(publisher / "ours.txt")) == 0
    out = capsys.readouterr().out
    assert "2 added, 74718 deleted, 1 revised" in out
    assert "! favourite I12 is not a complete code of icd10cm-2098-10-01; now I12.8" in out


def test_diff_of_a_release_that_is_not_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("diff", "icd10cm-2026-04-01", "icd10cm-1999-01-01") == 3
    assert "loaded are icd10cm-2026-04-01" in capsys.readouterr().err


def test_releases_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("releases", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["name"] == "icd10cm-2026-04-01"


def test_codes_alone_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 2
    assert "releases" in capsys.readouterr().out


def test_a_list_of_codes_is_checked(capsys: pytest.CaptureFixture[str]) -> None:
    listed = ["I10", "I50.9", "e11.9", "N18.30", "E11", "--drug", "insulin", "--date", "2026-05-01"]
    assert run("check", *listed) == 0
    said = capsys.readouterr().out
    assert [line.split()[1] for line in said.splitlines() if line.lstrip()[0].isdigit()] == [
        "I13.0",
        "I50.9",
        "E11.22",
        "N18.30",
    ]
    assert " - E11      E11 is a heading" in said
    assert " ? Z79.4    may belong beside E11.22" in said


def test_a_date_before_the_code_set_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", "I10", "--date", "2010-01-01") == 3
    assert "no edition in force on 2010-01-01" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["check"], ["check", "I10", "--date", "soon"], ["show", "I10", "--date", "soon"]])
def test_wrong_use_has_status_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(*words)
    assert stopped.value.code == 2
    assert "invalid fromisoformat" not in capsys.readouterr().err
