"""The tables. Every row has its tenant, and every key begins with it, so that no query can reach across practices by accident.

Bodies are canonical JSON as text, and times ISO 8601 in UTC as text: both databases give back the very characters that were hashed.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

APPEND_ONLY = ("proposals", "amendments", "rulings", "levels", "decisions", "reopenings", "audit_events")
"""Tables whose rows a trigger keeps from being changed or removed; retention alone lifts it, and says so in the audit trail."""


def _tenant() -> Column[str]:
    return Column("tenant", String(40), nullable=False)


def _id(name: str = "id") -> Column[str]:
    return Column(name, String(40), nullable=False)


def _at(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, String(32), nullable=nullable)


def _of(table: str, column: str, target: str = "id") -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", column], [f"{table}.tenant", f"{table}.{target}"])


practices = Table(
    "practices",
    METADATA,
    _tenant(),
    Column("name", String(200), nullable=False),
    Column("blind_percent", Integer, nullable=False, default=0),
    Column("version", Integer, nullable=False, default=1),
    _at("created_at"),
    PrimaryKeyConstraint("tenant"),
)

users = Table(
    "users",
    METADATA,
    _tenant(),
    _id(),
    Column("login", String(80), nullable=False),
    Column("password_hash", String(200)),
    Column("role", String(20), nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("failures", Integer, nullable=False, default=0),
    _at("locked_until", nullable=True),
    Column("version", Integer, nullable=False, default=1),
    _at("created_at"),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "login"),
    ForeignKeyConstraint(["tenant"], ["practices.tenant"]),
)

sessions = Table(
    "sessions",
    METADATA,
    _tenant(),
    Column("digest", String(64), nullable=False),
    _id("user_id"),
    Column("csrf", String(64), nullable=False),
    _at("created_at"),
    _at("seen_at"),
    _at("ended_at", nullable=True),
    PrimaryKeyConstraint("tenant", "digest"),
    UniqueConstraint("digest"),
    _of("users", "user_id"),
)

tokens = Table(
    "tokens",
    METADATA,
    _tenant(),
    _id(),
    Column("name", String(80), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("role", String(20), nullable=False),
    Column("scopes", Text, nullable=False),
    _id("issued_by"),
    _at("issued_at"),
    _at("expires_at"),
    _at("revoked_at", nullable=True),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("digest"),
    Index("ix_tokens_tenant_name", "tenant", "name"),
    ForeignKeyConstraint(["tenant"], ["practices.tenant"]),
)

encounters = Table(
    "encounters",
    METADATA,
    _tenant(),
    _id(),
    Column("reference", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("blind", Boolean, nullable=False),
    Column("attention", String(40)),
    Column("claimed_by", String(40)),
    _at("claimed_at", nullable=True),
    Column("date_of_service", String(10)),
    Column("context", Text, nullable=False),
    Column("services", Text, nullable=False),
    Column("is_single_text", Boolean, nullable=False),
    Column("proposal_id", String(40)),
    Column("decision_id", String(40)),
    _at("created_at"),
    _at("updated_at"),
    _at("purged_at", nullable=True),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "reference"),
    Index("ix_encounters_tenant_state_id", "tenant", "state", "id"),
    ForeignKeyConstraint(["tenant"], ["practices.tenant"]),
)

documents = Table(
    "documents",
    METADATA,
    _tenant(),
    _id(),
    _id("encounter_id"),
    Column("name", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", String(200)),
    Column("author", String(200)),
    Column("signed", Boolean),
    Column("digest", String(80), nullable=False),
    Column("text", Text),
    Column("format", String(20), nullable=False),
    Column("warnings", Text, nullable=False),
    _id("received_by"),
    _at("received_at"),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "encounter_id", "name", "version"),
    Index("ix_documents_tenant_digest", "tenant", "digest"),
    _of("encounters", "encounter_id"),
)

proposals = Table(
    "proposals",
    METADATA,
    _tenant(),
    _id(),
    _id("encounter_id"),
    Column("number", Integer, nullable=False),
    Column("body", Text),
    Column("determination", Text),
    Column("services", Text, nullable=False),
    Column("seen", Text),
    Column("documents", Text, nullable=False),
    Column("versions", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    _at("made_at"),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "encounter_id", "number"),
    _of("encounters", "encounter_id"),
)

amendments = Table(
    "amendments",
    METADATA,
    _tenant(),
    _id(),
    _id("encounter_id"),
    _id("proposal_id"),
    Column("number", Integer, nullable=False),
    Column("body", Text),
    Column("digest", String(64), nullable=False),
    _id("author"),
    _at("made_at"),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "proposal_id", "number"),
    _of("proposals", "proposal_id"),
)

rulings = Table(
    "rulings",
    METADATA,
    _tenant(),
    _id(),
    _id("encounter_id"),
    _id("proposal_id"),
    Column("number", Integer, nullable=False),
    Column("about", String(40), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("final", String(40)),
    Column("rejection", String(40)),
    Column("digest", String(64), nullable=False),
    _id("author"),
    _at("made_at"),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "proposal_id", "number"),
    _of("proposals", "proposal_id"),
)

levels = Table(
    "levels",
    METADATA,
    _tenant(),
    _id(),
    _id("encounter_id"),
    _id("proposal_id"),
    Column("level", String(20), nullable=False),
    Column("code", String(10)),
    Column("digest", String(64), nullable=False),
    _id("author"),
    _at("made_at"),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "proposal_id"),
    _of("proposals", "proposal_id"),
)

decisions = Table(
    "decisions",
    METADATA,
    _tenant(),
    _id(),
    _id("encounter_id"),
    _id("proposal_id"),
    Column("number", Integer, nullable=False),
    Column("body", Text),
    Column("replay", Text),
    Column("versions", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    _id("author"),
    _at("made_at"),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "encounter_id", "number"),
    Index("ix_decisions_tenant_made_at", "tenant", "made_at", "id"),
    _of("proposals", "proposal_id"),
)

reopenings = Table(
    "reopenings",
    METADATA,
    _tenant(),
    _id(),
    _id("encounter_id"),
    _id("decision_id"),
    Column("reason", Text),
    Column("digest", String(64), nullable=False),
    _id("author"),
    _at("made_at"),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "decision_id"),
    _of("decisions", "decision_id"),
)

audit_events = Table(
    "audit_events",
    METADATA,
    _tenant(),
    Column("number", Integer, nullable=False),
    _at("at"),
    Column("actor", String(60), nullable=False),
    Column("action", String(40), nullable=False),
    Column("about", String(60), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    PrimaryKeyConstraint("tenant", "number"),
    Index("ix_audit_events_tenant_about", "tenant", "about", "number"),
)

chain_heads = Table(
    "chain_heads",
    METADATA,
    _tenant(),
    Column("number", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    PrimaryKeyConstraint("tenant"),
)

answers = Table(
    "answers",
    METADATA,
    _tenant(),
    _id("actor"),
    Column("key", String(200), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer),
    Column("headers", Text),
    Column("body", Text),
    Column("about", String(40)),
    _at("made_at"),
    PrimaryKeyConstraint("tenant", "actor", "key"),
    Index("ix_answers_made_at", "made_at"),
)

batches = Table(
    "batches",
    METADATA,
    _tenant(),
    _id(),
    Column("total", Integer, nullable=False),
    _id("received_by"),
    Column("received_role", String(20), nullable=False),
    _at("received_at"),
    PrimaryKeyConstraint("tenant", "id"),
    ForeignKeyConstraint(["tenant"], ["practices.tenant"]),
)

batch_items = Table(
    "batch_items",
    METADATA,
    _tenant(),
    _id("batch_id"),
    Column("number", Integer, nullable=False),
    Column("payload", Text),
    Column("state", String(20), nullable=False),
    Column("encounter_id", String(40)),
    Column("error", Text),
    PrimaryKeyConstraint("tenant", "batch_id", "number"),
    Index("ix_batch_items_state", "state"),
    _of("batches", "batch_id"),
)

purge_guard = Table(
    "purge_guard",
    METADATA,
    _tenant(),
    PrimaryKeyConstraint("tenant"),
)
"""Holds a row while retention removes bodies, within its transaction only: the triggers look for it."""
