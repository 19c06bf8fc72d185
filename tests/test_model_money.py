"""Money: exact, or refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidValue
from crmkit.model import Money, format_minor, parse_minor
from crmkit.model.money import MOST_MINOR, currency_code, minor_digits, whole_minor

CURRENCIES = st.sampled_from(("CNY", "JPY", "KWD", "CLF", "eur"))
MINOR = st.one_of(st.integers(-1200, 1200), st.integers(-MOST_MINOR, MOST_MINOR))


@given(MINOR, CURRENCIES)
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    """`parse_minor` is the inverse of `format_minor`, thousands separated or not."""
    text = format_minor(minor, currency)

    assert parse_minor(text, currency) == minor
    assert parse_minor(text.replace(",", ""), currency) == minor


@given(st.integers(-(10**9), 10**9), st.sampled_from(("CNY", "EUR")))
def test_a_float_is_read_by_its_shortest_decimal_form(minor: int, currency: str) -> None:
    """19.99 as a float is 1999, never 1998."""
    assert parse_minor(minor / 100, currency) == minor
    assert parse_minor(Decimal(minor) / 100, currency) == minor


@given(st.integers(-50, 50), CURRENCIES)
def test_whole_major_units_scale_by_the_currency(major: int, currency: str) -> None:
    """One major unit is 10 to the number of decimals."""
    assert parse_minor(major, currency) == major * 10 ** minor_digits(currency)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        (" 19.99 ", "CNY", 1999),
        ("+5", "EUR", 500),
        ("-0.00", "EUR", 0),
        ("1,00,000", "INR", 10_000_000),
        ("1,234,567.8", "EUR", 123_456_780),
        ("1_000", "JPY", 1000),
        ("1.100", "KWD", 1100),
        ("1e3", "EUR", 100_000),
        ("0e999", "EUR", 0),
        ("92233720368547758.07", "EUR", MOST_MINOR),
    ],
)
def test_amounts_worth_remembering(amount: str, currency: str, minor: int) -> None:
    """Each of these was once read wrongly by somebody."""
    assert parse_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("", "a number such as 19.99"),
        ("abc", "a number such as 19.99"),
        ("1-2", "a number such as 19.99"),
        (True, "a number such as 19.99"),
        ("NaN", "finite"),
        ("inf", "finite"),
        ("0.001", "at most 2 decimals"),
        ("1.0000000000000000000000000000000000000000001", "at most 2 decimals"),
        ("19,99", "commas separate thousands"),
        ("1.250,00", "commas separate thousands"),
        (",123", "commas separate thousands"),
        ("1e999999999", "at most 9,223"),
        ("92233720368547758.08", "at most 9,223"),
        ("12345678901234567890123456789.01", "at most 9,223"),
    ],
)
def test_what_is_no_exact_amount_is_refused(amount: str, reason: str) -> None:
    """Nothing is rounded, cut or guessed."""
    with pytest.raises(InvalidValue, match=reason):
        parse_minor(amount, "EUR")


def test_no_error_repeats_the_amount() -> None:
    """An error text can be logged."""
    for amount in ("7,7", "7.777", "77 x", "7e77"):
        with pytest.raises(InvalidValue) as caught:
            parse_minor(amount, "EUR")
        assert amount not in str(caught.value)


def test_amounts_as_people_write_them() -> None:
    """Thousands are separated, decimals are the currency's."""
    assert [format_minor(123450, code) for code in ("EUR", "JPY", "KWD", "CLF")] == [
        "1,234.50",
        "123,450",
        "123.450",
        "12.3450",
    ]
    assert format_minor(-5, "EUR") == "-0.05"
    assert str(Money(amount_minor=-123456, currency="cny")) == "-1,234.56 CNY"
    assert format_minor(10**40, "EUR") == f"{10**38:,}.00"


@pytest.mark.parametrize("code", ["", "EU", "EURO", "€", "E1R", "人民币"])
def test_a_currency_is_three_letters(code: str) -> None:
    """ISO 4217 codes only; the case does not matter."""
    with pytest.raises(InvalidValue, match="three letters"):
        currency_code(code)
    assert currency_code(" eur ") == "EUR"


@pytest.mark.parametrize("amount", [1.0, True, "1", None])
def test_money_is_whole_minor_units(amount: int) -> None:
    """A float is no money."""
    with pytest.raises(InvalidValue, match="whole minor units"):
        Money(amount_minor=amount, currency="CNY")


def test_whole_minor_is_a_number_or_unknown() -> None:
    """Only what a column of 64-bit integers holds exactly counts as known."""
    known = [whole_minor(one) for one in (0, -3, 3.0, MOST_MINOR)]
    unknown = [whole_minor(one) for one in (None, True, "3", 3.5, float("nan"), float("inf"), MOST_MINOR + 1)]

    assert known == [0, -3, 3, MOST_MINOR]
    assert type(known[2]) is int
    assert unknown == [None] * 7
