"""The log of an identity graph: facts in the order in which they came to be known.

Who is who follows from them, so a graph that is read from its log is the graph
that wrote it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, final

import attrs

from crmkit.dedup.decision import Decision, Split
from crmkit.dedup.table import RecordKey, Row, texts_of_value

Texts: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]


@final
@attrs.frozen
class Added:
    """A record that was not there is there.

    Attributes:
        id: Its id.
        kind: "person", "organisation", or None where unknown.
        fields: What it says, as texts, by field, sorted.
    """

    id: RecordKey
    kind: str | None = None
    fields: Texts = attrs.field(default=(), repr=lambda fields: f"<{', '.join(name for name, _ in fields)}>")


@final
@attrs.frozen
class Updated:
    """A record says something else now.

    Attributes:
        id: Its id.
        kind: "person", "organisation", or None where unknown.
        fields: All that it says, as texts, by field, sorted.
    """

    id: RecordKey
    kind: str | None = None
    fields: Texts = attrs.field(default=(), repr=lambda fields: f"<{', '.join(name for name, _ in fields)}>")


@final
@attrs.frozen
class Removed:
    """A record is gone.

    Attributes:
        id: Its id.
    """

    id: RecordKey


@final
@attrs.frozen
class Withdrawn:
    """A decision does not hold any more.

    Attributes:
        decision: Which.
        by: Who says so.
        why: What for, in a sentence.
    """

    decision: Decision | Split
    by: str = attrs.field(kw_only=True)
    why: str = attrs.field(kw_only=True, default="")


Fact: TypeAlias = Added | Updated | Removed | Decision | Split | Withdrawn


def texts_of(values: Mapping[str, object]) -> Texts:
    """Return what a record says as texts by field, sorted; nothing that is compared is lost."""
    return tuple(sorted((name, texts) for name, value in values.items() if (texts := texts_of_value(value))))


def row_of(fact: Added | Updated) -> Row:
    """Return the record that *fact* tells of."""
    values: dict[str, object] = {name: texts[0] if len(texts) == 1 else texts for name, texts in fact.fields}
    return Row(id=fact.id, kind=fact.kind, values=values)
