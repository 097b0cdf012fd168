"""The compact form of the knowledge tables is the tables as written, and never an older state of them. All names are invented."""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp import compiled, lexicon, practice, written
from nlp.fold import fold
from nlp.pipes import mentions
from nlp.tables import TableError, patterns, rows


def as_written(name: str) -> dict:
    if name == "problems":
        return dict(written.problems(rows, never=patterns("not_problems")["never"]))
    return dict(getattr(written, name)(rows))


@pytest.mark.parametrize("name", compiled.FORMS)
def test_every_table_looks_up_what_is_written(name: str) -> None:
    tables = compiled.unpack(compiled.pack(compiled.load(), "d"), "d")
    assert tables is not None
    table, wanted = tables.table(name), as_written(name)
    assert list(table) == list(wanted)
    assert len(table) == len(wanted)
    wrong = [key for key, value in wanted.items() if table[key] != value or key not in table]
    assert wrong == []


def test_a_short_form_is_its_name_itself() -> None:
    # readers tell by identity that two mentions have the name of one row
    short = written.abbreviations(rows)
    same, lines = compiled.load().table("problems"), compiled.load().lines("problems")
    pairs = [
        (key, fold(readings[0].expansion))
        for key, readings in short.items()
        if lines.get(" ".join(key), "").startswith("\x1c")
    ]
    assert pairs
    assert all(same[key] is same[full] for key, full in pairs)


def test_what_is_no_phrase_is_not_found() -> None:
    assert ("chest pain",) not in lexicon.problems()
    assert () not in lexicon.problems()
    assert lexicon.problems().get(("chest pain",)) is None
    assert fold("chest pain") in lexicon.problems()


@pytest.mark.parametrize(
    "data",
    [b"", b"x", gzip.compress(b"other", mtime=0), gzip.compress(b"chartlight tables 1 other\n", mtime=0)],
    ids=["empty", "no gzip", "another text", "another digest"],  # the same in every process that collects
)
def test_what_is_damaged_or_of_other_files_is_not_used(data: bytes) -> None:
    assert compiled.unpack(data, "wanted") is None


