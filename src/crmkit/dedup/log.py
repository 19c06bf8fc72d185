"""The log of an identity graph: facts in the order in which they came to be known.

Who is who follows from them, so a graph that is read from its log is the graph
that wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias, cast, final

import attrs

from crmkit.conditions import from_json
from crmkit.dedup.decision import Said, decision_order
from crmkit.dedup.table import RecordKey, Row, record_key, texts_of_value
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model.record import PARTY_KINDS
from crmkit.model.values import is_unicode, names_of, plain_text

Texts: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]


def _kept(fields: Texts) -> Texts:
    if not is_unicode("".join([text for name, texts in fields for text in (name, *texts)])):
        raise InvalidValue("a record holds text that is no Unicode; leave the broken characters out")
    return fields


def _known(_: object, __: object, kind: str | None) -> None:
    if kind is not None and kind not in PARTY_KINDS:
        raise UnknownName("kind of party", kind, PARTY_KINDS)


@final
@attrs.frozen
class Added:
    """A record that was not there is there.

    Attributes:
        id: Its id.
        kind: "person", "organisation", or None where unknown.
        fields: What it says, as texts, by field, sorted.
    """

    id: RecordKey = attrs.field(converter=record_key)
    kind: str | None = attrs.field(default=None, validator=_known)
    fields: Texts = attrs.field(default=(), converter=_kept, repr=names_of)


@final
@attrs.frozen
class Updated:
    """A record says something else now.

    Attributes:
        id: Its id.
        kind: "person", "organisation", or None where unknown.
        fields: All that it says, as texts, by field, sorted.
    """

    id: RecordKey = attrs.field(converter=record_key)
    kind: str | None = attrs.field(default=None, validator=_known)
    fields: Texts = attrs.field(default=(), converter=_kept, repr=names_of)


@final
@attrs.frozen
class Removed:
    """A record is gone.

    Attributes:
        id: Its id.
    """

    id: RecordKey = attrs.field(converter=record_key)


@final
@attrs.frozen
class Withdrawn:
    """A decision does not hold any more.

    Attributes:
        decision: Which.
        by: Who says so.
        why: What for, in a sentence.
    """

    decision: Said
    by: str = attrs.field(kw_only=True, converter=plain_text)
    why: str = attrs.field(kw_only=True, default="", converter=plain_text)


Word: TypeAlias = Said | Withdrawn
"""What people say of who is who, and take back."""

Fact: TypeAlias = Added | Updated | Removed | Word


def read_fact(text: str) -> Fact:
    """Return the fact that a document holds, as `crmkit.conditions.to_json` wrote it.

    Raises:
        InvalidValue: As `crmkit.conditions.from_json` does.
    """
    return cast("Fact", from_json(text, Fact))


def decisions_in_force(facts: Iterable[Fact]) -> tuple[Said, ...]:
    """Return what people said and did not withdraw, in a fixed order."""
    said: set[Said] = set()
    for fact in facts:
        if isinstance(fact, Withdrawn):
            said.discard(fact.decision)
        elif isinstance(fact, Said):
            said.add(fact)
    return tuple(sorted(said, key=decision_order))


def texts_of(values: Mapping[str, object]) -> Texts:
    """Return what a record says as texts by field, sorted; nothing that is compared is lost."""
    told = [(name, texts_of_value(value)) for name, value in values.items() if value is not None]
    return tuple(sorted([(name, texts) for name, texts in told if texts]))


def row_of(fact: Added | Updated) -> Row:
    """Return the record that *fact* tells of."""
    values: dict[str, object] = {name: texts[0] if len(texts) == 1 else texts for name, texts in fact.fields}
    return Row(id=fact.id, kind=fact.kind, values=values)
