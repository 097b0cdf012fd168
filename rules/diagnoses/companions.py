"""What may be missing beside the list: additional codes, causes (IC-13), long-term drugs (IC-11, IC-19)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules.diagnoses.candidate import Candidate, Suggestion
from rules.diagnoses.patterns import matches_any
from rules.diagnoses.working import Given, named


def suggest(candidates: Sequence[Candidate], drugs: Iterable[str], given: Given) -> tuple[Suggestion, ...]:
    """Suggestions in the order of the list, each code once; nothing is suggested that the list already says."""
    codes = [candidate.code for candidate in candidates]
    found: dict[str, Suggestion] = {}
    for code in codes:
        for companion in given.tables.companions:
            if matches_any(code, companion.code) and not any(matches_any(c, companion.needs) for c in codes):
                _add(found, companion.suggest, code, companion.row, companion.because, given)
        for missing in _missing_cause(code, codes, given):
            _add(found, missing, code, "IC-13", "the tabular list wants the cause first", given)
    for suggestion in _drug_codes(codes, drugs, given):
        found.setdefault(suggestion.code, suggestion)
    return tuple(s for s in found.values() if s.code not in codes)


_HEDGES = ("any ", "if applicable", "if known", "associated", "such as", "or ")
"""Words by which a note says that the other code is there only sometimes."""


def _missing_cause(code: str, codes: Sequence[str], given: Given) -> Iterable[str]:
    """The cause that a 'code first' note of the code itself or of its category names, where it names just one and surely."""
    if any(matches_any(code, companion.code) for companion in given.tables.companions):
        return
    entries = [e for e in (code, *given.catalogue.ancestors(code)) if "-" not in e and not e.startswith("chapter")]
    sure = [e for e in entries if not any(w in t for t in given.catalogue[e].code_first for w in _HEDGES)]
    references = [r for entry in sure for r in named(given.catalogue, entry, "code_first")]
    plain = [r for r in references if not r.first.startswith("O")]
    if len(plain) == 1 and plain[0].first == plain[0].last and not any(other in plain[0] for other in codes):
        yield plain[0].first


def _drug_codes(codes: Sequence[str], drugs: Iterable[str], given: Given) -> Iterable[Suggestion]:
    for drug in drugs:
        word = drug.strip().lower()
        for long_term in given.tables.drugs:
            if word not in long_term.words and drug.strip().upper() != long_term.code:
                continue
            beside = [code for code in codes if matches_any(code, long_term.only_with)]
            if long_term.only_with and not beside:
                continue
            if any(matches_any(code, long_term.never_with) for code in codes):
                continue
            if given.catalogue.is_billable(long_term.code):
                yield Suggestion(
                    code=long_term.code,
                    is_complete=True,
                    for_code=beside[0] if beside else "",
                    row=long_term.row,
                    because="long-term use of a drug that the note lists",
                )


def _add(found: dict[str, Suggestion], code: str, for_code: str, row: str, because: str, given: Given) -> None:
    if code in given.catalogue and code not in found:
        found[code] = Suggestion(
            code=code, is_complete=given.catalogue.is_billable(code), for_code=for_code, row=row, because=because
        )
