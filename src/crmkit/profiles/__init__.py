"""Profiles: the 360° view of a customer, and what is asked, shown and said of it."""

from __future__ import annotations

from crmkit.profiles.definitions import Definitions, fitted, lifecycle_of, vocabulary
from crmkit.profiles.portrait import portray, profile

__all__ = [
    "Definitions",
    "fitted",
    "lifecycle_of",
    "portray",
    "profile",
    "vocabulary",
]
