"""History: every fact by the customer it belongs to, once identity is resolved."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Final, final

import attrs

from crmkit.dedup.kinship import AFFILIATE, BRANCH_OF, PARENT_OF
from crmkit.model import (
    Account,
    Activity,
    ContactRole,
    Customer,
    CustomerId,
    Relation,
    account_activities,
    fact_order,
)
from crmkit.ports import Storage
from crmkit.workflows.identify import kinships


@final
@attrs.frozen(kw_only=True)
class History:
    """Facts by customer id, all ids resolved.

    Attributes:
        activities: What they did themselves, in fact order.
        in_name_of: What others did in the name of an account, in fact order.
        contact_roles: Roles of the contact, and roles at the account.
        relations: Relations they stand in, at either end.
    """

    activities: dict[CustomerId, list[Activity]]
    in_name_of: dict[CustomerId, list[Activity]]
    contact_roles: dict[CustomerId, list[ContactRole]]
    relations: dict[CustomerId, list[Relation]]

    @property
    def facts(self) -> list[Activity]:
        """Every fact, each once."""
        return list(chain.from_iterable(self.activities.values()))

    def of(self, customer: Customer) -> list[Activity]:
        """Return the history of *customer*: of a person their own, of an account also its contacts'."""
        own = self.activities.get(customer.id, [])
        if not isinstance(customer.party, Account):
            return own
        roles = self.contact_roles.get(customer.id, [])
        contacts = {role.contact_id for role in roles}
        acted = [fact for contact in contacts for fact in self.activities.get(contact, ())]
        return account_activities(customer.id, [*own, *self.in_name_of.get(customer.id, ()), *acted], roles)


def load_history(storage: Storage) -> History:
    """Return everything that is stored about customers, under their ids."""
    facts = storage.facts
    home = storage.customers.links()
    found = (
        Relation(kind=one.kind, from_id=str(one.from_id), to_id=str(one.to_id)) for one in kinships(storage)
    )
    return _at_home(home, facts.activities(), facts.contact_roles(), facts.relations(), found)


def load_history_of(storage: Storage, customer: Customer) -> History:
    """Return what it takes for `History.of` to give the same for *customer* as everything that is stored.

    It costs what there is about them and, of an account, about its contacts.
    """
    facts, customers = storage.facts, storage.customers
    own = _ids(customer)
    roles = list(facts.contact_roles(own))
    contacts = [customers.get(role.contact_id) or Customer(id=role.contact_id) for role in roles]
    people = own.union(*map(_ids, contacts))
    told = {fact.id: fact for fact in chain(facts.activities(people), facts.in_name_of(own))}.values()
    parties = (
        *((fact.customer_id, fact.account_id) for fact in told),
        *((role.contact_id, role.account_id) for role in roles),
    )
    home = customers.links({one for one in chain.from_iterable(parties) if one is not None})
    return _at_home(home, told, roles, ())


def _ids(customer: Customer) -> set[CustomerId]:
    """Return every id that facts about *customer* may have been told with."""
    return {customer.id, *map(CustomerId, customer.record_ids), *customer.aliases}


def _at_home(
    home: dict[str, CustomerId],
    activities: Iterable[Activity],
    contact_roles: Iterable[ContactRole],
    relations: Iterable[Relation],
    found: Iterable[Relation] = (),
) -> History:
    history = History(activities={}, in_name_of={}, contact_roles={}, relations={})
    for told in activities:
        fact = _activity_at_home(told, home)
        history.activities.setdefault(fact.customer_id, []).append(fact)
        if fact.account_id is not None:
            history.in_name_of.setdefault(fact.account_id, []).append(fact)
    for role in {_role_at_home(role, home) for role in contact_roles}:
        for side in (role.contact_id, role.account_id):
            history.contact_roles.setdefault(side, []).append(role)
    for relation in _ties(home, relations, found):
        for end in (relation.from_id, relation.to_id):
            history.relations.setdefault(CustomerId(end), []).append(relation)
    return _sorted(history)


def _activity_at_home(told: Activity, home: dict[str, CustomerId]) -> Activity:
    owner = home.get(told.customer_id, told.customer_id)
    account = home.get(told.account_id, told.account_id) if told.account_id is not None else None
    if owner == told.customer_id and account == told.account_id:
        return told
    return attrs.evolve(told, customer_id=owner, account_id=account)


def _role_at_home(role: ContactRole, home: dict[str, CustomerId]) -> ContactRole:
    contact, account = (home.get(one, one) for one in (role.contact_id, role.account_id))
    return attrs.evolve(role, contact_id=contact, account_id=account)


def _ties(
    home: dict[str, CustomerId], relations: Iterable[Relation], found: Iterable[Relation]
) -> set[Relation]:
    """Return the relations between customers; what was *found* of two organisations counts where nothing is told."""
    told, seen = (
        {one for relation in some if (one := _relation_at_home(relation, home)) is not None}
        for some in (relations, found)
    )
    known = {frozenset((one.from_id, one.to_id)) for one in told if one.kind in _KINSHIPS}
    return told | {one for one in seen if frozenset((one.from_id, one.to_id)) not in known}


_KINSHIPS: Final = frozenset((BRANCH_OF, PARENT_OF, AFFILIATE))


def _relation_at_home(relation: Relation, home: dict[str, CustomerId]) -> Relation | None:
    """Return the relation between customers, or None where both ends turned out to be one."""
    start, end = (home.get(one, one) for one in (relation.from_id, relation.to_id))
    return None if start == end else attrs.evolve(relation, from_id=start, to_id=end)


def _sorted(history: History) -> History:
    for facts in (*history.activities.values(), *history.in_name_of.values()):
        facts.sort(key=fact_order)
    for roles in history.contact_roles.values():
        roles.sort(key=repr)
    for relations in history.relations.values():
        relations.sort(key=repr)
    return history
