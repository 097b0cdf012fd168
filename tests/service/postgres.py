"""A throw-away PostgreSQL cluster on a socket in a temporary folder; run as another user where the tests run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Cluster:
    """A running cluster."""

    bin: Path
    folder: Path
    prefix: list[str]

    def database(self, name: str, *, template: str = "template0") -> str:
        """A new database, empty or a copy of another; returns its URL."""
        self._run("createdb", "-h", str(self.folder), "-U", "chartlight", "-T", template, name)
        return f"postgresql://chartlight@/{name}?host={self.folder}"

    def stop(self) -> None:
        """End the cluster and remove it."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *given: str) -> None:
        # pg_ctl hands its output on to the server, which would keep a pipe open for ever
        log = self.folder / "run.log"
        with log.open("ab") as out:
            subprocess.run(
                [*self.prefix, str(self.bin / program), *given],
                check=True,
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
            )


def programs() -> Path | None:
    """The folder with PostgreSQL's programs, the newest version first."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    if found:
        return found[0].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


def start() -> Cluster | str:
    """A cluster, or the reason why there is none."""
    bin = programs()
    if bin is None:
        return "PostgreSQL is not installed (Debian: apt-get install postgresql; make test does it for root)"
    prefix: list[str] = []
    # a socket's path has at most 107 characters, so the folder of pytest is too deep
    folder = Path(tempfile.mkdtemp(prefix="clpg"))
    if os.geteuid() == 0:
        user = next((u for u in ("postgres", "nobody") if _exists(u)), None)
        if user is None or shutil.which("setpriv") is None:
            return "PostgreSQL does not run as root, and there is no other user to run it as"
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        prefix = ["setpriv", f"--reuid={user}", f"--regid={entry.pw_gid}", "--clear-groups", "--"]
    folder.chmod(0o755)
    made = Cluster(bin, folder, prefix)
    try:
        made._run(
            "initdb",
            "-D",
            str(folder / "data"),
            "-U",
            "chartlight",
            "--auth=trust",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        )
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=120"
        made._run("pg_ctl", "-D", str(folder / "data"), "-w", "-o", options, "start")
    except subprocess.CalledProcessError:
        said = (folder / "run.log").read_text(errors="replace").strip().splitlines()
        return f"PostgreSQL did not start: {said[-1] if said else '?'}"
    return made


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
