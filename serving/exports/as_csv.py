"""Decisions as CSV: one line a code, for spreadsheets and claim systems."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from serving.exports.packet import Packet

NAME = "csv"
MEDIA_TYPE = "text/csv; charset=utf-8"
ENDING = "csv"
COLUMNS = (
    "reference", "date_of_service", "decision", "decided_at", "decided_by", "kind", "position", "code", "units", "on", "verdict",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> cell("=1+1"), cell(None)
    ("'=1+1", '')
    """
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(_FORMULA) else text


def lines(packet: Packet) -> Iterator[list[object]]:
    """The lines of one decision: the E/M code, add-ons, modifiers, then the diagnoses in order.

    Add-ons and modifiers are those that the person confirmed; what was rejected has no line, as with diagnoses.
    """
    head = [
        packet.encounter["reference"], packet.encounter["date_of_service"], packet.number, packet.decided_at, packet.decided_by,
    ]  # fmt: skip
    code = packet.decision["code"]
    if code is not None:
        yield [*head, "em", 1, code, 1, "", packet.level["verdict"]]
        for n, one in enumerate(packet.standing("add_on"), 1):
            yield [*head, "add_on", n, one["code"], one["units"], one["on"], one["verdict"]]
        for n, one in enumerate(packet.standing("modifier"), 1):
            yield [*head, "modifier", n, one["code"], "", one["on"], one["verdict"]]
    for n, diagnosis in enumerate(packet.diagnoses, 1):
        yield [*head, "diagnosis", n, diagnosis["code"], "", "", diagnosis["verdict"]]


def render_all(packets: Iterable[Packet]) -> bytes:
    """The export of several decisions, with a line of headings."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for packet in packets:
        writer.writerows([cell(v) for v in line] for line in lines(packet))
    return out.getvalue().encode()


def render(packet: Packet) -> bytes:
    """The export of one decision."""
    return render_all([packet])
