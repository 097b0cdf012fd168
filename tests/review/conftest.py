"""A real service over a fresh SQLite database, and Debian's Chromium in front of it. Every note is invented."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the service needs the extra [run]")
pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright ([dev])")

import uvicorn
from playwright import sync_api as playwright_api

from serving.people import accounts
from serving.people.roles import Role
from serving.review import intake
from serving.service.app import create_app
from serving.service.settings import Settings
from serving.store.database import Store, open_store, reading, writing
from serving.store.migrate import upgrade
from serving.store.tables import practices
from tests.review.notes import TEXT, PageReader, submission

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PASSWORD = "invented-password-1"


@dataclass
class Site:
    """A service that runs, and how to put visits into it."""

    url: str
    store: Store
    reader: PageReader

    def submit(self, reference: str, text: str = TEXT, **given: Any) -> str:
        """A visit; returns its id. The same reference again is a further version."""
        made = submission(reference, text, **given)
        with reading(self.store, "main", "test") as unit:
            plan = intake.plan(unit, made)
        plan = intake.read(plan, self.reader)
        with writing(self.store, "main", "test") as unit:
            return intake.keep(unit, plan).encounter_id

    def blind(self, percent: int) -> None:
        """Set the share of blind visits."""
        with writing(self.store, "main", "test") as unit:
            unit.execute(practices.update().where(practices.c.tenant == "main").values(blind_percent=percent))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service on a free port, without visits."""
    url = f"sqlite:///{tmp_path_factory.mktemp('page') / 'chartlight.db'}"
    store = open_store(url)
    upgrade(store)
    with writing(store, "main", "test") as unit:
        accounts.found_practice(unit, "Invented practice")
        for login, role in (("ada", Role.CODER), ("ben", Role.CODER), ("cdi", Role.CDI), ("sen", Role.SENIOR_CODER)):
            accounts.add(unit, login, role, PASSWORD)
    reader = PageReader()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(Settings(database=url), store, reader)
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False, lifespan="on")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(600):
        if server.started:
            break
        time.sleep(0.05)
    assert server.started, "the service did not start within half a minute"
    yield Site(f"http://127.0.0.1:{port}", store, reader)
    server.should_exit = True
    thread.join(15)
    store.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium; skips with the reason where it cannot be had."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium, or make browser as root")
    with playwright_api.sync_playwright() as api:
        made = api.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield made
        made.close()


class Window:
    """A page of one person, with what went wrong in it."""

    def __init__(self, page: Any, site: Site) -> None:
        self.page = page
        self.site = site
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        page.on(
            "request",
            lambda asked: None if asked.url.startswith(site.url) else self.faults.append(f"outside: {asked.url[:80]}"),
        )

    def log_in(self, login: str = "ada") -> Window:
        self.page.goto(f"{self.site.url}/login")
        self.page.fill("#login", login)
        self.page.fill("#password", PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/queue")
        return self

    def open(self, id: str) -> Any:
        self.page.goto(f"{self.site.url}/visits/{id}")
        self.page.wait_for_selector(".s.current")
        return self.page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def calm(self) -> None:
        """Wait until nothing is under way."""
        self.until("!document.body.classList.contains('busy')")

    def until(self, expression: str) -> None:
        """Wait for a condition; Playwright's own waiting evaluates strings in the page, which the policy forbids."""
        for _ in range(1200):
            try:
                if self.page.evaluate(expression):
                    return
            except playwright_api.Error:  # the page is being replaced
                pass
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never: {expression}")

    def state(self, about: str) -> str:
        return str(self.page.inner_text(f'[id="s-{about}"] > .line .state, [id="s-{about}"] header .state')).strip()


@pytest.fixture
def window(browser: Any, site: Site) -> Iterator[Window]:
    """A window of 1366 by 768; at the end nothing may have gone wrong in it, and nothing may have been asked of elsewhere."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    made = Window(context.new_page(), site)
    yield made
    context.close()
    assert made.faults == []
