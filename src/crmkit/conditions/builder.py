"""Builder: `F` and `A`, with which people write conditions in Python.

>>> from crmkit.conditions import days
>>> condition = (F.stage == "silent") & (A("purchase").within(days(365)).count() >= 2)
>>> print(condition)
stage is 'silent' and at least 2 'purchase' within 365 days
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn, cast, final

from crmkit.calendars import Duration, check_duration
from crmkit.conditions.nodes import And, Compare, CompareOp, Condition, Contains, In, Known, Not
from crmkit.conditions.operands import single
from crmkit.conditions.terms import (
    AMOUNT,
    TERM_TYPES,
    Age,
    Arithmetic,
    ArithmeticOp,
    Constant,
    Count,
    Distinct,
    Facts,
    Field,
    First,
    Greatest,
    Last,
    Least,
    Streak,
    Sum,
    Term,
    TrueSince,
    Until,
)
from crmkit.errors import InvalidValue, suggestion


@final
class Asked:
    """A value that is being asked about: compare it to make a condition, as `F` says.

    ``== != < <= > >=`` compare, ``+ - * //`` reckon in whole numbers.

    >>> print(A("purchase").sum() - A("refund").sum() >= 500_00)
    (the sum of amount minor of 'purchase' - the sum of amount minor of 'refund') is at least 50000
    """

    __slots__ = ("_term",)

    def __init__(self, term: Term) -> None:
        self._term = term

    @property
    def term(self) -> Term:
        """The term itself, a plain value."""
        return self._term

    def is_in(self, options: Iterable[object]) -> In:
        """Return the condition that the value is one of *options*."""
        return In(value=self._term, options=options)

    def contains(self, item: object) -> Contains:
        """Return the condition that a set holds *item*, or that a text holds it as a part."""
        return Contains(container=self._term, item=single(item))

    def between(self, low: object, high: object) -> And:
        """Return the condition that the value lies from *low* to *high*, both included."""
        return (self >= low) & (self <= high)

    def is_known(self) -> Known:
        """Return the condition that there is a value."""
        return Known(value=self._term)

    def is_unknown(self) -> Not:
        """Return the condition that there is no value."""
        return Not(part=Known(value=self._term))

    def is_true(self) -> Compare:
        """Return the condition that a yes-or-no value is yes."""
        return self == True  # noqa: E712

    def age(self) -> Asked:
        """Return how long ago the instant or date was; compare it with a duration."""
        return Asked(Age(of=self._term))

    def until(self) -> Asked:
        """Return how long it is until the instant or date; compare it with a duration."""
        return Asked(Until(of=self._term))

    def __eq__(self, other: object) -> Compare:  # type: ignore[override]
        return _compare("==", self._term, other)

    def __ne__(self, other: object) -> Compare:  # type: ignore[override]
        return _compare("!=", self._term, other)

    def __lt__(self, other: object) -> Compare:
        return _compare("<", self._term, other)

    def __le__(self, other: object) -> Compare:
        return _compare("<=", self._term, other)

    def __gt__(self, other: object) -> Compare:
        return _compare(">", self._term, other)

    def __ge__(self, other: object) -> Compare:
        return _compare(">=", self._term, other)

    def __add__(self, other: object) -> Asked:
        return _reckon("+", self, other)

    def __radd__(self, other: object) -> Asked:
        return _reckon("+", other, self)

    def __sub__(self, other: object) -> Asked:
        return _reckon("-", self, other)

    def __rsub__(self, other: object) -> Asked:
        return _reckon("-", other, self)

    def __mul__(self, other: object) -> Asked:
        return _reckon("*", self, other)

    def __rmul__(self, other: object) -> Asked:
        return _reckon("*", other, self)

    def __floordiv__(self, other: object) -> Asked:
        return _reckon("//", self, other)

    def __rfloordiv__(self, other: object) -> Asked:
        return _reckon("//", other, self)

    def __truediv__(self, other: object) -> NoReturn:
        raise InvalidValue("conditions reckon in whole numbers; divide with //, which rounds down")

    __rtruediv__ = __truediv__

    def __and__(self, other: object) -> NoReturn:
        raise InvalidValue(
            f"{self._term!r} is a value, not a condition: compare it, and put each comparison "
            "in brackets: (F.tier >= 3) & (F.stage == 'new'); a yes-or-no value asks .is_true()"
        )

    __rand__ = __or__ = __ror__ = __and__

    def __invert__(self) -> NoReturn:
        raise InvalidValue(f"{self._term!r} is a value, not a condition: compare it before negating it")

    def __bool__(self) -> NoReturn:
        raise InvalidValue(
            f"{self._term!r} is not true or false by itself: compare it, join conditions with & | ~, "
            "and write a range as .between(low, high)"
        )

    def __contains__(self, item: object) -> NoReturn:
        raise InvalidValue("write .contains(item) instead of `in`, and .is_in([…]) for one of several")

    def __iter__(self) -> NoReturn:
        raise InvalidValue(
            f"{self._term!r} has no values before it meets a customer; it cannot be looped over"
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._term)

    if not TYPE_CHECKING:  # so that mypy finds what does not exist

        def __getattr__(self, name: str) -> NoReturn:
            raise _no_such(self, name)


@final
class Chosen:
    """A choice of activities that is being written; narrow it, then ask for a value of it, as `A` says."""

    __slots__ = ("_facts",)

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    @property
    def facts(self) -> Facts:
        """The choice itself, a plain value."""
        return self._facts

    def within(self, duration: Duration) -> Chosen:
        """Return those of the last *duration*: after ``as_of - duration``, up to ``as_of``."""
        check_duration(duration)
        return _narrowed(self._facts, within=duration)

    def before(self, duration: Duration) -> Chosen:
        """Return those that are older: at ``as_of - duration`` or earlier."""
        check_duration(duration)
        return _narrowed(self._facts, before=duration)

    def where(self, *conditions: Condition, **equal: object) -> Chosen:
        """Return those of which every one of *conditions* is true.

        Inside, `F` names what an activity has: ``channel``, ``amount_minor``,
        ``currency``, ``account_id``, ``source``, ``kind``, else a prop.
        ``where(channel="store")`` is short for ``where(F.channel == "store")``.
        """
        for name, value in equal.items():
            if isinstance(value, (list, tuple, set, frozenset)):
                raise InvalidValue(f"{name}=… takes one value; of several write .where(F.{name}.is_in([…]))")
        named = (Asked(Field(name=name)) == value for name, value in equal.items())
        wanted = [*([self._facts.where] if self._facts.where is not None else []), *conditions, *named]
        if not wanted:
            return self
        joined = wanted[0]
        for condition in wanted[1:]:
            joined = joined & condition
        return _narrowed(self._facts, where=joined)

    def count(self) -> Asked:
        """Return how many there are."""
        return Asked(Count(facts=self._facts))

    def sum(self, of: str = AMOUNT) -> Asked:
        """Return the sum of *of*, 0 if there are none; unknown over several currencies."""
        return Asked(Sum(facts=self._facts, of=of))

    def min(self, of: str = AMOUNT) -> Asked:
        """Return the smallest *of*, unknown if there is none."""
        return Asked(Least(facts=self._facts, of=of))

    def max(self, of: str = AMOUNT) -> Asked:
        """Return the largest *of*, unknown if there is none."""
        return Asked(Greatest(facts=self._facts, of=of))

    def first(self) -> Asked:
        """Return the instant of the first, unknown if there is none."""
        return Asked(First(facts=self._facts))

    def last(self) -> Asked:
        """Return the instant of the last, unknown if there is none."""
        return Asked(Last(facts=self._facts))

    def age(self) -> Asked:
        """Return how long ago the last was, unknown if there is none; compare it with a duration."""
        return Asked(Age(of=Last(facts=self._facts)))

    def distinct(self, of: str) -> Asked:
        """Return how many different values *of* they have."""
        return Asked(Distinct(facts=self._facts, of=of))

    def streak(self, every: Duration) -> Asked:
        """Return how many periods of *every* in a row, back from ``as_of``, have one each."""
        return Asked(Streak(facts=self._facts, every=every))

    def __eq__(self, other: object) -> NoReturn:
        raise InvalidValue(f"{self._facts!r} chooses activities: ask for .count(), .sum(), .last() … of it")

    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __and__ = __rand__ = __or__ = __ror__ = __eq__

    def __bool__(self) -> NoReturn:
        raise InvalidValue(
            f"{self._facts!r} is not true or false by itself: ask {self._facts!r}.count() >= 1"
        )

    def __contains__(self, item: object) -> NoReturn:
        raise InvalidValue("activities cannot be asked with `in`; narrow them with .where(…) and count them")

    def __iter__(self) -> NoReturn:
        raise InvalidValue(f"{self._facts!r} has no activities before it meets a customer")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._facts)

    if not TYPE_CHECKING:  # so that mypy finds what does not exist

        def __getattr__(self, name: str) -> NoReturn:
            raise _no_such(self, name)


@final
class Fields:
    """The fields of a customer, by name: ``F.stage``, ``F["any name"]``.  `F` is the only one of these.

    A field is compared to make a condition, and conditions are joined with ``&``,
    ``|`` and ``~``, each in brackets.  Which fields there are and what they mean:
    ``print(crmkit.profiles.dictionary(definitions).markdown())``.  A name that
    nothing answers to is unknown, not false; `lint` finds it.

    | written | asks |
    | --- | --- |
    | ``F.tier >= 3``, also ``== != < <= >`` | how it compares: texts, whole numbers, dates, aware instants |
    | ``F.tier.between(2, 4)`` | from 2 to 4, both included; ``2 <= F.tier <= 4`` is refused |
    | ``F.city.is_in(["Wuhan", "Xi'an"])`` | one of several; ``F.city in […]`` is refused |
    | ``F.tags.contains("vip")`` | a set holds an item, or a text a part |
    | ``F.vip.is_true()`` | a yes-or-no value is yes |
    | ``F.email.is_known()``, ``.is_unknown()`` | whether there is a value; ``== None`` is refused |
    | ``F.born_on.age() > years(18)`` | how long ago a date or an instant was, at ``as_of`` |
    | ``F.ends_at.until() <= days(30)`` | how long it is until then |
    | ``F.points - F.spent >= 100`` | ``+ - * //`` of whole numbers |

    Money is whole minor units: 12.50 euros are 1250.  Decimal numbers are refused.

    >>> from crmkit.conditions import matches
    >>> regular = (F.tier >= 3) & ~F.tags.contains("upset")
    >>> print(regular)
    tier is at least 3 and not (tags contains 'upset')
    >>> matches(regular, {"tier": 4, "tags": {"vip"}}), matches(regular, {"tags": {"vip"}})
    (True, False)

    Raises:
        InvalidValue: If it is used as true or false, looped over, asked with ``in``, or compared
            with what has no order or sort: a decimal number, None, a naive datetime.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Asked:
        if name.startswith("_"):
            raise AttributeError(f"F has no attribute {name!r}; a field of that name is F[{name!r}]")
        return Asked(Field(name=name))

    def __getitem__(self, name: str) -> Asked:
        return Asked(Field(name=name))

    def __iter__(self) -> NoReturn:
        raise InvalidValue("F has no list of fields; name one: F.stage, F['any name']")

    def __contains__(self, name: object) -> NoReturn:
        raise InvalidValue("ask F.x.is_known() instead of `in F`")

    def __bool__(self) -> NoReturn:
        raise InvalidValue("F is not true or false; name a field: F.stage")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "F"


