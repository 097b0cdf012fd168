"""The promises of the service as functions of a count: small ones run with ``make test``, full ones with ``make prove-service``.

All notes and identifiers are invented.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import select

from serving.people.roles import Role
from serving.service import journal
from serving.service.settings import Settings
from serving.store import audit
from serving.store.database import open_store
from serving.store.tables import audit_events, decisions, rulings
from tests.service.fake import TEXT
from tests.service.world import CONTEXT, World

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds after which a server that does not come up is a failure; the machine may be busy."""


# --- kill -9 during concurrent confirmations


@dataclass
class Coder(threading.Thread):
    """Submits visits and confirms them one act at a time; an act that got no answer is repeated with its key until it gets one."""

    number: int
    address: str
    tokens: dict[Role, str]
    stopped: threading.Event
    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return self.number

    def run(self) -> None:
        """Until told to stop; an act that was begun is brought to its end."""
        with httpx2.Client(base_url=self.address, timeout=30) as client:
            visit = 0
            while not self.stopped.is_set():
                visit += 1
                self._one(client, f"c{self.number}-{visit}")

    def _one(self, client: Any, name: str) -> None:
        body = {"id": name, "text": f"{TEXT}\nNumber {name}.", "context": CONTEXT}
        answer = self._post(client, "/v1/encounters", body, f"{name}-submit", "")
        id = answer.json()["id"]
        etag = answer.headers["etag"]
        for about in ("level", "I10", "E11.9"):
            body = {"about": about, "verdict": "confirmed"}
            answer = self._post(client, f"/v1/encounters/{id}/rulings", body, f"{name}-{about}", etag)
            if answer.status_code != 201:
                self.wrong.append(f"{name} {about}: {answer.status_code}")
                return
            etag = answer.headers["etag"]
            self.acknowledged.append((id, about))
        answer = self._post(client, f"/v1/encounters/{id}/decision", {}, f"{name}-decision", etag)
        if answer.status_code != 201:
            self.wrong.append(f"{name} decision: {answer.status_code}")
            return
        self.finished.append(id)

    def _post(self, client: Any, path: str, body: Any, key: str, etag: str) -> Any:
        # one account of each of two roles, so that keys of two actors are in play
        role = Role.CODER if self.number % 2 else Role.SENIOR_CODER
        headers = {"Authorization": f"Bearer {self.tokens[role]}", "Idempotency-Key": key}
        if etag:
            headers["If-Match"] = etag
        began = time.monotonic()
        while True:
            try:
                answer = client.post(path, json=body, headers=headers)
            except httpx2.TransportError:
                if time.monotonic() - began > PATIENCE:
                    raise
                time.sleep(0.02)
                continue
            if answer.status_code != 503:
                return answer
            time.sleep(0.02)


def kills(count: int, database: str, tokens: dict[Role, str], *, seed: int = 0, coders: int = 4) -> dict[str, int]:
    """Kill the server ``count`` times at random moments while coders work; then look at what is in the database."""
    chance = random.Random(seed)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.service.target", database, str(port)]
    stopped = threading.Event()
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as supervisor:
        pid = 0
        try:
            assert supervisor.stdout is not None
            pid = int(supervisor.stdout.readline().split()[1])
            workers = [Coder(n, address, tokens, stopped) for n in range(coders)]
            for worker in workers:
                worker.start()
            for _ in range(count):
                _wait_until_ready(address)
                time.sleep(chance.uniform(0.0, 0.4))
                os.kill(pid, signal.SIGKILL)
                pid = int(supervisor.stdout.readline().split()[1])
            stopped.set()
            for worker in workers:
                worker.join(PATIENCE * 2)
                assert not worker.is_alive()
        finally:
            supervisor.kill()
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    return {"kills": count} | _accounts(database, workers)


def _wait_until_ready(address: str) -> None:
    began = time.monotonic()
    while True:
        try:
            if httpx2.get(f"{address}/health/ready", timeout=30).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        assert time.monotonic() - began < PATIENCE, "the server does not come up"
        time.sleep(0.02)


def _accounts(database: str, workers: list[Coder]) -> dict[str, int]:
    store = open_store(database)
    with store.engine.connect() as connection:
        faults = list(audit.verify(connection))
        made = [(r.encounter_id, r.about) for r in connection.execute(select(rulings.c.encounter_id, rulings.c.about))]
        decided = list(connection.execute(select(decisions.c.encounter_id)).scalars())
    store.close()
    acknowledged = [a for w in workers for a in w.acknowledged]
    finished = [f for w in workers for f in w.finished]
    return {
        "acknowledged": len(acknowledged) + len(finished),
        "lost": len(set(acknowledged) - set(made)) + len(set(finished) - set(decided)),
        "doubled": len(made) - len(set(made)) + len(decided) - len(set(decided)),
        "refused": sum(len(w.wrong) for w in workers),
        "faults": len(faults),
    }


