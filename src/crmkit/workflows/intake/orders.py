"""Orders: the lines of one order, put together into the purchase that it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import reduce

from crmkit.errors import Problem
from crmkit.workflows.intake.amounts import EXACT
from crmkit.workflows.intake.lines import Line

_SO = "name the column of the line's own amount with --map amount=COLUMN"


def by_order(lines: Iterable[Line]) -> list[list[Line]]:
    """Return the lines, those of one purchase together, in the order of their first lines.

    Purchases of one source and customer with one order number are one; everything else stands alone.
    """
    groups: dict[object, list[Line]] = {}
    for place, line in enumerate(lines):
        groups.setdefault(line.order or place, []).append(line)
    return list(groups.values())


def agreed(group: Sequence[Line]) -> tuple[list[Line], list[Problem]]:
    """Return the lines that agree with the order's first currency and total, and a problem for each other."""
    currency = next((line.currency for line in group if line.currency is not None), None)
    totals = (line.total for line in group if line.total is not None and line.currency == currency)
    total = next(totals, None)
    kept: list[Line] = []
    problems: list[Problem] = []
    for line in group:
        if line.currency not in (None, currency):
            reason = f"the order began in {currency}; an order has one currency"
            problems.append(Problem(source=line.file, row=line.number, field="currency", reason=reason))
        elif line.total not in (None, total):
            reason = f"its order has another total in row {group[0].number}{_of_file(group[0], line)}; {_SO}"
            problems.append(Problem(source=line.file, row=line.number, field="order_amount", reason=reason))
        else:
            kept.append(line)
    return kept, problems


def amount_of(group: Iterable[Line]) -> Decimal | None:
    """Return the exact sum of what the lines say, else the total they share, or None if it is unknown."""
    lines = list(group)
    amounts = [line.amount for line in lines if line.amount is not None]
    if amounts:
        return reduce(EXACT.add, amounts)
    return next((line.total for line in lines if line.total is not None), None)


def shared_numbers(lines: Iterable[Line]) -> list[Problem]:
    """Return a problem for each order number of a file that stands at two customers, where it first does."""
    owners: dict[tuple[str, str], Line] = {}
    told: set[tuple[str, str]] = set()
    problems: list[Problem] = []
    for line in lines:
        if line.order is None or (key := (line.file, line.order[2])) in told:
            continue
        first = owners.setdefault(key, line)
        if first.customer_id != line.customer_id:
            told.add(key)
            reason = (
                f"row {first.number} has the same order number at another customer; "
                "each is kept as a purchase of its own customer"
            )
            problems.append(
                Problem(source=line.file, row=line.number, field="order_id", reason=reason, kept=True)
            )
    return problems


def _of_file(one: Line, other: Line) -> str:
    return "" if one.file == other.file else f" of {one.file}"
