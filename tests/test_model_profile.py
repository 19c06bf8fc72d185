"""Profiles: one name, one value, as of one instant."""

from __future__ import annotations

import datetime as dt

from hypothesis import given

from crmkit.model import (
    MEASURES,
    PROFILE_FIELDS,
    Contact,
    ContactPoint,
    Customer,
    CustomerId,
    Profile,
    Tag,
    read,
    tag_names,
)
from model_values import AT, PROFILES, SECRET


@given(PROFILES)
def test_a_profile_answers_to_every_name_it_promises(profile: Profile) -> None:
    """The names of the data dictionary are the names one can read."""
    measures = dict(profile.measures)
    for name in (measure.name for measure in MEASURES):
        assert profile[name] == measures.get(name)
    for name in (field.name for field in PROFILE_FIELDS):
        expected = {
            "id": profile.customer.id,
            "tags": tag_names(profile.tags, as_of=profile.as_of),
            "roles": frozenset(profile.roles),
        }
        assert profile[name] == (expected[name] if name in expected else getattr(profile, name))
    assert profile["no such name"] is None


@given(PROFILES)
def test_other_names_are_the_customers(profile: Profile) -> None:
    """What the profile does not define is read from the golden record."""
    for name in ("name", "kind", "given_name", "size", "a", "城市"):
        assert profile[name] == profile.customer[name]


def test_contact_points_are_those_valid_then() -> None:
    """A number given up, or not yet theirs, is not part of the view."""
    day = dt.timedelta(days=1)
    points = tuple(
        ContactPoint(kind="phone", value=value, since=since, until=until)
        for value, since, until in (("old", None, AT), ("now", AT, None), ("next", AT + day, None))
    )
    profile = Profile(customer=Customer(id=CustomerId("c"), contact_points=points), as_of=AT)

    assert profile["phone"] == ("now",)
    assert profile["email"] is None
    assert profile.customer["phone"] == ("old", "now", "next")


def test_a_measure_comes_before_a_field_of_its_name() -> None:
    """A custom field cannot pose as a measure."""
    customer = Customer(id=CustomerId("c"), fields={"frequency": 99, "stage": "mine", "colour": "red"})
    profile = Profile(customer=customer, as_of=AT, measures=(("frequency", 3),), stage="member")

    assert (profile["frequency"], profile["stage"], profile["colour"]) == (3, "member", "red")


def test_reading_a_mapping_is_reading_by_name() -> None:
    """Conditions read profiles and plain mappings alike."""
    profile = Profile(customer=Customer(id=CustomerId("c")), as_of=AT, tier=2)

    assert read(profile, "tier") == read({"tier": 2}, "tier") == 2
    assert read({}, "tier") is None


def test_the_repr_tells_nothing_personal() -> None:
    """Who they are stays out, how much there is stays in."""
    customer = Customer(
        id=CustomerId("c"), name=SECRET, party=Contact(given_name=SECRET), fields={"x": SECRET}
    )
    profile = Profile(customer=customer, as_of=AT, tags=(Tag(name="vip", since=AT, rule="hand"),))

    assert SECRET not in repr(profile)
    assert "<0 facts>" in repr(profile)
