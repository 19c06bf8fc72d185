"""Cells: text, numbers and values, exactly as they were meant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidValue
from crmkit.workflows.intake.cells import (
    UNKNOWN,
    Fault,
    id_of,
    number_of,
    one_or_more_of,
    read_cells,
    text_of,
    texts_of,
    value_of,
    whole_of,
)

VALUES = st.sampled_from(
    (None, "", "a", "1", 1, 1.0, True, "NULL", 0.1, dt.date(2024, 1, 1), ("a", "b"), (1,), (True,), ((1.0,),))
)


MARKS = st.text(alphabet="a1'=+-.0eE;，\n \u3000\ufeff\x1f", max_size=6)
TEXTS = st.one_of(
    MARKS, st.text(max_size=3), st.sampled_from((*UNKNOWN, "1.38E+10", "17850.0", "'=1", "NULL; a"))
)


@given(st.lists(VALUES))
def test_reading_a_column_is_reading_each_cell(values: list[object]) -> None:
    """Each distinct value is read once, and 1, 1.0 and True are distinct, alone and in a list."""
    seen: list[str] = []

    def read(value: object) -> str | None:
        seen.append(repr(value))
        return text_of(value)

    assert read_cells(values, read) == [text_of(value) for value in values]
    assert sorted(seen) == sorted(set(map(repr, values)))


EAST = dt.timezone(dt.timedelta(hours=5))
EQUAL = (
    Decimal(1), Decimal("1.0"), Decimal("1.00"), 1, 1.0, True, (1,), (1.0,), (True,), ((True,), 1), ((1,), 1),
    dt.datetime(2024, 1, 2, 23, tzinfo=dt.UTC), dt.datetime(2024, 1, 3, 4, tzinfo=EAST),
    dt.datetime(2024, 1, 3, 4), dt.datetime(2024, 1, 3, 4, fold=1), None, "1", "true", float("nan"),
)  # fmt: skip


@given(st.lists(st.sampled_from(EQUAL)), st.sampled_from((text_of, id_of, texts_of, value_of, str)))
def test_cells_that_are_equal_and_written_differently_are_told_apart(
    values: list[object], read: Callable[[object], object]
) -> None:
    """Reading a column is reading each cell: 1.0 and 1.00, [1] and [true], and one instant in two zones."""
    assert list(map(repr, read_cells(values, read))) == [repr(read(value)) for value in values]


@given(
    st.lists(st.one_of(st.none(), TEXTS), max_size=4),
    st.sampled_from((text_of, value_of, id_of, one_or_more_of)),
)
def test_a_text_that_is_kept_is_one_that_reading_keeps(
    values: list[str | None], read: Callable[[object], object]
) -> None:
    """Clean texts are not read one by one, and nobody can tell: any reader that is not known to keep them agrees."""
    assert read_cells(values, read) == read_cells(values, lambda value: read(value))


def test_a_cell_that_cannot_be_read_is_a_fault() -> None:
    """Its reason stands in its place; the others are read."""
    assert read_cells(["1", "x", None], whole_of) == [1, Fault("must be a number such as 19.99"), None]


@given(VALUES)
def test_text_of_text_is_itself(value: object) -> None:
    """Reading twice is reading once."""
    text = text_of(value)

    assert text_of(text) == text
    assert text is None or (text == text.strip() and text not in UNKNOWN)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" 张伟\u3000", "张伟"),
        ("\ufeffid", "id"),
        ("nan", None),
        ("#N/A", None),
        ("\\N", None),
        ("Null", "Null"),
        (float("nan"), None),
        (13800138000.0, "13800138000"),
        (0.5, "0.5"),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (Decimal("1E+2"), "100"),
        (dt.date(2024, 1, 31), "2024-01-31"),
        (dt.datetime(2024, 1, 31, 8), "2024-01-31T08:00:00"),
        (("a", None, "b"), "a; b"),
        ((), None),
        ("'=1+1", "=1+1"),
        ("''=1", "'=1"),
        ("'Neill", "'Neill"),
        ("a'=b", "a'=b"),
        (dt.time(8), "08:00:00"),
    ],
)
def test_cells_as_text(value: object, text: str | None) -> None:
    """What a program wrote is read as a person meant it."""
    assert text_of(value) == text


def test_ids_are_what_they_were_before_a_program_bent_them() -> None:
    """17850 as a float is still customer 17850."""
    assert [id_of(one) for one in (17850, 17850.0, "17850", "17850.0", "007", "a.0", "1.50", None, "")] == [
        *["17850"] * 4, "007", "a.0", "1.50", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("a@x.com; b@x.com", ("a@x.com", "b@x.com")),
        ("1，2、3|4\n5,", ("1", "2", "3", "4", "5")),
        (["a", "", None], ("a",)),
        (("a, b",), ("a, b",)),
        (138, ("138",)),
        (" ; ", None),
        (None, None),
    ],
)
def test_one_cell_may_hold_several_values(value: object, texts: tuple[str, ...] | None) -> None:
    """A list's members, or what separators separate."""
    assert texts_of(value) == texts


@given(st.one_of(VALUES, TEXTS))
def test_one_value_stands_alone_and_several_stand_once(value: object) -> None:
    """Where a cell holds one value it is that, else each of them once, in order."""
    try:
        texts = tuple(dict.fromkeys(texts_of(value) or ()))
    except InvalidValue:
        return
    told = one_or_more_of(value)

    assert (told if isinstance(told, tuple) else () if told is None else (told,)) == texts
    assert not isinstance(told, tuple) or len(told) > 1


