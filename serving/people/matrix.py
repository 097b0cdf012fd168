"""The authorization matrix: which roles may use which route, and the scope that a token needs. What has no row is denied.

The rows stand in ``matrix.toml``; ``docs/service/authorization.md`` is made from them (``python -m serving.people.matrix``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from serving.people.roles import Actor, Role

Place = tuple[str, str]
"""A method and the path of a route as it is declared."""


@dataclass(frozen=True, slots=True)
class Row:
    """One route: what for, who may, and the scope of a token. ``is_public`` routes ask for nobody."""

    method: str
    path: str
    what: str
    roles: frozenset[Role]
    scope: str
    is_public: bool = False

    def allows(self, actor: Actor) -> bool:
        """Whether the actor may use the route."""
        in_scope = actor.scopes is None or self.scope in actor.scopes
        return actor.role in self.roles and in_scope


@cache
def matrix() -> Mapping[Place, Row]:
    """All rows by method and path.

    >>> matrix()["GET", "/health/live"].is_public
    True
    """
    data = tomllib.loads((files("serving.people") / "matrix.toml").read_text(encoding="utf-8"))
    groups = {name: frozenset(map(Role, roles)) for name, roles in data["groups"].items()}
    out: dict[Place, Row] = {}
    for entry in data["route"]:
        public = entry["who"] == "anyone"
        roles = frozenset[Role]() if public else groups[entry["who"]]
        row = Row(entry["method"], entry["path"], entry["what"], roles, entry.get("scope", ""), public)
        if (row.method, row.path) in out:
            raise ValueError(f"matrix.toml: two rows for {row.method} {row.path}")
        if not public and not row.scope:
            raise ValueError(f"matrix.toml: {row.method} {row.path} needs a scope")
        out[row.method, row.path] = row
    return out


def scopes() -> tuple[str, ...]:
    """All scopes that a token can have, sorted."""
    return tuple(sorted({row.scope for row in matrix().values() if row.scope}))


def lacking(places: Iterable[Place]) -> list[Place]:
    """Routes without a row: an app with one does not start."""
    return sorted(place for place in places if place not in matrix())


def page() -> str:
    """The documentation page of the matrix."""
    roles = list(Role)
    lines = [
        "# Who may do what",
        "",
        "Made from `serving/people/matrix.toml` by `python -m serving.people.matrix`; a test compares the two, and a route without a row keeps",
        "the service from starting. What is not marked is denied. A token needs the scope of the row besides its role.",
        "",
        *(f"* **{role.value}**: {role.definition}" for role in roles),
        "",
        f"| route | what | scope | {' | '.join(r.value for r in roles)} |",
        f"|---|---|---|{'---|' * len(roles)}",
    ]
    for row in sorted(matrix().values(), key=lambda r: (r.path, r.method)):
        marks = " | ".join("anyone" if row.is_public else "x" if role in row.roles else "" for role in roles)
        lines.append(f"| `{row.method} {row.path}` | {row.what} | {f'`{row.scope}`' if row.scope else ''} | {marks} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    from pathlib import Path

    Path("docs/service/authorization.md").write_text(page(), encoding="utf-8")
