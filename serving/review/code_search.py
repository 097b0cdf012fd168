"""Type-ahead over the whole code set."""

from __future__ import annotations

from functools import lru_cache

from rules.codesets.reader import CompactCatalogue


@lru_cache(maxsize=4)
def _lines(catalogue: CompactCatalogue) -> tuple[tuple[str, str, str, str], ...]:
    """Code, the code as it is typed, description in lower case, and all that can be searched, for each entry: made once for a release."""
    return tuple(
        (code, code.replace(".", "").lower(), catalogue.description(code).lower(), catalogue.text(code))
        for code in catalogue.entries()
    )


def type_ahead(catalogue: CompactCatalogue, typed: str, limit: int) -> list[str]:
    """Codes that begin as typed, in their order; then entries that hold all the words, complete ones and short ones first.

    >>> from datetime import date
    >>> from rules.codesets.reader import open_release
    >>> icd = open_release(date(2026, 5, 1))
    >>> type_ahead(icd, "e1165", 1), type_ahead(icd, "hypertens essential", 1)
    (['E11.65'], ['I10'])
    """
    plain = typed.strip().lower()
    bare = plain.replace(".", "")
    words = plain.split()
    if not words:
        return []
    starting: list[str] = []
    holding: list[tuple[bool, bool, int, str]] = []
    for code, as_typed, description, text in _lines(catalogue):
        if as_typed.startswith(bare):
            starting.append(code)
        elif all(word in text for word in words):
            inside = all(word in description for word in words)
            holding.append((not inside, not catalogue.is_billable(code), len(description), code))
    found = starting[:limit]
    if len(found) < limit:
        found += [row[-1] for row in sorted(holding)[: limit - len(found)]]
    if len(found) < limit:
        found += _with_seventh(catalogue, plain.upper(), limit - len(found))
    return found


def _with_seventh(catalogue: CompactCatalogue, code: str, limit: int) -> list[str]:
    """Codes with a 7th character, which stand in no line of their own, once their stem is typed."""
    if code in catalogue and not catalogue.is_billable(code):
        return list(catalogue.children(code))[:limit] if len(code) >= 5 else []
    return [code] if len(code) == 8 and code in catalogue else []
