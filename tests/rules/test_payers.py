"""Payers that a practice describes (G-06, M-51, FN-05, T-06)."""

from datetime import date
from pathlib import Path

import pytest

from chartlight.context import EncounterContext, Service
from chartlight.facts import Problem, RiskDecision
from chartlight.labels import PatientStatus, ProblemNature, RiskNature, Setting
from rules.determine import determine
from rules.record import EditionError
from rules.routes import read_payers

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
def payers_file(tmp_path: Path) -> Path:
    path = tmp_path / "payers.toml"
    path.write_text(OURS)
    return path


def test_a_described_payer_is_followed(payers_file: Path) -> None:
    payers = read_payers(payers_file)
    found = determine(FACTS, context(), payers=payers)
    assert [a.code for a in found.add_ons] == ["G2211"]
    assert "payer_not_described" not in found.warnings
    assert determine(FACTS, context(Setting.CONSULTATION_OFFICE), payers=payers).code == "99214"


def test_modifier_51_on_further_procedures_only(payers_file: Path) -> None:
    services = [Service("11400", 10), Service("20610", 0), Service("36415")]
    found = determine(FACTS, context(), services, payers=read_payers(payers_file))
    assert [(m.code, m.on) for m in found.modifiers] == [("25", "99214"), ("51", "20610")]


def test_video_without_the_98000_series_and_with_95(payers_file: Path) -> None:
    found = determine(FACTS, context(Setting.TELEHEALTH_VIDEO), payers=read_payers(payers_file))
    assert (found.code, [m.code for m in found.modifiers]) == ("99214", ["95"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OURS.replace("modifier_51", "modifier_52"), "modifier_52"),
        (OURS + "colour = 'blue'", "unknown key 'colour'"),
        ("[[payer", "not readable as TOML"),
    ],
)
def test_a_description_at_fault_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "payers.toml"
    path.write_text(text)
    with pytest.raises(EditionError, match=said):
        read_payers(path)
