"""Every encoding that a practice sends, and what is refused; the words are invented."""

from __future__ import annotations

import codecs
import io
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.decode import FORMATS, MAX_BYTES, MAX_CHARACTERS, decode, receive
from serving.failure import Exit, Failure

NOTE = "Naïve patient – “stable”, 38 °C.\r\nPlan: continue.\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (NOTE.encode("utf-8"), "utf-8"),
        (NOTE.encode("utf-8-sig"), "utf-8"),
        (codecs.BOM_UTF16_LE + NOTE.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + NOTE.encode("utf-16-be"), "utf-16-be"),
        (codecs.BOM_UTF32_LE + NOTE.encode("utf-32-le"), "utf-32-le"),
        (NOTE.encode("utf-16-le"), "utf-16-le"),
        (NOTE.encode("utf-16-be"), "utf-16-be"),
        (NOTE.encode("cp1252"), "cp1252"),
    ],
    ids=["utf8", "utf8-mark", "utf16le-mark", "utf16be-mark", "utf32-mark", "utf16le", "utf16be", "cp1252"],
)
def test_the_same_text_comes_out_of_every_encoding(data: bytes, encoding: str) -> None:
    received = decode(data, "n.txt")
    assert received.text == NOTE, "line ends as received, the mark is no part of the text"
    assert received.encoding == encoding
    is_marked_or_utf8 = encoding == "utf-8" or data[:2] in (b"\xff\xfe", b"\xfe\xff")
    assert received.warnings == (() if is_marked_or_utf8 else ("encoding_assumed",))


def test_bytes_without_meaning_in_windows_1252_lose_nothing() -> None:
    assert decode(b"caf\xe9 \x81 ok", "n.txt").text == "café \x81 ok"


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_with_input_as_the_reason(data: bytes) -> None:
    try:
        text = decode(data, "n.txt").text
    except Failure as failure:
        text = "refused" if failure.code is Exit.INPUT else ""
    assert text.strip()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60).filter(str.strip))
def test_utf8_comes_back(text: str) -> None:
    if any(text.encode().startswith(magic) for magic, _ in FORMATS):
        return
    assert decode(text.encode("utf-8"), "n.txt").text == text.removeprefix("\ufeff")


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", codecs.BOM_UTF8, codecs.BOM_UTF16_LE])
def test_an_empty_file_is_refused(data: bytes) -> None:
    with pytest.raises(Failure, match=r"^n\.txt is empty; give the file") as raised:
        decode(data, "n.txt")
    assert raised.value.code is Exit.INPUT


@pytest.mark.parametrize("magic", [m for m, _ in FORMATS])
def test_documents_that_are_no_text_are_named(magic: bytes) -> None:
    with pytest.raises(Failure, match=r"^n\.txt is an? .*, not text; save the note as plain text|is compressed"):
        decode(magic + b" rest", "n.txt")


@pytest.mark.parametrize("data", [bytes(range(256)), b"\x00\x01\x02\x03\x00\x00\xff", b"ab\x01\x02\x03\x04"])
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(Failure, match="is not text"):
        decode(data, "n.txt")


def test_a_damaged_marked_file_says_where() -> None:
    with pytest.raises(Failure, match="its mark says utf-8, but byte 5 is not"):
        decode(codecs.BOM_UTF8 + b"ab\xff\xfe", "n.txt")


def test_the_limits_are_told() -> None:
    with pytest.raises(Failure, match=r"has 5,000,000 characters, more than 2,000,000"):
        decode(b"a " * 2_500_000, "n.txt")
    with pytest.raises(Failure, match=r"more than 8,000,000 bytes"):
        decode(b"a" * (MAX_BYTES + 1), "n.txt")
    assert len(decode(b"a" * MAX_CHARACTERS, "n.txt").text) == MAX_CHARACTERS


def test_a_named_encoding_overrules_the_rule() -> None:
    assert decode("é".encode("mac-roman"), "n.txt", encoding="mac-roman").text == "é"
    with pytest.raises(Failure, match="is no encoding") as raised:
        decode(b"a", "n.txt", encoding="utf-9")
    assert raised.value.code is Exit.USAGE
    with pytest.raises(Failure, match=r"byte 0 is not ascii"):
        decode(b"\xe9", "n.txt", encoding="ascii")


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="was not found"):
        receive(str(tmp_path / "none.txt"))
    with pytest.raises(Failure, match="is a folder"):
        receive(str(tmp_path))


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(NOTE.encode("cp1252"))))
    assert receive("-").text == NOTE
