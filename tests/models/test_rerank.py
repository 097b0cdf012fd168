"""The reranker of codes: what it may choose from, its signs, and that sides are kept."""

from __future__ import annotations

from datetime import date

import pytest

pytest.importorskip("spacy", reason="reading needs chartlight[run]")

from chartlight import decode_encounter
from chartlight.note import Note
from models.predictors import rerank
from models.predictors.coder import Coder, said_about
from models.predictors.heads import instead
from models.predictors.problems import find
from models.predictors.specificity import Said
from models.propose import load
from nlp.bridge import read
from rules.codesets.reader import open_release

CODES = ("M54.9", "M54.50", "M54.59")
AROUND = rerank.Around(frozenset({"back", "pain"}), frozenset({"back", "pain", "low"}), frozenset({"back", "pain", "low"}))  # fmt: skip
FIRST = rerank.First("M54.9", 0.9, by_name=True, has_reason=False)


@pytest.fixture(scope="module")
def coder() -> Coder:
    load()
    return Coder(open_release(date(2026, 3, 2)))


def ranked(coder: Coder, **weights: float) -> list[str]:
    table = {"code": {"bias": 0.0, "weights": weights}, "codes used": {"bias": 0.0, "weights": {"M54.59": 3.0}}}
    with instead(table):
        return rerank.ranked(CODES, FIRST, AROUND, Said(frozenset()), coder.catalogue, {})


def test_the_order_stays_without_weights(coder: Coder) -> None:
    with instead({}):
        assert rerank.ranked(CODES, FIRST, AROUND, Said(frozenset()), coder.catalogue, {}) == list(CODES)


def test_signs_decide(coder: Coder) -> None:
    assert ranked(coder, first=1.0)[0] == "M54.9"
    assert ranked(coder, used=1.0)[0] == "M54.59"
    assert ranked(coder, **{"all it adds is said by block": 1.0})[0] == "M54.50"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Assessment: Complete tear of the anterior cruciate ligament of the left knee.\nPlan: MRI.", "S83.512A"),
        ("Assessment: Complete tear of the anterior cruciate ligament of the right knee.\nPlan: MRI.", "S83.511A"),
        ("Assessment: Carpal tunnel syndrome of the left wrist.\nPlan: Splint at night.", "G56.02"),
    ],
)
def test_no_option_takes_the_other_side(text: str, code: str) -> None:
    """Invented notes."""
    sent = {"id": "invented", "text": text, "context": {"setting": "office", "date_of_service": "2026-03-02"}}
    proposal = load().propose(decode_encounter(sent))
    assert code in {d.code for d in proposal.diagnoses}
    other = "right" if "left" in text else "left"
    assert not any(other in d.description for d in proposal.diagnoses)


def test_runners_up_hold_what_stood_first(coder: Coder) -> None:
    reading = read(Note("invented", "Assessment: Back pain, low, for a week.\nPlan: Ibuprofen."))
    problem = next(p for p in find(reading) if p.addressed)
    with instead({"code": {"bias": 0.0, "weights": {"first": -5.0}}, "codes used": {"bias": 0.0, "weights": {}}}):
        said = said_about(problem, reading)
        first = coder.first_choice(problem, reading, said)
        choice = coder.choose(problem, reading)
    assert first is not None
    assert choice is not None
    assert choice.code != first.code
    assert choice.others[0] == first.code
