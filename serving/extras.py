"""The optional parts of an installation, and the sentence that a command says when the one it needs is missing."""

from __future__ import annotations

import json
from importlib import metadata
from importlib.util import find_spec
from urllib.parse import unquote, urlparse

from serving.failure import Exit, Failure

EXTRAS = {
    "run": {
        "alembic": "alembic",
        "argon2-cffi": "argon2",
        "bm25s": "bm25s",
        "fastapi": "fastapi",
        "jinja2": "jinja2",
        "numpy": "numpy",
        "prometheus-client": "prometheus_client",
        "pydantic": "pydantic",
        "pydantic-settings": "pydantic_settings",
        "pypdf": "pypdf",
        "python-docx": "docx",
        "python-multipart": "python_multipart",
        "rich": "rich",
        "scipy": "scipy",
        "scispacy": "scispacy",
        "spacy": "spacy",
        "sqlalchemy": "sqlalchemy",
        "structlog": "structlog",
        "uvicorn": "uvicorn",
    },
    "postgres": {"psycopg": "psycopg", "psycopg-binary": "psycopg_binary"},
    "train": {"torch": "torch"},
}
"""For each extra the packages of ``pyproject.toml`` and the module by which one sees that each is there."""


def missing(extra: str) -> list[str]:
    """Packages of an extra that are not installed."""
    return [package for package, module in EXTRAS[extra].items() if find_spec(module) is None]


def install_command(extra: str) -> str:
    """The pip command that adds an extra to this installation: from the folder it came from, if that is known."""
    origin = "chartlight"
    try:
        told = metadata.distribution("chartlight").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        told = None
    if told and (address := urlparse(json.loads(told).get("url", ""))).scheme == "file":
        origin = unquote(address.path)
    return f"python -m pip install '{origin}[{extra}]'"


def need(extra: str, command: str) -> None:
    """Return when the extra is installed; raise ``Failure`` (exit 6) with the exact pip command when it is not."""
    lacking = missing(extra)
    if lacking:
        raise Failure(
            Exit.EXTRA,
            f"`chartlight {command}` needs {', '.join(lacking)}, not installed here",
            f"install the extra: {install_command(extra)}",
        )
