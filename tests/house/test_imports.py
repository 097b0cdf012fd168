"""What the packages may import and do; the layers themselves are import-linter's (``make check``)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("chartlight", "nlp", "models", "rules", "training", "serving")
UNSAFE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
NETWORK = {"socket", "ssl", "http", "urllib.request", "ftplib", "smtplib", "requests", "httpx", "urllib3", "aiohttp"}
FILES = [p for package in PACKAGES for p in sorted((ROOT / package).rglob("*.py"))]


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def test_the_nouns_and_the_rules_use_the_standard_library_alone() -> None:
    allowed = sys.stdlib_module_names | {"chartlight", "rules"}
    wrong = [
        f"{where(path, line)} imports {name}"
        for path in FILES
        if path.relative_to(ROOT).parts[0] in ("chartlight", "rules")
        for name, line in imports(path)
        if name.partition(".")[0] not in allowed
    ]
    assert wrong == []


def test_nothing_unpickles_and_nothing_goes_to_the_network() -> None:
    wrong = [
        f"{where(path, line)} imports {name}"
        for path in FILES
        for name, line in imports(path)
        if name in NETWORK | UNSAFE or name.partition(".")[0] in NETWORK | UNSAFE
    ]
    assert wrong == []


def test_nothing_is_evaluated_and_models_are_loaded_safely() -> None:
    wrong = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in ("eval", "exec", "__import__", "os.system", "torch.load"):
                    wrong.append(f"{where(path, node.lineno)} calls {called}")
                if any(k.arg == "shell" and getattr(k.value, "value", False) for k in node.keywords):
                    wrong.append(f"{where(path, node.lineno)} runs a shell")
                if any(k.arg == "allow_pickle" and getattr(k.value, "value", True) for k in node.keywords):
                    wrong.append(f"{where(path, node.lineno)} allows pickles")
    assert wrong == []


def test_no_module_reads_a_file_or_a_setting_when_it_is_imported() -> None:
    wrong = []
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef | ast.If):
                continue
            for inner in _now(node):
                called = ast.unparse(inner.func)
                if called.endswith((".read_text", ".read_bytes", ".getenv", "environ.get")) or called in (
                    "open",
                    "print",
                ):
                    wrong.append(f"{where(path, inner.lineno)} calls {called} at import")
    assert wrong == []


def _now(node: ast.AST) -> Iterator[ast.Call]:
    """Calls that run when the statement runs: not those inside a lambda."""
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Call):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _now(child)


def test_serving_opens_the_heavy_packages_only_when_a_command_runs() -> None:
    heavy = {"models", "nlp", "spacy", "rich"}
    light = [
        ROOT / "serving" / f"{name}.py"
        for name in ("cli", "failure", "extras", "options", "decode", "partial", "workers")
    ]
    light += sorted((ROOT / "serving" / "commands").glob("*.py"))
    wrong = [
        f"{path.relative_to(ROOT)} imports {name} at its top"
        for path in light
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
        if name.partition(".")[0] in heavy
    ]
    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_what_it_is_for(package: str) -> None:
    assert ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8")))
