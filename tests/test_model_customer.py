"""Customers: a person or an organisation, read by name, shown without a word about them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given

from crmkit.errors import InvalidValue
from crmkit.model import Account, Contact, ContactPoint, Customer, CustomerId, Provenance
from model_values import AT, CUSTOMERS, SECRET


@given(CUSTOMERS)
def test_contact_points_are_read_by_kind_in_order(customer: Customer) -> None:
    """All of a kind, best first, or unknown."""
    for kind in ("email", "phone", "address", "wechat"):
        values = tuple(point.value for point in customer.contact_points if point.kind == kind)
        assert customer[kind] == (values or None)


@given(CUSTOMERS)
def test_a_field_of_the_party_comes_before_a_custom_one(customer: Customer) -> None:
    """The party's own value counts; unknown there, the custom field of that name does."""
    assert customer["kind"] == customer.kind
    assert customer["name"] == customer.name
    assert customer["needs"] == (customer.needs or None)
    assert customer["city"] == dict(customer.fields).get("city")


def test_what_is_true_of_the_party_is_read_by_name() -> None:
    """A person has a birthday, an organisation a size; neither has the other's."""
    person = Customer(id=CustomerId("c"), party=Contact(born_on=dt.date(1990, 1, 1)), fields={"size": 3})
    firm = Customer(id=CustomerId("d"), party=Account(size=0, customer_ids=()), fields={"born_on": "x"})

    assert (person.kind, person["born_on"], person["size"]) == ("person", dt.date(1990, 1, 1), 3)
    assert (firm.kind, firm["size"], firm["born_on"]) == ("organisation", 0, "x")
    assert firm["customer_ids"] is None
    assert person["gender"] is None


def test_no_repr_tells_who_they_are() -> None:
    """Every value that could name, date or reach a person stays out of the repr."""
    person = Contact(
        given_name=SECRET, family_name=SECRET, gender=SECRET, job_title=SECRET, born_on=dt.date(1977, 7, 7)
    )
    firm = Account(ceo=SECRET, size=3)
    point = ContactPoint(kind="phone", value=SECRET)
    source = Provenance(field="phone", value=SECRET, record_ids=(), rule="newest")
    customers = [
        Customer(
            id=CustomerId("c"),
            name=SECRET,
            party=party,
            contact_points=(point,),
            needs=(SECRET,),
            fields={SECRET: SECRET},
            provenance=(source,),
        )
        for party in (person, firm)
    ]

    for value in (person, firm, point, source, *customers):
        assert SECRET not in repr(value)
        assert "1977" not in repr(value)
    assert repr(firm) == "Account(size=3, industry=None, legal_status=None, customer_ids=())"


def test_a_contact_point_holds_for_its_period() -> None:
    """A number that was given up no longer reaches them."""
    point = ContactPoint(kind="phone", value="1", since=AT, until=AT + dt.timedelta(days=1))

    assert [point.valid_at(AT + dt.timedelta(hours=hours)) for hours in (-1, 0, 23, 24)] == [
        False,
        True,
        True,
        False,
    ]
    with pytest.raises(InvalidValue, match="is before since"):
        ContactPoint(kind="phone", value="1", since=AT, until=AT - dt.timedelta(days=1))


def test_kinds_and_sizes_are_checked() -> None:
    """A contact point is of a known kind, a size is not negative."""
    with pytest.raises(InvalidValue, match="one of email, phone"):
        ContactPoint(kind="fax", value="1")
    with pytest.raises(InvalidValue, match="0 or more"):
        Account(size=-1)
