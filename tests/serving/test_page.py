"""The page of a proposal: everything is on it, in every width, safe to print. The note is invented."""

from __future__ import annotations

import io
import re

import pytest

from chartlight.labels import DocumentKind, SetAsideReason, Setting, Stage
from rules.warnings import Unsupported, Warn
from serving import page, terminal, wording
from tests.serving.fake import RICH_TEXT, rich_encounter, rich_proposal


def printed(width: int, *, explain: bool = False) -> str:
    out = io.StringIO()
    page.show(
        terminal.console(out, width=width),
        rich_proposal(rich_encounter()),
        {None: RICH_TEXT},
        name="n1",
        explain=explain,
    )
    return out.getvalue()


def squeezed(text: str) -> str:
    return re.sub(r"[\s│]+", " ", text)


@pytest.mark.parametrize("width", [40, 67, 68, 100, 200])
def test_every_part_is_on_the_page_in_every_width(width: int) -> None:
    text = squeezed(printed(width))
    for words in (
        "99214", "by medical decision making", "99204 if the patient is new",
        "Medical decision making: moderate", "80 %",
        "hypertension: chronic worsening", "“high blood pressure” (line 1)",
        "test reviewed: a1c", "no credit: counted before", "prescription drug management", "problems reason [red]",
        "35 minutes (total), would support 99214", "“Total time 35 minutes” (line 4)",
        "1 I10", "Essential (primary) hypertension", "90 %", "as specific as the words", "I15.9",
        "Not proposed", "R05.9",
        "said to be absent", "“chest pain” (line 2) because of “Denies” (line 2)",
        "? How high was the blood pressure?",
        "no setting was given", "new or established is not known",
        "The machine proposes; a person decides.",
    ):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize("width", [40, 60, 100])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(len(line) for line in printed(width, explain=True).splitlines()) <= width


def test_the_argument_is_shown_when_asked_for() -> None:
    assert "two_of_three" not in printed(100)
    text = squeezed(printed(100, explain=True))
    assert "two_of_three: moderate (the second highest)" in text
    assert "An authority, table, MD-01" in text
    assert "mdm/2023-01-01#risk: moderate [r1]" in text


def test_words_of_a_note_are_neither_markup_nor_control_codes() -> None:
    text = printed(100, explain=True)
    assert "\x1b" not in text
    assert terminal.safe("[bold]x[/bold] \x1b[31m\u202e") == "[bold]x[/bold] ·[31m·"


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tty(io.StringIO):
        def isatty(self) -> bool:
            return True

    def colours() -> bool:
        out = Tty()
        page.show(terminal.console(out, width=90), rich_proposal(rich_encounter()), {None: RICH_TEXT})
        return bool(re.search(r"\x1b\[[0-9;]*3[0-9]", out.getvalue()))

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert colours()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colours()


def test_an_ascii_terminal_gets_the_page_too() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    page.show(terminal.console(out, width=90), rich_proposal(rich_encounter()), {None: RICH_TEXT})
    out.flush()
    assert b"99214" in raw.getvalue()


def test_every_label_that_can_be_shown_has_words() -> None:
    assert set(wording.SETTINGS) == set(Setting)
    assert set(wording.STAGES) == set(Stage)
    assert set(wording.ASIDE) == set(SetAsideReason)
    assert set(wording.KINDS) == set(DocumentKind) - {DocumentKind.VISIT}


@pytest.mark.parametrize("name", [*Warn, *wording.WARNINGS])
def test_every_warning_has_a_sentence(name: str) -> None:
    assert " " in wording.warning(name)
    assert not set(wording.WARNINGS) & {str(w) for w in Warn}, "one place for each sentence"


@pytest.mark.parametrize("reason", Unsupported)
def test_every_refusal_of_the_rules_has_a_sentence(reason: Unsupported) -> None:
    from chartlight import Determination

    assert wording.why_no_code(Determination(code=None, unsupported=reason)) == reason.definition
