"""Say what is installed, with versions: extras, models, code sets, rule editions with their dates; name what is broken and what to do."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

from chartlight import __version__
from serving.commands.code import loader
from serving.extras import EXTRAS, install_command, missing
from serving.failure import Exit
from serving.requirement import fits

NAME = "doctor"
HELP = "what is installed, which models, code sets and editions; what is broken"
EXAMPLES = """\
examples:
  chartlight doctor            loads everything once and tries it
  chartlight doctor --quick    looks without loading
Ends with 1 when something is broken; a part that is not installed, or out of date, is told and is not broken.
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: how it stands (``ok``, ``note`` or ``broken``), about what, what was found, and what to do."""

    state: str
    about: str
    found: str
    remedy: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How far to go."""
    parser.add_argument("--quick", action="store_true", help="do not load the tables and try a note")


def run(args: argparse.Namespace, *, load: Callable[[], Any] = loader, today: Callable[[], date] = date.today) -> int:
    """Print the findings; exit 1 when one is broken."""
    broken = 0
    for finding in examine(None if args.quick else load, today()):
        mark = {"ok": "  ", "note": "- ", "broken": "! "}[finding.state]
        print(f"{mark}{finding.about:<24} {finding.found}")
        if finding.remedy:
            print(f"  {'':<24} -> {finding.remedy}")
        broken += finding.state == "broken"
    print(f"\n{broken} broken" if broken else "\nNothing is broken.")
    return Exit.BROKEN if broken else Exit.DONE


def examine(load: Callable[[], Any] | None, today: date) -> Iterator[Finding]:
    """All findings; ``load`` None leaves out the trial."""
    yield from _program()
    yield from _extras()
    yield from _codesets(today)
    yield from _editions(today)
    yield from _knowledge(today, is_quick=load is None)
    if not missing("run"):
        yield from _trial(load)


def _program() -> Iterator[Finding]:
    yield Finding("ok", "chartlight", f"{__version__} in {Path(__file__).parents[2]}")
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("ok", "python", f"{version} at {sys.executable}")


def _extras() -> Iterator[Finding]:
    wanted = _requirements()
    for extra, packages in EXTRAS.items():
        lacking = missing(extra)
        if lacking:
            yield Finding("note", f"extra [{extra}]", f"without {', '.join(lacking)}", install_command(extra))
            continue
        yield Finding("ok", f"extra [{extra}]", "installed")
        for package in packages:
            yield _package(package, wanted.get(package, ""))


def _requirements() -> dict[str, str]:
    """The versions that this program asks for, by package, as its metadata tells them."""
    try:
        told = metadata.requires("chartlight") or []
    except metadata.PackageNotFoundError:
        return {}
    out = {}
    for row in told:
        requirement = row.partition(";")[0].strip()
        name = requirement.rstrip("0123456789.,<>=!~* ")
        out[name] = requirement[len(name) :]
    return out


def _package(package: str, wanted: str) -> Finding:
    try:
        version = metadata.version(package)
    except metadata.PackageNotFoundError:
        return Finding("broken", f"  {package}", "its files are there, its metadata is not", install_command("run"))
    if not fits(version, wanted):
        return Finding("broken", f"  {package}", f"{version}, but {wanted} is needed", install_command("run"))
    return Finding("ok", f"  {package}", version)


def _codesets(today: date) -> Iterator[Finding]:
    from rules.codesets.releases import FOLDERS_SETTING, loaded_releases
    from rules.codesets.tabular import ReleaseError

    for folder in filter(None, os.environ.get(FOLDERS_SETTING, "").split(os.pathsep)):
        if not Path(folder).is_dir():
            yield Finding(
                "broken", FOLDERS_SETTING, f"{folder} is no folder", f"correct the variable {FOLDERS_SETTING}"
            )
    try:
        releases = loaded_releases()
    except ReleaseError as error:
        yield Finding("broken", "code sets", str(error))
        return
    for release in releases:
        try:
            release.read()
        except (ReleaseError, OSError, ValueError) as error:
            yield Finding("broken", release.name, str(error), "load the release again")
        else:
            dates = f"{release.effective} to {release.through}"
            yield Finding("ok", f"code set {release.name.partition('-')[0]}", f"{dates} ({release.name})")
    if today > max(r.through for r in releases):
        what = f"the newest ends {max(r.through for r in releases)}: later dates are coded with it, with a warning"
        yield Finding("note", "code sets", what, "load the next release: chartlight codes add --help")


