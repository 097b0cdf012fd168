"""Measures the review page: ``python -m tests.review.measure``, against a ``chartlight serve --demo`` of its own making.

Prints the server's time to open a chart (its own ``Server-Timing``) and the time from a key to the next evidence on the screen, in milliseconds.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from typing import Any

from playwright.sync_api import sync_playwright

from serving.demo.visits import PASSWORD

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
ROUNDS = 40
KEY = """() => new Promise(done => {
    const began = performance.now();
    document.dispatchEvent(new KeyboardEvent("keydown", {key: "n", bubbles: true, cancelable: true}));
    const worked = performance.now() - began;
    requestAnimationFrame(() => setTimeout(() => done([worked, performance.now() - began])));
})"""


def told(name: str, values: list[float]) -> str:
    """Median, 95th percentile and maximum."""
    ordered = sorted(values)
    p95 = ordered[int(len(ordered) * 0.95)]
    return f"{name}: median {statistics.median(ordered):.1f}, p95 {p95:.1f}, most {ordered[-1]:.1f} ms ({len(ordered)} times)"


def measure(url: str) -> None:
    """Open every visit many times, and step through its evidence."""
    with sync_playwright() as api:
        browser = api.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page: Any = browser.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(120_000)
        page.goto(f"{url}/login")
        page.fill("#login", "coder")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/queue")
        places = page.eval_on_selector_all("tbody a", "links => links.map(a => a.href)")
        opened: list[float] = []
        worked: list[float] = []
        shown: list[float] = []
        for n in range(ROUNDS):
            answer = page.goto(places[n % len(places)])
            found = re.search(r"dur=([\d.]+)", answer.headers["server-timing"])
            assert found
            opened.append(float(found[1]))
        for place in places:
            page.goto(place)
            page.wait_for_selector(".s.current")
            for _ in range(ROUNDS):
                script, screen = page.evaluate(KEY)
                worked.append(script)
                shown.append(screen)
        browser.close()
    print(told("opening a chart, server time", opened))
    print(told("key to next evidence, script", worked))
    print(told("key to next evidence, on the screen", shown))


def main() -> None:
    """Serve the demo on a free port, measure, and stop it."""
    command = [sys.executable, "-m", "serving.cli", "serve", "--demo", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as service:
        assert service.stdout
        url = next(m[1] for line in service.stdout if (m := re.search(r"serves (http://\S+?)/ ", line)))
        try:
            measure(url)
        finally:
            service.terminate()


if __name__ == "__main__":
    main()
