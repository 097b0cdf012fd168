"""What was read and not proposed, with the reason and, for a negated mention, its cue."""

from __future__ import annotations

from collections.abc import Iterator

from chartlight import Evidence, SetAside
from chartlight.labels import Assertion, EntityLabel, SetAsideReason
from models.predictors.evidence import quote
from models.predictors.found import is_condition, is_word, name_of
from nlp.reading import Reading

_REASONS = {
    Assertion.NEGATED: SetAsideReason.NEGATED,
    Assertion.POSSIBLE: SetAsideReason.POSSIBLE,
    Assertion.HISTORICAL: SetAsideReason.HISTORICAL,
    Assertion.FAMILY: SetAsideReason.FAMILY,
    Assertion.HYPOTHETICAL: SetAsideReason.HYPOTHETICAL,
}
_ORDER = (Assertion.POSSIBLE, Assertion.HISTORICAL, Assertion.FAMILY, Assertion.NEGATED, Assertion.HYPOTHETICAL)
MOST = 40
"""Most mentions set aside that one document's proposal carries; uncertain and past ones come first."""


def of_document(reading: Reading) -> list[SetAside]:
    """The problem mentions that are not asserted as present, each name once for each reason, and the minutes that were refused."""
    found: dict[tuple[Assertion, tuple[str, ...]], SetAside] = {}
    for m in reading.mentions:
        if m.label is not EntityLabel.PROBLEM or m.assertion is Assertion.PRESENT or is_word(reading, m):
            continue
        if (m.assertion, m.key) in found or not is_condition(name_of(reading, m)):
            continue
        spans = [m.span] if m.cue is None else [m.span, m.cue]
        found[m.assertion, m.key] = SetAside(reason=_REASONS[m.assertion], evidence=quote(reading.note, spans))
    ordered = sorted(found.items(), key=lambda item: (_ORDER.index(item[0][0]), item[1].evidence[0].span))
    return [aside for _, aside in ordered[:MOST]] + list(_minutes(reading))


def _minutes(reading: Reading) -> Iterator[SetAside]:
    for t in reading.times:
        if not t.is_accepted and t.row != "TP-11":
            yield SetAside(
                reason=SetAsideReason.NO_CREDIT,
                evidence=quote(reading.note, [t.span]),
                because=f"minutes that do not count toward total time ({t.row})",
            )


def not_addressed(evidence: tuple[Evidence, ...], because: str) -> SetAside:
    """A problem that the note names and that was neither evaluated nor treated."""
    return SetAside(reason=SetAsideReason.NOT_ADDRESSED, evidence=evidence, because=because)