def _editions(today: date) -> Iterator[Finding]:
    from rules.edition import editions, topics
    from rules.record import EditionError

    late = []
    for topic in topics():
        try:
            found = editions(topic)
        except (EditionError, OSError) as error:
            yield Finding("broken", f"rules {topic}", str(error), "restore the file from the release")
            continue
        if not found:
            yield Finding("broken", f"rules {topic}", "no edition", "restore the files from the release")
            continue
        starts = ", ".join(str(e.effective) for e in found)
        yield Finding("ok", f"rules {topic}", f"from {starts}; read through {found[-1].verified_through}")
        late += [topic] if today > found[-1].verified_through else []
    if late:
        what = f"{', '.join(late)}: today is after the last day read"
        yield Finding("note", "rules", what, "results carry edition_not_reviewed until a person has read the sources")


_WITH_CODES = ("code", "codes", "code_prefix", "category", "becomes", "treats", "integral", "z79")
"""Columns of the knowledge tables that hold codes."""


def _knowledge(today: date, *, is_quick: bool) -> Iterator[Finding]:
    """The knowledge tables and the practice's own; codes that the code set of today does not have are told."""
    from nlp import compiled, practice
    from nlp.tables import TableError
    from rules.codesets.reader import open_release

    tables = compiled.saved() if is_quick else compiled.load()
    if tables is not None:
        names = sum(len(tables.lines(table)) for table in compiled.IN_NOTES)
        yield Finding("ok", "knowledge", f"{names:,} names of problems, drugs, tests, procedures, people and records")
    if is_quick and tables is None:
        yield Finding(
            "note", "knowledge", f"{compiled.FILE.name} is made anew at the next start, which takes two seconds more"
        )
    elif not is_quick and compiled.saved() is None:
        what = f"{compiled.FILE.name} is stale and its folder cannot be written: each start takes two seconds more"
        yield Finding("note", "knowledge", what, "install the wheel again")
    try:
        rows = [(folder, list(practice.read(folder))) for folder in practice.folders()]
    except (TableError, OSError, ValueError) as error:
        yield Finding("broken", practice.FOLDERS_SETTING, str(error), "docs/knowledge.md tells the form of the files")
        return
    catalogue = open_release(today)
    for folder, found in rows:
        yield Finding("ok", "knowledge of yours", f"{len(found)} rows in {folder}")
        told = (r.columns.get(column, "") for r in found if not r.is_away for column in _WITH_CODES)
        unknown = {code for text in told for code in text.replace(",", " ").split() if code not in catalogue}
        if unknown:
            what = f"no codes of {catalogue.release}: {', '.join(sorted(unknown))}"
            yield Finding("broken", "knowledge of yours", what, "correct the rows, or take them away")


def _trial(load: Callable[[], Any] | None) -> Iterator[Finding]:
    if load is None:
        return
    from serving.demo import samples

    try:
        proposer = load()
        versions = proposer.versions
        for name, version in versions.models:
            yield Finding("ok", f"model {name}", version)
        yield Finding("ok", "rules", versions.rules)
        for sample in samples():
            proposer.propose(sample.encounter)
    except Exception as error:
        from serving.failure import where_it_broke

        yield Finding("broken", "trial", where_it_broke(error))
    else:
        yield Finding("ok", "trial", "the notes of the demo were read and coded")
