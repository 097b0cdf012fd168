"""The hook for a practice's own identity provider (OpenID Connect).

Chartlight speaks to no network, so it has no client of its own: a practice gives ``create_app`` an object that does, and the service asks it
who stands behind a request. The account must exist here under that login: the provider says *who*, the practice's accounts say *what
they may do*. See ``docs/service/people.md`` for an example behind a reverse proxy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says is there."""

    tenant: str
    login: str


class IdentityProvider(Protocol):
    """What the service asks of an identity provider."""

    def identity(self, headers: Mapping[str, str], client: str) -> Identity | None:
        """Who sends a request with these headers from this address; None where the provider does not know.

        The implementation checks signature, issuer, audience and expiry of what it trusts, and returns None for anything else.
        """


class ProxyHeader:
    """A reverse proxy that has done the OpenID Connect exchange tells the login in a header; trusted from named addresses only.

    >>> provider = ProxyHeader("main", header="x-forwarded-user", trusted=("127.0.0.1",))
    >>> provider.identity({"x-forwarded-user": "ada"}, "127.0.0.1")
    Identity(tenant='main', login='ada')
    >>> provider.identity({"x-forwarded-user": "ada"}, "10.0.0.9") is None
    True
    """

    def __init__(self, tenant: str, *, header: str, trusted: tuple[str, ...]) -> None:
        self._tenant = tenant
        self._header = header.lower()
        self._trusted = trusted

    def identity(self, headers: Mapping[str, str], client: str) -> Identity | None:
        """The login of the header, if the request comes from the proxy."""
        login = headers.get(self._header)
        if client not in self._trusted or not login:
            return None
        return Identity(self._tenant, login.lower())
