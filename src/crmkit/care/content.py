"""Content: what is said, as templates with places for what is known of the customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from string import Template as _StringTemplate
from typing import final

import attrs

from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import FIELD_NAMES, MEASURES, PROFILE_FIELDS, FieldValue, Profile


class _Text(_StringTemplate):
    """Text with places; in braces a field may have any name: ``${生日}``."""

    braceidpattern = r"\w+"


def _pairs(given: Mapping[str, str] | Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(
        sorted(given.items() if isinstance(given, Mapping) else ((name, text) for name, text in given))
    )


@final
@attrs.frozen(kw_only=True)
class Template:
    """A message with places: ``$name`` or ``${given_name}`` stands for a field of the customer, ``$$`` for $.

    Attributes:
        name: Its name, by which rules call it.
        subject: One line, may be empty.
        body: The text.
        fallbacks: What stands for a field that a customer lacks, by field, a
            mapping when given: ``{"given_name": "friend"}``.
    """

    name: str
    subject: str = ""
    body: str
    fallbacks: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=_pairs)

    def __attrs_post_init__(self) -> None:
        for part in (self.subject, self.body):
            if not _Text(part).is_valid():
                raise InvalidValue(
                    f"the template {self.name!r} has a '$' that names no field; write $$ for a dollar sign"
                )
        for name, _ in self.fallbacks:
            if name not in self.fields:
                raise UnknownName("place in the template", name, self.fields)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields it speaks of, sorted."""
        return tuple(
            sorted({name for part in (self.subject, self.body) for name in _Text(part).get_identifiers()})
        )


@final
@attrs.frozen(kw_only=True)
class Content:
    """A message as one customer reads it; both parts are kept out of `repr`.

    Attributes:
        template: Name of the template.
        subject: One line, may be empty.
        body: The text.
    """

    template: str
    subject: str = attrs.field(repr=False)
    body: str = attrs.field(repr=False)


def render(template: Template, profile: Profile) -> Content:
    """Return *template* with the values of *profile*, plain text, nothing escaped.

    Of several values the first is taken; dates are written 2024-05-01.

    >>> from crmkit.model import Customer
    >>> at = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
    >>> guest = Profile(customer=Customer(id="c1", name="小明"), as_of=at)
    >>> render(Template(name="hello", body="你好，$name！"), guest).body
    '你好，小明！'

    Raises:
        UnknownName: If it names a field that nobody has; the closest is offered.
        InvalidValue: If the customer lacks a field it names, and there is no fallback.
    """
    values = {name: _value(template, name, profile) for name in template.fields}
    return Content(
        template=template.name,
        subject=_Text(template.subject).substitute(values),
        body=_Text(template.body).substitute(values),
    )


def _value(template: Template, name: str, profile: Profile) -> str:
    text = _text(profile[name])
    if text:
        return text
    fallback = dict(template.fallbacks).get(name)
    if fallback is not None:
        return fallback
    derived = {field.name for field in (*PROFILE_FIELDS, *MEASURES)}
    known = {*FIELD_NAMES, *derived, *(own for own, _ in profile.customer.fields)}
    if name not in known:
        raise UnknownName("field", name, known)
    raise InvalidValue(
        f"the template {template.name!r} speaks of {name!r}, which is not known of {profile.customer.id!r}; "
        "give the template a fallback for it"
    )


def _text(value: FieldValue | frozenset[str] | None) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    if isinstance(value, tuple):
        return _text(value[0]) if value else ""
    return f"{value:%Y-%m-%d}" if isinstance(value, dt.date) else "" if value is None else str(value)
