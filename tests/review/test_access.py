"""WCAG 2.2 AA as far as a program can tell: axe-core, from the package on disk, on every page and state. The notes are invented."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("axe_playwright_python", reason="axe-core comes with axe-playwright-python ([dev])")

import axe_playwright_python as axe_package

from chartlight import Service
from tests.review.conftest import Site, Window
from tests.review.notes import OFFICE

AXE = Path(axe_package.__file__).with_name("axe.min.js")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def findings(page: Any, scheme: str) -> list[str]:
    """All rules in light colours; in dark ones the contrast, which alone can differ."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    only = {"type": "tag", "values": TAGS} if scheme == "light" else {"type": "rule", "values": ["color-contrast"]}
    found = page.evaluate("only => axe.run(document, {runOnly: only, resultTypes: ['violations']})", only)
    return [f"{v['impact']} {v['id']}: {v['nodes'][0]['html'][:200]} ({len(v['nodes'])})" for v in found["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_and_state_is_without_findings(window: Window, site: Site, scheme: str) -> None:
    page: Any = window.page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    site.blind(100)
    blind = site.submit(f"axe-blind-{scheme}")
    site.blind(0)
    context = replace(OFFICE, relationship="longitudinal", payer="medicare")
    id = site.submit(f"axe-{scheme}", context=context, services=(Service("90471"),))
    told: dict[str, list[str]] = {}
    page.goto(f"{site.url}/login")
    told["login"] = findings(page, scheme)
    window.log_in()
    told["queue"] = findings(page, scheme)
    page.goto(f"{site.url}/queue?q=nowhere")
    told["empty queue"] = findings(page, scheme)
    window.open(blind)
    told["blind"] = findings(page, scheme)
    window.open(id)
    told["level"] = findings(page, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    told["all open"] = findings(page, scheme)
    window.press("j", "n")
    told["evidence"] = findings(page, scheme)
    window.press("r")
    told["reasons"] = findings(page, scheme)
    window.press("Escape", "e")
    page.wait_for_selector('[role="treeitem"]')
    told["tree"] = findings(page, scheme)
    page.keyboard.type("diabetes")
    page.wait_for_selector('[role="option"]')
    told["type-ahead"] = findings(page, scheme)
    window.press("Escape", "?")
    told["keys"] = findings(page, scheme)
    window.press("Escape")
    page.set_viewport_size({"width": 683, "height": 384})
    told["zoom"] = findings(page, scheme)
    page.set_viewport_size({"width": 1366, "height": 768})
    page.select_option("#s-p2 select", "minor")
    window.calm()
    told["changed"] = findings(page, scheme)
    page.focus('[id="s-E66.9"]')
    window.press("K")
    window.calm()
    told["ordered"] = findings(page, scheme)
    page.focus('[id="s--25"]')
    window.press("r")
    told["reasons of a modifier"] = findings(page, scheme)
    window.press("Escape")
    for about in ("level", "I10", "E11.9", "E66.9", "G2211", "-25"):
        page.focus(f'[id="s-{about}"]')
        window.press("a")
    window.calm()
    told["decided"] = findings(page, scheme)
    window.press("Control+Enter")
    window.until(f"!location.pathname.endsWith('{id}')")
    page.goto(f"{site.url}/visits/{id}")
    told["finalised"] = findings(page, scheme)
    page.goto(f"{site.url}/visits/{id}/packet")
    told["packet"] = findings(page, scheme)
    assert {name: found for name, found in told.items() if found} == {}