def test_half_a_file_is_not_used() -> None:
    packed = compiled.pack(compiled.Tables({"several": ("a", "b")}), "d")
    assert compiled.unpack(packed, "d") is not None
    assert compiled.unpack(packed[: len(packed) // 2], "d") is None


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small tree of tables instead of ours."""
    names = tmp_path / "knowledge" / "names"
    names.mkdir(parents=True)
    (names / "mine.tsv").write_text("name\tcode\nhouse disease\tI10\n", encoding="utf-8")
    (tmp_path / "patterns").mkdir()
    (tmp_path / "patterns" / "not_problems.toml").write_text("never = []\n", encoding="utf-8")
    for name in compiled._CODE:
        (tmp_path / name).write_text("code\n", encoding="utf-8")
    monkeypatch.setattr(compiled, "HERE", tmp_path)
    monkeypatch.setattr(compiled, "KNOWLEDGE", tmp_path / "knowledge")
    monkeypatch.setattr(compiled, "PATTERNS", tmp_path / "patterns")
    monkeypatch.setattr(compiled, "FILE", tmp_path / "knowledge" / "compiled.gz")
    monkeypatch.setattr("nlp.tables.KNOWLEDGE", tmp_path / "knowledge")
    compiled.load.cache_clear()
    yield tmp_path
    compiled.load.cache_clear()


def code_of(name: str) -> str | None:
    compiled.load.cache_clear()
    readings = compiled.load().table("problems").get(fold(name))
    return readings[0].code if readings else None


def test_an_edited_table_is_read_anew(tree: Path) -> None:
    assert code_of("house disease") == "I10"
    first = compiled.saved()
    assert first is not None
    path = tree / "knowledge" / "names" / "mine.tsv"
    path.write_text("name\tcode\nhouse disease\tI11.9\n", encoding="utf-8")
    assert compiled.saved() is None, "stale"
    assert code_of("house disease") == "I11.9"
    assert compiled.saved() is not None


@pytest.mark.parametrize("changed", ["fold.py", "written.py", "patterns/not_problems.toml"])
def test_what_reads_the_tables_is_part_of_their_digest(changed: str, tree: Path) -> None:
    before = compiled.digest()
    path = tree / changed
    path.write_text(path.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
    assert compiled.digest() != before


def test_a_folder_that_cannot_be_written_is_read_the_slow_way(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(tables: compiled.Tables) -> None:
        raise PermissionError

    monkeypatch.setattr(compiled, "save", refuse)
    assert code_of("house disease") == "I10"
    assert not compiled.FILE.exists()


def test_nothing_is_left_where_writing_failed(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(PermissionError):
        compiled.save(compiled.Tables({}))
    assert [p.name for p in compiled.FILE.parent.iterdir()] == ["names"]


PHRASES = sorted(" ".join(key) for name in compiled.IN_NOTES for key in itertools.islice(lexicon._table(name), 400))
BY_LABEL = {
    label: {" ".join(key) for key in lexicon._table(name)}
    for label, name in zip(mentions._LABELS, compiled.IN_NOTES, strict=True)
}


@given(st.lists(st.sampled_from([*PHRASES, "no", "pain", "of", "the", "zzz"]), max_size=6), st.sets(st.integers(0, 12)))
def test_matching_finds_every_phrase_and_no_other(parts: list[str], barriers: set[int]) -> None:
    words = [word for part in parts for word in part.split(" ")]
    found = [f for f in mentions.phrases().match(words, barriers) if f.label in BY_LABEL]
    spans = [
        (label, start, end)
        for label, names in BY_LABEL.items()
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
        if " ".join(words[start:end]) in names and barriers.isdisjoint(range(start + 1, end))
    ]
    kept: list[tuple[str, int, int]] = []
    for label, start, end in sorted(spans, key=lambda s: (s[0], s[1] - s[2], s[1])):
        if not any(o == label and a < end and start < b for o, a, b in kept):
            kept.append((label, start, end))
    assert sorted((f.label, f.start, f.end) for f in found) == sorted(kept)


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A practice's folder, named by the setting."""
    for folder in ("names", "drugs", "problems"):
        (tmp_path / folder).mkdir()
    (tmp_path / "names" / "ours.tsv").write_text(
        "name\tcode\thow it is meant\n".replace("\thow it is meant", "")
        + "house disease\tI10\nhtn\t-\nchest pain\tR07.89\n",
        encoding="utf-8",
    )
    (tmp_path / "drugs" / "drugs.tsv").write_text(
        "name\tingredient\tclass\nhousemab\thousemab\tbiologic\n", encoding="utf-8"
    )
    (tmp_path / "problems" / "categories.tsv").write_text(
        "code\ttype\tcourse\tnew\tstable\tworse\tsystemic\tbody_system\n"
        "I10\tdisease\tchronic\tundiagnosed\tstable_chronic\tchronic_worsening\tno\tcardiovascular\n",
        encoding="utf-8",
    )
    monkeypatch.setenv(practice.FOLDERS_SETTING, str(tmp_path))
    forget()
    yield tmp_path
    monkeypatch.undo()
    forget()


def forget() -> None:
    for made in (
        practice.own,
        mentions.phrases,
        *(getattr(lexicon, name) for name in (*lexicon.__all__, "_categories", "_table")),
    ):
        if hasattr(made, "cache_clear"):
            made.cache_clear()


def test_the_entries_of_a_practice_come_before_ours(mine: Path) -> None:
    assert lexicon.problems()[fold("house disease")][0].code == "I10"
    assert [r.code for r in lexicon.problems()[fold("chest pain")]] == ["R07.89"]
    assert fold("htn") not in lexicon.problems()
    assert fold("htn") not in set(lexicon.problems())
    assert lexicon.problems()[fold("hypertension")][0].code == "I10"
    assert lexicon.drugs()["housemab",].status == "rx"
    found = lexicon.category("I10")
    assert found is not None
    assert found.new == "undiagnosed"
    words = fold("htn and house disease on housemab")
    named = [(f.label, f.key) for f in mentions.phrases().match(words) if f.label in ("problem", "drug")]
    assert named == [("problem", ("house", "disease")), ("drug", ("housemab",))]


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("nmaes/x.tsv", "name\tcode\n", "no file of a table"),
        ("names/x.tsv", "name\tkode\na\tI10\n", "did you mean code"),
        ("names/x.tsv", "code\tname\nI10\ta\n", "the first columns are not name and code"),
        ("names/x.tsv", "name\tcode\na\tI10\textra\tmore\tand more\n", "more fields than the header"),
    ],
)
def test_a_folder_that_cannot_be_read_says_why(file: str, text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / file
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=says):
        list(practice.read(tmp_path))


def test_a_folder_that_is_missing_says_which(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is no folder"):
        list(practice.read(tmp_path / "none"))
