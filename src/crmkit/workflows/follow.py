"""Follow: a resolver whose log the storage keeps, in as many processes as there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from crmkit import dedup
from crmkit.conditions import from_json, to_json
from crmkit.dedup.decision import Said, records_of
from crmkit.dedup.log import Fact, texts_of
from crmkit.dedup.table import record_row
from crmkit.errors import InvalidValue, OutOfDate, UnknownName
from crmkit.model import Record
from crmkit.ports import Storage

RESOLVING: Final = "resolving model"
"""The name under which the model is kept that resolvers decide by."""


def load_resolver(storage: Storage, model: dedup.Model | None = None) -> dedup.Resolver:
    """Return the resolver that the stored log makes: equal to the one that wrote it, ids included.

    Args:
        storage: Where the log and the model are.
        model: What to decide by, kept for all who load after; by default what was kept before.

    Raises:
        InvalidValue: If no model is given and none was kept.
    """
    if model is not None:
        storage.definitions.keep(RESOLVING, to_json(model))
    document = storage.definitions.document(RESOLVING)
    if document is None:
        raise InvalidValue("no model is kept to resolve by; give one, which dedup.train makes of records")
    return dedup.Resolver(from_json(document, dedup.Model), log=storage.identity.facts())


def catch_up(storage: Storage, resolver: dedup.Resolver) -> list[dedup.Outcome]:
    """Let *resolver* take in what others kept since its last fact, and return what each fact changed.

    Raises:
        OutOfDate: If it was told what the log does not say: load it again.
    """
    known = resolver.position
    kept = list(storage.identity.facts(after=max(known - 1, 0)))
    if known and kept[:1] != [resolver.last]:
        raise OutOfDate(known, storage.identity.length())
    return [resolver.tell(fact) for fact in kept[1 if known else 0 :]]


def receive(
    storage: Storage, resolver: dedup.Resolver, record: Record | Mapping[str, object]
) -> dedup.Outcome:
    """Keep what *record* says now, be it new or changed, and return what that changed; raises as `tell`."""
    policy = resolver.model.policy
    row = record_row(record, id=policy.id, kind=policy.kind)
    with storage.unit():
        catch_up(storage, resolver)
        told = dedup.Updated if row.id in resolver else dedup.Added
        return _kept(storage, resolver, told(row.id, row.kind, texts_of(row.values)))


def tell(storage: Storage, resolver: dedup.Resolver, fact: Fact) -> dedup.Outcome:
    """Keep *fact* and let *resolver* take it in, both or neither, and return what it changed.

    What others kept meanwhile is taken in before.  Whoever undoes a unit of
    work around it loads the resolver again: what it was told cannot be untold.

    Raises:
        UnknownName: If it names a record that is not there; the closest id is offered.
        InvalidValue: If it cannot be, as a record that is added twice.
        Contradiction: If it is a decision that cannot hold beside another.
        OutOfDate: If another keeps a fact at this very moment; try again.
    """
    with storage.unit():
        catch_up(storage, resolver)
        named = records_of(fact) if isinstance(fact, Said) else ()
        for key in named:
            if key not in resolver:
                raise UnknownName("record", str(key), map(str, resolver.clusters))
        return _kept(storage, resolver, fact)


def _kept(storage: Storage, resolver: dedup.Resolver, fact: Fact) -> dedup.Outcome:
    storage.identity.append((fact,), after=resolver.position)
    return resolver.tell(fact)
