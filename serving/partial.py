"""The unfinished output of a batch: kept beside the target until it is complete, so that a killed run goes on where it was.

``OUT.partial`` holds the finished lines; ``OUT.partial.head`` says of which input and which versions they are. A line counts as
finished when its line end was written; a torn last line is cut off and done again. Leftovers of another input or of other
versions are refused, since mixing two would be worse than doing the work again.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from serving.failure import Exit, Failure

SYNC_LINES, SYNC_SECONDS = 32, 2.0
"""The disk is made to keep what was written after so many lines or seconds, whichever comes first."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The digest of an input file, and how many lines that are not blank it holds."""

    digest: str
    lines: int


def survey(source: Path) -> Survey:
    """Read the input once for its digest and its number of lines; raises ``Failure`` where it cannot be read."""
    seen, lines = sha256(), 0
    try:
        with source.open("rb") as file:
            for line in file:
                seen.update(line)
                lines += bool(line.strip())
    except FileNotFoundError:
        raise Failure(Exit.INPUT, f"{source} was not found", "check the name") from None
    except OSError as error:
        raise Failure(Exit.INPUT, f"{source} cannot be read ({error.strerror})", "give a file of JSON lines") from None
    return Survey("sha256:" + seen.hexdigest(), lines)


@dataclass(slots=True)
class Partial:
    """The unfinished output for one target; use it as a context: it is locked while open, and closed whatever happens."""

    target: Path
    head: dict[str, Any]
    done: int = 0
    _out: BinaryIO | None = field(default=None, repr=False)
    _since: int = 0
    _synced: float = 0.0

    @property
    def path(self) -> Path:
        """The file of the finished lines."""
        return self.target.with_name(self.target.name + ".partial")

    @property
    def head_path(self) -> Path:
        """The file that says what they are of."""
        return self.target.with_name(self.target.name + ".partial.head")

    def open(self, *, force: bool = False) -> Partial:
        """Take up the leftovers of an earlier run, or begin; sets ``done``.

        Raises ``Failure`` (exit 5) for leftovers of something else without ``force``, for a target that another process is
        writing, and where the folder cannot be written.
        """
        try:
            self._out = self.path.open("ab+")
            _lock(self._out, self.path)
            self._out.seek(0, os.SEEK_END)
            if self._out.tell() and not force:
                self._check_head()
            elif self._out.tell():
                self._out.truncate(0)
            self.done = _cut_torn_end(self._out)
            _write_whole(self.head_path, json.dumps(self.head, indent=1) + "\n")
        except OSError as error:
            self.close()
            raise _unwritable(self.path, error) from None
        except Failure:
            self.close()
            raise
        self._synced = time.monotonic()
        return self

    def _check_head(self) -> None:
        try:
            there = json.loads(self.head_path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            there = {}
        differs = [key for key in self.head if there.get(key) != self.head[key]]
        if differs:
            raise Failure(
                Exit.OUTPUT,
                f"{self.path} is left over from other {' and '.join(differs)}",
                "finish that run first, or discard its leftovers with --force",
            )

    def add(self, line: bytes) -> None:
        """Append one finished line; it survives the end of the process at once, and that of the machine after a sync."""
        assert self._out is not None, "open() comes first"
        try:
            self._out.write(line + b"\n")
            self._out.flush()
            self.done += 1
            self._since += 1
            if self._since >= SYNC_LINES or time.monotonic() - self._synced >= SYNC_SECONDS:
                self._sync()
        except OSError as error:
            raise _unwritable(self.path, error) from None

    def _sync(self) -> None:
        assert self._out is not None
        os.fsync(self._out.fileno())
        self._since, self._synced = 0, time.monotonic()

    def finish(self) -> None:
        """Make the partial file the target, in one step, and take the head away."""
        try:
            self._sync()
            os.replace(self.path, self.target)
            self.head_path.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(self.target, error) from None
        self.close()

    def close(self) -> None:
        """Close the file; what was added stays for the next run."""
        if self._out is not None:
            self._out.close()
            self._out = None

    def __enter__(self) -> Partial:
        return self

    def __exit__(self, *what: object) -> None:
        self.close()


def _unwritable(path: Path, error: OSError) -> Failure:
    remedy = "check folder, permissions and space; the same command goes on where this one stopped"
    return Failure(Exit.OUTPUT, f"{path} cannot be written ({error.strerror})", remedy)


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: two runs on one target are then the user's own care
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Failure(Exit.OUTPUT, f"{path} is being written by another process", "wait for it, or stop it") from None


def _cut_torn_end(out: BinaryIO) -> int:
    """Cut the file after its last whole line and count the lines; a line that is not JSON at the end is torn too."""
    out.seek(0)
    starts, at = [], 0
    last = b""
    ends_whole = True
    for line in out:
        starts.append(at)
        at += len(line)
        last, ends_whole = line, line.endswith(b"\n")
    while starts and not (ends_whole and _is_json(last)):
        at = starts.pop()
        if not starts:
            break
        out.seek(starts[-1])
        last, ends_whole = out.readline(), True
    out.truncate(at)
    out.seek(0, os.SEEK_END)
    return len(starts)


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    beside = path.with_name(path.name + ".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
