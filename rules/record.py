"""Reading one table of a TOML file strictly: every value has its type, every key is known, every error names file and place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar

E = TypeVar("E", bound=Enum)


class EditionError(ValueError):
    """An edition file that does not hold what its reader expects; the message names the file, the place and the remedy."""


class Record:
    """One table, read key by key; ``close`` raises ``EditionError`` for every key that nobody asked for.

    >>> row = Record({"id": "P-07", "levl": "moderate"}, "mdm.toml: row[0]")
    >>> row.text("id")
    'P-07'
    >>> row.close()
    Traceback (most recent call last):
        ...
    rules.record.EditionError: mdm.toml: row[0]: unknown key 'levl'; known are id
    """

    def __init__(self, data: Any, where: str) -> None:
        if not isinstance(data, Mapping):
            raise EditionError(f"{where}: a table was expected, got {type(data).__name__}")
        self._data = data
        self._asked: dict[str, None] = {}
        self.where = where

    def has(self, key: str) -> bool:
        """Whether the table has ``key``."""
        self._asked[key] = None
        return key in self._data

    def _get(self, key: str, kind: type, what: str) -> Any:
        if not self.has(key):
            raise EditionError(f"{self.where}: {key} is missing; give {what}")
        value = self._data[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise EditionError(f"{self.where}: {key} should be {what}, got {type(value).__name__}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A text, or ``default`` when that is given and the key is absent."""
        if default is not None and not self.has(key):
            return default
        return str(self._get(key, str, "a text"))

    def text_or_none(self, key: str) -> str | None:
        """A text, or None where the key is absent."""
        return self.text(key) if self.has(key) else None

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number of 0 or more, or ``default``."""
        if default is not None and not self.has(key):
            return default
        value = int(self._get(key, int, "a whole number"))
        if value < 0:
            raise EditionError(f"{self.where}: {key} is {value}; give 0 or more")
        return value

    def whole_or_none(self, key: str) -> int | None:
        """A whole number, or None where the key is absent."""
        return self.whole(key) if self.has(key) else None

    def yes(self, key: str, default: bool = False) -> bool:
        """A truth value, ``default`` where absent."""
        return bool(self._get(key, bool, "true or false")) if self.has(key) else default

    def day(self, key: str) -> date:
        """A date without time."""
        value = self._get(key, date, "a date")
        if isinstance(value, datetime):
            raise EditionError(f"{self.where}: {key} should be a date without time")
        assert isinstance(value, date)
        return value

    def one_of(self, key: str, vocabulary: type[E]) -> E:
        """A member of a closed vocabulary."""
        return self._member(self._get(key, str, "a text"), key, vocabulary)

    def one_of_or_none(self, key: str, vocabulary: type[E]) -> E | None:
        """A member of a closed vocabulary, or None where the key is absent."""
        return self.one_of(key, vocabulary) if self.has(key) else None

    def many_of(self, key: str, vocabulary: type[E]) -> tuple[E, ...]:
        """Members of a closed vocabulary; empty where the key is absent."""
        return tuple(self._member(v, key, vocabulary) for v in self.texts(key))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where the key is absent."""
        if not self.has(key):
            return ()
        values = self._get(key, list, "a list of texts")
        if not all(isinstance(v, str) for v in values):
            raise EditionError(f"{self.where}: {key} should hold texts only")
        return tuple(values)

    def whole_numbers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers; empty where the key is absent."""
        if not self.has(key):
            return ()
        values = self._get(key, list, "a list of whole numbers")
        if not all(isinstance(v, int) and not isinstance(v, bool) for v in values):
            raise EditionError(f"{self.where}: {key} should hold whole numbers only")
        return tuple(values)

    def record(self, key: str) -> Record:
        """The table under ``key``."""
        return Record(self._get(key, dict, "a table"), f"{self.where}: {key}")

    def record_or_none(self, key: str) -> Record | None:
        """The table under ``key``, or None where the key is absent."""
        return self.record(key) if self.has(key) else None

    def records(self, key: str) -> tuple[Record, ...]:
        """The tables of the list under ``key``; empty where the key is absent."""
        if not self.has(key):
            return ()
        rows = self._get(key, list, "a list of tables")
        return tuple(Record(row, f"{self.where}: {key}[{n}]") for n, row in enumerate(rows))

    def close(self) -> None:
        """Refuse the keys that were not read."""
        unknown = [key for key in self._data if key not in self._asked]
        if unknown:
            raise EditionError(f"{self.where}: unknown key {unknown[0]!r}; known are {', '.join(self._asked)}")

    def _member(self, value: Any, key: str, vocabulary: type[E]) -> E:
        try:
            return vocabulary(value)
        except ValueError:
            allowed = ", ".join(str(m.value) for m in vocabulary)
            raise EditionError(f"{self.where}: {key} is {value!r}; give one of {allowed}") from None
