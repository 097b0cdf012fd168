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
    """Codes that begin as typed; then what the names of problems call so; then entries that hold all the words, complete and short ones first.

    An abbreviation of the table stands for its expansion as well.

    >>> from datetime import date
    >>> from rules.codesets.reader import open_release
    >>> icd = open_release(date(2026, 5, 1))
    >>> type_ahead(icd, "e1165", 1), type_ahead(icd, "hypertens essential", 1), type_ahead(icd, "htn", 1)
    (['E11.65'], ['I10'], ['I10'])
    """
    plain = typed.strip().lower()
    bare = plain.replace(".", "")
    words = plain.split()
    if not words:
        return []
    starting: list[str] = []
    holding: list[tuple[bool, bool, bool, int, str]] = []
    wanted = [words, *_expanded(words)]
    for code, as_typed, description, text in _lines(catalogue):
        if as_typed.startswith(bare):
            starting.append(code)
            continue
        found_words = next((w for w in wanted if all(word in text for word in w)), None)
        if found_words is not None:
            inside = all(word in description for word in found_words)
            begun = all(f" {word}" in f" {description}" for word in found_words)
            holding.append((not inside, not begun, not catalogue.is_billable(code), len(description), code))
    named = [code for w in wanted for code in _named(catalogue, w) if code not in starting]
    found = [*starting, *dict.fromkeys(named)][:limit]
    holding = [row for row in holding if row[-1] not in found]
    if len(found) < limit:
        found += [row[-1] for row in sorted(holding)[: limit - len(found)]]
    if len(found) < limit:
        found += _with_seventh(catalogue, plain.upper(), limit - len(found))
    return found


def _expanded(words: list[str]) -> list[list[str]]:
    """The words with their abbreviations written out, where the table has one."""
    from nlp.lexicon import abbreviations

    table = abbreviations()
    readings = [[r.expansion.lower() for r in table.get((word,), ()) if r.kind == "problem"] for word in words]
    if not any(readings):
        return []
    return [" ".join(r[0] if r else word for r, word in zip(readings, words, strict=True)).split()]


def _named(catalogue: CompactCatalogue, words: list[str]) -> list[str]:
    """The codes that the names of problems give for exactly these words."""
    from nlp.fold import fold
    from nlp.lexicon import problems

    names = problems().get(fold(" ".join(words)), ())
    return [name.code for name in names if not name.context and name.code in catalogue]


def _with_seventh(catalogue: CompactCatalogue, code: str, limit: int) -> list[str]:
    """Codes with a 7th character, which stand in no line of their own, once their stem is typed."""
    if code in catalogue and not catalogue.is_billable(code):
        return list(catalogue.children(code))[:limit] if len(code) >= 5 else []
    return [code] if len(code) == 8 and code in catalogue else []
