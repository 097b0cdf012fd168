"""``codes``: look codes up, search them, list and compare releases, load a publisher's release.

A command prints to standard output and returns 0; what cannot be read becomes a sentence on standard error and exit code 3.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from chartlight.context import EncounterContext
from rules.codesets.manage import (
    add_release,
    broken_favourites,
    compare,
    open_named,
    read_favourites,
    search,
)
from rules.codesets.reader import CompactCatalogue, open_in_force
from rules.codesets.releases import FOLDERS_SETTING, loaded_releases, release_in_force
from rules.codesets.tabular import ReleaseError

UNREADABLE = 3
EXAMPLES = """\
examples:
  chartlight codes show E11.22
  chartlight codes search heart failure diastolic
  chartlight codes check I10 I50.9 E11.9 N18.30 --drug insulin --date 2026-05-01
  chartlight codes add icd10cm-tabular-2027.xml --list icd10cm-order-2027.txt --effective 2026-10-01 --through 2027-03-31 --into releases
  chartlight codes diff icd10cm-2026-04-01 icd10cm-2026-10-01 --favourites ours.txt
"""
NOTES = {
    "includes": "includes", "inclusion_terms": "also called", "excludes1": "excludes1", "excludes2": "excludes2",
    "code_first": "code first", "use_additional": "use additional", "code_also": "code also",
}  # fmt: skip
Commands = Any
"""argparse keeps the type of its sub-parsers to itself."""


def add_commands(subparsers: Commands) -> None:
    """Add ``codes`` and what stands under it to a parser's commands; each sets ``run``, which takes the arguments."""
    codes = subparsers.add_parser(
        "codes",
        help="look up ICD-10-CM codes; list, compare and load releases",
        description="Look ICD-10-CM codes up, search them, list and compare releases, load a publisher's release.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    codes.set_defaults(run=lambda args: _help(codes))
    under = codes.add_subparsers(title="what to do", dest="codes_command", metavar="WHAT")

    one = _command(under, "show", "one code with its notes", show)
    one.add_argument("code", help="a code, a heading, a block (E08-E13)")
    _add_date(one)

    words = _command(under, "search", "codes by words of their description or inclusion terms", find)
    words.add_argument("words", nargs="+", help="all of them must occur")
    words.add_argument("--limit", type=_count, default=20, help="how many (default 20)")
    _add_date(words)

    releases = _command(under, "releases", "the releases that are loaded", list_releases)
    releases.add_argument("--json", action="store_true", help="as JSON")

    add = _command(under, "add", "load a publisher's release from its files", add_files)
    add.add_argument("tabular", type=Path, help="the publisher's tabular list (XML)")
    add.add_argument(
        "--list", type=Path, dest="code_list", help="the publisher's order file: which 7th characters exist"
    )
    add.add_argument("--effective", type=_day, metavar="DATE", required=True, help="first date of service")
    add.add_argument("--through", type=_day, metavar="DATE", required=True, help="last date of service")
    add.add_argument("--into", type=Path, help=f"folder (default: the first of {FOLDERS_SETTING})")
    add.add_argument("--source", default="", help="where the files are from, for the list of releases")

    listed = _command(under, "check", "a list of diagnoses by the rules of the guidelines, in the given order", check)
    listed.add_argument("codes", nargs="+", metavar="CODE", help="complete codes, the main reason of the visit first")
    listed.add_argument(
        "--drug", action="append", default=[], help="a long-term drug: ingredient, class or Z79 code; may be repeated"
    )
    listed.add_argument(
        "--facility", action="store_true", help="a hospital's own claim (uncertain diagnoses count there)"
    )
    _add_date(listed)

    change = _command(under, "diff", "what one release changed against another", difference)
    change.add_argument("before", help="release by name or first date")
    change.add_argument("after", help="release by name or first date")
    change.add_argument(
        "--favourites", type=Path, help="text file of the practice's codes, one a line: which ones break"
    )
    change.add_argument("--json", action="store_true", help="as JSON")


def show(args: argparse.Namespace) -> None:
    """Print one entry: description, where it stands, its notes and those it inherits."""
    catalogue = _on(args.date)
    code = args.code if args.code in catalogue else args.code.upper()
    if code not in catalogue and len(code) > 3 and "." not in code:
        code = f"{code[:3]}.{code[3:]}"
    if code not in catalogue:
        raise ReleaseError(f"{args.code} is not in {catalogue.release}; try `codes search`")
    entry = catalogue[code]
    print(f"{code}  {entry.description}")
    print(f"  {'complete code' if entry.is_billable else 'heading, not billable'} of {catalogue.release}")
    for above in catalogue.ancestors(code):
        print(f"  in {above}  {catalogue.description(above)}")
    for name, said in NOTES.items():
        for text in getattr(entry, name):
            print(f"  {said}: {text}")
        if name in ("excludes1", "code_first", "use_additional"):
            for where, text in catalogue.inherited(code, name):
                if where != code:
                    print(f"  {said} (at {where}): {text}")
    for letter, meaning in entry.seventh:
        print(f"  7th character {letter}: {meaning}")
    for child in entry.children:
        print(f"  - {child}  {catalogue.description(child)}")


def find(args: argparse.Namespace) -> None:
    """Print the entries that hold all the words."""
    catalogue = _on(args.date)
    found = search(catalogue, args.words, args.limit)
    if not found:
        raise ReleaseError(f"no entry of {catalogue.release} holds all these words; try fewer or shorter ones")
    for code in found:
        print(f"{code:<9}{' ' if catalogue.is_billable(code) else '-'} {catalogue.description(code)}")
    if any(not catalogue.is_billable(code) for code in found):
        print("- is a heading: a complete code stands under it")


def list_releases(args: argparse.Namespace) -> None:
    """Print the loaded releases with their dates."""
    releases = loaded_releases()
    if args.json:
        keys = ("name", "effective", "through", "digest", "source", "licence")
        print(json.dumps([{key: str(getattr(r, key)) for key in keys} for r in releases], indent=2))
        return
    for release in releases:
        print(f"{release.name}  {release.effective} to {release.through}  {release.source}")


def add_files(args: argparse.Namespace) -> None:
    """Load a release and say what came of it."""
    into = args.into or _first_folder()
    release = add_release(args.tabular, args.code_list, args.effective, args.through, into, args.source)
    catalogue = CompactCatalogue(release, release.read())
    print(f"{release.name}: {len(catalogue):,} billable codes, {release.effective} to {release.through}, in {into}")
    if args.code_list is None:
        print("without --list every 7th character that is defined was taken to exist; give the order file to be exact")
    if str(into) not in os.environ.get(FOLDERS_SETTING, "").split(os.pathsep):
        print(f"set {FOLDERS_SETTING}={into.resolve()} so that it is used")


def check(args: argparse.Namespace) -> None:
    """Print the list that may be reported, what was taken off and why, and what may be missing beside it.

    Symptoms that belong to a disease stay: which do is known to the reading of notes, not to the code set (IC-07).
    """
    from rules.diagnoses.candidate import Candidate
    from rules.diagnoses.complete import complete
    from rules.edition import NoEdition

    catalogue = _on(args.date)
    given = [Candidate(code=code.upper(), facts=(f"c{n}",), position=n) for n, code in enumerate(args.codes)]
    context = EncounterContext(date_of_service=args.date or date.today())
    try:
        found = complete(given, context, catalogue, integral={}, drugs=args.drug)
    except NoEdition as error:
        raise ReleaseError(str(error)) from None
    for number, one in enumerate(found.candidates, 1):
        because = f"  ({one.because}{f', {one.row}' if one.row else ''})" if one.because else ""
        print(f"{number:>2} {one.code:<9}{catalogue.description(one.code)}{because}")
    for entry in found.removed:
        print(f" - {entry.candidate.code:<9}{entry.reason} ({entry.row})")
    for more in found.suggestions:
        kind = "may belong" if more.is_complete else "a code under it may belong"
        print(f" ? {more.code:<9}{kind} beside {more.for_code}: {more.because} ({more.row})")
    for warning in found.warnings:
        print(f" ! {warning.replace('_', ' ')}")


def difference(args: argparse.Namespace) -> None:
    """Print added, deleted and revised codes, and favourites that break."""
    before, after = open_named(args.before), open_named(args.after)
    changed = compare(before, after)
    favourites = read_favourites(args.favourites) if args.favourites else ()
    broken = broken_favourites(favourites, after)
    if args.json:
        print(
            json.dumps(
                {
                    "before": before.release,
                    "after": after.release,
                    "added": changed.added,
                    "deleted": changed.deleted,
                    "revised": changed.revised,
                    "broken": [{"code": b.code, "instead": b.instead} for b in broken],
                },
                indent=2,
            )
        )
        return
    print(f"{before.release} -> {after.release}")
    print(f"{len(changed.added)} added, {len(changed.deleted)} deleted, {len(changed.revised)} revised")
    for code in changed.added:
        print(f"+ {code}  {after.description(code)}")
    for code in changed.deleted:
        print(f"- {code}  {before.description(code)}")
    for code, old, new in changed.revised:
        print(f"~ {code}  {old}\n  {'':<{len(code)}}  {new}")
    for entry in broken:
        instead = f"; now {', '.join(entry.instead[:6])}" if entry.instead else "; nothing stands under it"
        print(f"! favourite {entry.code} is not a complete code of {after.release}{instead}")
    if args.favourites and not broken:
        print(f"all {len(favourites)} favourites are complete codes of {after.release}")


def _command(
    under: Commands, name: str, said: str, run: Callable[[argparse.Namespace], None]
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = under.add_parser(name, help=said, description=said)
    parser.set_defaults(run=lambda args: _guarded(run, args))
    return parser


def _guarded(run: Callable[[argparse.Namespace], None], args: argparse.Namespace) -> int:
    try:
        run(args)
    except BrokenPipeError:
        raise  # whoever read the output has enough; the program ends quietly
    except (ReleaseError, OSError) as error:
        print(f"codes: {error}", file=sys.stderr)
        return UNREADABLE
    return 0


def _help(parser: argparse.ArgumentParser) -> int:
    parser.print_help()
    return 2


def _count(words: str) -> int:
    if words.isdecimal() and int(words) >= 1:
        return int(words)
    raise argparse.ArgumentTypeError(f"{words!r} is no count; give 1 or more")


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{words!r} is no date; write YYYY-MM-DD") from None


def _add_date(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--date", type=_day, metavar="DATE", help="date of service, YYYY-MM-DD (default: today)")


def _on(day: date | None) -> CompactCatalogue:
    found = release_in_force(day or date.today())
    for warning in found.warnings:
        print(f"codes: {found.release.name} is not the release of that date ({warning})", file=sys.stderr)
    return open_in_force(found)


def _first_folder() -> Path:
    named = [part for part in os.environ.get(FOLDERS_SETTING, "").split(os.pathsep) if part]
    if not named:
        raise ReleaseError(f"no folder to put the release into; give --into FOLDER or set {FOLDERS_SETTING}")
    return Path(named[0])
