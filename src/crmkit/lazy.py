"""Lazy names: what a package offers and loads on first use, so that importing it stays quick."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module


def lazily(package: str, homes: Mapping[str, str], name: str) -> object:
    """Return what *package* offers as *name*, from the module of it that is its home; it stays in the package.

    A module whose name is its own home is itself what is offered.

    >>> lazily("crmkit.conditions", {"explain": "explanation"}, "explain").__module__
    'crmkit.conditions.explanation'

    Raises:
        AttributeError: If *name* has no home.
    """
    if name not in homes:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    home = import_module(f"{package}.{homes[name]}")
    value: object = home if homes[name] == name else getattr(home, name)
    setattr(sys.modules[package], name, value)
    return value
