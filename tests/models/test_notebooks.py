"""The notebooks show what their cells print. They run by plain ``exec`` (``notebooks/refresh.py``): nbclient would be a dependency for one test."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

pytest.importorskip("spacy", reason="reading needs chartlight[run]")

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FOUND = sorted(NOTEBOOKS.glob("*.ipynb"))
LARGEST = 60_000


def test_there_are_notebooks() -> None:
    assert FOUND


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_a_notebook_prints_what_it_shows(path: Path) -> None:
    tools = runpy.run_path(str(NOTEBOOKS / "refresh.py"))
    notebook = json.loads(path.read_text(encoding="utf-8"))
    said, stored = tools["outputs_of"](notebook), tools["stored_outputs"](notebook)
    assert said == stored, f"it prints something else now: python notebooks/refresh.py {path.name}, and read the diff"


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_a_notebook_is_small_and_says_that_its_note_is_invented(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text) < LARGEST
    assert "nvented" in text
    # nothing but its own note is read: the outputs are kept
    assert not any(word in text for word in ("corpora", "shared", "read_text", "/work/", "/tmp/"))
