"""The documentation is true: its code runs, its links lead somewhere, its commands and targets exist, its tables are complete."""

from __future__ import annotations

import argparse
import doctest
import re
import tomllib
from pathlib import Path

import pytest

from serving import cli
from serving.failure import Exit

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))


def blocks(*languages: str) -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            if match[1] in languages:
                line = text.count("\n", 0, match.start()) + 1
                found.append((f"{page.relative_to(ROOT)}:{line}", match[2]))
    return found


PYTHON = blocks("python")


@pytest.mark.parametrize(("place", "text"), PYTHON, ids=[place for place, _ in PYTHON])
def test_python_in_the_documentation_runs(place: str, text: str) -> None:
    if ">>>" not in text:
        exec(compile(text, place, "exec"), {})
        return
    test = doctest.DocTestParser().get_doctest(text, {}, place, place, 0)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL)
    runner.run(test, out=said.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(said)


def test_toml_in_the_documentation_parses() -> None:
    wrong = []
    for place, text in blocks("toml"):
        try:
            tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            wrong.append(f"{place}: {error}")
    assert wrong == []


def test_links_lead_somewhere() -> None:
    wrong = []
    for page in PAGES:
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            is_local = "://" not in target and not target.startswith("#")
            if is_local and not (page.parent / target.partition("#")[0]).exists():
                wrong.append(f"{page.relative_to(ROOT)}: {target}")
    assert wrong == []


def test_targets_that_are_named_exist() -> None:
    wrong = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        named = re.findall(r"`make ([a-z][a-z-]*)", text)
        named += [
            t for _, b in BLOCK.findall(text) for t in re.findall(r"^\s*(?:\$ )?make ([a-z][a-z-]*)", b, re.MULTILINE)
        ]
        wrong += [f"{page.relative_to(ROOT)}: make {t}" for t in named if t not in TARGETS]
    assert wrong == []


def test_every_target_says_what_it_does() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    assert phony
    described = set(re.findall(r"^([a-z-]+):[^=\n]*## \S", MAKEFILE, re.MULTILINE))
    assert set(phony[1].split()) == described


def commands() -> dict[str, argparse.ArgumentParser]:
    return cli.build()[1]


def test_commands_that_are_named_exist() -> None:
    known = set(commands())
    wrong = []
    for page in PAGES:
        if page.name == "CHANGELOG.md":
            continue
        text = page.read_text(encoding="utf-8")
        quoted = re.findall(r"`chartlight ([a-z]+)", text)
        quoted += [
            c
            for _, b in BLOCK.findall(text)
            for c in re.findall(r"^\s*(?:\$ )?(?:\S*/)?chartlight ([a-z]+)", b, re.MULTILINE)
        ]
        wrong += [f"{page.relative_to(ROOT)}: chartlight {c}" for c in quoted if c not in known]
    assert wrong == []


def test_every_command_is_documented() -> None:
    text = "\n".join(p.read_text(encoding="utf-8") for p in PAGES)
    assert [c for c in commands() if f"chartlight {c}" not in text] == []


def test_every_exit_code_is_documented_and_no_other() -> None:
    text = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    rows = {int(n): name for n, name in re.findall(r"^\| (\d+) \| (\w+) \|", text, re.MULTILINE)}
    assert rows == {int(e): e.name.lower() for e in Exit}
    from rules import cli as rules_cli

    assert (rules_cli.OK, rules_cli.USAGE, rules_cli.UNREADABLE, rules_cli.FAILED) == (
        Exit.DONE,
        Exit.USAGE,
        Exit.INPUT,
        Exit.CHECK,
    ), "the rules' own door has the same codes"


def test_the_limits_that_are_documented_are_those_in_force() -> None:
    from nlp import pipeline
    from serving import decode

    text = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    assert f"more than {decode.MAX_CHARACTERS:,} characters or {decode.MAX_BYTES:,} bytes" in text
    assert decode.MAX_CHARACTERS == pipeline.MAX_CHARACTERS


def test_pages_that_a_newcomer_looks_for_are_there() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "LICENSE", "NOTICE", "docs/install.md", "docs/dependencies.md"):
        assert (ROOT / name).is_file(), name