@given(st.integers(-(10**12), 10**12), st.integers(0, 6))
def test_a_number_is_read_exactly(digits: int, places: int) -> None:
    """No digit of a decimal is lost, however it is written."""
    number = Decimal(digits).scaleb(-places)

    assert number_of(f"{number:f}") == number
    assert number_of(f" {number:,f} ") == number
    assert number_of(f"{number:,f}".translate({44: 46, 46: 44}), decimal_comma=True) == number
    assert number_of(number) == number


@given(st.integers(0, 10**9), st.integers(1, 400))
def test_a_floats_noise_is_not_read(cents: int, quantity: int) -> None:
    """A product of floats is the product of the decimals they stand for."""
    noisy = (cents / 100) * quantity

    assert number_of(noisy) == Decimal(cents) / 100 * quantity
    assert number_of(repr(noisy)) == number_of(noisy)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("15.299999999999999", "15.3"),
        ("¥ 1,299.00", "1299"),
        ("-¥5", "-5"),
        ("$-5", "-5"),
        ("1299元", "1299"),
        (".5", "0.5"),
        ("1E+05", "100000"),
        ("1,00,000", "100000"),
        (1e22, "1e22"),
        ("0.000000000001", "0.000000000001"),
        (Decimal("0.30"), "0.3"),
    ],
)
def test_numbers_as_people_and_programs_write_them(value: object, number: str) -> None:
    """Signs of currencies and thousands are read over."""
    assert number_of(value) == Decimal(number)


@pytest.mark.parametrize(
    "value", ["x", "1 2", "9,9", "1.2.3", True, "5.00-", "(5)", "--5", "USD 5", dt.date(2024, 1, 1)]
)
def test_what_is_no_number_is_refused(value: object) -> None:
    """Nothing is guessed, and nothing repeated."""
    with pytest.raises(InvalidValue, match=r"must be a number such as 19\.99") as caught:
        number_of(value)
    assert str(value) not in str(caught.value)


@pytest.mark.parametrize("value", ["1" * 31, "1e99", "1e-99"])
def test_absurd_numbers_are_refused(value: str) -> None:
    """Arithmetic stays exact because cells are bounded."""
    with pytest.raises(InvalidValue, match="more digits than any amount"):
        number_of(value)


def test_nothing_is_no_number() -> None:
    """An empty cell is unknown, not nought."""
    assert [number_of(one) for one in (None, "", "NaN", float("nan"))] == [None] * 4
    assert [whole_of(one) for one in (None, "3", "3.0", 4.0)] == [None, 3, 3, 4]
    with pytest.raises(InvalidValue, match="whole number"):
        whole_of("3.5")
    assert isinstance(read_cells([float("inf")], number_of)[0], Fault)


def test_a_column_of_decimal_commas_separates_thousands_by_points() -> None:
    """And nothing else: 12.5 among decimal commas is no number."""
    assert [number_of(one, decimal_comma=True) for one in ("1.234,50", "-1.234", "€ 12,5", "7")] == [
        Decimal(one) for one in ("1234.50", "-1234", "12.5", "7")
    ]
    for text in ("12.5", "1.23.456", "1,234,567"):
        with pytest.raises(InvalidValue, match="must be a number"):
            number_of(text, decimal_comma=True)


@given(st.one_of(st.integers(-(10**12), 10**12), st.decimals(-(10**9), 10**9, places=3)), st.booleans())
def test_a_number_has_no_form(number: int | Decimal, comma: bool) -> None:
    """Commas and points are a matter of text: 12.345 from JSON is itself in a column of decimal commas."""
    assert number_of(number, decimal_comma=comma) == number
    assert number_of(float(number), decimal_comma=comma) == number


@pytest.mark.parametrize("text", ["1.38E+10", "1E+11", "4.40123e+17"])
def test_an_id_that_lost_its_digits_is_no_id(text: str) -> None:
    """A spreadsheet that wrote 13800138000 as 1.38E+10 made many phones one; that is said, not believed."""
    for read in (id_of, texts_of):
        with pytest.raises(InvalidValue, match="digits are lost; give the column the format text"):
            read(text)
    with pytest.raises(InvalidValue, match="digits are lost"):
        texts_of(f"13900139000; {text}")
    assert text_of(text) == text


def test_what_looks_like_it_is_an_id() -> None:
    """Hexadecimal ids and phones with a plus have all their digits."""
    whole = ["12E10", "1E10", "+8613800138000", "E+10", "4E+1F"]
    assert [id_of(one) for one in whole] == whole
    assert texts_of("13800138000.0; +86 139") == ("13800138000", "+86 139")


def test_custom_values_stay_what_they_are() -> None:
    """A field can hold them, or their text."""
    at = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    kept = ["a", 1, 0.5, True, dt.date(2024, 1, 1), at, ("a", 1)]

    assert [value_of(one) for one in kept] == kept
    assert [type(value_of(one)) for one in (True, 1)] == [bool, int]
    assert value_of(dt.datetime(2024, 1, 1)) == "2024-01-01T00:00:00"
    assert [value_of(one) for one in (Decimal(2), Decimal("2.5"))] == [2, "2.5"]
    assert [value_of(one) for one in (None, "", float("nan"), (), [None])] == [None] * 5
    assert value_of(float("inf")) == "inf"
