"""Pin every package of every extra: ``python -m training.pin`` writes ``constraints.txt`` from a real resolve (``make pins``).

The resolve asks pip for what it would install into an empty environment from the configured index, build backend and pip
included, and keeps names and versions. It needs the network; nothing else in the house does.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
# Every package of every extra, with the build backend and pip: the versions that the tests run with.
# Written by `make pins` (training/pin.py) from a resolve on Python 3.11, Linux x86-64; not edited by hand.
# The CUDA packages and triton come with the torch of PyPI ([train] only); a CPU build of torch does not use them.
"""


def requirements(pyproject: str) -> list[str]:
    """All requirements that ``pyproject.toml`` names, without those on its own extras.

    >>> requirements(
    ...     '[build-system]\\nrequires = ["hatchling"]\\n[project]\\nname = "x"\\noptional-dependencies = {a = ["x[b]"], b = ["rich"]}'
    ... )
    ['hatchling', 'rich']
    """
    data = tomllib.loads(pyproject)
    own = data["project"]["name"]
    named = [*data["build-system"]["requires"], *data["project"].get("dependencies", [])]
    for extra in data["project"].get("optional-dependencies", {}).values():
        named += [r for r in extra if not r.startswith(f"{own}[")]
    return sorted(set(named))


def render(report: str) -> str:
    """The text of ``constraints.txt`` from pip's installation report (JSON)."""
    rows = {
        x["metadata"]["name"].lower().replace("_", "-"): x["metadata"]["version"] for x in json.loads(report)["install"]
    }
    return HEADER + "".join(f"{name}=={version}\n" for name, version in sorted(rows.items()))


def main() -> int:
    """Resolve, write the file, and say how many packages it names."""
    wanted = requirements((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    command = [sys.executable, "-m", "pip", "--isolated", "install", "--dry-run", "--ignore-installed", "--quiet"]
    found = subprocess.run([*command, "--report", "-", *wanted], capture_output=True, text=True, check=False)
    if found.returncode:
        print(f"pip could not resolve:\n{found.stderr}", file=sys.stderr)
        return 1
    text = render(found.stdout)
    (ROOT / "constraints.txt").write_text(text, encoding="utf-8")
    print(f"constraints.txt: {text.count('==')} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
