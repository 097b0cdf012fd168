"""Roles, and the actor on whose behalf something is done."""

from __future__ import annotations

from dataclasses import dataclass

from chartlight.labels import Label


class Role(Label):
    """What a person or a system is in a practice."""

    CODER = "coder", "claims visits, amends facts, rules on suggestions, decides"
    SENIOR_CODER = "senior_coder", "the same, audits, and releases what others have claimed"
    CDI = "cdi", "documentation improvement: reads visits and open questions, changes nothing"
    COMPLIANCE = "compliance", "reads visits, decisions and the audit trail, changes nothing"
    DATA_SCIENTIST = "data_scientist", "takes confirmed decisions for training"
    INTEGRATOR = "integrator", "a system: submits notes, reads proposals and decisions"
    ADMIN = "admin", "accounts, tokens and settings; no notes"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person by a session, or a system by a token; ``scopes`` None means all that the role allows.

    ``key`` names the session or token by its digest, for what belongs to it alone.
    """

    tenant: str
    id: str
    login: str
    role: Role
    key: str
    scopes: frozenset[str] | None = None
    csrf: str | None = None

    @property
    def is_person(self) -> bool:
        """Whether a person is at a browser."""
        return self.csrf is not None
