"""Golden records: what is known of a customer, value by value, and which records say so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from crmkit.dedup.kinds import EMAIL, EXACT, PHONE, Kind
from crmkit.dedup.normalize import value_keys
from crmkit.dedup.normalize.phones import is_unplanned
from crmkit.dedup.normalize.reading import KnownKeys
from crmkit.dedup.normalize.standard import STANDARD_KINDS
from crmkit.dedup.normalize.text import is_chinese
from crmkit.dedup.survivorship import (
    ALL,
    EARLIEST,
    LONGEST,
    MOST_RECENT,
    MOST_TRUSTED,
    SURVIVORSHIP,
    VERIFIED_FIRST,
    Survivorship,
)
from crmkit.dedup.table import texts_of_value
from crmkit.errors import InvalidValue
from crmkit.model import (
    ORGANISATION,
    Account,
    Contact,
    ContactPoint,
    Customer,
    CustomerId,
    FieldValue,
    Provenance,
    Record,
    RecordId,
    Scalar,
)

_POINTS: Final = ("address", "device", "email", "phone", "wechat")
_PERSONAL: Final = ("given_name", "family_name", "born_on", "gender", "language", "job_title")
_CORPORATE: Final = ("size", "industry", "ceo", "legal_status")
_AS_NORMALISED: Final = (EMAIL, PHONE)
_SUFFIX: Final = "_verified"
_NOTHING_READ: Final[KnownKeys] = {}


class Said(NamedTuple):
    """One value, by whoever says it.

    Attributes:
        value: How it is written.
        key: What makes two ways to write it one.
        records: The records that say so, in order of time, the undated first.
        verified: True if any of them says that it was verified.
    """

    value: Scalar
    key: str
    records: tuple[Record, ...]
    verified: bool


def golden(
    records: Iterable[Record],
    survivorship: Survivorship = SURVIVORSHIP,
    *,
    customer_id: str | None = None,
    read: KnownKeys = _NOTHING_READ,
) -> Customer:
    """Return the golden record of one customer, with the provenance of every value.

    Values that normalise to the same are one, and all records that say so are
    named.  Placeholders are left out.  The standard fields stand where the
    model has them, every other one among the fields.

    Args:
        records: The records of one customer, in any order.
        survivorship: Which of several values is kept.
        customer_id: Id of the customer; the smallest record id if None.
        read: What was read of the values already, as `Prepared.keys` has it; it saves reading them again.

    Raises:
        InvalidValue: If there is no record, or something else among them.
    """
    given = tuple(records)
    for one in given:
        if not isinstance(one, Record):
            raise InvalidValue(
                f"a golden record is made of Record values, got {type(one).__name__}; write Record(id, source, fields)"
            )
    known = sorted(given, key=_by_time)
    if not known:
        raise InvalidValue("a golden record needs at least one record")
    organisation = any(record.kind == ORGANISATION for record in known)
    rules = survivorship.by_field()
    by_field, proven = _by_field(known)
    kept = {
        field: survivors
        for field, said in sorted(by_field.items())
        if (
            survivors := _surviving(
                _distinct(field, said, proven, survivorship.region, read),
                rules.get(field, survivorship.otherwise),
                survivorship,
            )
        )
    }
    ids = tuple(sorted(record.id for record in known))
    return Customer(
        id=CustomerId(customer_id if customer_id is not None else ids[0]),
        name=_name(kept, organisation=organisation),
        party=_account(kept) if organisation else _contact(kept),
        contact_points=tuple(
            ContactPoint(kind=field, value=str(one.value), verified=one.verified)
            for field in _POINTS
            for one in kept.get(field, ())
        ),
        needs=tuple(str(one.value) for one in kept.get("needs", ())),
        fields=_other_fields(kept, _CORPORATE if organisation else _PERSONAL),
        record_ids=ids,
        provenance=_provenance(kept, rules, survivorship.otherwise),
    )


def _by_field(
    records: Sequence[Record],
) -> tuple[dict[str, list[tuple[Scalar, Record]]], frozenset[tuple[str, RecordId]]]:
    """Return every value of every field with the record that says it, and the fields that a record has proven.

    Values come in the order of the records.
    """
    found: dict[str, list[tuple[Scalar, Record]]] = {}
    proven: set[tuple[str, RecordId]] = set()
    for record in records:
        for name, value in record.fields:
            if name.endswith(_SUFFIX):
                proven.update({(name.removesuffix(_SUFFIX), record.id)} if value is True else ())
            elif isinstance(value, tuple):
                found.setdefault(name, []).extend((one, record) for one in value)
            else:
                found.setdefault(name, []).append((value, record))
    return found, frozenset(proven)


def _surviving(found: list[Said], rule: str, survivorship: Survivorship) -> list[Said]:
    """Return the values that are kept of a field, the best first; one, unless the rule keeps all."""
    if len(found) > 1:
        found.sort(key=lambda one: _rank(one, rule, survivorship), reverse=True)
    return found if rule == ALL else found[:1]


def _distinct(
    field: str,
    said: Sequence[tuple[Scalar, Record]],
    proven: frozenset[tuple[str, RecordId]],
    region: str,
    read: KnownKeys,
) -> list[Said]:
    """Return the different values of *field*, in the order of their keys."""
    kind = STANDARD_KINDS.get(field, EXACT)
    by_key: dict[str, list[tuple[Scalar, Record]]] = {}
    for value, record in said:
        keys = _keys(value, kind, _region(record, region) if kind is PHONE else region, read)
        if len(said) == 1 == len(keys):  # as most fields of most customers
            return [_said(field, keys[0], kind, said, proven)]
        for key in keys:
            if key in by_key:
                by_key[key].append((value, record))
            else:
                by_key[key] = [(value, record)]
    in_order = sorted(by_key.items()) if len(by_key) > 1 else by_key.items()
    return [_said(field, key, kind, each, proven) for key, each in in_order]


def _said(
    field: str,
    key: str,
    kind: Kind,
    each: Sequence[tuple[Scalar, Record]],
    proven: frozenset[tuple[str, RecordId]],
) -> Said:
    if len(each) == 1:
        [(value, record)] = each
        return Said(_written(key, kind, (value,)), key, (record,), (field, record.id) in proven)
    return Said(
        value=_written(key, kind, [value for value, _ in each]),
        key=key,
        records=tuple({record.id: record for _, record in each}.values()),
        verified=bool(proven) and any((field, record.id) in proven for _, record in each),
    )


def _rank(one: Said, rule: str, survivorship: Survivorship) -> tuple[float, ...]:
    """Return the place of a value: by the rule first, then verified, frequency, recency, trust and length."""
    last, first = (_instant(one.records[end]) for end in (-1, 0))
    trust = -min(
        survivorship.trusted.index(record.source)
        if record.source in survivorship.trusted
        else len(survivorship.trusted)
        for record in one.records
    )
    length = len(str(one.value))
    foremost = {
        MOST_RECENT: last,
        EARLIEST: -first,
        MOST_TRUSTED: trust,
        LONGEST: length,
        VERIFIED_FIRST: one.verified,
        ALL: one.verified,
    }.get(rule, 0)
    return (foremost, len(one.records), last, trust, length)


def _keys(value: Scalar, kind: Kind, region: str, read: KnownKeys = _NOTHING_READ) -> tuple[str, ...]:
    """Return what makes two ways to write a value one, several times if it holds several; none if it says nothing."""
    if type(value) is str:
        known = read[kind, region].get(value) if (kind, region) in read else None
        return value_keys(value, kind, region=region) if known is None else known
    return tuple(key for text in texts_of_value(value) for key in value_keys(text, kind, region=region))


def _written(key: str, kind: Kind, values: Sequence[Scalar]) -> Scalar:
    """Return how a value is written: an address or number as normalised, else as most write it, the longest first."""
    if kind in _AS_NORMALISED and not is_unplanned(key):
        return key
    first = values[0]
    if len(values) == 1 or (type(first) is str and values.count(first) == len(values)):
        return first
    return max(values, key=lambda value: (values.count(value), len(str(value)), str(value)))


def _region(record: Record, region: str) -> str:
    country = record["country"]
    return country.upper() if isinstance(country, str) and len(country) == 2 else region


def _by_time(record: Record) -> tuple[float, str]:
    return _instant(record), record.id


def _instant(record: Record) -> float:
    return record.recorded_at.timestamp() if record.recorded_at is not None else float("-inf")


def _name(kept: dict[str, list[Said]], *, organisation: bool) -> str | None:
    """Return what to call them: their name, else its parts in the order of the script, else the company's."""
    if organisation and "company" in kept:
        return _text(kept, "company")
    parts = [part for part in (_text(kept, "given_name"), _text(kept, "family_name")) if part]
    chinese = bool(parts) and all(map(is_chinese, parts))
    composed = "".join(reversed(parts)) if chinese else " ".join(parts)
    return _text(kept, "name") or composed or _text(kept, "company")