# --- races


def races(count: int, here: World) -> dict[str, int]:
    """Two browsers act on one visit at the same moment with the same ETag: one is acknowledged, the other is told."""
    told = {"races": count, "acknowledged": 0, "both": 0, "neither": 0, "lost": 0, "unexpected": 0}
    barrier = threading.Barrier(3, timeout=PATIENCE)
    answers: list[Any] = [None, None]
    work: list[Any] = [None, None]
    gone = threading.Event()
    owner = Role.CODER

    def side(n: int) -> None:
        while True:
            barrier.wait()
            if gone.is_set():
                return
            method, path, role, body, headers = work[n]
            answers[n] = here.call(method, path, role, json=body, headers=headers)
            barrier.wait()

    threads = [threading.Thread(target=side, args=(n,), daemon=True) for n in (0, 1)]
    for thread in threads:
        thread.start()
    for n in range(count):
        if n % 100 == 0:
            id = here.submit(f"{TEXT}\nRace {n}.")
            etag = here.etag(id)
            # every hundredth race is one for the claim itself, between two coders
            path = f"/v1/encounters/{id}/claim"
            work[:] = [("POST", path, Role.CODER, None, etag), ("POST", path, Role.SENIOR_CODER, None, etag)]
        else:
            path = f"/v1/encounters/{id}/rulings"
            bodies = [
                {"about": "I10", "verdict": "confirmed"},
                {"about": "I10", "verdict": "rejected", "rejection": "negated"},
            ]
            work[:] = [("POST", path, owner, body, etag) for body in bodies]
        barrier.wait()
        barrier.wait()
        won = [a for a in answers if a.status_code in (200, 201)]
        told["both"] += len(won) == 2
        told["neither"] += not won
        told["acknowledged"] += len(won)
        told["unexpected"] += sum(a.status_code not in (200, 201, 409, 412) for a in answers)
        if len(won) == 1:
            etag = {"If-Match": won[0].headers["etag"]}
            if n % 100 == 0:
                owner = Role.CODER if answers[0] is won[0] else Role.SENIOR_CODER
                continue
            now = here.call("GET", f"/v1/encounters/{id}/proposal", owner)
            (stored,) = [r for r in now.json()["rulings"] if r["about"] == "I10"]
            (acknowledged,) = [r for r in won[0].json()["rulings"] if r["about"] == "I10"]
            told["lost"] += stored != acknowledged or now.headers["etag"] != etag["If-Match"]
    gone.set()
    barrier.wait()
    for thread in threads:
        thread.join(10)
    with here.store.engine.connect() as connection:
        told["faults"] = len(list(audit.verify(connection)))
    return told


# --- canaries


def identifiers(count: int, seed: int = 0) -> list[str]:
    """Invented identifiers of patients: names, numbers, telephones, addresses, dates of birth."""
    chance = random.Random(seed)
    first = ("Zephyrine", "Quillon", "Ottoline", "Barnabax", "Isolde", "Thaddeus", "Wilhelmina", "Xanthippe")
    last = ("Quartermaine", "Fitzwhistle", "Ravenscrag", "Oglethorpe", "Brambleton", "Undershaft", "Vandersnatch")
    forms = (
        lambda n: f"{chance.choice(first)}{n} {chance.choice(last)}{n}",
        lambda n: f"MRN-{chance.randrange(10**7, 10**8)}{n:04}",
        lambda n: f"{chance.randrange(900, 999)}-{chance.randrange(10, 99)}-{n:04}7",
        lambda n: f"(555) 01{chance.randrange(10, 99)}-{n:04}9",
        lambda n: f"{n}7 Invented Alley, Nowhereville {chance.randrange(10000, 99999)}",
        lambda n: f"{chance.choice(first).lower()}.{n}@patients.invalid",
    )
    return [forms[n % len(forms)](n) for n in range(count)]


