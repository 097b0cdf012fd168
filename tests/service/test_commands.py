"""The commands of the service: accounts, audit trail, back-up and restore, retention, serving. All notes are invented."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from serving import cli
from serving.failure import Exit
from serving.people.accounts import check
from serving.people.roles import Role
from serving.service.settings import Settings
from serving.store.database import open_store, reading, writing
from serving.store.moments import now, stamp
from serving.store.tables import METADATA, audit_events, decisions
from tests.service.conftest import Prepared
from tests.service.world import World, world

ROOT = Path(__file__).parents[2]


def run(*words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    try:
        status = cli.main(words)
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, *capsys.readouterr()


def test_the_first_administrator_and_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = ["--data", str(tmp_path)]
    monkeypatch.setattr(sys, "stdin", io.StringIO("an invented password\n"))
    assert run("users", "add", "ada", "--role", "admin", "--password-stdin", *place, capsys=capsys)[0] == Exit.DONE
    status, out, _ = run("users", "add", "ben", "--role", "senior-coder", "--generate", *place, capsys=capsys)
    assert status == Exit.DONE
    password = out.splitlines()[0].removeprefix("password: ")
    store = open_store(f"sqlite:///{tmp_path / 'chartlight.db'}")
    with writing(store, "main", "test") as unit:
        attempt = check(unit, "ben", password)
    store.close()
    assert attempt.account
    assert attempt.account.role is Role.SENIOR_CODER
    for words in (
        ["disable", "ben"],
        ["enable", "ben"],
        ["role", "ben", "--role", "coder"],
        ["reset", "ben", "--generate"],
    ):
        assert run("users", *words, *place, capsys=capsys)[0] == Exit.DONE, words
    status, out, _ = run("users", "list", *place, capsys=capsys)
    assert [line.split() for line in out.splitlines()] == [["ada", "admin"], ["ben", "coder"]]
    status, out, _ = run("users", "token", "ehr", "--role", "integrator", "--scope", "reference", *place, capsys=capsys)
    assert out.startswith("clt_")
    assert run("users", "revoke", "ehr", *place, capsys=capsys)[0] == Exit.DONE
    for words, says in (
        (["disable", "ada"], "the last administrator"),
        (["disable", "eve"], "no account of that login"),
        (["add", "eve", "--role", "king", "--generate"], "is no role"),
        (["add", "Eve Smith", "--role", "coder", "--generate"], "a login has up to"),
        (["token", "x", "--role", "coder", "--scope", "all"], "is no scope"),
    ):
        status, _, err = run("users", *words, *place, capsys=capsys)
        assert status == Exit.USAGE
        assert says in err


def test_a_wrong_setting_is_named(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTLIGHT_TIME_ZONE", "Mars/Olympus")
    status, _, err = run("users", "list", capsys=capsys)
    assert status == Exit.USAGE
    assert "setting time_zone" in err
    assert "America/New_York" in err


def test_a_database_that_does_not_answer_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    where = "postgresql://chartlight:secret-word@127.0.0.1:9/none"
    status, _, err = run("users", "list", "--database", where, capsys=capsys)
    assert status == Exit.BROKEN
    assert "secret-word" not in err


def decided(here: World) -> str:
    id = here.submit()
    here.decide(id)
    return id


def test_the_audit_trail_from_the_command_line(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    id = decided(here)
    place = ["--database", here.app.state.settings.database]
    status, out, _ = run("audit", "verify", *place, capsys=capsys)
    assert status == Exit.DONE
    assert out.endswith("events, 0 faults\n")
    head = run("audit", "head", *place, capsys=capsys)[1].strip()
    assert run("audit", "verify", "--expect", head, *place, capsys=capsys)[0] == Exit.DONE
    wrong = head[:-1] + ("0" if head[-1] != "0" else "1")
    assert run("audit", "verify", "--expect", wrong, *place, capsys=capsys)[0] == Exit.CHECK
    status, out, _ = run("audit", "replay", *place, capsys=capsys)
    assert (status, out) == (Exit.DONE, "1 decisions determined again, 0 differ\n")
    shown = [json.loads(x) for x in run("audit", "show", "--about", id, *place, capsys=capsys)[1].splitlines()]
    assert shown[-1]["action"] == "decided"
    with here.store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        if here.store.is_sqlite:
            connection.execute(text("DROP TRIGGER audit_events_no_UPDATE"))
        else:
            connection.execute(text("DROP TRIGGER audit_events_append_only ON audit_events"))
        connection.execute(update(audit_events).where(audit_events.c.number == 3).values(actor="nobody"))
    status, out, _ = run("audit", "verify", *place, capsys=capsys)
    assert status == Exit.CHECK
    assert "event 3 was changed after it was written" in out


def test_a_back_up_goes_into_a_new_database_of_the_other_kind(
    prepared: Prepared, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with world(*prepared) as here:
        id = decided(here)
        target = tmp_path / "backup.zip"
        status, out, _ = run("backup", str(target), "--database", prepared[0], capsys=capsys)
        assert status == Exit.DONE, out
        assert "audit chain verified" in out
        assert target.stat().st_mode & 0o077 == 0
        assert run("backup", str(target), "--database", prepared[0], capsys=capsys)[0] == Exit.OUTPUT
        with here.store.engine.connect() as connection:
            before = {t.name: len(connection.execute(select(t)).all()) for t in METADATA.sorted_tables}
    place = ["--data", str(tmp_path / "new")]
    status, out, err = run("restore", str(target), *place, capsys=capsys)
    assert status == Exit.DONE, err
    assert run("restore", str(target), *place, capsys=capsys)[0] == Exit.OUTPUT
    address = f"sqlite:///{tmp_path / 'new' / 'chartlight.db'}"
    with world(address, prepared[1]) as there:
        with there.store.engine.connect() as connection:
            after = {t.name: len(connection.execute(select(t)).all()) for t in METADATA.sorted_tables}
        assert after == before
        assert there.call("GET", f"/v1/encounters/{id}/decisions").json()["items"][0]["number"] == 1


def test_a_back_up_that_was_changed_is_refused(lite: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decided(lite)
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    assert run("backup", str(good), "--database", lite.app.state.settings.database, capsys=capsys)[0] == Exit.DONE
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data.replace(b"99214", b"99215") if name == "decisions.jsonl" else data)
    status, _, err = run("restore", str(bad), "--data", str(tmp_path / "new"), capsys=capsys)
    assert status == Exit.CHECK
    assert "decisions was changed" in err
    bad.write_bytes(b"no zip")
    assert run("restore", str(bad), "--data", str(tmp_path / "new"), capsys=capsys)[0] == Exit.INPUT
    assert run("restore", str(good), "--data", str(tmp_path / "new"), capsys=capsys)[0] == Exit.DONE, "nothing was left"


def test_retention_counts_before_it_removes(
    lite: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(lite)
    place = ["--database", lite.app.state.settings.database]
    assert run("retention", "--days", "1", *place, capsys=capsys)[1].startswith("0 visits are due")
    assert run("retention", "--days", "0", *place, capsys=capsys)[0] == Exit.USAGE
    from datetime import timedelta

    from serving.store import database

    later = now() + timedelta(days=3)
    monkeypatch.setattr(database, "now", lambda: later)
    assert run("retention", "--days", "1", *place, capsys=capsys)[1].startswith("1 visits are due")
    assert (
        run("retention", "--days", "1", "--apply", *place, capsys=capsys)[1] == "the texts of 1 visits were removed\n"
    )
    assert run("audit", "verify", *place, capsys=capsys)[0] == Exit.DONE
    assert run("audit", "replay", *place, capsys=capsys)[1].startswith("0 decisions")


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "service" / "settings.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `CHARTLIGHT_(\w+)` \|", page, re.MULTILINE))
    assert rows == {name.upper() for name in Settings.model_fields}


def test_the_service_starts_says_where_and_ends_when_asked(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "serving.cli", "serve", "--port", "0", "--data", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "no account yet" in process.stdout.readline()
        assert re.search(r"serves http://127\.0\.0\.1:\d+/", process.stdout.readline())
        process.terminate()
        process.communicate(timeout=120)


def test_stamps_and_decisions_are_readable(lite: World) -> None:
    decided(lite)
    with reading(lite.store, "main", "test") as unit:
        made = unit.execute(select(decisions.c.made_at)).scalar_one()
    assert made <= stamp(now())
