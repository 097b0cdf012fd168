"""From the publisher's tabular list to the compact file of one release.

The publisher (CDC/NCHS) hands out the tabular list as XML and, beside it, a list of the codes that exist. Leaves of the
XML that take a 7th character stand there once, without it; which of the characters exist is known from the list alone
(a death before regaining consciousness, S06.-7, has an initial encounter only).

The compact file is UTF-8 text, one entry a line, in tabular order, gzip'd. Fields are parted by tabs:

1. name of the entry: ``E11.65``; a block ``E08-E13`` (always a range, so that ``B20-B20`` is not the category ``B20``);
   a chapter ``chapter 4``;
2. the 7th characters that exist under it (``ABCDEFGHJKMNPQRS``), or nothing;
3. description;
4. any number of notes, each led by one character (``MARKS``).

>>> line = entry_line("X99", "AD", "Invented injury", [("p", "X90-X99"), ("7", "A=initial encounter")])
>>> line.split(chr(9))
['X99', 'AD', 'Invented injury', 'pX90-X99', '7A=initial encounter']
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

MARKS = {
    "p": "parent, where it is not the name without its last character",
    "t": "inclusion term",
    "n": "includes",
    "1": "excludes1",
    "2": "excludes2",
    "u": "use additional code",
    "f": "code first",
    "a": "code also",
    "7": "7th character = meaning | inclusion terms, defined here for the entry and all under it",
}
"""What the first character of a note field says."""

_TAGS = {
    "inclusionTerm": "t",
    "includes": "n",
    "excludes1": "1",
    "excludes2": "2",
    "useAdditionalCode": "u",
    "codeFirst": "f",
    "codeAlso": "a",
}
_CODE = re.compile(r"[A-Z][0-9A-Z]{2}(\.?[0-9A-Z]{1,4})?")


class ReleaseError(ValueError):
    """A publisher's file, or a compact file, is not what it should be."""


def entry_line(name: str, seventh: str, description: str, notes: Iterable[tuple[str, str]]) -> str:
    """One line of the compact file, without its line end; white space inside a text becomes one blank."""
    return "\t".join([name, seventh, _clean(description), *(mark + _clean(text) for mark, text in notes)])


def stem_with_placeholders(code: str) -> str:
    """The code filled with X up to the place of the 7th character (IC-16).

    >>> stem_with_placeholders("S09.20"), stem_with_placeholders("T07")
    ('S09.20X', 'T07.XXX')
    """
    return (code if len(code) > 3 else code + ".").ljust(7, "X")


def read_code_list(path: Path) -> frozenset[str]:
    """Codes, without dots, of the publisher's order file, its code-description file, or a plain list of one code a line.

    The order file starts each line with a running number of five digits; its headers (flag 0) are left in, for only
    membership is asked. Raises ``ReleaseError`` when no line holds a code.
    """
    found: set[str] = set()
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split()
        if len(words) > 1 and len(words[0]) == 5 and words[0].isdigit():
            words = words[1:]
        if words and _CODE.fullmatch(words[0]):
            found.add(words[0].replace(".", ""))
    if not found:
        raise ReleaseError(
            f"{path.name}: no line starts with an ICD-10-CM code; give the publisher's order or code file"
        )
    return frozenset(found)


def read_tabular(path: Path, exist: frozenset[str] | None) -> Iterator[str]:
    """Lines of the compact file from the publisher's tabular XML; ``exist`` are the codes of ``read_code_list``.

    Without ``exist`` every 7th character that is defined is taken to exist. Raises ``ReleaseError`` for a file that is
    not a tabular list.
    """
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise ReleaseError(f"{path.name}: not well-formed XML ({error}); give the publisher's tabular file") from error
    chapters = root.findall("chapter")
    if not chapters:
        raise ReleaseError(f"{path.name}: no <chapter> in <{root.tag}>; give the publisher's tabular file")
    for chapter in chapters:
        name = f"chapter {_text(chapter, 'name')}"
        yield entry_line(name, "", _text(chapter, "desc"), _notes(chapter))
        # A section without categories of its own (C00-C96, V00-X58) groups the sections after it that lie within its range.
        open_groups: list[str] = []
        for section in chapter.findall("section"):
            block = section.get("id", "")
            block = block if "-" in block else f"{block}-{block}"
            while open_groups and not _within(block, open_groups[-1]):
                open_groups.pop()
            parent = open_groups[-1] if open_groups else name
            yield entry_line(block, "", _text(section, "desc"), [("p", parent), *_notes(section)])
            categories = section.findall("diag")
            if not categories:
                open_groups.append(block)
            for category in categories:
                yield from _diagnoses(category, block, "", exist)


def write_release(lines: Sequence[str], path: Path) -> None:
    """Write the compact file; the same lines give the same bytes (no name, no time in the gzip header)."""
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), compresslevel=9, mtime=0))


def _diagnoses(node: ElementTree.Element, parent: str, inherited: str, exist: frozenset[str] | None) -> Iterator[str]:
    name = _text(node, "name")
    letters = "".join(e.get("char", "") for e in node.findall("sevenChrDef/extension")) or inherited
    children = node.findall("diag")
    own = ""
    if letters and not children:
        stem = stem_with_placeholders(name).replace(".", "")
        own = "".join(c for c in letters if exist is None or stem + c in exist)
    derived = name[:-1].rstrip(".")
    notes = ([("p", parent)] if parent != derived else []) + _notes(node)
    yield entry_line(name, own, _text(node, "desc"), notes)
    for child in children:
        yield from _diagnoses(child, name, letters, exist)


def _notes(node: ElementTree.Element) -> list[tuple[str, str]]:
    notes = [(_TAGS[part.tag], note.text or "") for part in node if part.tag in _TAGS for note in part.findall("note")]
    for definition in node.findall("sevenChrDef"):
        meanings: list[list[str]] = []
        for part in definition:
            if part.tag == "extension":
                meanings.append([f"{part.get('char', '')}={part.text or ''}"])
            elif part.tag == "note" and meanings:
                meanings[-1].append(part.text or "")
        notes += [("7", "|".join(meaning)) for meaning in meanings]
    return notes


def _within(block: str, group: str) -> bool:
    first, last = block.split("-")
    start, end = group.split("-")
    return start <= first and last <= end


def _text(node: ElementTree.Element, tag: str) -> str:
    return (node.findtext(tag) or "").strip()


def _clean(text: str) -> str:
    return " ".join(text.split())
