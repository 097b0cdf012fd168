"""The learned parts: windows, marks, candidates, heads. Every note here is invented."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("spacy", reason="reading needs chartlight[run]")

import numpy as np

from chartlight import DataItem, Evidence, Note, RiskDecision
from chartlight.labels import DataNature, RiskNature
from chartlight.note import Span
from models import encoder as encoders
from models import second_opinion
from models.encoder import Marks, WrongWeights, open_encoder
from models.predictors import heads, learned
from models.predictors.heads import Head, evidence, instead
from models.predictors.weigh import Candidate, apart
from models.windows import LENGTH, MARGIN, cut, kinds_of
from nlp.bridge import read

ENCODER = encoders.encoder()
needs_encoder = pytest.mark.skipif(ENCODER is None, reason="no weights are shipped: make adapt")
TEXT = "ASSESSMENT:\nHypertension, above goal.\nPLAN:\nIncrease lisinopril to 40 mg daily. Check a basic metabolic panel."  # invented


def marks(text: str, shares: dict[str, dict[str, float]]) -> Marks:
    """Marks by hand: for each tag the probability of words."""
    words = [(m, m + len(w)) for w in text.split() for m in [text.index(w)]]
    tags = tuple(
        sorted({*shares, *(f"trap:{t}" for t in ("negated", "historical", "family", "possible", "hypothetical"))})
    )
    table = np.zeros((len(words), len(tags)), dtype=np.float32)
    for tag, said in shares.items():
        for word, share in said.items():
            table[text.split().index(word), tags.index(tag)] = share
    starts, ends = (np.array(side) for side in zip(*words, strict=True))
    return Marks(starts, ends, table, tags)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_probable_is_more_evidence(p: float, q: float) -> None:
    low, high = sorted((p, q))
    assert -2.0 <= evidence(low) <= evidence(high) <= 2.0


def test_runs_are_stretches_over_the_least() -> None:
    made = marks(
        "we start the new drug now", {"risk:rx_management": {"start": 0.9, "the": 0.1, "new": 0.6, "now": 0.2}}
    )
    assert list(made.runs("risk:rx_management", 0.5)) == [(Span(3, 16), pytest.approx(0.9))]
    assert [round(float(x), 2) for x in made.highest(Span(9, 16))][made.column("risk:rx_management")] == 0.6
    assert made.highest(Span(100, 110)).max() == 0.0


def test_a_head_reads_only_signs_that_it_knows() -> None:
    head = Head(bias=-1.0, weights={"mark": 2.0})
    assert head.share({"mark": 1.0, "other": 50.0}) == pytest.approx(1 / (1 + np.exp(-1.0)))


def test_of_overlapping_natures_the_likelier_stays() -> None:
    def one(nature: str, share: float) -> Candidate:
        return Candidate(nature=nature, item="", spans=(Span(0, 5),), by_pattern=False, share=share)

    assert [c.nature for c in apart([one("otc_drug", 0.4), one("rx_management", 0.8)])] == ["rx_management"]


ONLY_PATTERNS = {
    "risk": {"bias": -3.0, "weights": {"pattern": 6.0}},
    "data": {"bias": -3.0, "weights": {"pattern": 6.0}},
}
ALSO_MARKS = {"risk": {"bias": 0.0, "weights": {"mark": 2.0}}}


def _risk(note: Note, start: int, end: int) -> RiskDecision:
    quoted = (Evidence.of(note, start, end),)
    return RiskDecision(id="r1", nature=RiskNature.RX_MANAGEMENT, item="lisinopril", evidence=quoted)


def test_without_weights_the_patterns_decide_alone() -> None:
    note = Note("n", TEXT)
    found = [_risk(note, 43, 64)]
    with instead({}):
        assert learned.risk(read(note), marks(TEXT, {"risk:rx_management": {}}), found) == found
    assert learned.risk(read(note), None, found) == found


def test_a_head_keeps_what_is_marked_and_drops_what_is_not() -> None:
    note = Note("n", TEXT)
    reading = read(note)
    all_kinds: dict[str, dict[str, float]] = {f"risk:{n.value}": {} for n in RiskNature}
    said = marks(TEXT, all_kinds | {"risk:rx_management": {"Increase": 0.9, "lisinopril": 0.9}})
    with instead(ALSO_MARKS):
        kept = learned.risk(reading, said, [])
        assert [(f.nature.value, f.evidence[0].quote) for f in kept] == [("rx_management", "Increase lisinopril")]
        assert kept[0].source is not None
        assert kept[0].source.kind.value == "model"
        assert learned.risk(reading, marks(TEXT, all_kinds), [_risk(note, 43, 64)]) == []


def test_the_same_test_counts_once() -> None:
    note = Note("n", "Reviewed: BMP. Order BMP.")  # invented
    reading = read(note)
    one, two = Evidence.of(note, 10, 13), Evidence.of(note, 21, 24)
    items = [
        DataItem(
            id="d1", nature=DataNature.TEST_REVIEWED, item="basic metabolic panel", counts_as="d1", evidence=(one,)
        ),
        DataItem(
            id="d2", nature=DataNature.TEST_ORDERED, item="basic metabolic panel", counts_as="d1", evidence=(two,)
        ),
    ]
    every: dict[str, dict[str, float]] = {f"data:{n.value}": {} for n in DataNature}
    with instead(ONLY_PATTERNS):
        kept = learned.data(reading, marks(note.text, every), items)
    assert [(f.id, f.counts_as) for f in kept] == [("d1", "d1"), ("d2", "d1")]


def test_the_second_opinion_multiplies_out() -> None:
    shares = {"problems": {"low": 0.5, "high": 0.5}, "data": {"low": 1.0}, "risk": {"high": 1.0}}
    whole = second_opinion.overall(shares)
    assert {level.value: p for level, p in whole.items() if p} == {"low": 0.5, "high": 0.5}


@needs_encoder
@pytest.mark.parametrize("words", [0, 1, 300, 600, 2000])
def test_every_piece_is_read_once_with_context(words: int) -> None:
    assert ENCODER is not None
    text = " ".join(["pain"] * words)
    made = cut(text, kinds_of(read(Note("n", text or "x"))) if text else [], ENCODER.tokenizer)
    assert len(made.starts) == words
    assert made.ids.shape[1] <= LENGTH
    read_at = set(zip(made.rows.tolist(), made.columns.tolist(), strict=True))
    assert len(read_at) == words
    inner = [c for r, c in read_at if r > 0]
    assert all(c > MARGIN for c in inner)


@needs_encoder
def test_the_shipped_encoder_marks_a_decision() -> None:
    assert ENCODER is not None
    made = ENCODER.mark(read(Note("n", TEXT)))
    assert made.shares.shape == (len(made.starts), len(made.tags))
    assert 0.0 <= made.shares.min() <= made.shares.max() <= 1.0
    decided = made.highest(Span(TEXT.index("Increase"), TEXT.index(" to 40")))[made.column("risk:rx_management")]
    elsewhere = made.highest(Span(0, 11))[made.column("risk:rx_management")]
    assert decided > 0.5 > elsewhere


@needs_encoder
def test_weights_that_were_touched_are_refused(tmp_path: Path) -> None:
    for name in ("card.json", "tokenizer.json", "encoder.onnx"):
        (tmp_path / name).write_bytes((encoders.FOLDER / name).read_bytes())
    with (tmp_path / "encoder.onnx").open("ab") as file:
        file.write(b"x")
    with pytest.raises(WrongWeights, match="install Chartlight anew"):
        open_encoder(tmp_path)


@pytest.mark.skipif(not heads.FILE.is_file(), reason="no weights are shipped: make train")
def test_the_shipped_heads_are_those_that_the_program_asks_for() -> None:
    wanted = {
        "risk",
        "data",
        "addressed",
        "nature",
        "code",
        "codes used",
        "confidence of level",
        "confidence of diagnosis",
        "confidence of mention",
    }
    assert set(json.loads(heads.FILE.read_text(encoding="utf-8"))) == wanted | {
        f"level of {e}" for e in second_opinion.ELEMENTS
    }
