"""Contact roles: an account's history is its contacts' during their tenure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import Activity, ContactRole, CustomerId, account_activities, in_fact_order
from crmkit.model.period import holds_at
from model_values import ACTIVITIES, AT, CONTACT_ROLES, SECRET

HISTORIES = st.lists(ACTIVITIES, max_size=6)
ROLES = st.lists(CONTACT_ROLES, max_size=4)
ACCOUNT = CustomerId("c3")


def _belongs(fact: Activity, roles: list[ContactRole]) -> bool:
    own = ACCOUNT in (fact.customer_id, fact.account_id)
    tenure = any(
        role.account_id == ACCOUNT
        and role.contact_id == fact.customer_id
        and holds_at(role.since, role.until, fact.at)
        for role in roles
    )
    return own or (fact.account_id is None and tenure)


@given(HISTORIES, ROLES)
def test_an_accounts_history_is_exactly_what_belongs_to_it(
    history: list[Activity], roles: list[ContactRole]
) -> None:
    """Its own facts, those in its name, and its people's in nobody's name while they are its people."""
    expected = in_fact_order(fact for fact in history if _belongs(fact, roles))

    assert account_activities(ACCOUNT, history, roles) == expected


@given(HISTORIES, ROLES, ROLES)
def test_another_role_never_takes_a_fact_away(
    history: list[Activity], roles: list[ContactRole], more: list[ContactRole]
) -> None:
    """History only grows with the roles known."""
    some = {fact.id for fact in account_activities(ACCOUNT, history, roles)}

    assert some <= {fact.id for fact in account_activities(ACCOUNT, history, [*roles, *more])}


@given(HISTORIES, ROLES)
def test_a_role_told_twice_counts_once(history: list[Activity], roles: list[ContactRole]) -> None:
    """Repeating and reversing the roles changes nothing."""
    assert account_activities(ACCOUNT, history, [*roles, *roles[::-1]]) == account_activities(
        ACCOUNT, history, roles
    )


def test_a_buying_role_is_a_known_one() -> None:
    """The closest one is offered."""
    with pytest.raises(UnknownName, match="Did you mean 'decision_maker'"):
        ContactRole(contact_id=CustomerId("c"), account_id=ACCOUNT, buying_role="decision maker")
    with pytest.raises(InvalidValue, match="is before since"):
        ContactRole(contact_id=CustomerId("c"), account_id=ACCOUNT, since=AT, until=AT.replace(year=2023))


def test_the_repr_holds_no_job_title() -> None:
    """What the card says is personal."""
    role = ContactRole(contact_id=CustomerId("c"), account_id=ACCOUNT, job_title=SECRET)

    assert SECRET not in repr(role)
