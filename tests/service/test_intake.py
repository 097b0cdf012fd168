"""Visits come in: as JSON, text and files; known documents are recognised, late and changed ones make a new version. All notes are invented."""

from __future__ import annotations

import io
from typing import Any

import pytest

from serving.documents.extract import extract
from serving.refusal import Refusal
from tests.service.fake import TEXT
from tests.service.world import CONTEXT, World, key


def proposal(here: World, id: str) -> Any:
    return here.call("GET", f"/v1/encounters/{id}/proposal").json()


def test_the_same_document_again_is_recognised_and_makes_nothing_new(here: World) -> None:
    body = {"id": "v1", "text": TEXT, "context": CONTEXT}
    first = here.call("POST", "/v1/encounters", "integrator", json=body)
    again = here.call("POST", "/v1/encounters", "integrator", json=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["recognised"] is True
    assert proposal(here, first.json()["id"])["number"] == 1


def test_the_same_text_without_an_id_is_recognised_too(here: World) -> None:
    one = here.call("POST", "/v1/encounters", json={"text": TEXT}).json()
    two = here.call("POST", "/v1/encounters", json={"text": TEXT}).json()
    assert two["id"] == one["id"]
    assert two["recognised"] is True


def test_the_same_text_under_another_id_is_another_visit_and_says_so(here: World) -> None:
    one, two = here.submit(id="a"), here.call("POST", "/v1/encounters", json={"id": "b", "text": TEXT}).json()
    assert two["created"] is True
    assert two["same_text_as"] == [one]


def test_a_changed_document_is_a_new_version_and_its_difference_is_shown(here: World) -> None:
    id = here.submit(id="v1")
    here.act(id, "rulings", {"about": "I10", "verdict": "confirmed"})
    changed = TEXT.replace("Type 2 diabetes, at goal. Continue metformin.", "Sore throat.")
    here.submit(changed, id="v1")
    found = proposal(here, id)
    assert found["number"] == 2
    assert found["rulings"] == []
    assert found["encounter"]["attention"] == "document_during_review"
    told = here.call("GET", f"/v1/encounters/{id}/differences").json()
    assert told["diagnoses"] == {"added": ["J02.9"], "removed": ["E11.9"], "kept": ["I10"]}
    (change,) = told["documents"][0]["changes"]
    old, new = TEXT, changed
    assert old[slice(*change["before"])].startswith("2. Type 2 diabetes")
    assert new[slice(*change["after"])].startswith("2. Sore throat")


def test_a_late_document_never_changes_a_decision(here: World) -> None:
    id = here.submit()
    before = here.decide(id)
    answer = here.call(
        "POST",
        f"/v1/encounters/{id}/documents",
        json={"documents": [{"id": "addendum", "text": "Sore throat. 40 minutes."}]},
    )
    assert answer.status_code == 200
    assert answer.json()["changed_documents"] == ["addendum"]
    shown = here.call("GET", f"/v1/encounters/{id}").json()
    assert (shown["state"], shown["attention"]) == ("finalised", "document_after_decision")
    assert here.call("GET", f"/v1/encounters/{id}/decisions").json()["items"] == [before]
    waiting = here.call("GET", "/v1/queue?shelf=attention").json()["items"]
    assert [v["id"] for v in waiting] == [id]
    found = proposal(here, id)
    quoted = {e["document"] for f in found["proposal"]["facts"] for e in f["evidence"]}
    assert quoted == {"visit-1", "addendum"}


def test_several_documents_are_one_visit(here: World) -> None:
    documents = [
        {"id": "resident", "text": TEXT, "author": "resident", "signed": True},
        {"id": "attending", "text": "I agree. 40 minutes.", "author": "attending", "signed": True},
        {"id": "draft", "text": "Sore throat.", "signed": False},
    ]
    id = here.call("POST", "/v1/encounters", json={"id": "m", "documents": documents, "context": CONTEXT}).json()["id"]
    shown = here.call("GET", f"/v1/encounters/{id}/documents").json()["items"]
    assert [(d["name"], d["signed"], d["text"]) for d in shown] == [
        (d["id"], d.get("signed"), d["text"]) for d in documents
    ]


def test_unknown_keys_of_the_context_are_kept_and_other_unknown_keys_refused(here: World) -> None:
    assert (
        here.call("POST", "/v1/encounters", json={"text": TEXT, "context": CONTEXT | {"clinic": "7"}}).status_code
        == 201
    )
    assert here.call("POST", "/v1/encounters", json={"text": TEXT, "speciality": "x"}).status_code == 422


def test_a_text_comes_in_any_encoding(here: World) -> None:
    answer = here.call(
        "POST",
        "/v1/encounters/text?id=t1&date_of_service=2026-03-02&setting=office",
        content="Zoë: Sore throat.".encode("cp1252"),
        headers={"Content-Type": "text/plain"},
    )
    assert answer.status_code == 201
    assert answer.json()["warnings"] == ["encoding_assumed"]
    id = answer.json()["id"]
    assert here.call("GET", f"/v1/encounters/{id}/documents").json()["items"][0]["text"] == "Zoë: Sore throat."
    assert proposal(here, id)["current"]["context"]["setting"] == "office"


def docx(*paragraphs: str) -> bytes:
    from docx import Document

    document = Document()
    for words in paragraphs:
        document.add_paragraph(words)
    row = document.add_table(rows=1, cols=2).rows[0]
    row.cells[0].text, row.cells[1].text = "BP", "150/90"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf(words: str) -> bytes:
    """The smallest PDF with a line of text."""
    stream = f"BT /F1 12 Tf 72 720 Td ({words}) Tj ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for n, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, body)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % p for p in places)
    return out + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % start


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [
        ("a.txt", "Sore throat. Ærø".encode("utf-16"), "text"),
        ("a.docx", docx("Sore throat."), "docx"),
        ("a.pdf", pdf("Sore throat."), "pdf"),
    ],
)
def test_files_come_in(here: World, name: str, data: bytes, form: str) -> None:
    answer = here.call(
        "POST", "/v1/encounters/upload", files={"files": (name, data)}, data={"date_of_service": "2026-03-02"}
    )
    assert answer.status_code == 201, answer.text
    id = answer.json()["id"]
    (document,) = here.call("GET", f"/v1/encounters/{id}/documents").json()["items"]
    assert document["format"] == form
    assert "Sore throat." in document["text"]
    assert [d["code"] for d in proposal(here, id)["proposal"]["diagnoses"]] == ["J02.9"]


def test_tables_of_a_word_document_are_read_in_their_order() -> None:
    assert extract("x", docx("One", "Two")).text == "One\nTwo\nBP\t150/90"


def test_an_upload_that_is_sent_again_is_answered_again(here: World) -> None:
    headers = key()
    given: dict[str, Any] = {"files": {"files": ("a.txt", b"Sore throat.")}, "headers": headers}
    first = here.call("POST", "/v1/encounters/upload", **given)
    again = here.call("POST", "/v1/encounters/upload", **given)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 broken", b"PK\x03\x04 broken", b"\x89PNG", b"\0\1\2\3\4\5", pdf("")])
def test_files_without_text_are_refused(data: bytes) -> None:
    with pytest.raises(Refusal):
        extract("x", data)


def test_the_services_that_are_never_proposed_are_told_honestly(here: World) -> None:
    told = proposal(here, here.submit())["services_seen"]
    assert "proposes no codes for procedures, vaccines or drugs given" in told["statement"]
    assert told["items"] == []


def test_services_of_the_date_reach_the_rules(here: World) -> None:
    id = here.submit(services=[{"code": "20610", "global_days": 0}])
    found = proposal(here, id)["current"]["determination"]
    assert [m["code"] for m in found["modifiers"]] == ["25"]
