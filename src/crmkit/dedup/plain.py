"""Plain words: what a weight, odds and a count mean to someone who does not think in bits."""

from __future__ import annotations

from typing import Final

_LARGE: Final = ((1e12, "a trillion"), (1e9, "a billion"), (1e6, "a million"))


def likelier(bits: float) -> str:
    """Return how much likelier a finding is where two records are one customer than where they are two.

    >>> likelier(7.1), likelier(-2.32), likelier(0.02)
    ('140 times likelier if one', '5 times likelier if two', 'as likely either way')
    """
    times = _about(2 ** abs(bits))
    if times == "1":
        return "as likely either way"
    return f"{times} times likelier if {'one' if bits > 0 else 'two'}"


def odds(bits: float) -> str:
    """Return log-odds of one customer as people say odds.

    >>> odds(9.89), odds(0.0), odds(-6.89)
    ('about 950 to 1 for one customer', 'even odds', 'about 120 to 1 against')
    """
    times = _about(2 ** abs(bits))
    if times == "1":
        return "even odds"
    return f"about {times} to 1 {'for one customer' if bits > 0 else 'against'}"


def held_by(records: int) -> str:
    """Return how common a value is that so many of the records learnt from hold; two hold it if they agree on it.

    >>> held_by(2), held_by(12)
    ('hardly anyone else has it', '12 records have it')
    """
    return "hardly anyone else has it" if records <= 2 else f"{records:,} records have it"


def listed(names: list[str], *, most: int = 3) -> str:
    """Return *names* as a list in a sentence; of more than *most* the rest are counted.

    >>> listed(["a"]), listed(["a", "b"]), listed(list("abcde"))
    ('a', 'a and b', 'a, b, c and 2 more')
    """
    shown = [*names[:most], f"{len(names) - most} more"] if len(names) > most else names
    return " and ".join(one for one in (", ".join(shown[:-1]), *shown[-1:]) if one)


def _about(number: float) -> str:
    """Return *number*, 1 or more, to two digits at most."""
    for size, word in _LARGE:
        if number >= size:
            return f"over {word}"
    if number < 9.5:
        return f"{number:.1f}".removesuffix(".0")
    digits = len(str(round(number)))
    return f"{round(number, 2 - digits):,.0f}"
