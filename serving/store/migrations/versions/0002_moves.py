"""Rulings may tell the place of a diagnosis (``placed_before``, ``placed_after``) or be about an add-on or a modifier.

No column changes. The version is a new one so that a program that would take such a row for a verdict on the diagnosis refuses the database.
"""

from __future__ import annotations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Nothing to change in the tables."""
