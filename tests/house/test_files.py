"""The files of the repository: what must not be in it, and what must be readable."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LARGE = 1_500_000
LARGE_ON_PURPOSE = {
    "rules/codesets/icd10cm-2026-04-01.tsv.gz": "the code set itself",
    "training/corpus/reports_marks.safetensors.gz": "the marks by which the heads learn: without them make train would need make adapt first",
}
LONG = 500
LONG_ON_PURPOSE: dict[str, str] = {}
MISSPELT = re.compile(
    r"\b(accomodat|acheiv|adress|agressiv|aparen|calender|comited|concious|definat|dependan[ct]y|diarhea|existance|goverment"
    r"|hemorhage|independan|lenght|neccess|occured|ocur|priviledge|publically|recieve|refered|relevent|reponse|seperat"
    r"|succesful|suprise|teh|thier|truely|untill|wich|wierd)",
    re.IGNORECASE,
)
PROSE = (".md", ".py", ".toml")


def tracked() -> list[Path]:
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive is no checkout
        return [
            p for p in ROOT.rglob("*") if p.is_file() and not any(q.startswith(".") for q in p.relative_to(ROOT).parts)
        ]
    return [p for name in done.stdout.split("\0") if name and (p := ROOT / name).is_file()]


FILES = tracked()


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_large() -> None:
    large = [name(p) for p in FILES if p.stat().st_size > LARGE and not name(p).startswith("models/weights/")]
    assert set(large) <= set(LARGE_ON_PURPOSE)


def test_no_module_is_too_long_to_hold_in_the_head() -> None:
    long = {name(p) for p in FILES if p.suffix == ".py" and p.read_text(encoding="utf-8").count("\n") > LONG}
    assert long <= set(LONG_ON_PURPOSE)


def test_no_key_or_password_is_kept() -> None:
    begin = "-----BEGIN" + " "
    secret = re.compile(begin + r"[A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|ghp_[0-9A-Za-z]{36}")
    wrong = [
        name(p) for p in FILES if p.suffix != ".gz" and secret.search(p.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert wrong == []


def test_no_pickle_or_archive_of_objects_is_kept() -> None:
    assert [name(p) for p in FILES if p.suffix in (".pkl", ".pickle", ".joblib", ".pt", ".bin", ".npy")] == []


@pytest.mark.parametrize("path", [p for p in FILES if p.suffix in (".toml", ".json", ".ipynb")], ids=name)
def test_data_files_can_be_read(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    data = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    if path.suffix == ".ipynb":
        # what cells print stays: tests/models/test_notebooks.py runs them, and holds that they read invented notes alone
        kinds = {o["output_type"] for cell in data["cells"] for o in cell.get("outputs", [])}
        assert kinds <= {"stream"}, "keep printed text alone: python notebooks/refresh.py"


def test_plain_words_are_spelt_right() -> None:
    here = name(Path(__file__))
    wrong = [
        f"{name(p)}:{n}: {found[0]}"
        for p in FILES
        if p.suffix in PROSE and name(p) != here
        for n, line in enumerate(p.read_text(encoding="utf-8").splitlines(), 1)
        if (found := MISSPELT.search(line))
    ]
    assert wrong == []


def test_every_note_in_a_file_says_that_it_is_invented() -> None:
    notes = [p for p in FILES if p.suffix == ".txt" and {"demo", "notes"} & set(p.parts)]
    assert len(notes) >= 3
    assert [name(p) for p in notes if "invented" not in p.read_text(encoding="utf-8")[:200].lower()] == []


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert "American Medical Association" in (ROOT / "NOTICE").read_text(encoding="utf-8")
