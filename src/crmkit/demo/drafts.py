"""Drafts: records in the making, which know what in them is right and shared."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeAlias, final

import attrs

from crmkit.demo.names import pick
from crmkit.demo.noise import SENTINELS

Anchor: TypeAlias = tuple[str, str]
"""Something right that two records of one party may share: what it is, and its value."""


@final
@attrs.define(kw_only=True)
class Draft:
    """A record in the making.

    Attributes:
        party_id: Whom it is truly about.
        kind: "person", "organisation", or None if the source does not say.
        source: The source that writes it.
        days: How many days before as_of it was written.
        fields: Its fields.
        anchors: What in it is right and sets its party apart.
        cases: The hard cases it is part of.
    """

    party_id: str
    kind: str | None
    source: str
    days: int
    fields: dict[str, object] = attrs.field(factory=dict)
    anchors: set[Anchor] = attrs.field(factory=set)
    cases: set[str] = attrs.field(factory=set)

    def put(self, name: str, value: object) -> None:
        """Write *value* into the field *name*, beside what stands there already."""
        before = self.fields.get(name)
        if before is None:
            self.fields[name] = value
        elif isinstance(before, tuple):
            self.fields[name] = (*before, value)
        else:
            self.fields[name] = (before, value)

    def reach(self, name: str, value: str, written: str) -> None:
        """Write an e-mail address, number or id as *written*; it is an anchor if it says *value*."""
        self.put(name, written)
        self.anchors.add((name, value))


def join_up(drafts: Sequence[Draft], fallback: Anchor) -> None:
    """Give each draft that shares no anchor with an earlier one such an anchor, so that a reader could tell.

    It is an e-mail address that an earlier draft holds, written as a further
    value; where none holds one, both it and the first draft get *fallback*.
    """
    known = set(drafts[0].anchors)
    for draft in drafts[1:]:
        if not known & draft.anchors:
            kind, value = min((one for one in known if one[0] == "email"), default=fallback)
            draft.put(kind, value)
            draft.anchors.add((kind, value))
            if (kind, value) not in known:
                drafts[0].put(kind, value)
                drafts[0].anchors.add((kind, value))
        known |= draft.anchors


def spoil(draft: Draft, rng: Random) -> None:
    """Fill one field of *draft* that is empty with what people type who do not want to fill it."""
    empty = [name for name in SENTINELS if name not in draft.fields]
    if empty:
        name = pick(empty, rng)
        draft.fields[name] = pick(SENTINELS[name], rng)
        draft.cases.add("sentinel")
