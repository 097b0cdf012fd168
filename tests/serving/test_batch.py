"""The batch: order, error records, going on after a kill, refusing other leftovers. All texts are invented."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving import cli
from serving.commands import batch
from serving.failure import Exit, Failure
from serving.partial import Partial, survey
from serving.progress import progress
from serving.workers import answer
from tests.serving.fake import VERSIONS, Proposer, load

ROOT = Path(__file__).parents[2]


def write(path: Path, texts: list[str]) -> Path:
    lines = [
        json.dumps({"id": f"e{n}", "text": text, "context": {"setting": "office"}}) for n, text in enumerate(texts)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def run(source: Path, target: Path, *more: str) -> int:
    args = cli.build()[0].parse_args(["batch", str(source), str(target), *more])
    return batch.run(args, load=load)


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return write(tmp_path / "in.jsonl", [f"Cough{n} again." for n in range(30)])


@pytest.mark.parametrize("workers", ["1", "3"])
def test_one_proposal_per_line_in_the_same_order(notes: Path, tmp_path: Path, workers: str) -> None:
    assert run(notes, tmp_path / "out.jsonl", "--workers", workers) == Exit.DONE
    found = records(tmp_path / "out.jsonl")
    assert [r["id"] for r in found] == [f"e{n}" for n in range(30)]
    assert [r["facts"][0]["name"] for r in found] == [f"Cough{n}" for n in range(30)]
    assert not list(tmp_path.glob("*.partial*"))


BAD = [
    (b"{bad", "JSONDecodeError", None),
    (b"[]", "CodecError", None),
    (b'{"id": "x"}', "CodecError", "x"),
    (b'{"id": 7, "text": 5}', "CodecError", "7"),
    (b'{"id": "x", "text": "a", "context": {"setting": "moon"}}', "CodecError", "x"),
    (b'{"id": "x", "text": NaN}', "CodecError", None),
    (b'{"id": "x", "text": "\xff"}', "UnicodeDecodeError", None),
    (b'{"id": "x", "text": "refuse"}', "Refused", "x"),
    (b'{"id": "x", "text": "break secret"}', "KeyError", "x"),
    (b'{"id": "x", "text": "foreign secret"}', "UnicodeError", "x"),
    (b"[" * 100_000, "RecursionError", None),
]


@pytest.mark.parametrize(("line", "kind", "id"), BAD, ids=[f"{n}-{b[1]}" for n, b in enumerate(BAD)])
def test_a_bad_line_becomes_an_error_record(line: bytes, kind: str, id: str | None) -> None:
    record = json.loads(answer(Proposer(), 12, line))
    assert record["id"] == id
    assert record["error"]["type"] == kind
    assert record["error"]["detail"].startswith("line 12: ")
    assert "secret" not in record["error"]["detail"]


def test_a_fault_in_a_line_tells_its_place_and_no_words() -> None:
    record = json.loads(answer(Proposer(), 1, b'{"id": "x", "text": "break secret"}'))
    assert "fake.py:" in record["error"]["detail"]


def test_half_a_surrogate_pair_is_carried_escaped() -> None:
    record = json.loads(answer(Proposer(), 1, b'{"id": "x", "text": "a\\ud800 b"}'))
    assert record["facts"][0]["name"] == "a\ud800"


def test_bad_lines_are_counted_and_the_work_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.jsonl"
    good = b'{"id": "good", "text": "Cough."}'
    source.write_bytes(b"\xef\xbb\xbf" + good + b"\n\n  \n{bad\r\n" + b'{"id": "r", "text": "refuse"}\n' + good)
    assert run(source, tmp_path / "out.jsonl") == Exit.DONE
    assert [r["id"] for r in records(tmp_path / "out.jsonl")] == ["good", None, "r", "good"]
    assert records(tmp_path / "out.jsonl")[1]["error"]["detail"].startswith("line 4: ")
    assert "4 lines, 2 error records" in capsys.readouterr().err


def test_an_empty_input_gives_an_empty_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.jsonl").write_bytes(b"")
    assert run(tmp_path / "in.jsonl", tmp_path / "out.jsonl") == Exit.DONE
    assert (tmp_path / "out.jsonl").read_bytes() == b""
    assert "0 lines, 0 error records" in capsys.readouterr().err


def leave_behind(notes: Path, target: Path, lines: int, torn: bytes = b"") -> None:
    """What a run leaves that was killed after so many lines, in the middle of writing the next."""
    head = {"input": survey(notes).digest, "versions": json.loads(json.dumps(_versions()))}
    with Partial(target, head).open() as partial:
        for n, line in enumerate(notes.read_bytes().splitlines()[:lines], 1):
            partial.add(answer(Proposer(), n, line))
        path = partial.path
    with path.open("ab") as out:
        out.write(torn)


def _versions() -> dict[str, Any]:
    from chartlight.codec import encode

    return encode(VERSIONS)


WHOLE_LINE = b'{"schema": "1", "id": "e7", "facts": []}'


@pytest.mark.parametrize("done", [0, 1, 7, 29, 30])
@pytest.mark.parametrize("torn", [b"", b"{", WHOLE_LINE[:-5], WHOLE_LINE, b"\0" * 50, b"\0" * 50 + b"\n"])
def test_a_run_goes_on_where_it_was_killed(notes: Path, tmp_path: Path, done: int, torn: bytes) -> None:
    run(notes, tmp_path / "whole.jsonl")
    target = tmp_path / "out.jsonl"
    leave_behind(notes, target, done, torn)
    assert run(notes, target) == Exit.DONE
    assert target.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_going_on_reads_only_what_is_left(notes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leave_behind(notes, tmp_path / "out.jsonl", 12)
    run(notes, tmp_path / "out.jsonl")
    assert "going on after 12 of 30 lines" in capsys.readouterr().err


def test_leftovers_of_another_input_are_refused_without_force(notes: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    leave_behind(notes, target, 5)
    other = write(tmp_path / "other.jsonl", ["Fever again."])
    left = (tmp_path / "out.jsonl.partial").read_bytes()
    with pytest.raises(Failure, match=r"is left over from other input; .*--force") as raised:
        run(other, target)
    assert raised.value.code is Exit.OUTPUT
    assert (tmp_path / "out.jsonl.partial").read_bytes() == left, "nothing is lost by being refused"
    assert run(other, target, "--force") == Exit.DONE
    assert [r["facts"][0]["name"] for r in records(target)] == ["Fever"]


def test_leftovers_of_other_versions_are_refused(notes: Path, tmp_path: Path) -> None:
    leave_behind(notes, tmp_path / "out.jsonl", 5)
    head = tmp_path / "out.jsonl.partial.head"
    head.write_text(head.read_text().replace('"program": "0"', '"program": "older"'))
    with pytest.raises(Failure, match="is left over from other versions"):
        run(notes, tmp_path / "out.jsonl")


def test_leftovers_without_a_head_are_refused(notes: Path, tmp_path: Path) -> None:
    (tmp_path / "out.jsonl.partial").write_bytes(b"{}\n")
    with pytest.raises(Failure, match="is left over from other input and versions"):
        run(notes, tmp_path / "out.jsonl")


def test_two_runs_cannot_write_one_output(notes: Path, tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="only where files can be locked")
    with Partial(tmp_path / "out.jsonl", {}).open(), pytest.raises(Failure, match="by another process"):
        run(notes, tmp_path / "out.jsonl")


def test_what_cannot_be_written_is_said(notes: Path, tmp_path: Path) -> None:
    with pytest.raises(Failure, match="is input and output"):
        run(notes, notes)
    with pytest.raises(Failure, match="is a folder"):
        run(notes, tmp_path)
    with pytest.raises(Failure, match="cannot be written") as raised:
        run(notes, tmp_path / "no" / "such" / "out.jsonl")
    assert raised.value.code is Exit.OUTPUT


def test_a_lost_worker_ends_the_run_and_keeps_what_is_done(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [*(f"Cough{n}." for n in range(20)), "end-the-process", "Fever."])
    with pytest.raises(Failure, match=r"a worker process ended .* --workers: it goes on"):
        run(source, tmp_path / "out.jsonl", "--workers", "2")
    assert not (tmp_path / "out.jsonl").exists()
    assert (tmp_path / "out.jsonl.partial").exists()


DRIVER = """
import sys
from serving import cli
from serving.commands import batch
from tests.serving.fake import load
if __name__ == "__main__":
    args = cli.build()[0].parse_args(sys.argv[1:])
    sys.exit(cli.guarded(lambda: batch.run(args, load=load)))
