"""Single suggestions in a real browser: the order of the diagnoses by keys and buttons. The notes are invented."""

from __future__ import annotations

from typing import Any

from tests.review.conftest import Site, Window


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