F = Fields()


def A(*kinds: str) -> Chosen:  # noqa: N802
    """Return the customer's activities of *kinds*, of every kind if none is named; unlike `F` for their fields.

    Narrow them first, if need be, and then ask for one value, which is compared as `F` says:

    | to narrow | keeps |
    | --- | --- |
    | ``.within(days(90))`` | the last 90 days: after ``as_of - 90 days``, up to and with ``as_of`` |
    | ``.before(days(90))`` | the older ones: at ``as_of - 90 days`` or earlier |
    | ``.where(channel="store")``, ``.where(F.amount_minor >= 5_000)`` | by what an activity has, props too |

    | to ask | is |
    | --- | --- |
    | ``.count()`` | how many |
    | ``.sum()``, ``.min()``, ``.max()`` | of ``amount_minor``, money in minor units, or of what is named |
    | ``.distinct("channel")`` | how many different ones |
    | ``.first()``, ``.last()`` | an instant |
    | ``.age()`` | how long ago the last was, to be compared with a duration |
    | ``.streak(months(1))`` | how many months in a row, back from ``as_of``, have one each |

    Of no activities counts, sums and streaks are 0; instants, ages, the least and the largest are unknown.
    Kinds are open, since hosts have their own: `lint` finds the misspelt ones.

    >>> from crmkit.conditions import days
    >>> good = A("purchase").within(days(365)).where(channel="store").sum() >= 100_00
    >>> print(good)
    the sum of amount minor of 'purchase' whose channel is 'store' within 365 days is at least 10000
    >>> print((A("complaint", "refund").count() == 0) & (A("use").age() < days(30)))
    no 'complaint' or 'refund' and the time since the last 'use' is less than 30 days

    Raises:
        InvalidValue: If a kind is no text, a duration none, or activities are compared without a value of them.
    """
    return Chosen(Facts(kinds=kinds))


