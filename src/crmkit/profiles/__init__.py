"""Profiles: the 360° view of a customer, and what is asked, shown and said of it."""

from __future__ import annotations

from crmkit.profiles.briefs import Brief, marketing_brief, sales_brief
from crmkit.profiles.definitions import Additions, Definitions, fitted, lifecycle_of, vocabulary
from crmkit.profiles.dictionary import Dictionary, Entry, dictionary
from crmkit.profiles.granting import strange_names
from crmkit.profiles.portrait import portray, profile, updated
from crmkit.profiles.visibility import Grant, View, Viewer, Visibility, visible

__all__ = [
    "Additions",
    "Brief",
    "Definitions",
    "Dictionary",
    "Entry",
    "Grant",
    "View",
    "Viewer",
    "Visibility",
    "dictionary",
    "fitted",
    "lifecycle_of",
    "marketing_brief",
    "portray",
    "profile",
    "sales_brief",
    "strange_names",
    "updated",
    "visible",
    "vocabulary",
]
