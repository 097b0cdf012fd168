"""The notebooks show what their cells print. They run by plain ``exec`` (``notebooks/refresh.py``): nbclient would be a dependency for one test."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path

import pytest

pytest.importorskip("spacy", reason="reading needs chartlight[run]")

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FOUND = sorted(NOTEBOOKS.glob("*.ipynb"))
LARGEST = 60_000
OF_FIGURES = {"errors"}
"""Notebooks whose figures hang on the last digits of the weights: another processor may print others, so the first line of each cell is compared, without numbers."""


def test_there_are_notebooks() -> None:
    assert FOUND


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_a_notebook_prints_what_it_shows(path: Path) -> None:
    tools = runpy.run_path(str(NOTEBOOKS / "refresh.py"))
    notebook = json.loads(path.read_text(encoding="utf-8"))
    said, stored = tools["outputs_of"](notebook), tools["stored_outputs"](notebook)
    if path.stem in OF_FIGURES:
        said, stored = ([re.sub(r"[\d.]+", "0", text.split("\n")[0]) for text in texts] for texts in (said, stored))
    assert said == stored, f"it prints something else now: python notebooks/refresh.py {path.name}, and read the diff"


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_a_notebook_is_small_and_says_that_its_note_is_invented(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text) < LARGEST
    assert "nvented" in text
    if path.stem in OF_FIGURES:
        # it counts: what it prints are figures and kinds, and the corpora are read only when somebody asks
        text = "".join(runpy.run_path(str(NOTEBOOKS / "refresh.py"))["stored_outputs"](json.loads(text)))
    # nothing but its own note is read: the outputs are kept
    assert not any(word in text for word in ("corpora", "shared", "read_text", "/work/", "/tmp/"))
