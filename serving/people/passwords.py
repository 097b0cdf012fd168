"""Passwords: argon2id with the parameters of RFC 9106's second recommendation, checked in the same time for unknown accounts."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from serving.refusal import Refusal, Refused

SHORTEST = 12
LONGEST = 200
"""Characters of a password; there are no other demands (NIST SP 800-63B)."""


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4, type=Type.ID)


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_hex(16))


def hashed(password: str) -> str:
    """The argon2id hash of a password; raises ``Refusal`` for one that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Refusal(
            Refused.INVALID, f"a password has {SHORTEST} to {LONGEST} characters", where=(("password", "wrong length"),)
        )
    return _hasher().hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Whether the password is the one of the hash; takes the same time where there is none."""
    try:
        _hasher().verify(kept or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None