def canaries(count: int, here: World, folder: Path) -> dict[str, int]:
    """Plant identifiers in every place that a sender can fill, provoke every kind of error, and look for them in logs, metrics and errors."""
    log = folder / "chartlight.log"
    root = logging.getLogger()
    kept = list(root.handlers), root.level
    journal.set_up(Settings(log_file=log))
    errors: list[str] = []
    planted = identifiers(count)
    try:
        for n, word in enumerate(planted):
            for answer in _plant(here, n, word):
                if answer.status_code >= 400:
                    errors.append(answer.text + json.dumps(dict(answer.headers)))
        metrics = here.call("GET", "/metrics", Role.INTEGRATOR).text
    finally:
        for handler in list(root.handlers):
            root.removeHandler(handler)
            handler.close()
        for handler in kept[0]:
            root.addHandler(handler)
        root.setLevel(kept[1])
    logged = log.read_text(encoding="utf-8")
    with here.store.engine.connect() as connection:
        trail = "\n".join(connection.execute(select(audit_events.c.detail)).scalars())
    told = {"canaries": count, "log_lines": logged.count("\n"), "errors": len(errors)}
    for name, text in (
        ("in_logs", logged),
        ("in_metrics", metrics),
        ("in_errors", "\n".join(errors)),
        ("in_trail", trail),
    ):
        told[name] = sum(word in text for word in planted)
    return told


def _plant(here: World, n: int, word: str) -> list[Any]:
    """One identifier in one set of places; which one goes by its number."""
    hostile = {"User-Agent": word, "X-Forwarded-For": word.replace("\n", ""), "Referer": word}
    post = here.call
    turn = n % 10
    if turn == 0:
        text = f"{TEXT}\nPatient {word}."
        id = here.submit(text, id=word, context=CONTEXT | {"name": word})
        fact = {
            "kind": "risk",
            "id": word,
            "nature": "rx_management",
            "evidence": [{"start": 0, "end": 3, "quote": word}],
        }
        return [
            here.act(id, "amendments", {"added": [fact], "reason": word}),
            here.act(id, "amendments", {"removed": [word], "reason": word}),
            here.act(id, "decision", {}),
            post("GET", f"/v1/encounters/{id}/audit", Role.COMPLIANCE),
        ]
    if turn == 1:
        return [post("POST", "/v1/encounters", json={"id": word, "text": f"Break the reader {word}"}, headers=hostile)]
    if turn == 2:
        return [
            post("POST", "/v1/encounters", json={word: word, "text": word, "context": {"setting": word, word: word}})
        ]
    if turn == 3:
        return [post("POST", "/v1/encounters", content=f'{{"text": "{word}'.encode())]
    if turn == 4:
        return [
            post("POST", "/v1/encounters/upload", files={"files": (word, b"%PDF-1.4 " + word.encode())}),
            post(
                "POST",
                "/v1/encounters/upload",
                files={"files": (word, b"PK\x03\x04" + word.encode())},
                data={"setting": word},
            ),
        ]
    if turn == 5:
        return [
            post("GET", "/v1/codes", params={"q": word, "date": word}),
            post("GET", "/v1/queue", params={"cursor": word, "shelf": word}, headers=hostile),
            post("GET", f"/v1/encounters/{word.replace('/', '')}"),
            post("GET", f"/{word}"),
        ]
    if turn == 6:
        return [
            here.client.put("/v1/session", json={"login": word.lower(), "password": word}),
            here.client.get("/v1/session", headers={"Authorization": f"Bearer {word}"}),
            here.client.get(
                "/v1/session", headers={"Cookie": f"chartlight_session={word.replace(';', '').split()[0]}"}
            ),
        ]
    if turn == 7:
        return [
            post(
                "POST", "/v1/encounters", json={"text": "Sore throat."}, headers={"Idempotency-Key": f"{word} {word}"}
            ),
            post("POST", "/v1/encounters/enc_" + "0" * 32 + "/rulings", json={}, headers={"If-Match": word}),
            here.client.request("GET", "/v1/queue", headers=here.as_(Role.CODER) | {"Host": word.replace(" ", "-")}),
        ]
    if turn == 8:
        batch = {"encounters": [{"id": word, "text": f"Break the reader {word}"}]}
        return [post("POST", "/v1/batches", Role.INTEGRATOR, json=batch)]
    return [
        post(
            "POST", "/v1/encounters/text", content=f"{word}\0\0\0\1\2".encode(), headers={"Content-Type": "text/plain"}
        ),
        post("POST", "/v1/encounters", json={"text": word, "documents": [{"id": word, "text": word}]}),
        post("POST", "/v1/encounters", json={"text": "Sore throat.", "services": [{"code": word}]}),
    ]
