"""The command line: exit codes, suggestions, messages, and that faults never show words of a note. Texts are invented."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from serving import cli
from serving.commands import COMMANDS, code, demo, doctor
from serving.failure import Exit, Failure
from serving.options import ALSO_SAID
from tests.serving.fake import RICH_TEXT, load, load_rich

ROOT = Path(__file__).parents[2]


def run(*words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    try:
        status = cli.main(words)
    except SystemExit as ended:
        status = int(ended.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


@pytest.fixture
def note(tmp_path: Path) -> str:
    path = tmp_path / "visit.txt"
    path.write_bytes(RICH_TEXT.encode())
    return str(path)


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        ([], Exit.USAGE, "examples:"),
        (["--version"], Exit.DONE, "chartlight 0."),
        (["--help"], Exit.DONE, "Exit codes:"),
        (["cod"], Exit.USAGE, "'cod' is no command; did you mean code?"),
        (["zzz"], Exit.USAGE, "see the list in the help"),
        (["code"], Exit.USAGE, "required: NOTE"),
        (["code", "x", "--settng", "office"], Exit.USAGE, "--settng is not known here; did you mean --setting?"),
        (["code", "x", "--setting", "ofice"], Exit.USAGE, "did you mean office?"),
        (["code", "x", "--setting", "ER"], Exit.USAGE, "did you mean emergency?"),
        (["code", "x", "--status", "old"], Exit.USAGE, "did you mean established?"),
        (["code", "x", "--stage", "admission"], Exit.USAGE, "did you mean initial?"),
        (["code", "x", "--date", "03/02/2026"], Exit.USAGE, "write year-month-day"),
        (["code", "no/such/file.txt"], Exit.INPUT, "was not found"),
        (["batch", "in.jsonl", "out.jsonl", "--workers", "0"], Exit.USAGE, "give 1 to 256"),
        (["batch", "no/such/in.jsonl", "out.jsonl"], Exit.INPUT, "was not found"),
        (["rules", "on", "2024-01-01"], Exit.DONE, "office"),
        (["lookup"], Exit.USAGE, "required: WORDS"),
        (["lookup", "htn"], Exit.DONE, "I10 Essential (primary) hypertension"),
        (["lookup", "Water", "pill"], Exit.DONE, "diuretic"),
        (["lookup", "ankle sprain"], Exit.DONE, "side; encounter (7th character)"),
        (["lookup", "acute on chronic renal failure"], Exit.DONE, "also coded"),
        (["lookup", "hgb"], Exit.DONE, "laboratory"),
        (["lookup", "knee replacement"], Exit.DONE, "major surgery"),
        (["lookup", "crohns diseese"], Exit.CHECK, "crohn disease"),
        (["lookup", "zzqq fever"], Exit.CHECK, "fever (problem)"),
        (["lookup", "?!"], Exit.CHECK, "docs/knowledge.md"),
    ],
)
def test_what_is_asked_decides_status_and_message(
    words: list[str], status: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    got, out, err = run(*words, capsys=capsys)
    assert got == status
    assert says in out + err


@pytest.mark.parametrize("command", [c.NAME for c in COMMANDS] + ["determine", "rules"])
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(command, "--help", capsys=capsys)
    assert status == Exit.DONE
    assert "chartlight " in out


def parsed(*words: str) -> object:
    return cli.build()[0].parse_args(words)


def test_code_shows_the_page(note: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert code.run(parsed("code", note), load=load_rich) == Exit.DONE
    assert "99214" in capsys.readouterr().out


def test_code_gives_json(note: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    words = ("--json", "--date", "2026-03-02", "--setting", "OFFICE", "--status", "new", "--payer", "Medicare")
    assert code.run(parsed("code", note, *words), load=load) == Exit.DONE
    found = json.loads(capfdbinary.readouterr().out)
    assert found["id"] == "visit.txt"
    assert found["context"]["date_of_service"] == "2026-03-02"
    assert found["context"]["setting"] == "office"
    assert found["context"]["patient_status"] == "new"
    assert found["context"]["payer"] == "medicare"


def test_an_assumed_encoding_is_told(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = tmp_path / "visit.txt"
    path.write_bytes("Fièvre.".encode("cp1252"))
    code.run(parsed("code", str(path), "--json"), load=load)
    assert json.loads(capfdbinary.readouterr().out)["warnings"] == ["encoding_assumed"]


def test_a_note_that_the_reader_refuses_ends_with_its_message(tmp_path: Path) -> None:
    path = tmp_path / "visit.txt"
    path.write_text("refuse this")
    with pytest.raises(Failure, match="is refused; send another") as raised:
        code.run(parsed("code", str(path)), load=load)
    assert raised.value.code is Exit.INPUT


def test_a_fault_shows_its_place_and_no_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHARTLIGHT_DEBUG", raising=False)

    def fault() -> int:
        raise KeyError("invented secret")

    assert cli.guarded(fault) == Exit.BUG
    err = capsys.readouterr().err
    assert re.search(r"KeyError at \w+/test_cli\.py:\d+", err)
    assert "invented secret" not in err
    monkeypatch.setenv("CHARTLIGHT_DEBUG", "1")
    with pytest.raises(KeyError):
        cli.guarded(fault)


def test_an_interruption_is_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    assert cli.guarded(interrupted) == Exit.INTERRUPTED
    assert "interrupted" in capsys.readouterr().err


def test_the_demo_shows_three_invented_notes(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.run(parsed("demo"), load=load) == Exit.DONE
    assert capsys.readouterr().out.count("(invented)") == 3


def test_every_note_of_the_demo_says_that_it_is_invented() -> None:
    from serving.demo import samples

    assert len(samples()) == 3
    for sample in samples():
        assert "invented" in sample.encounter.documents[0].note.text[:80].lower()
    assert any(s.encounter.context.setting == "inpatient" for s in samples())


def test_the_doctor_finds_nothing_broken_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.run(parsed("doctor"), load=load) == Exit.DONE
    out = capsys.readouterr().out
    assert "Nothing is broken." in out
    for words in ("extra [run]", "code set icd10cm", "rules office", "model fake", "trial"):
        assert words in out


def test_the_doctor_tells_what_is_broken(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> object:
        raise OSError("words")

    monkeypatch.setenv("CHARTLIGHT_CODESETS", "/no/such/folder")
    monkeypatch.setattr(doctor, "_requirements", lambda: {"numpy": ">=99"})
    assert doctor.run(parsed("doctor"), load=broken) == Exit.BROKEN
    out = capsys.readouterr().out
    assert ">=99 is needed" in out
    assert "/no/such/folder is no folder" in out
    assert "OSError at" in out
    assert "3 broken" in out


def test_lookup_gives_json(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run("lookup", "--json", "htn", "--date", "2026-05-01", capsys=capsys)
    assert status == Exit.DONE
    found = json.loads(out)
    assert found["entries"][0]["kind"] == "problem"
    assert found["entries"][0]["says"].startswith("I10 ")


def own_knowledge(folder: Path, code: str) -> dict[str, str]:
    (folder / "names").mkdir(exist_ok=True)
    (folder / "names" / "mine.tsv").write_text(f"name\tcode\nhouse disease\t{code}\nhtn\t-\n", encoding="utf-8")
    return {**os.environ, "CHARTLIGHT_KNOWLEDGE": str(folder)}


def test_lookup_and_doctor_show_what_a_practice_added(tmp_path: Path) -> None:
    def ask(*words: str, code: str = "I10") -> str:
        command = [sys.executable, "-m", "serving.cli", *words]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, env=own_knowledge(tmp_path, code), check=False
        )
        return done.stdout + done.stderr

    assert "hypertension  (yours)" in ask("lookup", "house disease")
    assert "problem  " not in ask("lookup", "htn")
    assert f"2 rows in {tmp_path}" in ask("doctor", "--quick")
    told = ask("doctor", "--quick", code="I99.99")
    assert "I99.99" in told
    assert "1 broken" in told


def test_other_words_for_settings_lead_to_labels_that_exist() -> None:
    from chartlight.labels import PatientStatus, Setting, Stage

    assert set(ALSO_SAID.values()) <= {*Setting, *PatientStatus, *Stage}


BARE = """
import sys
class NothingInstalled:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in {"chartlight", "rules", "serving", "nlp", "models"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
import importlib.util
plain = importlib.util.find_spec
def find_spec(name, package=None):
    try:
        return plain(name, package)
    except ModuleNotFoundError:
        return None
importlib.util.find_spec = find_spec
sys.meta_path.insert(0, NothingInstalled())
for name in [m for m in sys.modules if m.partition(".")[0] in {"rich", "spacy", "numpy"}]:
    del sys.modules[name]
from serving.cli import main
sys.exit(main(sys.argv[1:]))
"""


def bare(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BARE, *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)


@pytest.mark.parametrize("words", [["code", "x.txt"], ["batch", "a", "b"], ["demo"]])
def test_without_the_extra_a_command_names_it_with_the_pip_command(words: list[str]) -> None:
    done = bare(*words)
    assert done.returncode == Exit.EXTRA, done.stderr
    assert re.search(r"needs .*spacy.*; install the extra: python -m pip install '.*\[run\]'", done.stderr)


@pytest.mark.parametrize(
    "words",
    [["--help"], ["--version"], ["doctor"], ["lookup", "htn"], ["rules", "on", "2024-01-01"], ["determine", "--help"]],
)
def test_the_rest_runs_with_python_alone(words: list[str]) -> None:
    done = bare(*words)
    assert done.returncode == Exit.DONE, done.stderr
    assert done.stdout
