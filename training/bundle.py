"""A wheelhouse for a machine without internet: all wheels of the extra ``[run]``, SHA-256 sums, and a script that installs from them.

``make bundle`` builds ``dist/bundle`` (it needs an index once); ``make bundle-check`` installs it into a new folder with the network
switched off (a network namespace of its own where the system allows one) and runs the demo from there.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from chartlight import __version__

ROOT = Path(__file__).resolve().parent.parent
BUNDLE = ROOT / "dist" / "bundle"
INSTALL = """\
#!/bin/sh
# Installs Chartlight from this folder alone: sh install.sh [FOLDER]   (default: ./chartlight)
# PYTHON=/path/to/python3.11 names the interpreter; it must be the minor version that the wheels are for.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${{1:-chartlight}}
python=${{PYTHON:-python{minor}}}
command -v "$python" >/dev/null 2>&1 || {{
  echo "$python was not found; install Python {minor}, or name it: PYTHON=/path/to/python sh install.sh" >&2; exit 1; }}
"$python" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "{minor}")' || {{
  echo "$python is not Python {minor}, which these wheels are for" >&2; exit 1; }}
"$python" - "$here" <<'CHECK'
import hashlib, pathlib, sys
here = pathlib.Path(sys.argv[1])
wrong, named = [], set()
for row in (here / "SHA256SUMS").read_text().splitlines():
    digest, name = row.split(None, 1)
    named.add(name)
    path = here / name
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        wrong.append(name)
wrong += [f"wheels/{{p.name}} (not named)" for p in (here / "wheels").iterdir() if f"wheels/{{p.name}}" not in named]
if wrong:
    sys.exit("damaged or changed: " + ", ".join(sorted(wrong)) + "; copy the folder again")
print(f"{{len(named)}} files are as they were made")
CHECK
"$python" -m venv "$target"
"$target/bin/python" -m pip install --isolated --quiet --disable-pip-version-check --no-index \\
  --find-links "$here/wheels" --constraint "$here/constraints.txt" "chartlight[run]=={version}"
"$target/bin/chartlight" doctor --quick
echo "Installed: $target/bin/chartlight"
"""
README = """\
Chartlight {version} for machines without internet
Python {minor}, {system} {machine}

  sh install.sh /opt/chartlight        checks every sum, makes a virtual environment, installs from this folder alone
  /opt/chartlight/bin/chartlight demo  three invented notes, read and coded

SHA256SUMS can be checked by hand: sha256sum -c SHA256SUMS
"""


def build(folder: Path = BUNDLE) -> None:
    """Make the folder anew; raises ``CalledProcessError`` when pip cannot build or fetch a wheel."""
    shutil.rmtree(folder, ignore_errors=True)
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    pip = [sys.executable, "-m", "pip", "wheel", "-qq", "--disable-pip-version-check", "--wheel-dir", str(wheels)]
    constraints = ROOT / "constraints.txt"
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", str(ROOT)], check=True)
    (own,) = wheels.glob("chartlight-*.whl")
    subprocess.run([*pip, "-c", str(constraints), f"{own}[run]"], check=True)
    told = {
        "version": __version__,
        "minor": "{}.{}".format(*sys.version_info[:2]),
        "system": platform.system(),
        "machine": platform.machine(),
    }
    shutil.copy(constraints, folder)
    (folder / "README.txt").write_text(README.format(**told), encoding="utf-8")
    (folder / "install.sh").write_text(INSTALL.format(**told), encoding="utf-8")
    (folder / "install.sh").chmod(0o755)
    (folder / "SHA256SUMS").write_text(sums(folder), encoding="utf-8")


def sums(folder: Path) -> str:
    """Lines ``digest  name`` of all files but the sums themselves, as ``sha256sum -c`` reads them."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "SHA256SUMS")
    return "".join(f"{sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in files)


def without_network() -> list[str]:
    """The words before a command that switch the network off, or none where the system allows no namespaces."""
    words = ["unshare", "--map-root-user", "--net"]
    if shutil.which(words[0]) and not subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        return words
    return []


def check(folder: Path = BUNDLE) -> int:
    """Install the bundle into a new folder without network, run the demo from there; returns the exit code."""
    before = without_network()
    print("bundle: network off" if before else "bundle: no namespace here; an index is forbidden by --no-index alone")
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "copy"
        shutil.copytree(folder, copy)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON", "VIRTUAL_ENV"))}
        environment["PYTHON"] = str(Path(sys.base_prefix) / "bin" / "python3")
        for words in (["sh", str(copy / "install.sh"), f"{place}/here"], [f"{place}/here/bin/chartlight", "demo"]):
            status = subprocess.run([*before, *words], cwd=place, env=environment, check=False).returncode
            if status:
                print(f"bundle: {words[0]} ended with {status}", file=sys.stderr)
                return status
    print("bundle: installed and run without network")
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """Build, or check what was built."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="install what was built, with the network off")
    args = parser.parse_args(words)
    if args.check:
        return check()
    build()
    size = sum(p.stat().st_size for p in BUNDLE.rglob("*") if p.is_file())
    print(f"{BUNDLE.relative_to(ROOT)}: {len(list((BUNDLE / 'wheels').iterdir()))} wheels, {size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
