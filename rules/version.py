"""Which rules made a determination: a date that people can say and a digest that cannot be wrong."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

RELEASE = "2026.11"
"""Year and month of the last change to an edition or an evaluator."""


@cache
def rules_version() -> str:
    """The release with the first twelve digits of the digest of all edition files, in order of their names.

    >>> rules_version().startswith("2026.")
    True
    """
    folder = Path(__file__).parent / "editions"
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return f"{RELEASE}+{digest.hexdigest()[:12]}"