def _contact(kept: dict[str, list[Said]]) -> Contact:
    born_on = _first(kept, "born_on")
    return Contact(
        given_name=_text(kept, "given_name"),
        family_name=_text(kept, "family_name"),
        born_on=_date(born_on),
        gender=_text(kept, "gender"),
        language=_text(kept, "language"),
        job_title=_text(kept, "job_title"),
    )


def _account(kept: dict[str, list[Said]]) -> Account:
    size = _first(kept, "size")
    whole = (
        size if isinstance(size, int) else int(size) if isinstance(size, str) and size.isdecimal() else None
    )
    return Account(
        size=whole if whole is not None and whole >= 0 else None,
        industry=_text(kept, "industry"),
        ceo=_text(kept, "ceo"),
        legal_status=_text(kept, "legal_status"),
    )


def _first(kept: dict[str, list[Said]], field: str) -> Scalar | None:
    return kept[field][0].value if field in kept else None


def _text(kept: dict[str, list[Said]], field: str) -> str | None:
    value = _first(kept, field)
    return None if value is None else str(value)


def _date(value: Scalar | None) -> dt.date | None:
    """Return a date of a calendar, or None."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date) or value is None:
        return value
    try:
        return dt.date.fromisoformat("".join(_keys(str(value), STANDARD_KINDS["born_on"], "CN")))
    except ValueError:
        return None


def _other_fields(kept: dict[str, list[Said]], placed: Sequence[str]) -> dict[str, FieldValue]:
    elsewhere = {"name", "needs", *_POINTS, *placed}
    return {
        field: said[0].value if len(said) == 1 else tuple(one.value for one in said)
        for field, said in kept.items()
        if field not in elsewhere
    }


def _provenance(kept: dict[str, list[Said]], rules: dict[str, str], otherwise: str) -> tuple[Provenance, ...]:
    """Return where the values that were kept come from; fields come sorted, and stay so."""
    same: dict[tuple[RecordId, ...], tuple[RecordId, ...]] = {}
    found = []
    for field, survivors in kept.items():
        rule = rules.get(field, otherwise)
        for one in survivors:
            said_by = one.records
            ids = (said_by[0].id,) if len(said_by) == 1 else tuple(sorted([record.id for record in said_by]))
            ids = same.setdefault(ids, ids)  # one tuple for the many values that the same records say
            found.append(Provenance(field=field, value=one.value, record_ids=ids, rule=rule))
    return tuple(found)