def true_since(condition: Condition) -> Asked:
    """Return the instant since which *condition* has been true, unknown unless it is true now.

    It asks about activities and elapsed time, as for `true_for`.

    >>> print(true_since(A("use").count() >= 2).is_known())
    the instant since which (at least 2 'use') has been true is known

    Raises:
        InvalidValue: As `true_for`.
    """
    return Asked(TrueSince(condition=condition))


def true_for(condition: Condition) -> Asked:
    """Return for how long *condition* has been true, unknown unless it is true now; compare it with a duration.

    *condition* asks about activities only, and in elapsed time, so that it is
    known what it said at every instant since; fields, months, calendar days and
    streaks cannot stand in it.  Months may be what it is compared with.

    >>> from crmkit.conditions import days
    >>> print(true_for(A("purchase").within(days(90)).count() >= 3) >= days(30))
    the time for which (at least 3 'purchase' within 90 days) has been true is at least 30 days

    Raises:
        InvalidValue: If *condition* asks about anything else.
    """
    return true_since(condition).age()


def _no_such(written: Asked | Chosen, name: str) -> AttributeError:
    if name.startswith("_"):
        return AttributeError(name)
    known = [one for one in dir(type(written)) if not one.startswith("_")]
    return AttributeError(f"{written!r} has no .{name}. {suggestion(name, known)}")


def _narrowed(
    facts: Facts,
    *,
    within: Duration | None = None,
    before: Duration | None = None,
    where: Condition | None = None,
) -> Chosen:
    for name, old, new in (("within", facts.within, within), ("before", facts.before, before)):
        if old is not None and new is not None:
            raise InvalidValue(f".{name}(…) stands twice; keep the one that is meant")
    return Chosen(
        Facts(
            kinds=facts.kinds,
            within=facts.within if within is None else within,
            before=facts.before if before is None else before,
            where=facts.where if where is None else where,
        )
    )


def _term(value: object) -> Term:
    if isinstance(value, Asked):
        return value.term
    if isinstance(value, TERM_TYPES):
        return cast("Term", value)
    if isinstance(value, Chosen):
        raise InvalidValue(f"{value!r} chooses activities: ask for .count(), .sum(), .last() … of it")
    return Constant(value=value)


def _compare(op: CompareOp, left: Term, other: object) -> Compare:
    return Compare(op=op, left=left, right=_term(other))


def _reckon(op: ArithmeticOp, left: object, right: object) -> Asked:
    return Asked(Arithmetic(op=op, left=_term(left), right=_term(right)))
