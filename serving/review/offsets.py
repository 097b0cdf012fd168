"""UTF-16 offsets for browsers: the one place of the service where code points become UTF-16 units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chartlight.note import Span
from chartlight.offsets import from_utf16, to_utf16
from serving.refusal import Refusal, Refused


def add_utf16(data: Any, texts: Mapping[str | None, str]) -> None:
    """Add ``utf16_start`` and ``utf16_end`` to every quotation in the data.

    >>> told = {"evidence": [{"start": 2, "end": 4, "quote": "ok"}]}
    >>> add_utf16(told, {None: "🩺 ok"})
    >>> told["evidence"][0]["utf16_start"], told["evidence"][0]["utf16_end"]
    (3, 5)
    """
    if isinstance(data, dict):
        if {"start", "end", "quote"} <= data.keys():
            text = texts.get(data.get("document"))
            if text is not None:
                data["utf16_start"], data["utf16_end"] = to_utf16(text, Span(data["start"], data["end"]))
            return
        for value in data.values():
            add_utf16(value, texts)
    elif isinstance(data, list):
        for value in data:
            add_utf16(value, texts)


def span_of(text: str, start: int | None, end: int | None, utf16_start: int | None, utf16_end: int | None) -> Span:
    """The span of a place that is told in either unit; raises ``Refusal``.

    >>> span_of("🩺 ok", None, None, 3, 5)
    Span(start=2, end=4)
    """
    try:
        if start is not None and end is not None and utf16_start is None and utf16_end is None:
            return Span(start, end)
        if utf16_start is not None and utf16_end is not None and start is None and end is None:
            return from_utf16(text, utf16_start, utf16_end)
    except ValueError:
        raise Refusal(Refused.NOT_VERBATIM) from None
    raise Refusal(Refused.INVALID, "a place has start and end, or utf16_start and utf16_end")
