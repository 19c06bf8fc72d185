"""Documents: JSON there and back is the same value, and equal values have equal hashes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import model
from crmkit.errors import InvalidValue
from crmkit.model import Consent, Customer, Product, Record, Tag, digest, from_json, make_converter, to_json
from model_values import AT, FIELDS, SECRET, VALUES

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-1, 1), st.sampled_from((SECRET, "person", 1.5))),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(("id", "source", "fields", "at", "on", "kind", "party", "name", "recorded_at")),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_survives_json(value: object) -> None:
    """from_json(to_json(v)) is v, for every value of the model."""
    again = from_json(to_json(value), type(value))

    assert again == value
    assert to_json(again) == to_json(value)


@given(VALUES, VALUES)
def test_equal_values_have_equal_digests_and_others_not(left: object, right: object) -> None:
    """The content hash is of the content, all of it and nothing else."""
    if type(left) is type(right):
        assert (digest(left) == digest(right)) == (left == right)
        assert left != right or hash(left) == hash(right)


@given(VALUES)
def test_every_value_is_frozen_and_hashable(value: object) -> None:
    """A value never changes, so it can be a key."""
    assert hash(value) == hash(from_json(to_json(value), type(value)))
    name = dir(value)[-1]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(value, name, None)


@given(JSON, st.sampled_from((Record, Customer, Consent, Product, model.Activity, model.Profile)))
def test_any_json_is_a_value_or_a_clear_error(plain: object, type_: type[object]) -> None:
    """Nothing but `InvalidValue` comes out, and it repeats no personal value."""
    try:
        value = from_json(json.dumps(plain), type_)
    except InvalidValue as refused:
        error = refused
    else:
        assert isinstance(value, type_)
        return
    assert SECRET not in str(error)
    assert error.__cause__ is None


@given(FIELDS)
def test_fields_survive_json(fields: Mapping[str, object]) -> None:
    """The short form of fields loses nothing either."""
    frozen = model.frozen_fields(fields)
    again = model.fields_from_json(model.fields_to_json(frozen))

    assert again == frozen
    assert [type(value) for _, value in again] == [type(value) for _, value in frozen]


def test_the_json_form_is_stable() -> None:
    """This text is in people's databases: it may only grow."""
    record = Record(
        "r1", "shop", {"name": "张伟", "born_on": dt.date(1990, 2, 28), "n": (1, 2.5)}, kind="person"
    )

    assert to_json(record) == (
        '{"fields":[["born_on",{"on":"1990-02-28"}],["n",[1,2.5]],["name","张伟"]],'
        '"id":"r1","kind":"person","recorded_at":null,"source":"shop"}'
    )
    assert digest(record) == "cf209e6630ca7257"
    organisation = Customer(id=model.CustomerId("c"), party=model.Account(size=3))
    assert '"party":{"ceo":null,"customer_ids":[],"industry":null,"kind":"organisation"' in to_json(
        organisation
    )


@pytest.mark.parametrize(
    ("text", "type_", "reason"),
    [
        ("", Record, "not a JSON document"),
        ("{", Record, "not a JSON document"),
        ("[" * 100_000, Record, "not a JSON document"),
        ('{"id":"a","source":"s","fields":[["x",NaN]]}', Record, "not a JSON document: NaN is no JSON"),
        ("null", Record, "not a Record: must be an object"),
        ("[]", Record, "not a Record: must be an object"),
        ("{}", Record, r"required field missing @ \$.id; required field missing @ \$.source"),
        ('{"id":null,"source":"s"}', Record, r"must be text, not null @ \$.id"),
        ('{"id":7,"source":"s"}', Record, r"must be text, not a whole number @ \$.id"),
        ('{"id":"a","source":"s","zip":1}', Record, r"extra fields found \(zip\)"),
        ('{"id":"a","source":"s","kind":"robot"}', Record, "a record's kind is 'person'"),
        ('{"id":"a","source":"s","recorded_at":"2024-01-01"}', Record, "carries no time zone"),
        ('{"id":"a","source":"s","fields":[["x",{"at":1}]]}', Record, "a time is written as"),
        ('{"id":"a","source":"s","fields":[["x",{}]]}', Record, "a time is written as"),
        ('{"id":"a","party":{"kind":"robot"}}', Customer, r"@ \$.party"),
        ('{"id":"a","party":3}', Customer, r"must be an object with the fields of its kind @ \$.party"),
        (
            '{"id":"a","party":{"kind":"organisation","size":"5"}}',
            Customer,
            "must be a whole number, not text",
        ),
        ('{"id":"a","party":{"kind":"person","size":5}}', Customer, r"extra fields found \(size\)"),
        (
            '{"purpose":"m","granted":"no","at":"2024-01-01T00:00Z"}',
            Consent,
            "must be true or false, not text",
        ),
        (
            '{"purpose":"m","granted":1,"at":"2024-01-01T00:00Z"}',
            Consent,
            "must be true or false, not a whole",
        ),
        ('{"amount_minor":1.5,"currency":"CNY"}', model.Money, "must be a whole number, not a fraction"),
        ('{"amount_minor":true,"currency":"CNY"}', model.Money, "must be a whole number, not true or false"),
    ],
)
def test_what_is_no_such_value_is_refused_with_its_path(text: str, type_: type[object], reason: str) -> None:
    """Nothing is bent to fit, and the message says where."""
    with pytest.raises(InvalidValue, match=reason):
        from_json(text, type_)


@attrs.frozen(kw_only=True)
class _Definition:
    share: float
    pause: dt.timedelta


def test_a_definition_may_write_a_whole_number_for_a_share() -> None:
    """A float may be written 1; a duration is whole microseconds."""
    assert from_json('{"share":1,"pause":1500000}', _Definition) == _Definition(
        share=1.0, pause=dt.timedelta(seconds=1.5)
    )
    assert (
        to_json(_Definition(share=0.5, pause=dt.timedelta(days=-1))) == '{"pause":-86400000000,"share":0.5}'
    )
    with pytest.raises(InvalidValue, match="must be a number, not text"):
        from_json('{"share":"1","pause":0}', _Definition)


def test_a_converter_of_ones_own_is_used() -> None:
    """Packages above extend a converter; the functions take it."""
    converter = make_converter()
    converter.register_unstructure_hook(_Definition, lambda one: one.share)
    converter.register_structure_hook(
        _Definition, lambda share, _: _Definition(share=share, pause=dt.timedelta())
    )
    value = _Definition(share=0.25, pause=dt.timedelta())

    assert to_json(value, converter=converter) == "0.25"
    assert from_json("0.25", _Definition, converter=converter) == value
    assert digest(value, converter=converter) != digest(value)


def test_a_hash_of_text_that_is_no_unicode_does_not_crash() -> None:
    """Names of rules and tags may still hold a lone surrogate."""
    assert len(digest(Tag(name="\ud800", since=AT, rule="r"))) == 16
