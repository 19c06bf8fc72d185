"""Households: people who share a home, a telephone and often a family name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from random import Random
from typing import Final

import attrs

from crmkit.demo.names import PersonName, chance, draw_given, draw_name, pick, pinyin
from crmkit.demo.parties import OLDEST_DAYS, Person, Registrar, draw_birth, draw_person
from crmkit.demo.places import Place, draw_place

_OLD: Final = (dt.date(1948, 1, 1), dt.date(1976, 12, 31))
_SHAPES: Final = ("couple", "couple", "couple", "parent_child", "parent_child", "twins", "family")


def draw_household(rng: Random, registrar: Registrar, *, chinese: bool) -> list[Person]:
    """Return two to four people who live together and share a landline in three cases of four."""
    home = draw_place(rng, chinese=chinese)
    landline = registrar.landline(home) if chance(rng, 75) else None
    shape = pick(_SHAPES, rng)
    people = []
    household_id = None
    for name, born_on, cases in _members(rng, shape, chinese=chinese):
        person = draw_person(
            rng,
            registrar,
            name=name,
            home=home,
            born_on=born_on,
            landline=landline,
            household_id=household_id,
            cases=cases | {"household"},
        )
        household_id = household_id or f"home-{person.id}"
        people.append(attrs.evolve(person, household_id=household_id))
    return people


def draw_single(
    rng: Random, registrar: Registrar, *, chinese: bool, namesake: Person | None = None
) -> Person:
    """Return a person of their own; with *namesake* one of that name in the same city, no relation."""
    home = draw_place(rng, chinese=chinese)
    if namesake is not None:
        there = namesake.homes[0][1]
        home = attrs.evolve(
            home,
            country=there.country,
            city=there.city,
            reading=there.reading,
            region=there.region,
            area_code=there.area_code,
            postcode=there.postcode,
            district=there.district,
        )
    person = draw_person(
        rng,
        registrar,
        name=namesake.name if namesake else draw_name(rng, chinese=chinese),
        home=home,
        landline=registrar.landline(home) if chance(rng, 15) else None,
        cases=frozenset({"namesake"}) if namesake else frozenset(),
    )
    return _moved(rng, person) if namesake is None and chance(rng, 14) else person


def _members(
    rng: Random, shape: str, *, chinese: bool
) -> Iterator[tuple[PersonName, dt.date, frozenset[str]]]:
    """Yield name, birthday and hard cases of each member."""
    elder = draw_name(rng, chinese=chinese)
    born = draw_birth(rng, earliest=_OLD[0], latest=_OLD[1])
    if shape == "twins":
        yield from _twins(rng, elder)
        return
    yield elder, born, frozenset({"parent_and_child"} if shape == "parent_child" else ())
    if shape in ("couple", "family"):
        spouse = draw_name(rng, chinese=chinese, family=None if chinese else elder.family)
        yield (
            _distinct(rng, spouse, elder),
            born + dt.timedelta(days=int(rng.random() * 2000) - 1000),
            frozenset(),
        )
    if shape == "family":
        yield from _children(rng, elder, born)
    if shape == "parent_child":
        yield _child(rng, elder, born)


def _child(rng: Random, elder: PersonName, born: dt.date) -> tuple[PersonName, dt.date, frozenset[str]]:
    born_on = born + dt.timedelta(days=8000 + int(rng.random() * 3500))
    if not elder.chinese and chance(rng, 50):
        return attrs.evolve(elder, suffix="Jr"), born_on, frozenset({"parent_and_child", "junior"})
    name = draw_name(rng, chinese=elder.chinese, family=elder.family)
    return _distinct(rng, name, elder), born_on, frozenset({"parent_and_child"})


def _children(
    rng: Random, elder: PersonName, born: dt.date
) -> Iterator[tuple[PersonName, dt.date, frozenset[str]]]:
    """Yield two children of *elder*, whose given names differ."""
    first = _child(rng, elder, born)
    name = _distinct(rng, draw_name(rng, chinese=elder.chinese, family=elder.family), elder)
    yield first
    yield (
        _distinct(rng, name, first[0]),
        first[1] + dt.timedelta(days=400 + int(rng.random() * 1500)),
        first[2] - {"junior"},
    )


def _twins(rng: Random, first: PersonName) -> Iterator[tuple[PersonName, dt.date, frozenset[str]]]:
    """Yield two of one birthday and family name; Chinese twins share a character of their given names."""
    born = draw_birth(rng, earliest=dt.date(1978, 1, 1), latest=dt.date(2006, 1, 1))
    second = draw_name(rng, chinese=first.chinese, family=first.family)
    if first.chinese:
        given = first.given[0] + draw_given(rng, chinese=True, gender=second.gender)[-1]
        second = attrs.evolve(second, given=given)
    for name in (first, _distinct(rng, second, first)):
        yield name, born, frozenset({"twins"})


def _distinct(rng: Random, name: PersonName, other: PersonName) -> PersonName:
    """Return *name*, with another given name if it sounds or looks like *other*'s."""
    while pinyin(name.given) == pinyin(other.given):
        name = attrs.evolve(name, given=draw_given(rng, chinese=name.chinese, gender=name.gender))
    return name


def _moved(rng: Random, person: Person) -> Person:
    """Return *person* with a second home, within the country, since some day."""
    if person.joined_days < 200:
        return person
    old = person.homes[0][1]
    new: Place = draw_place(rng, chinese=person.name.chinese)
    while new.country != old.country:
        new = draw_place(rng, chinese=person.name.chinese)
    since = 60 + int(rng.random() * (person.joined_days - 90))
    return attrs.evolve(
        person,
        homes=((OLDEST_DAYS, old), (since, new)),
        landline=None,
        cases=person.cases | {"moved"},
    )
