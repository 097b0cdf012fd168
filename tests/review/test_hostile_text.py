"""Text of a note is only ever a text node: 500 hostile strings in every text field, and none of them runs.

``make test`` takes every fifth group of strings, and every twentieth as a reference; ``make test-all`` takes all of them.
"""

from __future__ import annotations

from typing import Any

import pytest

from chartlight import Document, Note
from chartlight.decision import Verdict
from serving.people.roles import Actor, Role
from serving.review import amend, decide, rule, visit
from serving.store.database import writing
from serving.store.tables import users
from tests.review.conftest import Site, Window
from tests.review.hostile import HOSTILE
from tests.review.notes import TEXT

EACH = 25
PLACES = range(0, len(HOSTILE), EACH)
GUARD = "window.hits = 0; window.hit = () => { window.hits += 1; };"


def decided(site: Site, id: str, reason: str) -> None:
    """Amend with a reason, finalise, reopen with a reason."""
    with writing(site.store, "main", "test") as unit:
        user = unit.execute(users.select().where(users.c.login == "ada")).one()
    actor = Actor("main", user.id, "ada", Role.CODER, "", csrf="x")
    with writing(site.store, "main", actor.id) as unit:
        now = visit.load(unit, id)
        change = amend.Change(removed=(now.facts[0].id,), reason=reason)
        version = amend.amend(unit, actor, id, change, version=now.row.version)
        word = rule.Word(about="level", verdict=Verdict.EDITED, final="99213")
        version = rule.rule(unit, actor, id, word, version=version)
        _, version = decide.decide(unit, actor, id, version=version)
        decide.reopen(unit, actor, id, reason, version=version)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "place" in metafunc.fixturenames:
        every = 1 if metafunc.config.getoption("--everything") else 5
        metafunc.parametrize("place", PLACES[::every])


def test_no_text_runs(window: Window, site: Site, place: int) -> None:
    mine = HOSTILE[place : place + EACH]
    documents = tuple(
        Document(note=Note(f"{n} {words}", f"INVENTED {words}\r\n\r{words}\n"), type=words, author=words)
        for n, words in enumerate(mine)
    )
    site.reader.everywhere = True
    id = site.submit(f"{place} {mine[0]}", documents=documents)
    site.reader.everywhere = False
    decided(site, id, "\n".join(mine)[:2000])
    page: Any = window.page
    page.add_init_script(GUARD)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    window.log_in()
    page.goto(f"{site.url}/queue?shelf=all")
    ran = page.evaluate("window.hits")
    page.goto(f"{site.url}/visits/{id}")
    page.wait_for_selector(".s.current")
    for number, document in enumerate(documents, 1):
        assert page.text_content(f'[data-document="{number}"]') == document.note.text
    assert page.locator(".text :not(mark, b)").count() == 0, "no element but ours stands in a text"
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    window.press("n", "n", "p")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.text mark'))")
    window.press("+")
    page.wait_for_selector("#add[open]")
    page.check('#add input[value="more"]')
    assert page.inner_text("#add-words") != ""
    window.press("Escape")
    page.hover(".text mark >> nth=1")
    ran += page.evaluate("window.hits")
    page.goto(f"{site.url}/visits/{id}/packet")
    assert mine[0] in page.inner_text("main")
    ran += page.evaluate("window.hits")
    assert (ran, dialogs) == (0, [])


def test_hostile_references_and_filters_run_nothing(window: Window, site: Site, pytestconfig: pytest.Config) -> None:
    mine = HOSTILE if pytestconfig.getoption("--everything") else HOSTILE[::20]
    for n, words in enumerate(mine):
        if n:
            site.submit(f"ref {words}"[:200], TEXT.replace("Zoe", f"Nobody {n}"))
    page: Any = window.page
    page.add_init_script(GUARD)
    window.log_in()
    address = f"{site.url}/queue?shelf=all"
    seen = 0
    while address:
        page.goto(address)
        seen += page.locator("tbody tr").count()
        assert page.evaluate("window.hits") == 0
        more = page.locator(".pages a")
        address = page.evaluate("document.querySelector('.pages a').href") if more.count() else ""
    assert seen >= len(mine) - 1
    for words in mine[:: len(mine) // 20]:
        page.fill("#q", words[:80])
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.input_value("#q") == words[:80]
        assert page.evaluate("window.hits") == 0
