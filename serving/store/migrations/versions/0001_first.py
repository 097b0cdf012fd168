"""The first version of the schema, with the triggers that keep rows from being changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

APPEND_ONLY = ("proposals", "amendments", "rulings", "levels", "decisions", "reopenings", "audit_events")
SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
WHEN NOT EXISTS (SELECT 1 FROM purge_guard WHERE tenant = OLD.tenant)
BEGIN SELECT RAISE(ABORT, 'append-only: rows of {table} are never changed'); END
"""
POSTGRESQL_FUNCTION = """
CREATE FUNCTION chartlight_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM purge_guard WHERE tenant = OLD.tenant) THEN
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'append-only: rows of % are never changed', TG_TABLE_NAME;
END $$
"""
POSTGRESQL = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION chartlight_append_only()
"""


def upgrade() -> None:
    """Make all tables and triggers."""
    op.create_table(
        "answers",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("about", sa.String(length=40), nullable=True),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "actor", "key", name=op.f("pk_answers")),
    )
    op.create_index("ix_answers_made_at", "answers", ["made_at"], unique=False)
    op.create_table(
        "audit_events",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "number", name=op.f("pk_audit_events")),
    )
    op.create_index("ix_audit_events_tenant_about", "audit_events", ["tenant", "about", "number"], unique=False)
    op.create_table(
        "chain_heads",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_chain_heads")),
    )
    op.create_table(
        "practices",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("blind_percent", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_practices")),
    )
    op.create_table(
        "purge_guard",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_purge_guard")),
    )
    op.create_table(
        "batches",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("received_by", sa.String(length=40), nullable=False),
        sa.Column("received_role", sa.String(length=20), nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["practices.tenant"], name=op.f("fk_batches_practices")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_batches")),
    )
    op.create_table(
        "encounters",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("attention", sa.String(length=40), nullable=True),
        sa.Column("claimed_by", sa.String(length=40), nullable=True),
        sa.Column("claimed_at", sa.String(length=32), nullable=True),
        sa.Column("date_of_service", sa.String(length=10), nullable=True),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("services", sa.Text(), nullable=False),
        sa.Column("is_single_text", sa.Boolean(), nullable=False),
        sa.Column("proposal_id", sa.String(length=40), nullable=True),
        sa.Column("decision_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("updated_at", sa.String(length=32), nullable=False),
        sa.Column("purged_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["practices.tenant"], name=op.f("fk_encounters_practices")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_encounters")),
        sa.UniqueConstraint("tenant", "reference", name=op.f("uq_encounters_tenant_reference")),
    )
    op.create_index("ix_encounters_tenant_state_id", "encounters", ["tenant", "state", "id"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("issued_by", sa.String(length=40), nullable=False),
        sa.Column("issued_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.Column("revoked_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["practices.tenant"], name=op.f("fk_tokens_practices")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_tokens_digest")),
    )
    op.create_index("ix_tokens_tenant_name", "tokens", ["tenant", "name"], unique=False)
    op.create_table(
        "users",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["practices.tenant"], name=op.f("fk_users_practices")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_users")),
        sa.UniqueConstraint("tenant", "login", name=op.f("uq_users_tenant_login")),
    )
    op.create_table(
        "batch_items",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("batch_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("encounter_id", sa.String(length=40), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "batch_id"], ["batches.tenant", "batches.id"], name=op.f("fk_batch_items_batches")
        ),
        sa.PrimaryKeyConstraint("tenant", "batch_id", "number", name=op.f("pk_batch_items")),
    )
    op.create_index("ix_batch_items_state", "batch_items", ["state"], unique=False)
    op.create_table(
        "documents",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("encounter_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=True),
        sa.Column("signed", sa.Boolean(), nullable=True),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.Column("received_by", sa.String(length=40), nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "encounter_id"], ["encounters.tenant", "encounters.id"], name=op.f("fk_documents_encounters")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_documents")),
        sa.UniqueConstraint(
            "tenant", "encounter_id", "name", "version", name=op.f("uq_documents_tenant_encounter_id_name_version")
        ),
    )
    op.create_index("ix_documents_tenant_digest", "documents", ["tenant", "digest"], unique=False)
    op.create_table(
        "proposals",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("encounter_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("determination", sa.Text(), nullable=True),
        sa.Column("services", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=True),
        sa.Column("documents", sa.Text(), nullable=False),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "encounter_id"], ["encounters.tenant", "encounters.id"], name=op.f("fk_proposals_encounters")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_proposals")),
        sa.UniqueConstraint("tenant", "encounter_id", "number", name=op.f("uq_proposals_tenant_encounter_id_number")),
    )
    op.create_table(
        "sessions",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("seen_at", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["tenant", "user_id"], ["users.tenant", "users.id"], name=op.f("fk_sessions_users")),
        sa.PrimaryKeyConstraint("tenant", "digest", name=op.f("pk_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_sessions_digest")),
    )
    op.create_table(
        "amendments",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("encounter_id", sa.String(length=40), nullable=False),
        sa.Column("proposal_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "proposal_id"], ["proposals.tenant", "proposals.id"], name=op.f("fk_amendments_proposals")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_amendments")),
        sa.UniqueConstraint("tenant", "proposal_id", "number", name=op.f("uq_amendments_tenant_proposal_id_number")),
    )
    op.create_table(
        "decisions",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("encounter_id", sa.String(length=40), nullable=False),
        sa.Column("proposal_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("replay", sa.Text(), nullable=True),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "proposal_id"], ["proposals.tenant", "proposals.id"], name=op.f("fk_decisions_proposals")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("tenant", "encounter_id", "number", name=op.f("uq_decisions_tenant_encounter_id_number")),
    )
    op.create_index("ix_decisions_tenant_made_at", "decisions", ["tenant", "made_at", "id"], unique=False)
    op.create_table(
        "levels",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("encounter_id", sa.String(length=40), nullable=False),
        sa.Column("proposal_id", sa.String(length=40), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "proposal_id"], ["proposals.tenant", "proposals.id"], name=op.f("fk_levels_proposals")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_levels")),
        sa.UniqueConstraint("tenant", "proposal_id", name=op.f("uq_levels_tenant_proposal_id")),
    )
    op.create_table(
        "rulings",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("encounter_id", sa.String(length=40), nullable=False),
        sa.Column("proposal_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("final", sa.String(length=40), nullable=True),
        sa.Column("rejection", sa.String(length=40), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "proposal_id"], ["proposals.tenant", "proposals.id"], name=op.f("fk_rulings_proposals")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_rulings")),
        sa.UniqueConstraint("tenant", "proposal_id", "number", name=op.f("uq_rulings_tenant_proposal_id_number")),
    )
    op.create_table(
        "reopenings",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("encounter_id", sa.String(length=40), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "decision_id"], ["decisions.tenant", "decisions.id"], name=op.f("fk_reopenings_decisions")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_reopenings")),
        sa.UniqueConstraint("tenant", "decision_id", name=op.f("uq_reopenings_tenant_decision_id")),
    )
    _guard()


def _guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for verb in ("UPDATE", "DELETE"):
                op.execute(SQLITE.format(table=table, verb=verb))
        return
    op.execute(POSTGRESQL_FUNCTION)
    for table in APPEND_ONLY:
        op.execute(POSTGRESQL.format(table=table))
