"""Normalising: what people wrote becomes what is compared, once, at the edge.

Each family of kinds has a module of its own; `reading` puts them together.
"""

from __future__ import annotations

from crmkit.dedup.normalize.reading import Reading, normalise, read_field, read_full_name, value_keys, verdict
from crmkit.dedup.normalize.verdict import Verdict

__all__ = ["Reading", "Verdict", "normalise", "read_field", "read_full_name", "value_keys", "verdict"]
