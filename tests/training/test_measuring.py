"""The workshop's scripts on small invented material: contexts of the contract, the report line, the bench, the pins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from training import bench, bundle, notes, pin, score

ANNOTATED = [
    {"id": "a-1", "split": "train", "setting": "ed", "text": "Invented: cough."},
    {"id": "a-2", "split": "held_out", "setting": "office", "text": "Invented: not to be read."},
    {"id": "a-3", "split": "train", "setting": "nursing", "text": "Invented: fever."},
]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "shared" / "corpora" / "dev.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps(r) + "\n" for r in ANNOTATED))
    return path


@pytest.mark.parametrize(
    ("annotated", "setting", "stage"),
    [
        ("office", "office", None),
        ("ed", "emergency", None),
        ("inpatient", "inpatient", "initial"),
        ("observation", "observation", "initial"),
        ("consult", "consultation_hospital", "initial"),
        ("nursing", "nursing_facility", "initial"),
        ("home", "home", None),
        ("other", "office", None),
    ],
)
def test_an_annotated_note_gets_the_context_of_the_contract(annotated: str, setting: str, stage: str | None) -> None:
    assert notes.context_of(annotated) == {
        "date_of_service": "2026-03-02",
        "setting": setting,
        "patient_status": "established",
        "stage": stage,
    }


def test_only_the_split_that_is_asked_for_is_coded(corpus: Path, tmp_path: Path) -> None:
    target = tmp_path / "batch.jsonl"
    assert notes.write_batch(corpus, "train", target) == 2
    lines = [json.loads(line) for line in target.read_text().splitlines()]
    assert [line["id"] for line in lines] == ["a-1", "a-3"]
    assert set(lines[0]) == {"id", "text", "context"}, "no label goes in"


def test_a_missing_corpus_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score.main(["--shared", str(tmp_path)]) == 3
    assert "SHARED=/path names the folder" in capsys.readouterr().err


def test_reports_are_appended(tmp_path: Path) -> None:
    page = tmp_path / "held_out.md"
    found = {"notes": 110, "mdm_exact": 0.8, "facts": {"problem": {"f1": 0.7}}}
    for commit in ("abc", "def"):
        score.append(found, day=date(2026, 3, 2), commit=commit, page=page)
    rows = [line for line in page.read_text().splitlines() if line.startswith("| 2026")]
    assert [r.split(" | ")[1] for r in rows] == ["abc", "def"]
    head = next(line for line in page.read_text().splitlines() if line.startswith("| date"))
    assert all(r.count("|") == head.count("|") for r in rows)
    assert "not by certified coders" in page.read_text()


def test_the_bench_reads_invented_notes_where_the_corpora_are_missing(tmp_path: Path) -> None:
    what, lines = bench.material(tmp_path, 7)
    assert "invented" in what
    assert len({line["id"] for line in lines}) == 7
    assert all("nvented" in line["text"][:80].lower() for line in lines)


def test_the_bench_never_reads_what_is_held_out(corpus: Path) -> None:
    _, lines = bench.material(corpus.parents[1], 99)
    assert [line["id"] for line in lines] == ["a-1", "a-3"]


def test_pins_are_rendered_sorted_and_plain() -> None:
    packages = [{"metadata": {"name": n, "version": v}} for n, v in (("Simple_Icd", "1"), ("attrs", "2"))]
    text = pin.render(json.dumps({"install": packages}))
    assert text.endswith("attrs==2\nsimple-icd==1\n")


def make_bundle(folder: Path) -> Path:
    """The files of a bundle around a wheel that is none: enough for the part of install.sh before pip."""
    minor = "{}.{}".format(*sys.version_info[:2])
    (folder / "wheels").mkdir(parents=True)
    (folder / "wheels" / "x.whl").write_bytes(b"x")
    (folder / "install.sh").write_text(bundle.INSTALL.format(version="0", minor=minor, system="", machine=""))
    (folder / "SHA256SUMS").write_text(bundle.sums(folder))
    return folder


def install(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(folder / "install.sh"), str(folder / "target")]
    given = {**os.environ, "PYTHON": sys.executable, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=given)


@pytest.mark.parametrize("damage", ["changed", "missing", "added"])
def test_a_damaged_bundle_is_refused(tmp_path: Path, damage: str) -> None:
    folder = make_bundle(tmp_path / "bundle")
    wheel = folder / "wheels" / "x.whl"
    if damage == "changed":
        wheel.write_bytes(b"y")
    elif damage == "missing":
        wheel.unlink()
    else:
        (folder / "wheels" / "y.whl").write_bytes(b"y")
    done = install(folder)
    assert done.returncode != 0
    assert "damaged or changed: wheels/" in done.stderr
    assert not (folder / "target").exists()


def test_another_python_is_refused(tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "bundle")
    script = folder / "install.sh"
    script.write_text(script.read_text().replace("{}.{}".format(*sys.version_info[:2]), "3.99"))
    done = install(folder)
    assert done.returncode == 1
    assert "is not Python 3.99" in done.stderr
    assert "was not found" in install(folder, PYTHON="no-such-python").stderr
