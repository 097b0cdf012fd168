"""Which releases of the code set are loaded, and which one a date of service is coded with (ED-12, IC-35)."""

from __future__ import annotations

import gzip
import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from rules.codesets.tabular import ReleaseError

BUILT_IN = Path(__file__).parent
LIST = "releases.toml"
FOLDERS_SETTING = "CHARTLIGHT_CODESETS"
NOT_REVIEWED = "codeset_not_reviewed"
LATER_THAN_SERVICE = "codeset_later_than_service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release as ``releases.toml`` names it; ``through`` is its last date of service, ``path`` its compact file."""

    name: str
    effective: date
    through: date
    path: Path
    digest: str
    source: str = ""
    licence: str = ""

    def read(self) -> str:
        """The text of the compact file; raises ``ReleaseError`` when it is missing or not the one of the digest."""
        if not self.path.is_file():
            raise ReleaseError(f"{self.name}: {self.path} is missing; load the release again with `codes add`")
        packed = self.path.read_bytes()
        found = f"sha256:{sha256(packed).hexdigest()}"
        if found != self.digest:
            raise ReleaseError(f"{self.name}: {self.path.name} has digest {found}, the list says {self.digest}")
        return gzip.decompress(packed).decode()


@dataclass(frozen=True, slots=True)
class InForce:
    """The release that a date is coded with, and the names of the warnings that go with it."""

    release: Release
    warnings: tuple[str, ...] = ()


def folders() -> tuple[Path, ...]:
    """Folders that hold releases: the built-in one, then those of the environment variable ``CHARTLIGHT_CODESETS``."""
    named = os.environ.get(FOLDERS_SETTING, "")
    return (BUILT_IN, *(Path(part) for part in named.split(os.pathsep) if part))


def loaded_releases(where: Sequence[Path] | None = None) -> tuple[Release, ...]:
    """All loaded releases by effective date; a later folder's release replaces one of the same date.

    >>> [release.name for release in loaded_releases([BUILT_IN])]
    ['icd10cm-2026-04-01']
    """
    by_date: dict[date, Release] = {}
    for folder in folders() if where is None else where:
        listed = folder / LIST
        if not listed.is_file():
            continue
        for row in tomllib.loads(listed.read_text(encoding="utf-8")).get("release", []):
            fields = {key: value for key, value in row.items() if key != "file"}
            by_date[row["effective"]] = Release(path=folder / row["file"], **fields)
    if not by_date:
        raise ReleaseError("no release of ICD-10-CM is loaded; load one with `codes add`")
    return tuple(by_date[day] for day in sorted(by_date))


def release_in_force(on: date, where: Sequence[Path] | None = None) -> InForce:
    """The release for a date of service.

    Between two loaded releases, and after the last, the one before the date is used; past its last date with the warning
    ``codeset_not_reviewed``. Before the first the first is used, with ``codeset_later_than_service``.

    >>> release_in_force(date(2026, 5, 1), [BUILT_IN]).warnings
    ()
    >>> release_in_force(date(2026, 10, 1), [BUILT_IN]).warnings
    ('codeset_not_reviewed',)
    >>> release_in_force(date(2026, 3, 2), [BUILT_IN]).warnings
    ('codeset_later_than_service',)
    """
    releases = loaded_releases(where)
    begun = [release for release in releases if release.effective <= on]
    if not begun:
        return InForce(releases[0], (LATER_THAN_SERVICE,))
    last = begun[-1]
    return InForce(last, () if on <= last.through else (NOT_REVIEWED,))
