"""What a practice says of itself: payers (G-06, M-51, FN-05, T-06) and the house standard on billing (D-09)."""

from datetime import date
from pathlib import Path

import pytest

from chartlight.context import EncounterContext, Service
from chartlight.facts import DataItem, Problem, RiskDecision
from chartlight.labels import DataNature, PatientStatus, ProblemNature, RiskNature, Setting
from rules.__main__ import main
from rules.determine import determine
from rules.practice import Practice, read_practice
from rules.record import EditionError

OURS = """
[[payer]]
name     = "Acme Health"
schedule = "medicare"
takes    = ["visit_complexity", "modifier_51", "modifier_95"]
"""
FACTS = [
    Problem(id="p1", nature=ProblemNature.CHRONIC_WORSENING),
    RiskDecision(id="r1", nature=RiskNature.RX_MANAGEMENT),
]


def context(setting: Setting = Setting.OFFICE) -> EncounterContext:
    return EncounterContext(
        date_of_service=date(2026, 3, 2),
        setting=setting,
        patient_status=PatientStatus.ESTABLISHED,
        payer="acme health",
        relationship="longitudinal",
    )


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    path = tmp_path / "practice.toml"
    path.write_text(OURS)
    return path


def test_a_described_payer_is_followed(own_file: Path) -> None:
    practice = read_practice(own_file)
    found = determine(FACTS, context(), practice=practice)
    assert [a.code for a in found.add_ons] == ["G2211"]
    assert "payer_not_described" not in found.warnings
    assert determine(FACTS, context(Setting.CONSULTATION_OFFICE), practice=practice).code == "99214"


def test_modifier_51_on_further_procedures_only(own_file: Path) -> None:
    services = [Service("11400", 10), Service("20610", 0), Service("36415")]
    found = determine(FACTS, context(), services, practice=read_practice(own_file))
    assert [(m.code, m.on) for m in found.modifiers] == [("25", "99214"), ("51", "20610")]


def test_video_without_the_98000_series_and_with_95(own_file: Path) -> None:
    found = determine(FACTS, context(Setting.TELEHEALTH_VIDEO), practice=read_practice(own_file))
    assert (found.code, [m.code for m in found.modifiers]) == ("99214", ["95"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OURS.replace("modifier_51", "modifier_52"), "modifier_52"),
        (OURS + "colour = 'blue'", "unknown key 'colour'"),
        ("[house]\nstrict = true", "unknown key 'strict'"),
        ("[house]\nstrict_billing = 1", "true or false"),
        ("[[payer", "not readable as TOML"),
    ],
)
def test_a_description_at_fault_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "practice.toml"
    path.write_text(text)
    with pytest.raises(EditionError, match=said):
        read_practice(path)


def test_the_house_standard_on_billing(tmp_path: Path) -> None:
    path = tmp_path / "practice.toml"
    path.write_text("[house]\nstrict_billing = true\n")
    facts = [
        FACTS[0],
        *(DataItem(id=f"d{n}", nature=DataNature.TEST_ORDERED, item=i) for n, i in enumerate(("ECG", "CBC"))),
    ]
    levels = [determine(facts, context(), practice=p).mdm for p in (Practice(), read_practice(path))]
    assert [mdm.data.value for mdm in levels if mdm] == ["low", "straightforward"]


def test_the_command_line_takes_it(tmp_path: Path, own_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = tmp_path / "case.jsonl"
    case.write_text('{"id": "c", "context": {"date_of_service": "2026-03-02", "payer": "Acme Health"}, "facts": []}\n')
    assert main(["determine", str(case), "-", "--practice", str(own_file)]) == 0
    assert "payer_not_described" not in capsys.readouterr().out
    assert main(["determine", str(case), "-"]) == 0
    assert "payer_not_described" in capsys.readouterr().out
    assert main(["determine", str(case), "-", "--practice", str(case)]) == 3
    assert "not readable as TOML" in capsys.readouterr().err
