"""The names that other code is written against are there, documented and typed."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import crmkit

ROOT = Path(__file__).parents[1]
ROOMS = [
    "crmkit",
    *(f"crmkit.{name}" for name in crmkit.__all__ if isinstance(getattr(crmkit, name), ModuleType)),
    "crmkit.demo",
    "crmkit.report",
    "crmkit.testing",
    "crmkit.workflows.intake",
    "crmkit.adapters.sql",
]
CAPABILITIES = ROOT / "docs" / "capabilities.md"
ROW = re.compile(r"^\| ([A-I]\d+) \| (.*?) \| (.*?) \|", re.MULTILINE)
NUMBER = 99
NAME = re.compile(r"`(crmkit(?:\.\w+)+)`")


def _public(room: str) -> list[tuple[str, Any]]:
    module = importlib.import_module(room)
    return [(f"{room}.{name}", getattr(module, name)) for name in getattr(module, "__all__", ())]


EVERYTHING = [pair for room in ROOMS for pair in _public(room)]


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_that_is_offered_is_there(room: str) -> None:
    """`__all__` is true, and the room says what it is about."""
    module = importlib.import_module(room)
    assert module.__doc__
    assert [name for name in getattr(module, "__all__", ()) if not hasattr(module, name)] == []


@pytest.mark.parametrize("name", [name for name, value in EVERYTHING if callable(value)])
def test_every_public_name_has_a_docstring(name: str) -> None:
    """`help()` is enough to begin with."""
    value = dict(EVERYTHING)[name]
    assert (inspect.getdoc(value) or "").strip(), f"{name} says nothing about itself"


def test_every_capability_is_listed_and_every_name_that_serves_one_imports() -> None:
    """The checklist has each id once, with names that exist or the words "not yet"."""
    rows = ROW.findall(CAPABILITIES.read_text(encoding="utf-8"))
    ids = [row[0] for row in rows]
    assert len(ids) == len(set(ids)) == NUMBER
    for identifier, _, served in rows:
        names = NAME.findall(served)
        assert names or "not yet" in served, f"{identifier} is served by nothing and does not say so"
        for name in names:
            _resolve(name)


def _resolve(name: str) -> Any:
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part)
        return found
    raise AssertionError(name)


def test_types_ship() -> None:
    """mypy finds the types of an installed crmkit."""
    assert (Path(crmkit.__file__).parent / "py.typed").exists()
