"""crmkit: the CRM brain as a library of values and functions.

Records and activities come in; customers, stages, tiers, funnels and care
decisions come out, each with its reasons.  Every package below is imported
on first use, so ``import crmkit`` itself loads nothing heavy.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from crmkit.errors import (
    Contradiction,
    CrmkitError,
    InvalidValue,
    MissingExtra,
    OutOfDate,
    Problem,
    UnknownName,
)

__version__ = "0.1.0"

__all__ = [
    "Contradiction",
    "CrmkitError",
    "InvalidValue",
    "MissingExtra",
    "OutOfDate",
    "Problem",
    "UnknownName",
    "__version__",
    "calendars",
    "care",
    "conditions",
    "dedup",
    "funnel",
    "lifecycle",
    "model",
    "playbook",
    "ports",
    "profiles",
    "segmentation",
    "service",
    "workflows",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"crmkit.{name}")
    raise AttributeError(f"module 'crmkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
