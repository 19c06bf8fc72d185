"""Records: what one source says, kept and not shown."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given

from crmkit.errors import InvalidValue
from crmkit.model import FIELD_NAMES, FIELDS, Record, RecordId
from model_values import RECORDS, SECRET


@given(RECORDS)
def test_a_record_answers_by_name(record: Record) -> None:
    """Every field is found by its name, as a value and as texts."""
    for name, value in record.fields:
        assert record[name] == value
        assert len(record.texts(name)) == (len(value) if isinstance(value, tuple) else 1)
    assert record["no such field"] is None
    assert record.texts("no such field") == ()


def test_the_repr_holds_no_values() -> None:
    """The names of the fields are enough in a log."""
    record = Record(RecordId("r1"), "shop", {"phone": SECRET, "name": [SECRET]})

    assert repr(record) == "Record(id='r1', source='shop', fields=<name, phone>, kind=None, recorded_at=None)"


def test_a_record_is_checked_once() -> None:
    """It has an id, a known kind, and an aware time."""
    with pytest.raises(InvalidValue, match=r"model\.derive_id"):
        Record(RecordId(""), "shop")
    with pytest.raises(InvalidValue, match="'person', 'organisation' or None"):
        Record(RecordId("r"), "shop", kind="company")
    with pytest.raises(InvalidValue, match="no time zone"):
        Record(RecordId("r"), "shop", recorded_at=dt.datetime(2024, 1, 1))


def test_the_standard_fields_have_one_meaning_each() -> None:
    """Names are unique, and each says what it means."""
    assert len(FIELDS) == len(FIELD_NAMES)
    assert all(field.meaning for field in FIELDS)


def test_an_alias_is_a_text_that_every_store_can_keep() -> None:
    """As an id is."""
    with pytest.raises(InvalidValue, match="lone surrogates"):
        Record("a", "shop", aliases=("\ud800",))
