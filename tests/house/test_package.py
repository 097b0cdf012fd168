"""What is installed: extras, pins, reasons, and what is in the wheel."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from serving.extras import EXTRAS
from serving.requirement import fits

ROOT = Path(__file__).parents[2]
PACKAGES = ("chartlight", "nlp", "models", "rules", "training", "serving")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OPTIONAL = PROJECT["project"]["optional-dependencies"]


def plain(name: str) -> str:
    return name.lower().replace("_", "-")


def split(requirement: str) -> tuple[str, str]:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return plain(found[0]), requirement[found.end() :]


def direct(extra: str) -> dict[str, str]:
    return dict(split(r) for r in OPTIONAL[extra] if not r.startswith("chartlight["))


def pins() -> dict[str, str]:
    rows = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {plain(r.partition("==")[0]): r.partition("==")[2] for r in rows if r and not r.startswith("#")}


def test_the_base_installation_needs_nothing() -> None:
    assert PROJECT["project"]["dependencies"] == []


@pytest.mark.parametrize("extra", ["run", "train"])
def test_the_doors_know_the_packages_of_an_extra(extra: str) -> None:
    assert set(EXTRAS[extra]) == set(direct(extra))


def test_what_serves_is_without_torch() -> None:
    assert not {"torch", "transformers", "accelerate"} & set(direct("run"))


@pytest.mark.parametrize("extra", list(OPTIONAL))
def test_every_package_is_pinned_within_its_range(extra: str) -> None:
    pinned = pins()
    wrong = [
        f"{n} {pinned.get(n)} for {r}" for n, r in direct(extra).items() if n not in pinned or not fits(pinned[n], r)
    ]
    assert wrong == [], "run `make pins`"


def test_every_pin_is_exact() -> None:
    assert all(re.fullmatch(r"[0-9][0-9A-Za-z.+!]*", version) for version in pins().values())


def test_every_package_has_its_reason_in_the_documentation() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for extra in OPTIONAL:
        section = text.partition(f"## [{extra}]")[2].partition("\n## ")[0]
        rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", section, re.MULTILINE)
        assert {plain(n) for n, _ in rows} == set(direct(extra)), extra
        assert all(len(reason) > 8 for _, reason in rows)


def test_the_wheel_holds_the_data_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    inside = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    assert {n.partition("/")[0] for n in inside} == set(PACKAGES)
    listed = subprocess.run(
        ["git", "ls-files", "-z", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    missing = [n for n in listed if n and (ROOT / n).is_file() and n not in inside]
    assert missing == []
    for ending in (".toml", ".tsv.gz", ".schema.json", ".txt", "py.typed"):
        assert any(n.endswith(ending) for n in inside), ending
    assert not [n for n in inside if re.search(r"(^|/)conftest\.py$|\.ipynb$", n)]
    from nlp import compiled

    packed = zipfile.ZipFile(wheel).read("nlp/knowledge/compiled.gz")
    assert compiled.unpack(packed, compiled.digest()) is not None, (
        "the compact tables are those of the TSV files beside them"
    )
