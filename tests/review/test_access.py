"""WCAG 2.2 AA as far as a program can tell: axe-core, from the package on disk, on every page and state. The notes are invented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("axe_playwright_python", reason="axe-core comes with axe-playwright-python ([dev])")

import axe_playwright_python as axe_package

from tests.review.conftest import Site, Window

AXE = Path(axe_package.__file__).with_name("axe.min.js")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def findings(page: Any) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", TAGS
    )
    return [f"{v['impact']} {v['id']}: {v['nodes'][0]['html'][:200]} ({len(v['nodes'])})" for v in found["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_and_state_is_without_findings(window: Window, site: Site, scheme: str) -> None:
    page: Any = window.page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    site.blind(100)
    blind = site.submit(f"axe-blind-{scheme}")
    site.blind(0)
    id = site.submit(f"axe-{scheme}")
    told: dict[str, list[str]] = {}
    page.goto(f"{site.url}/login")
    told["login"] = findings(page)
    window.log_in()
    told["queue"] = findings(page)
    page.goto(f"{site.url}/queue?q=nowhere")
    told["empty queue"] = findings(page)
    window.open(blind)
    told["blind"] = findings(page)
    window.open(id)
    told["level"] = findings(page)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    told["all open"] = findings(page)
    window.press("j", "n")
    told["evidence"] = findings(page)
    window.press("r")
    told["reasons"] = findings(page)
    window.press("Escape", "e")
    page.wait_for_selector('[role="treeitem"]')
    told["tree"] = findings(page)
    page.keyboard.type("diabetes")
    page.wait_for_selector('[role="option"]')
    told["type-ahead"] = findings(page)
    window.press("Escape", "?")
    told["keys"] = findings(page)
    window.press("Escape")
    page.set_viewport_size({"width": 683, "height": 384})
    told["zoom"] = findings(page)
    page.set_viewport_size({"width": 1366, "height": 768})
    page.select_option("#s-p2 select", "minor")
    window.calm()
    told["changed"] = findings(page)
    for about in ("level", "I10", "E11.9", "E66.9"):
        page.focus(f'[id="s-{about}"]')
        window.press("a")
    window.calm()
    told["decided"] = findings(page)
    window.press("Control+Enter")
    window.until(f"!location.pathname.endsWith('{id}')")
    page.goto(f"{site.url}/visits/{id}")
    told["finalised"] = findings(page)
    page.goto(f"{site.url}/visits/{id}/packet")
    told["packet"] = findings(page)
    assert {name: found for name, found in told.items() if found} == {}
