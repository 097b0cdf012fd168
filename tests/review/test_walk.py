"""A coder's day in a real browser: log-in, queue, review by keyboard, decision, packet. The notes are invented."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chartlight import Document, Note
from tests.review.conftest import PASSWORD, Site, Window
from tests.review.notes import TEXT


def test_a_wrong_password_is_told_and_the_right_one_leads_to_where_one_wanted_to_be(window: Window, site: Site) -> None:
    id = site.submit("login-visit")
    page = window.page
    page.goto(f"{site.url}/visits/{id}")
    page.wait_for_url("**/login?next=**")
    page.fill("#login", "ada")
    page.fill("#password", "wrong-password-9")
    page.keyboard.press("Enter")
    page.wait_for_selector("#problem:not([hidden])")
    assert page.inner_text("#problem") == "Name and password do not go together."
    window.faults.clear()  # the browser itself tells of the 401
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/visits/{id}")
    page.wait_for_selector(".s.current")
    page.click('button:has-text("Log off")')
    page.wait_for_selector("#log-in")
    page.goto(f"{site.url}/queue")
    assert "/login" in page.url


def test_a_password_never_stands_in_an_address_even_where_no_script_runs(browser: Any, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/login")
    page.fill("#login", "ada")
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.wait_for_load_state()
    assert PASSWORD not in page.url
    context.close()


def test_the_queue_filters_claims_and_has_words_for_emptiness(window: Window, site: Site) -> None:
    site.submit("queue-one")
    site.submit("queue-two")
    page = window.log_in().page
    page.fill("#q", "queue-t")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=queue-t**")
    assert page.locator("tbody tr").count() == 1
    page.goto(f"{site.url}/queue?shelf=mine")
    assert "claimed no visit" in page.inner_text(".empty")
    page.goto(f"{site.url}/queue?q=nowhere")
    assert "No visit fits" in page.inner_text(".empty")
    page.goto(f"{site.url}/queue?q=queue-two")
    page.click('button:has-text("Claim")')
    page.wait_for_url("**/visits/**")
    page.wait_for_selector(".s.current")
    page.goto(f"{site.url}/queue?shelf=mine")
    assert page.inner_text("tbody th") == "queue-two"
    page.click('button:has-text("Give back")')
    page.wait_for_selector(".empty")


def test_a_visit_is_reviewed_and_finalised_by_keyboard_alone(window: Window, site: Site) -> None:
    first = site.submit("keys-1")
    site.submit("keys-2")
    page = window.log_in("ben").open(first)
    assert page.inner_text("#t-level").startswith("99214")
    window.press("Control+Enter")
    page.wait_for_selector("#said.wrong")
    assert "decide the level" in page.inner_text("#said")
    window.press("k", "k", "k", "k", "a")  # the level is an act of its own
    window.calm()
    assert window.state("level") == "accepted"
    assert page.get_attribute(".s.current", "data-about") == "I10"
    window.press("a")
    window.calm()
    # an edit by type-ahead over the whole code set
    window.press("e")
    page.keyboard.type("E11.65")
    page.wait_for_selector('[role="option"][data-code="E11.65"]')
    window.press("Enter")
    window.calm()
    assert window.state("E11.9") == "changed"
    assert "E11.65" in page.inner_text('[id="s-E11.9"] .code')
    # a rejection with its reason by number
    window.press("r", "7")
    window.calm()
    assert window.state("E66.9") == "rejected: not specific"
    # undo, and once more
    window.press("u")
    window.calm()
    assert window.state("E66.9") == "not decided"
    page.evaluate("document.activeElement.blur()")
    page.focus('[id="s-E66.9"]')
    window.press("r", "6")
    window.calm()
    assert page.inner_text("#missing") == "All is decided."
    window.press("Control+Enter")
    window.until(f"!location.pathname.endsWith('{first}')")
    # and what it came to
    page = window.open(first)
    assert "E11.65" in page.inner_text(".decided")
    assert "E66.9" not in page.inner_text(".decided")
    page.goto(f"{site.url}/visits/{first}/packet")
    text = page.inner_text("main")
    for words in (
        "99214",
        "E11.65",
        "not addressed",
        "Hypertension, not at goal",
        "signed by ben",
        "mdm/",
    ):
        assert words.lower() in text.lower(), words
    assert re.search(r"sha256:[0-9a-f]{64}", text)
    page.emulate_media(media="print")
    assert not page.is_visible(".tools")
    assert page.pdf()[:4] == b"%PDF"


def test_the_tree_around_a_code_is_walked_by_keyboard(window: Window, site: Site) -> None:
    id = site.submit("tree")
    page = window.log_in().open(id)
    window.press("j", "e")
    page.wait_for_selector('[role="treeitem"]')
    window.press("j")  # typing in the box is typing
    assert page.input_value(".picker input") == "j"
    window.press("Backspace")
    window.until("!document.querySelector('[role=tree]').hidden")
    window.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.code") == "I10"
    window.press("Escape")
    assert page.locator(".picker").count() == 0


def test_evidence_is_stepped_through_lit_and_names_every_decision(window: Window, site: Site) -> None:
    id = site.submit("evidence")
    page = window.log_in().open(id)
    window.press("j", "n")
    assert page.inner_text("mark.here") == "Hypertension, not at goal"
    assert page.get_attribute("mark.here", "data-tags") == "P Dx"
    said = page.inner_text("#uses")
    assert "Problems: hypertension, not at goal" in said
    assert "I10" in said
    page.focus('tr[data-element="risk"] .cell')
    lit = page.eval_on_selector_all("mark.lit", "found => found.map(m => m.textContent)")
    assert lit == ["Increase lisinopril", "Continue metformin"]
    page.hover('tr[data-element="data"] .cell')
    window.until("document.querySelector('mark.lit').textContent === 'Hemoglobin A1c'")
    aside = page.locator("mark.k-aside").all_inner_texts()
    assert {"denies", "chest pain", "pneumonia", "breast cancer"} <= set(aside)
    styles = page.evaluate(
        "['problem','data','risk','time','diagnosis'].map(k => getComputedStyle(document.querySelector(`.legend .k-${k}`)).textDecorationStyle)"
    )
    assert len(set(styles)) == 5, "every kind has a line of its own"
    assert page.text_content(".text") == TEXT


def test_a_change_of_a_fact_runs_the_rules_again_and_tells_what_changed(window: Window, site: Site) -> None:
    id = site.submit("amend")
    page = window.log_in("ben").open(id)
    window.press("a")
    window.calm()
    page.click('summary:has-text("Facts and data ledger")')
    page.select_option("#s-p1 select", "minor")
    window.calm()
    page.wait_for_selector("#changed")
    assert "stay as they were" in page.inner_text("#changed"), "two stable chronic problems carry the element"
    page.select_option("#s-p2 select", "not_addressed")
    window.calm()
    page.click("#d-d3")
    window.calm()
    window.until("document.querySelector('#changed')?.textContent.includes('99214')")
    assert "code 99214 → 99213" in page.inner_text("#changed")
    assert page.inner_text("#t-level").startswith("99213")
    assert window.state("level") == "not decided", "what was accepted is no longer what is determined"
    assert page.locator("td.was").count() == 1
    page.click("#changed button")
    window.calm()
    window.until("document.querySelector('#t-level').textContent.includes('99214')")


def test_words_are_added_as_evidence_and_taken_away_with_right_offsets(window: Window, site: Site) -> None:
    id = site.submit("offsets")
    page = window.log_in().open(id)
    select = """words => {
        const node = [...document.querySelectorAll('.text')].flatMap(t => [...t.childNodes]).map(n => n.firstChild || n)
            .find(n => n.textContent.includes(words));
        const at = node.textContent.indexOf(words);
        getSelection().setBaseAndExtent(node, at, node, at + words.length);
    }"""
    page.evaluate(select, "Advised on diet")
    window.press("+")
    page.wait_for_selector("#add[open]")
    assert page.inner_text("#add-words") == "Advised on diet"
    page.check('#add input[value="risk"]')
    page.select_option('#add select[name="risk"]', "none")
    page.click('#add button[value="add"]')
    window.calm()
    page.wait_for_selector("#s-u1", state="attached")
    facts = page.evaluate(
        "fetch(`/v1/encounters/${document.body.dataset.encounter}/proposal`).then(r => r.json()).then(p => p.current.facts)"
    )
    (mine,) = [f for f in facts if f["id"] == "u1"]
    start = TEXT.index("Advised on diet")
    assert (mine["evidence"][0]["start"], mine["evidence"][0]["quote"]) == (start, "Advised on diet")
    page.click('summary:has-text("Facts and data ledger")')
    page.focus("#s-u1 select")
    page.evaluate("document.activeElement.blur()")
    window.press("x")
    window.calm()
    window.until("!document.querySelector('#s-u1')")


def test_time_and_other_circumstances_change_the_code(window: Window, site: Site) -> None:
    id = site.submit("circumstances")
    page = window.log_in().open(id)
    page.click('[data-act="circumstances"]')
    page.select_option('#circumstances select[name="patient_status"]', "new")
    page.click('#circumstances button[value="save"]')
    window.calm()
    window.until("document.querySelector('#t-level').textContent.includes('99204')")


def test_blind_visits_ask_for_the_level_before_anything_is_shown(window: Window, site: Site) -> None:
    site.blind(100)
    id = site.submit("blind")
    site.blind(0)
    page = window.log_in().open(id)
    assert page.locator(".text mark").count() == 0
    assert page.locator(".grid, .dx").count() == 0
    assert page.locator("mark:not(.legend mark), .evidence-table, .fact, [data-light]").count() == 0
    for given_away in (
        "I10",
        "E11.9",
        "Essential",
        'data-kind="fact"',
        "not needed",
        "Which body mass index",
        "influenza vaccine",
    ):
        assert given_away not in page.inner_html("main"), given_away
    assert page.evaluate("document.querySelector('.text').childNodes.length") == 1, "the note is one plain text"
    why = page.inner_text("#why-blind")
    assert "would give the proposed level away" in why
    assert why.count(".") == 1
    assert "99214" not in page.content().replace('data-code="99214"', "").replace('<span class="code">99214</span>', "")
    window.press("a")
    assert "your own level first" in page.inner_text("#said")
    window.press("2")
    window.calm()
    page.wait_for_selector(".grid")
    assert "You entered 99213, low" in page.inner_text(".compare")
    assert page.locator(".text mark").count() > 0
    assert page.locator(".dx").count() == 3
    assert page.locator(".facts .fact").count() > 0


def test_several_documents_stand_together_and_a_changed_one_shows_its_difference(window: Window, site: Site) -> None:
    def documents(text: str) -> tuple[Document, ...]:
        return (
            Document(note=Note("resident", text), type="progress note", author="resident", signed=True),
            Document(note=Note("draft", "INVENTED. Type 2 diabetes, draft only."), type="draft", signed=False),
        )

    id = site.submit("several", documents=documents(TEXT))
    page = window.log_in().open(id)
    assert page.locator(".document").count() == 2
    assert "not read for the proposal" in page.inner_text("#note")
    assert page.locator('[data-document="2"] mark').count() == 0
    window.press("a")
    window.calm()
    site.submit("several", documents=documents(TEXT.replace("6.7 %", "9.1 %")))
    page = window.open(id)
    assert "a document came or changed during the review" in page.inner_text(".band").lower()
    assert page.inner_text(".difference ins") == "9"
    assert page.inner_text(".difference del") == "6"


def test_a_finalised_visit_is_reopened_with_a_reason_and_services_seen_are_listed(window: Window, site: Site) -> None:
    id = site.submit("reopen")
    site.submit("reopen-next")  # one that waits, so that there is a next one
    page = window.log_in("sen").open(id)
    assert "influenza vaccine" in page.inner_text("#rail")
    assert "proposes no codes for procedures" in page.inner_text("#rail")
    window.press("a", "a", "a", "a")
    window.calm()
    window.press("Control+Enter")
    window.until(f"!location.pathname.endsWith('{id}')")
    page.goto(f"{site.url}/visits/{id}")
    page.wait_for_selector(".decided")
    page.click('[data-act="reopen"]')
    page.fill("#reopen textarea", "The addendum was read too late.")
    page.click('#reopen button[value="save"]')
    page.wait_for_selector(".finish")
    assert "Reopened" in page.inner_text(".band")


def test_who_may_not_decide_sees_no_buttons_for_it(window: Window, site: Site) -> None:
    id = site.submit("look-only")
    page = window.log_in("cdi").open(id)
    assert page.locator('#rail [data-act="accept"], #rail [data-act="finish"]').count() == 0
    window.press("a")
    assert "Nothing can be decided" in page.inner_text("#said")


def test_keys_can_be_changed_and_turned_off(window: Window, site: Site) -> None:
    id = site.submit("remap")
    page = window.log_in().open(id)
    window.press("?")
    page.wait_for_selector("#sheet[open]")
    assert page.locator("#keys tr").count() == 14
    assert {"Shift+J", "Shift+K"} <= set(page.locator("#keys kbd").all_inner_texts())
    row = page.locator("#keys tr", has_text="accept the suggestion")
    row.locator("button").click()
    window.press("y")
    assert page.locator("#keys tr", has_text="accept the suggestion").locator("kbd").inner_text() == "y"
    page.click('#sheet button[value="close"]')
    window.press("a")
    assert window.state("level") == "not decided"
    window.press("y")
    window.calm()
    assert window.state("level") == "accepted"
    window.press("?")
    page.uncheck("#keys-on")
    page.click('#sheet button[value="close"]')
    window.press("y")
    assert window.state("I10") == "not decided"


def test_there_is_no_way_to_accept_all_and_no_money(window: Window, site: Site) -> None:
    page = window.log_in().open(site.submit("principles"))
    said = page.inner_text("body").lower()
    assert "accept all" not in said
    assert not re.search(r"[$€£]|\brvu|reimburse|revenue|payment", page.content().lower())


@pytest.mark.parametrize("size", [(1366, 768), (683, 384), (320, 640)], ids=["full", "zoom 200", "reflow"])
def test_nothing_is_cut_off_at_common_sizes_and_at_twice_the_size(
    window: Window, site: Site, size: tuple[int, int]
) -> None:
    page: Any = window.log_in().open(site.submit(f"size-{size[0]}"))
    page.set_viewport_size({"width": size[0], "height": size[1]})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.focus("[data-act=finish]")
    assert page.evaluate(
        "(r => r.width > 0 && r.top >= 0 && r.bottom <= innerHeight + 1)(document.activeElement.getBoundingClientRect())"
    )