"""


def start(driver: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(driver), "batch", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # a job that a shell began in the background hands down an interrupt that is ignored: the tests must not hang on who began them
    return subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


def wait_for(path: Path, lines: int, process: subprocess.Popen[bytes]) -> None:
    while not path.exists() or path.read_bytes().count(b"\n") < lines:
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.01)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_kill_nine_loses_and_repeats_nothing(tmp_path: Path, workers: str) -> None:
    source = write(tmp_path / "in.jsonl", [f"slow{n} cough" for n in range(60)])
    driver = tmp_path / "driver.py"
    driver.write_text(DRIVER)
    target, partial = tmp_path / "out.jsonl", tmp_path / "out.jsonl.partial"
    for lines in (5, 20):
        process = start(driver, str(source), str(target), "--workers", workers)
        wait_for(partial, lines, process)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()  # ends when the workers are gone too: none is left behind
        assert not target.exists()
        assert partial.read_bytes().count(b"\n") >= lines
    process = start(driver, str(source), str(target), "--workers", workers)
    _, err = process.communicate()
    assert process.returncode == Exit.DONE, err
    assert b"going on after" in err
    assert [r["id"] for r in records(target)] == [f"e{n}" for n in range(60)]


def test_an_interruption_keeps_what_is_done(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", [f"slow{n} cough" for n in range(200)])
    driver = tmp_path / "driver.py"
    driver.write_text(DRIVER)
    process = start(driver, str(source), str(tmp_path / "out.jsonl"), "--workers", "2")
    wait_for(tmp_path / "out.jsonl.partial", 3, process)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == Exit.INTERRUPTED, err
    assert b"Traceback" not in err
    assert (tmp_path / "out.jsonl.partial").read_bytes().count(b"\n") >= 3


@given(st.lists(st.sampled_from([b'{"a": 1}\n', b"{\n", b"\0\n", b'{"b"']), max_size=6))
def test_the_torn_end_is_cut_to_whole_lines_whatever_it_is(parts: list[bytes]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out"
        with Partial(target, {"k": 1}).open() as begun:
            path, head = begun.path, begun.head_path
        path.write_bytes(b"".join(parts))
        assert head.exists()
        with Partial(target, {"k": 1}).open() as partial:
            kept = path.read_bytes()
            assert partial.done == kept.count(b"\n")
    assert b"".join(parts).startswith(kept)
    assert not kept or kept.endswith(b"\n")
    last = kept.splitlines()[-1] if kept else b"{}"
    json.loads(last)


def test_progress_is_plain_lines_where_no_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.progress.SECONDS_BETWEEN", 0.0)
    out = io.StringIO()
    with progress(40, 10, out) as advance:
        advance()
    assert out.getvalue().startswith("batch: 11 of 40 lines, ")
    assert "\x1b" not in out.getvalue()


def test_progress_is_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tty(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    out = Tty()
    with progress(40, 10, out) as advance:
        advance()
    assert "11/40" in out.getvalue()
    assert "notes/s" in out.getvalue()
