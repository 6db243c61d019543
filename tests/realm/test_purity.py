"""The realm and the codecs compute: no I/O, no clock, no chance, and nothing of the rest of the program.

Whatever a module could use to break that it would have to import.
"""

import ast
from pathlib import Path

import pytest

import chatdaemon

ROOT = Path(chatdaemon.__file__).parent

# What computes and nothing else.
PURE = {
    "__future__", "collections", "collections.abc", "dataclasses", "enum", "functools", "itertools", "re",
    "types", "typing",
}  # fmt: skip
ALLOWED = {
    "realm": PURE,
    # Cutting text by its combining marks is for one node's output: versions of Unicode may differ there.
    "wire": PURE | {"unicodedata"},
}
# Names of any script need tables: what a letter is, and what looks like what (decision 0006).
TABLES = {
    "precis.py": {"precis_i18n", "unicodedata"},
    "confusables.py": {"unicodedata"},
    "confusables_data.py": {"base64", "zlib"},
    # Bytes to numbers and back, and what addresses are.
    "frames.py": {"struct", "zlib"},
    "proxyheader.py": {"struct", "ipaddress"},
}
# Built-in functions that reach outside, or in whose results one run differs from the next.
IMPURE = {"open", "print", "input", "exec", "eval", "compile", "__import__", "id", "hash", "breakpoint"}

MODULES = [(package, path) for package in ALLOWED for path in sorted((ROOT / package).rglob("*.py"))]


def imports(source: str, package: str) -> set[str]:
    """The modules that a module of this package imports, relative ones by their whole name."""
    parents = package.split(".")
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = parents[: len(parents) + 1 - node.level] if node.level else []
            found.add(".".join([*above, *([node.module] if node.module else [])]))
    return found


def calls(path: Path) -> set[str]:
    """The functions that a file calls by a bare name."""
    return {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def test_there_are_modules_to_look_at() -> None:
    assert {package for package, _ in MODULES} == set(ALLOWED)
    assert len(MODULES) > 20


@pytest.mark.parametrize(
    ("package", "path"), MODULES, ids=[str(path.relative_to(ROOT)) for _, path in MODULES]
)
def test_a_pure_module_imports_only_what_is_pure(package: str, path: Path) -> None:
    own = f"chatdaemon.{package}"
    foreign = {
        name
        for name in imports(path.read_text("utf-8"), ".".join(path.relative_to(ROOT.parent).parts[:-1]))
        if name not in ALLOWED[package] | TABLES.get(path.name, set())
        and name != own
        and not name.startswith(own + ".")
    }
    assert not foreign


@pytest.mark.parametrize("path", [path for _, path in MODULES], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_pure_module_calls_nothing_that_reaches_outside(path: Path) -> None:
    # An exception's hash of its own content is for tests and tables within one run.
    allowed = {"hash"} if path.name == "refusal.py" else set()
    assert not calls(path) & IMPURE - allowed


def test_the_look_at_imports_sees_all_of_their_forms() -> None:
    source = """
import os.path, re
from ..log import x
from . import y
from a.b import c
def later():
    import late
"""
    assert imports(source, "top.inner") == {"os.path", "re", "top.log", "top.inner", "a.b", "late"}
