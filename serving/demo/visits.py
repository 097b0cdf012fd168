"""What ``chartlight serve --demo`` loads: the invented notes of the demo, a visit of three documents, and users to look at them with."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from chartlight import Document, Note
from chartlight.codec import decode_context, decode_services
from serving.demo import samples
from serving.people import accounts
from serving.people.roles import Role
from serving.review import intake
from serving.review.intake import Reader, Submission
from serving.store.database import Store, reading, writing

PASSWORD = "only-for-the-demo"
USERS = (
    ("coder", Role.CODER),
    ("second", Role.CODER),
    ("senior", Role.SENIOR_CODER),
    ("cdi", Role.CDI),
    ("audit", Role.COMPLIANCE),
    ("data", Role.DATA_SCIENTIST),
    ("admin", Role.ADMIN),
)
"""Logins of the demo and their roles."""


def submissions() -> list[Submission]:
    """The invented visits in the order of the queue."""
    out = [Submission(s.encounter.id, s.encounter.documents, s.encounter.context) for s in samples()]
    here = files("serving.demo")
    data = tomllib.loads((here / "visits.toml").read_text(encoding="utf-8"))
    for visit in data["visit"]:
        documents = tuple(
            Document(
                note=Note(row["id"], (here / row["file"]).read_text(encoding="utf-8")),
                type=row["type"],
                author=row["author"],
                signed=row["signed"],
            )
            for row in visit["document"]
        )
        context = decode_context(visit["context"])
        services = decode_services(visit.get("services"))
        out.append(Submission(visit["id"], documents, context, services, is_single_text=False))
    return out


def load(store: Store, tenant: str, reader: Reader) -> None:
    """Make the practice, its users and its visits."""
    with writing(store, tenant, "demo") as unit:
        accounts.found_practice(unit, "Demonstration practice")
        for login, role in USERS:
            accounts.add(unit, login, role, PASSWORD)
    for submission in submissions():
        with reading(store, tenant, "demo") as unit:
            made = intake.plan(unit, submission)
        made = intake.read(made, reader)
        with writing(store, tenant, "demo") as unit:
            intake.keep(unit, made)
