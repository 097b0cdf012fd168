"""Calibration: the shares, and a smoke run over ten invented notes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("spacy", reason="reading needs chartlight[run]")

from chartlight.determination import Determination, Mdm
from chartlight.labels import Level
from models import confidence
from training import calibrate
from training.calibrate import Row

rows = st.lists(st.builds(Row, st.text("abc", min_size=1), st.fixed_dictionaries({"k": st.sampled_from("xyz")}), st.booleans()), min_size=1)  # fmt: skip


def _by_k(row: Row) -> str:
    return row.signs["k"]


@given(rows)
def test_a_share_lies_between_its_own_and_the_overall_one(rows: list[Row]) -> None:
    table = calibrate.shares(rows, _by_k)
    overall = sum(r.right for r in rows) / len(rows)
    for name, share in table.items():
        group = [r.right for r in rows if name in ("all", r.signs["k"])]
        own = sum(group) / len(group)
        assert min(own, overall) - 1e-4 <= share <= max(own, overall) + 1e-4


def test_a_group_of_the_prior_s_size_counts_half() -> None:
    some = [Row(str(n), {"k": "x"}, True) for n in range(10)] + [Row(str(n), {"k": "y"}, False) for n in range(10)]
    assert calibrate.shares(some, _by_k) == {"all": 0.5, "x": 0.75, "y": 0.25}


@given(rows)
def test_a_note_is_never_judged_by_itself(rows: list[Row]) -> None:
    """Turning the outcomes of one note changes nothing in the probabilities of its own rows."""
    turned = [Row(r.id, r.signs, not r.right) if r.id == rows[0].id else r for r in rows]
    before = calibrate.out_of_fold(rows, _by_k)
    after = calibrate.out_of_fold(turned, _by_k)
    in_order = [r.id for fold in range(calibrate.FOLDS) for r in rows if calibrate.fold_of(r.id) == fold]
    own = [(a[0], b[0]) for a, b, id in zip(before, after, in_order, strict=True) if id == rows[0].id]
    assert own
    assert all(a == b for a, b in own)


def test_levels_are_right_when_they_are_defensible() -> None:
    record = {
        "levels": {"problems": "moderate", "data": "low", "risk": "moderate"},
        "defensible": {"problems": ["moderate", "low"], "data": ["low"], "risk": ["moderate"]},
    }
    assert calibrate.defensible(record) == {"moderate", "low"}


def test_the_shipped_table_covers_every_level() -> None:
    loaded = json.loads(confidence.TABLE.read_text(encoding="utf-8"))
    assert loaded["card"]["split"] == "train"
    assert loaded["card"]["data"].startswith("sha256:")
    assert confidence.TABLE.with_suffix(".md").read_text(encoding="utf-8").count(loaded["card"]["data"]) == 1
    for kind in ("level", "diagnosis"):
        assert all(0 < share < 1 for share in loaded[kind].values())
    for level in Level:
        found = confidence.of_level(Determination(code=None, mdm=Mdm(level, level, level, level)))
        assert found is not None
        assert 0 < found < 1
    assert confidence.of_level(Determination(code=None)) is None


def test_ten_invented_notes_are_calibrated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    levels = {"problems": "low", "data": "straightforward", "risk": "moderate"}
    invented = [
        {
            "id": f"invented-{n}",
            "split": "train" if n < 10 else "held_out",
            "setting": "office",
            "text": f"Assessment: Hypertension, at goal.\nPlan: Continue lisinopril. Number {n} xylozyme.",
            "levels": levels,
            "defensible": {element: [level] for element, level in levels.items()},
            "icd10": {"core": ["I10"], "optional": []},
        }
        for n in range(11)
    ]
    (tmp_path / "corpora").mkdir()
    corpus = tmp_path / "corpora" / "dev.jsonl"
    corpus.write_text("\n".join(map(json.dumps, invented)) + "\n", encoding="utf-8")
    out = tmp_path / "weights" / "confidence.json"
    assert calibrate.main(["--shared", str(tmp_path), "--workers", "1", "--out", str(out)]) == 0
    table = json.loads(out.read_text(encoding="utf-8"))
    assert table["card"]["notes"] == table["card"]["levels"] == table["card"]["codes"] == 10
    assert table["level"]["all"] == table["diagnosis"]["all"] == 1.0
    written = out.read_text(encoding="utf-8") + out.with_suffix(".md").read_text(encoding="utf-8")
    assert "xylozyme" not in written + capsys.readouterr().out


def test_a_missing_corpus_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert calibrate.main(["--shared", str(tmp_path)]) == 3
    assert "dev.jsonl is missing" in capsys.readouterr().err
