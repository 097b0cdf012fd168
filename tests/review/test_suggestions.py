"""Single suggestions in a real browser: the order of the diagnoses, add-ons and modifiers one by one. The notes are invented."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chartlight import Service
from tests.review.conftest import Site, Window
from tests.review.notes import OFFICE

BESIDE: dict[str, Any] = {
    "context": replace(OFFICE, relationship="longitudinal", payer="medicare"),
    "services": (Service("90471"),),
}
"""What makes the rules put G2211 and modifier 25 beside the code."""


def order(page: Any) -> list[str]:
    return [one.get_attribute("data-about") for one in page.locator(".diagnoses > .dx").all()]


def test_diagnoses_are_put_in_another_order_by_keys_and_buttons(window: Window, site: Site) -> None:
    id = site.submit("order")
    site.submit("order-next")
    page = window.log_in().open(id)
    assert order(page) == ["I10", "E11.9", "E66.9"]
    window.press("K")
    assert "Only diagnoses have an order" in page.inner_text("#said")
    window.press("j", "K")
    assert page.inner_text("#said") == "I10 is first already."
    window.press("j", "j", "K", "K")  # twice in one breath
    window.calm()
    assert order(page) == ["E66.9", "I10", "E11.9"]
    assert page.evaluate("document.activeElement.dataset.about") == "E66.9", "the focus goes along"
    assert page.get_attribute("#said", "aria-live") == "polite"
    assert page.inner_text("#said").startswith("E66.9 is now 1 of 3. Listed first: E66.9")
    assert page.inner_text("#first-listed") == "Listed first: E66.9; the rules suggest I10 first."
    assert page.locator(".dx .rank").all_inner_texts() == ["1", "2", "3"]
    assert "suggested as 3" in page.inner_text('[id="s-E66.9"]')
    window.press("u")
    window.calm()
    assert order(page) == ["I10", "E66.9", "E11.9"]
    assert page.locator("#first-listed").count() == 0
    page.focus('[id="s-E11.9"]')
    page.focus('[id="s-E11.9"] [data-act="earlier"]')
    window.press("Enter")
    window.calm()
    assert order(page) == ["I10", "E11.9", "E66.9"]
    assert page.evaluate("document.activeElement.dataset.act") == "earlier", "one goes on with the same button"
    window.press("Enter")
    window.calm()
    page = window.open(id)  # and it is there again
    assert order(page) == ["E11.9", "I10", "E66.9"]
    window.press("a", "a", "a", "a")
    window.calm()
    window.press("Control+Enter")
    window.until(f"!location.pathname.endsWith('{id}')")
    page = window.open(id)
    assert page.locator(".decided .code").all_inner_texts()[1:] == ["E11.9", "I10", "E66.9"]
    assert page.locator('[data-act="earlier"]').count() == 0
    page.goto(f"{site.url}/visits/{id}/packet")
    codes = page.locator("section", has_text="Diagnoses").first.locator("ol .code").all_inner_texts()
    assert codes == ["E11.9", "I10", "E66.9"]
    assert "Listed first: E11.9; the rules suggest I10 first. The order is the person's." in page.inner_text("main")


def test_the_keys_of_the_order_can_be_changed(window: Window, site: Site) -> None:
    page = window.log_in("ben").open(site.submit("order-keys"))
    window.press("?")
    page.locator("#keys tr", has_text="one place down").locator("button").click()
    window.press("w")
    page.click('#sheet button[value="close"]')
    window.press("j", "J")
    window.calm()
    assert order(page)[0] == "I10"
    window.press("w")
    window.calm()
    assert order(page)[:2] == ["E11.9", "I10"]


def test_add_ons_and_modifiers_are_decided_one_by_one_by_the_same_keys(window: Window, site: Site) -> None:
    id = site.submit("beside", **BESIDE)
    site.submit("beside-next")
    page = window.log_in("ben").open(id)
    assert page.locator("#rail .s").evaluate_all("all => all.map(one => one.dataset.about)") == [
        "level", "I10", "E11.9", "E66.9", "G2211", "-25",
    ]  # fmt: skip
    window.press("a", "a", "a", "a")  # the level and three diagnoses
    window.calm()
    assert page.inner_text("#missing") == "To do: decide 2 add-ons or modifiers"
    window.press("Control+Enter")
    page.wait_for_selector("#said.wrong")
    assert page.get_attribute(".s.current", "data-about") == "G2211"
    window.press("e")
    assert "accepted or rejected" in page.inner_text("#said")
    assert page.locator(".picker").count() == 0
    window.press("r", "7")
    window.calm()
    assert window.state("G2211") == "rejected: not specific"
    assert page.get_attribute(".s.current", "data-about") == "-25"
    assert page.evaluate("document.activeElement.dataset.about") == "-25"
    window.press("K")
    assert "Only diagnoses have an order" in page.inner_text("#said")
    window.press("a")
    window.calm()
    assert window.state("-25") == "accepted"
    window.press("u")
    window.calm()
    assert window.state("-25") == "not decided"
    window.press("k", "j")
    page.click('[id="s--25"] [data-act="accept"]')
    window.calm()
    assert page.inner_text("#missing") == "All is decided."
    window.press("Control+Enter")
    window.until(f"!location.pathname.endsWith('{id}')")
    page = window.open(id)
    assert page.locator(".decided .code").all_inner_texts() == ["99214", "-25", "I10", "E11.9", "E66.9"]
    page.goto(f"{site.url}/visits/{id}/packet")
    table = page.locator("table", has_text="Add-on or modifier")
    assert [row.split("\t")[:3] for row in table.locator("tbody tr").all_inner_texts()] == [
        ["G2211 × 1", "99214", "rejected: not specific"],
        ["-25", "99214", "accepted"],
    ]


def test_beside_another_level_they_go_on_and_beside_none_they_fall_away(window: Window, site: Site) -> None:
    page = window.log_in().open(site.submit("beside-level", **BESIDE))
    window.press("e", "3")
    window.calm()
    assert window.state("level") == "changed to 99213"
    assert "modifier on 99213" in page.inner_text('[id="s--25"]')
    assert "determined beside 99214, decided is 99213" in page.inner_text('[id="s--25"]')
    page.focus("#s-level")
    window.press("r", "6")
    window.calm()
    assert window.state("-25") == "falls away without an E/M code"
    assert page.inner_text("#missing") == "To do: decide 3 diagnoses"
    page.focus('[id="s--25"]')
    window.press("a")
    window.calm()
    assert "It falls away" in page.inner_text("#said")
