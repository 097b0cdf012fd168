"""Times and ids of the store, and canonical JSON with its digest."""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from datetime import UTC, datetime
from typing import Any


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC to the microsecond: sorts as text.

    >>> stamp(datetime(2026, 3, 2, 9, 5, tzinfo=UTC))
    '2026-03-02T09:05:00.000000Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(stamped: str) -> datetime:
    """The moment of a stamp.

    >>> moment("2026-03-02T09:05:00.000000Z").isoformat()
    '2026-03-02T09:05:00+00:00'
    """
    return datetime.fromisoformat(stamped)


class _Order:
    """Counts the ids of one millisecond, so that those of a transaction sort in the order in which they were made."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = (0, 0)

    def next(self, milliseconds: int) -> tuple[int, int]:
        """The millisecond and the number in it; never before the last one within a process."""
        with self._lock:
            last, count = self._last
            self._last = (milliseconds, 0) if milliseconds > last else (last, count + 1)
            return self._last


_order = _Order()


def new_id(kind: str, at: datetime) -> str:
    """An id that nobody can guess and that sorts by time: ``kind_``, milliseconds, a count within them, 64 random bits.

    >>> first, second = (new_id("enc", datetime(2026, 3, 2, tzinfo=UTC)) for _ in range(2))
    >>> len(first), first < second
    (36, True)
    """
    milliseconds, count = _order.next(int(at.timestamp() * 1000))
    return f"{kind}_{milliseconds:012x}{count & 0xFFFF:04x}{secrets.token_hex(8)}"


def canonical(data: Any) -> str:
    """JSON with sorted keys and without blanks: the same data gives the same characters, always.

    >>> canonical({"b": 1, "a": "é"})
    '{"a":"é","b":1}'
    """
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
