"""Fitting: a definition that holds values of the wrong type is never written as a document that cannot be read."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.care import Exempt, Suppression
from crmkit.conditions import F, days, from_json, to_json
from crmkit.conditions.fitting import check_fits
from crmkit.dedup import EMAIL, Comparison
from crmkit.errors import CrmkitError, InvalidValue
from crmkit.funnel import PipelineMove
from definition_pools import BY_TYPE

WRONG: tuple[Any, ...] = (
    None,
    True,
    1,
    0.5,
    "x",
    (),
    ("x",),
    (1,),
    (None,),
    [],
    {},
    frozenset({"x"}),
    object(),
    days(1),
    F.a == 1,
)


@given(st.sampled_from([value for values in BY_TYPE.values() for value in values]))
def test_every_example_fits(definition: Any) -> None:
    """What is a definition holds values of the types of its fields."""
    check_fits(definition)


@pytest.mark.parametrize("type_", BY_TYPE, ids=lambda one: one.__name__)
def test_what_is_written_is_read_back(type_: type[Any]) -> None:
    """Whatever stands in a field: it is refused by the constructor, or in a sentence on writing, or read back equal."""
    value = BY_TYPE[type_][0]
    for field in attrs.fields(type_):
        for wrong in WRONG if field.init else ():
            try:
                changed = attrs.evolve(value, **{field.alias: wrong})
            except (CrmkitError, TypeError, ValueError, AttributeError):
                continue
            try:
                text = to_json(changed)
            except InvalidValue:
                continue
            assert from_json(text, type_) == changed


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (
            Comparison("email", EMAIL, term_frequency=None),  # type: ignore[arg-type]
            "term_frequency of a Comparison is True or False, and here it is None",
        ),
        (PipelineMove("a", 5), "to of a PipelineMove is text, and here it is a whole number"),  # type: ignore[arg-type]
        (
            PipelineMove("a", "b", requires=(1, "x")),  # type: ignore[arg-type]
            "requires of a PipelineMove is a tuple whose items are each text, "
            "and here it is a tuple with a whole number and text",
        ),
        (
            Suppression(name="none", when=None),  # type: ignore[arg-type]
            "when of a Suppression is a condition, and here it is None",
        ),
        (
            Exempt(purpose="service", counts=1),  # type: ignore[arg-type]
            "counts of an Exempt is True or False, and here it is a whole number",
        ),
    ],
)  # fmt: skip
def test_the_sentence_names_field_and_types(definition: object, words: str) -> None:
    """What stands there is told by its sort alone: it may be somebody's."""
    with pytest.raises(InvalidValue) as caught:
        to_json(definition)
    assert str(caught.value) == words
