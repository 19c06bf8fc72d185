"""Orders: the lines of one order, put together into the purchase that it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import reduce

from crmkit.errors import Problem
from crmkit.workflows.intake.lines import EXACT, PURCHASE, Line

_SO = "name the column of the line's own amount with --map amount=COLUMN"


def by_order(lines: Iterable[Line]) -> list[list[Line]]:
    """Return the lines, those of one purchase together, in the order of their first lines.

    Purchases of one customer with one order number are one; everything else stands alone.
    """
    groups: dict[object, list[Line]] = {}
    for line in lines:
        ordered = line.kind == PURCHASE and line.order_id is not None
        key: object = (line.customer_id, line.order_id) if ordered else line.place
        groups.setdefault(key, []).append(line)
    return list(groups.values())


def agreed(group: Sequence[Line], source: str) -> tuple[list[Line], list[Problem]]:
    """Return the lines that agree with the order's first currency and total, and a problem for each other."""
    currency = next((line.currency for line in group if line.currency is not None), None)
    totals = (line.total for line in group if line.total is not None and line.currency == currency)
    total = next(totals, None)
    kept: list[Line] = []
    problems: list[Problem] = []
    for line in group:
        if line.currency not in (None, currency):
            reason = f"the order began in {currency}; an order has one currency"
            problems.append(Problem(source=source, row=line.number, field="currency", reason=reason))
        elif line.total not in (None, total):
            reason = f"its order has another total in row {group[0].number}; {_SO}"
            problems.append(Problem(source=source, row=line.number, field="order_amount", reason=reason))
        else:
            kept.append(line)
    return kept, problems


def amount_of(group: Sequence[Line]) -> Decimal | None:
    """Return the exact sum of what the lines say, else the total they share, or None if it is unknown."""
    amounts = [line.amount for line in group if line.amount is not None]
    if amounts:
        return reduce(EXACT.add, amounts)
    return next((line.total for line in group if line.total is not None), None)


def shared_numbers(lines: Iterable[Line], source: str) -> list[Problem]:
    """Return a problem for each order number that stands at two customers, at the row where it first does."""
    owners: dict[str, Line] = {}
    told: set[str] = set()
    problems: list[Problem] = []
    for line in lines:
        if line.order_id is None or line.kind != PURCHASE or line.order_id in told:
            continue
        first = owners.setdefault(line.order_id, line)
        if first.customer_id != line.customer_id:
            told.add(line.order_id)
            reason = (
                f"row {first.number} has the same order number at another customer; "
                "each is kept as a purchase of its own customer"
            )
            problems.append(
                Problem(source=source, row=line.number, field="order_id", reason=reason, kept=True)
            )
    return problems
