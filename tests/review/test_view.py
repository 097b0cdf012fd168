"""What the page shows of a visit, without a browser and without a store. The notes are invented."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from chartlight import DiagnosisSuggestion, Encounter, Note
from chartlight.labels import Level, RejectionReason
from rules.determine import determine
from serving.review.judge import neighbours
from serving.review.page.difference import difference
from serving.review.page.marks import Kind, Mark, Use, segments
from serving.review.page.render import environment, marked, note_text
from serving.review.page.view import review
from serving.review.page.visit import ShownDocument, ShownRuling, ShownVisit
from tests.review.notes import OFFICE, TEXT, PageReader


def visit(text: str = TEXT, **changed: object) -> ShownVisit:
    proposal = PageReader().propose(Encounter.of(Note("n1", text), OFFICE))
    made = ShownVisit(
        id="enc_1",
        reference="n1",
        version=1,
        state="open",
        proposal=proposal,
        documents=(ShownDocument(name="n1", key=None, text=text),),
        facts=proposal.facts,
        context=proposal.context,
        determination=proposal.determination,
        neighbours=neighbours(proposal.context, proposal.determination),
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def test_the_grid_has_three_rows_of_four_and_outlines_what_carries_the_level() -> None:
    card = review(visit()).card
    assert card is not None
    assert [len(e.cells) for e in card.elements] == [4, 4, 4]
    for element in card.elements:
        assert sum(c.is_reached for c in element.cells) == 1
    assert sum(any(c.carries for c in e.cells) for e in card.elements) >= 2
    assert (card.by_mdm, card.by_time) == ("99214", "99213")
    assert [n.code for n in card.neighbours] == ["99213", "99215"]


def test_neighbours_are_told_in_neutral_words() -> None:
    card = review(visit()).card
    assert card is not None
    said = " ".join(n.because for n in card.neighbours)
    assert not {"should", "need", "add", "document", "missing", "only"} & set(said.lower().replace(".", "").split())


def test_a_span_names_every_use() -> None:
    view = review(visit())
    (both,) = [m for m in view.marks if TEXT[m.start : m.end] == "Hypertension, not at goal"]
    assert both.tag == "P Dx"
    said = [use.said for use in both.uses if use.said]
    assert any(s.startswith("Problems: hypertension") for s in said)
    assert any(s.startswith("I10 ") for s in said)
    assert both.id in view.marks_of["level"].split()
    assert both.id in view.marks_of["problems"].split()


def test_a_withheld_level_shows_nothing_of_the_proposal() -> None:
    view = review(visit(is_withheld=True))
    assert (view.card, view.suggestions, view.marks, view.evidence, view.ledger, view.aside) == (
        None,
        None,
        (),
        (),
        (),
        (),
    )
    assert [s.text for s in view.documents[0].segments] == [TEXT]


def test_at_most_twelve_diagnoses_are_shown_and_what_was_ruled_on_is_always_among_them() -> None:
    given_ = visit()
    one = given_.proposal.diagnoses[0]
    many: tuple[DiagnosisSuggestion, ...] = tuple(replace(one, code=f"Z{n}", rank=n) for n in range(1, 16))
    proposal = replace(given_.proposal, diagnoses=many)
    shown = review(replace(given_, proposal=proposal)).suggestions
    assert shown is not None
    assert (len(shown.shown), len(shown.more), shown.open) == (12, 3, 12)
    ruled = {"Z15": ShownRuling(about="Z15", verdict="rejected", rejection="family")}
    again = review(replace(given_, proposal=proposal, rulings=ruled)).suggestions
    assert again is not None
    assert again.shown[-1].state == "rejected: family"


def test_a_change_is_told_and_the_place_before_it_is_kept_in_the_grid() -> None:
    given_ = visit()
    facts = tuple(f for f in given_.facts if f.id in ("p2", "r2"))
    now = determine(facts, given_.context)
    card = review(replace(given_, facts=facts, determination=now, before=given_.determination)).card
    assert card is not None
    assert any("problems moderate → low" in line for line in card.changes)
    assert sum(c.was for e in card.elements for c in e.cells) >= 1


def test_what_is_missing_is_told_before_the_visit_can_be_finalised() -> None:
    assert review(visit()).missing == ("decide the level", "decide 3 diagnoses")


def test_the_reasons_are_those_of_the_enumeration_in_its_order() -> None:
    listed = environment().globals["REJECTIONS"]
    assert [value for value, _, _ in listed] == [r.value for r in RejectionReason]
    assert [value for value, _ in environment().globals["LEVELS"]] == [level.value for level in Level]


class Reader(HTMLParser):
    """What a parser makes of a page: text alone."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), max_size=8)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80), SPANS)
def test_segments_are_the_text_whatever_overlaps(text: str, spans: list[tuple[int, int]]) -> None:
    marks = [
        Mark(id=f"m{n}", document=None, start=start, end=start + size, uses=(Use(list(Kind)[n % 7], f"f{n}", ""),))
        for n, (start, size) in enumerate(spans)
    ]
    found = segments(text, marks)
    assert "".join(s.text for s in found) == text
    for mark in marks:
        if mark.end <= len(text):
            assert "".join(s.text for s in found if mark.id in s.marks) == text[mark.start : mark.end]
    reader = Reader()
    reader.feed(str(marked(found)))
    reader.close()
    assert reader.text == text
    assert set(reader.tags) <= {"mark", "b"}


def test_zero_characters_keep_their_place() -> None:
    assert note_text("a\0b") == "a\ufffdb"


def test_a_difference_leaves_out_what_is_far_from_a_change() -> None:
    before = "\n".join(f"line {n}" for n in range(40))
    now = before.replace("line 3\n", "line three\n").replace("line 30\n", "")
    changes = [line.change for line in difference(before, now)]
    assert (changes.count("gap"), changes.count("gone"), changes.count("new")) == (1, 2, 1)
    assert difference(before, before) == ()
