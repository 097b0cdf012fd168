"""Ten-note smoke runs of what trains, on invented notes; they need ``chartlight[train]``."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs chartlight[train]: make train installs it")
pytest.importorskip("sklearn", reason="needs chartlight[train]")

import numpy as np

from chartlight.note import Note
from models import encoder as encoders
from models.encoder import open_encoder
from models.predictors.heads import Choosing, Head, choosing, head, instead
from models.propose import load
from nlp.bridge import read
from training import adapt, corpora, heads, marks

TEN = corpora.invented()[:10]
FORTY = corpora.invented()[::11]
needs_encoder = pytest.mark.skipif(encoders.encoder() is None, reason="no weights are shipped: make adapt")


def test_ten_notes_make_an_encoder_that_serves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch and onnx warn of each other while they export
        words = ["--on", "invented", "--notes", "10", "--epochs", "1", "--out", str(tmp_path)]
        assert adapt.main(words) == 0
    assert "adapt: wrote" in capsys.readouterr().out
    made = open_encoder(tmp_path)
    said = made.mark(read(Note("n", "Plan: start lisinopril.")))  # invented
    assert said.shares.shape == (len(said.starts), len(adapt.TAGS))


def test_the_same_seed_gives_the_same_weights() -> None:
    import torch

    def once() -> list[float]:
        torch.manual_seed(7)
        encoder, tokenizer = adapt.start()
        model = adapt.Reader(encoder)
        data = adapt.examples(TEN[:3], tokenizer)
        list(adapt.train_while_improving(model, data, adapt.Settings(epochs=1)))
        return [float(p.detach().sum()) for p in model.parameters()]

    assert once() == once()


def test_targets_mark_the_annotated_place_and_ask_nothing_of_its_repetitions() -> None:
    text = "Gout. Later: gout."  # invented
    record = corpora.placed(
        {
            "id": "x", "setting": "office", "other_mentions": [], "data": [], "risk": [], "time": None,
            "problems": [{"quote": "out", "addressed": True, "class": "minor", "icd10": [], "support": []}],
        },
        text,
    )  # fmt: skip
    note = corpora.AnnotatedNote(id="x", source="invented", text=text, record=record)
    _, tokenizer = adapt.start()
    made = adapt.cut(text, [0] * len(text), tokenizer)
    wanted, asked = adapt.targets(note, made)
    column = adapt.TAGS.index("problem")
    at = [text[s:e].lower() for s, e in zip(made.starts, made.ends, strict=True)]
    first = at.index("go")
    assert wanted[first:, column].sum() >= 1
    assert wanted[first : first + 2, column].sum() == 0
    assert asked[first : first + 2, column].min() == 0


@needs_encoder
def test_heads_are_learned_and_serve() -> None:
    load()
    proposer = heads.Recording()
    rows = heads.gather(FORTY, proposer)
    assert set(rows) == {"risk", "data", "addressed", "nature", "code"}
    table = {name: heads.learn(name, those, lambda _: None, strengths=(0.1,)) for name, those in rows.items()}
    with instead(table):
        assert isinstance(head("risk"), Head)
        assert isinstance(choosing("nature"), Choosing)
        proposals = [proposer.of_note(n).proposal for n in TEN]
    assert sum(p.determination.mdm is not None for p in proposals) >= 8


@needs_encoder
def test_kept_marks_come_back(tmp_path: Path) -> None:
    made = encoders.encoder()
    assert made is not None
    marks.keep(TEN[:2], made, tmp_path / "m.gz")
    kept = marks.kept([tmp_path / "m.gz"])
    reading = read(Note(TEN[0].id, TEN[0].text))
    honest = marks.Honest(made, kept, {})
    assert np.abs(honest.mark(reading).shares - made.mark(reading).shares).max() <= 1 / 255
    other, fresh = read(Note(TEN[0].id, "Another text.")), marks.Honest(made, kept, {})
    with pytest.raises(ValueError, match="make adapt writes them anew"):
        fresh.mark(other)


def test_the_linear_rival_marks(tmp_path: Path) -> None:
    from training.compare import Linear

    said = Linear(FORTY).mark(read(Note("n", "Plan: start lisinopril 10 mg daily.")))  # invented
    assert 0.0 <= said.shares.min() <= said.shares.max() <= 1.0
