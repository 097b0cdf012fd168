"""The one function of the browser that turns UTF-16 offsets into code points and back agrees with the one of Python."""

from __future__ import annotations

from typing import Any

import pytest

from chartlight.note import Span
from chartlight.offsets import to_utf16
from tests.review.conftest import Site, Window

TEXTS = ["plain", "🩺 ok", "e\u0301 and é", "👩🏽‍⚕️ visit", "a\r\nb\rc", "𝒳𝒴 mixed é", "नमस्ते", "\ud7ff\ue000", "🇺🇸🇬🇧"]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_both_sides_agree_on_every_place(window: Window, site: Site, text: str) -> None:
    page: Any = window.page
    page.goto(f"{site.url}/login")
    module = page.evaluate("document.querySelector('script[type=module]').src").replace("login.js", "offsets.js")
    there = page.evaluate(
        "async ([address, text, count]) => { const m = await import(address);"
        " return Array.from({length: count + 1}, (_, n) => [m.toUtf16(text, n), m.toCodePoints(text, m.toUtf16(text, n))]); }",
        [module, text, len(text)],
    )
    assert there == [[to_utf16(text, Span(0, n))[1], n] for n in range(len(text) + 1)]


def test_an_offset_inside_a_character_counts_as_the_one_before_it(window: Window, site: Site) -> None:
    page: Any = window.page
    page.goto(f"{site.url}/login")
    module = page.evaluate("document.querySelector('script[type=module]').src").replace("login.js", "offsets.js")
    assert page.evaluate("async address => (await import(address)).toCodePoints('🩺 ok', 1)", module) == 0
