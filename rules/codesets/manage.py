"""Adding a publisher's release, comparing two, and looking for codes by words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from rules.codesets.reader import CompactCatalogue, open_compact
from rules.codesets.releases import LIST, Release, loaded_releases
from rules.codesets.tabular import ReleaseError, read_code_list, read_tabular, write_release

LICENCE = "public domain (work of the United States government)"


def add_release(
    tabular: Path, code_list: Path | None, effective: date, through: date, into: Path, source: str = ""
) -> Release:
    """Write the compact file of a publisher's release into a folder, and its entry into the folder's list.

    ``code_list`` is the publisher's order file or list of codes; without it every 7th character that is defined is taken
    to exist. Raises ``ReleaseError`` for files that are none, for dates in the wrong order, and for a release of the same
    date that is there already: releases are added, never changed.
    """
    if through < effective:
        raise ReleaseError(f"the last day {through} is before the first day {effective}; give the days of service")
    for path in (tabular, code_list):
        if path is not None and not path.is_file():
            raise ReleaseError(f"{path} is not a file; give the publisher's file")
    name = f"icd10cm-{effective.isoformat()}"
    listed = into / LIST
    if listed.is_file() and any(release.effective == effective for release in loaded_releases([into])):
        raise ReleaseError(f"{listed} has a release of {effective} already; releases are added, never changed")
    lines = list(read_tabular(tabular, None if code_list is None else read_code_list(code_list)))
    into.mkdir(parents=True, exist_ok=True)
    path = into / f"{name}.tsv.gz"
    write_release(lines, path)
    digest = f"sha256:{sha256(path.read_bytes()).hexdigest()}"
    release = Release(
        name=name, effective=effective, through=through, path=path, digest=digest,
        source=source or f"CDC/NCHS, loaded from {tabular.name}", licence=LICENCE,
    )  # fmt: skip
    CompactCatalogue(release, release.read())
    with listed.open("a", encoding="utf-8") as stream:
        stream.write(_entry(release))
    return release


def _entry(release: Release) -> str:
    quoted = release.source.replace("\\", "/").replace('"', "'")
    return (
        f'\n[[release]]\nname      = "{release.name}"\neffective = {release.effective}\nthrough   = {release.through}\n'
        f'file      = "{release.path.name}"\ndigest    = "{release.digest}"\n'
        f'source    = "{quoted}"\nlicence   = "{release.licence}"\n'
    )


def find_release(named: str) -> Release:
    """A loaded release by its name or its effective date; raises ``ReleaseError`` naming those that are loaded."""
    releases = loaded_releases()
    for release in releases:
        if named in (release.name, release.effective.isoformat()):
            return release
    raise ReleaseError(f"no release {named!r} is loaded; loaded are {', '.join(r.name for r in releases)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a release changed: billable codes added and deleted, and descriptions revised (code, before, after)."""

    added: tuple[str, ...]
    deleted: tuple[str, ...]
    revised: tuple[tuple[str, str, str], ...]


def compare(before: CompactCatalogue, after: CompactCatalogue) -> Difference:
    """Billable codes of two releases, compared.

    >>> from datetime import date
    >>> from rules.codesets.reader import open_release
    >>> icd = open_release(date(2026, 5, 1))
    >>> compare(icd, icd)
    Difference(added=(), deleted=(), revised=())
    """
    old, new = list(before.billable()), list(after.billable())
    were, are = set(old), set(new)
    both = [code for code in old if code in are]
    texts = ((code, before.description(code), after.description(code)) for code in both)
    return Difference(
        added=tuple(code for code in new if code not in were),
        deleted=tuple(code for code in old if code not in are),
        revised=tuple(entry for entry in texts if entry[1] != entry[2]),
    )


@dataclass(frozen=True, slots=True)
class Broken:
    """A favourite code that a release does not take, with the billable codes that stand under it now, if any."""

    code: str
    instead: tuple[str, ...]


def broken_favourites(codes: Iterable[str], catalogue: CompactCatalogue) -> tuple[Broken, ...]:
    """Which of a practice's codes are not complete codes of the release.

    >>> from datetime import date
    >>> from rules.codesets.reader import open_release
    >>> broken_favourites(["I10", "M54.5"], open_release(date(2026, 5, 1)))
    (Broken(code='M54.5', instead=('M54.50', 'M54.51', 'M54.59')),)
    """
    found = []
    for code in dict.fromkeys(codes):
        if not catalogue.is_billable(code):
            found.append(Broken(code, tuple(catalogue.descendants(code)) if code in catalogue else ()))
    return tuple(found)


def read_favourites(path: Path) -> tuple[str, ...]:
    """Codes of a text file, one a line; what follows the code, empty lines and lines with # are passed over."""
    if not path.is_file():
        raise ReleaseError(f"{path} is not a file; give a text file with one code a line")
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return tuple(words[0].strip(",;").upper() for words in lines if words and not words[0].startswith("#"))


def search(catalogue: CompactCatalogue, words: Iterable[str], limit: int = 20) -> tuple[str, ...]:
    """Entries whose description, inclusion terms or code hold all the words, the shortest description first.

    >>> from datetime import date
    >>> from rules.codesets.reader import open_release
    >>> search(open_release(date(2026, 5, 1)), ["heart", "failure", "diastolic", "chronic"], 2)
    ('I50.32', 'I50.33')
    """
    wanted = [word.lower() for word in words]
    found = []
    for code in catalogue.entries():
        entry_text = catalogue.text(code)
        if all(word in entry_text for word in wanted):
            in_description = all(word in catalogue.description(code).lower() for word in wanted)
            found.append((not in_description, len(catalogue.description(code)), catalogue.order(code), code))
    return tuple(entry[-1] for entry in sorted(found)[:limit])


def open_named(named: str) -> CompactCatalogue:
    """The catalogue of a release given by name or effective date."""
    return open_compact(find_release(named))
