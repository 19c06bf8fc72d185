"""Numbers: whether a column writes a point before decimals, or a comma."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, final

import attrs

from crmkit.errors import Problem
from crmkit.workflows.intake.cells import bare_number, text_of
from crmkit.workflows.intake.mapping import ColumnMap
from crmkit.workflows.intake.tables import Table

# Some numbers make sense in one form only: 12,50 with a decimal comma, 1,234.50 with a point.
_COMMA = re.compile(
    r"[+-]?(\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}|\d+,(\d{1,2}|\d{4,})|(0\d*|\d{4,}),\d+)"
)
_POINT = re.compile(
    r"[+-]?(\d{1,3}(,\d{2,3})*,\d{3}\.\d*|\d{1,3}(,\d{2,3})+,\d{3}"
    r"|\d*\.(\d{1,2}|\d{4,})|(0\d*|\d{4,})?\.\d+|\d+\.)"
)
_THOUSAND = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")  # or one with three decimals
_DECIMAL: Final = "1,234, which were read as decimals too"
_THOUSANDS: Final = "1,234.50, and commas were read as thousands"


@final
@attrs.frozen(kw_only=True)
class NumberForm:
    """How a column writes its numbers.

    Attributes:
        decimal_comma: True for 1.234,50; False for 1,234.50.
        certain: False if its values contradict each other.
    """

    decimal_comma: bool = False
    certain: bool = True


def number_form(values: Iterable[object]) -> NumberForm:
    """Return the form that the values of one column prove.

    Where some prove a comma and others a point, it is the point; beside a
    proven decimal comma, 1,234 has three decimals.  Neither is certain.

    >>> number_form(["12,50", "1.234"])
    NumberForm(decimal_comma=True, certain=True)
    """
    texts = {
        bare_number(text) for value in set(values) if isinstance(value, str) and (text := text_of(value))
    }
    commas = any(map(_COMMA.fullmatch, texts))
    points = any(map(_POINT.fullmatch, texts))
    doubtful = points or any(map(_THOUSAND.fullmatch, texts))
    return NumberForm(decimal_comma=commas and not points, certain=not (commas and doubtful))


def form_problems(table: Table, columns: ColumnMap, forms: Mapping[str, NumberForm]) -> list[Problem]:
    """Return a problem for each column of *forms*, which are by field, that had to be guessed."""
    return [
        Problem(
            source=table.source,
            field=field,
            reason=f"the column {column!r} has numbers such as 12,50 and such as "
            f"{_DECIMAL if form.decimal_comma else _THOUSANDS}; "
            "write a point before decimals and nothing between thousands: 1234.50",
            kept=True,
        )
        for field, form in forms.items()
        if not form.certain
        for column in columns.columns(field)
    ]
