"""Numbers: a column proves its form, or what was guessed is said."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.workflows.intake import activities_of, table_of
from crmkit.workflows.intake.cells import number_of
from crmkit.workflows.intake.numbers import NumberForm, number_form

POINT, COMMA = NumberForm(), NumberForm(decimal_comma=True)
GUESSED_POINT = NumberForm(certain=False)
GUESSED_COMMA = NumberForm(decimal_comma=True, certain=False)
MONEY = st.decimals(-(10**7), 10**7, places=2)


def swapped(text: str) -> str:
    return text.translate({44: 46, 46: 44})


@given(st.lists(MONEY, min_size=1), st.booleans())
def test_money_is_read_exactly_in_either_form(amounts: list[Decimal], commas: bool) -> None:
    """Amounts with cents prove their form, with or without thousands between."""
    for form in ("{:,.2f}", "{:.2f}"):
        texts = [swapped(form.format(one)) if commas else form.format(one) for one in amounts]
        proven = number_form(texts)
        assert proven == (COMMA if commas else POINT)
        assert [number_of(text, decimal_comma=proven.decimal_comma) for text in texts] == amounts


@given(st.lists(MONEY, min_size=1), st.lists(MONEY, min_size=1))
def test_two_forms_in_one_column_are_never_certain(points: list[Decimal], commas: list[Decimal]) -> None:
    """Whoever writes both is told so, and no number is read as another."""
    texts = [*(f"{one:,.2f}" for one in points), *(swapped(f"{one:,.2f}") for one in commas)]
    assert number_form(texts) == GUESSED_POINT
    for one in commas:
        with pytest.raises(ValueError, match="commas separate thousands"):
            number_of(swapped(f"{one:,.2f}"))


@given(st.lists(st.sampled_from(("12,50", "1,234", "1.234", "12.50", "1,234.50", "7", "x")), max_size=4))
def test_neither_order_nor_repetition_matters(texts: list[str]) -> None:
    """What a column proves hangs on which values stand in it."""
    assert number_form(texts[::-1] * 2) == number_form(texts)


@pytest.mark.parametrize(
    ("column", "form"),
    [
        (["12,5"], COMMA),
        (["1.234,50", "7"], COMMA),
        (["12,5 €", "1.000"], COMMA),
        (["-€12,50"], COMMA),
        (["0,125", "12,5"], COMMA),
        (["1.234.567"], COMMA),
        (["1234,567"], COMMA),
        (["12,3456"], COMMA),
        (["12,5", "12.5"], GUESSED_POINT),
        (["12,5", "1,234.50"], GUESSED_POINT),
        (["12,5", "1,234,567"], GUESSED_POINT),
        (["0,5", "0.125"], GUESSED_POINT),
        (["1,234", "12,50", "1,500"], GUESSED_COMMA),
        (["1,234"], POINT),
        (["1.234"], POINT),
        (["1.234", "2.5"], POINT),
        (["1,234", "12.50"], POINT),
        (["1,234.50"], POINT),
        (["1,00,000"], POINT),
        (["1.2.3", "12,5"], COMMA),
        (["v1.234.567"], POINT),
        ([None, 5, 12.5, "", "n/a"], POINT),
        ([], POINT),
    ],
)
def test_a_column_proves_its_form(column: list[object], form: NumberForm) -> None:
    """Only a column in which nothing speaks against it is read with decimal commas and no word."""
    assert number_form(column) == form


def orders(**cells: list[object]) -> list[tuple[int, dict[str, object]]]:
    width = len(next(iter(cells.values())))
    return [
        (
            number + 1,
            {"id": f"a{number}", "customer": "c", "at": "2024-01-05T10:00Z", "kind": "purchase"}
            | {name: values[number] for name, values in cells.items()},
        )
        for number in range(width)
    ]


def test_a_form_that_had_to_be_guessed_is_said() -> None:
    """One problem for the column, naming it and not a value; what is certain is read."""
    table = table_of(orders(amount=["12,50", "1,234.50", "3,456"]), source="s.csv")
    activities, problems = activities_of(table, currency="CNY")

    assert [one.amount_minor for one in activities] == [123450, 345600]
    assert [(one.row, one.field, one.kept) for one in problems] == [
        (0, "amount", True),
        (1, "amount", False),
    ]
    assert "the column 'amount' has numbers such as 12,50 and such as 1,234.50" in problems[0].reason
    assert "1234.50" in problems[0].reason

    table = table_of(orders(quantity=["1,5", "2,345"], unit_price=["100", "100"]), source="s.csv")
    activities, problems = activities_of(table, currency="CNY")
    assert [one.amount_minor for one in activities] == [15000, 23450]
    assert [(one.row, one.field, one.kept) for one in problems] == [(0, "quantity", True)]
    assert "were read as decimals too" in problems[0].reason


def test_numbers_among_texts_are_themselves() -> None:
    """JSON may hold both; only what is text has commas."""
    table = table_of(orders(amount=["12,50", 12.345, 7.5, Decimal("1.234"), 3]), source="s.jsonl")
    activities, problems = activities_of(table, currency="KWD")

    assert [one.amount_minor for one in activities] == [12500, 12345, 7500, 1234, 3000]
    assert problems == []


@pytest.mark.parametrize("field", ["sequence", "guests", "cost_minor", "cost"])
@pytest.mark.parametrize("value", [2**63, str(2**63), 2**64 - 1, -1, "-1"])
def test_a_number_no_data_base_holds_costs_its_cell_only(field: str, value: object) -> None:
    """A count beyond 64 bits, or below 0, is left out and named; its row and the others stay."""
    table = table_of(orders(amount=[1, 2], **{field: [value, 5]}), source="s.csv")
    activities, problems = activities_of(table, currency="CNY")

    assert [one.amount_minor for one in activities] == [100, 200]
    assert [one.sequence for one in activities] == ([0, 5] if field == "sequence" else [0, 0])
    assert [(one.row, one.field, one.kept) for one in problems] == [(1, field, True)]
    assert "at most 9,223,372,036,854,775,807" in problems[0].reason


def test_the_largest_number_is_kept() -> None:
    """64 bits are 64 bits."""
    table = table_of(orders(amount=[1], sequence=[2**63 - 1]), source="s.csv")
    assert [one.sequence for one in activities_of(table, currency="CNY")[0]] == [2**63 - 1]
