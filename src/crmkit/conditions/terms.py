"""Terms: the closed set of values that a condition reads of a customer and their history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, final, get_args

import attrs

from crmkit.calendars import Duration, LocalDays, Months, check_duration
from crmkit.conditions.operands import OperandOrSet, identity, operand, sort_of
from crmkit.errors import InvalidValue

if TYPE_CHECKING:
    from crmkit.conditions.nodes import Condition

ArithmeticOp: TypeAlias = Literal["+", "-", "*", "//"]

AMOUNT: Final = "amount_minor"


class Nested:
    """What may stand inside its own kind, no value of its own: it knows how deep it is, and is refused beyond."""

    __slots__ = ("_depth",)

    def __attrs_post_init__(self) -> None:
        from crmkit.conditions.nodes import check_depth

        check_depth(self)


def is_positive(duration: Duration) -> bool:
    """Return whether *duration* is longer than nothing."""
    if isinstance(duration, (LocalDays, Months)):
        return duration.count > 0
    check_duration(duration)
    return duration.total_seconds() > 0


def _positive(_: object, attribute: attrs.Attribute[Duration], duration: Duration | None) -> None:
    if duration is not None and not is_positive(duration):
        raise InvalidValue(f"{attribute.name} needs a duration longer than nothing, such as days(30)")


def _each_once(kinds: Iterable[str]) -> tuple[str, ...]:
    if isinstance(kinds, str):
        raise InvalidValue(f"kinds are several texts, got one: write ({kinds!r},)")
    listed = list(kinds)
    for kind in listed:
        _check_name(kind, "a kind of activity is a text, as in A('purchase', 'refund')")
    return tuple(sorted(set(listed)))


def _check_name(name: object, what_to_do: str) -> None:
    if not isinstance(name, str) or not name:
        raise InvalidValue(f"{what_to_do}; got {name!r}")


def _prop(_: object, __: object, name: str) -> None:
    _check_name(name, "name what an activity has, such as 'amount_minor' or a prop")


def _known_op(_: object, __: object, op: str) -> None:
    if op not in get_args(ArithmeticOp):
        raise InvalidValue(f"an operation is one of {' '.join(get_args(ArithmeticOp))}, got {op!r}")


def _as_code(node: Term | Facts) -> str:
    from crmkit.conditions.text import code

    return code(node)


@final
@attrs.frozen(kw_only=True, repr=False)
class Constant:
    """A value that the definition states.

    Attributes:
        value: Text, a whole number, a boolean, an instant, a date, a duration, or a set of these.
    """

    value: OperandOrSet = attrs.field(converter=operand, eq=identity)

    _depth = 1
    __repr__ = _as_code


@final
@attrs.frozen(kw_only=True, repr=False)
class Field:
    """A value of the customer, or of the activity inside `Facts.where`.

    Attributes:
        name: Name of the field: see `model.PROFILE_FIELDS`, `model.MEASURES`, `model.FIELDS`.
    """

    name: str = attrs.field()

    @name.validator
    def _named(self, _: object, name: str) -> None:
        _check_name(name, "a field needs a name: F.tier, F['any name']")

    _depth = 1
    __repr__ = _as_code


@final
@attrs.frozen(kw_only=True, repr=False)
class Facts:
    """A choice of activities, up to ``as_of``.

    Attributes:
        kinds: Kinds of activity, sorted; none means every kind.
        within: Only those in ``(as_of - within, as_of]``.
        before: Only those at ``as_of - before`` or earlier.
        where: Only those of which this is true; its fields are the activity's
            own (``channel``, ``amount_minor``, …), then its props.
    """

    kinds: tuple[str, ...] = attrs.field(default=(), converter=_each_once)
    within: Duration | None = attrs.field(default=None, validator=_positive)
    before: Duration | None = attrs.field(default=None, validator=_positive)
    where: Condition | None = attrs.field(default=None)

    @where.validator
    def _of_one_activity(self, _: object, where: Condition | None) -> None:
        from crmkit.conditions.nodes import check_condition, uses_facts

        if where is None:
            return
        check_condition(where)
        if uses_facts(where):
            raise InvalidValue("inside .where(…) ask about one activity, with F; A(…) cannot stand there")

    __repr__ = _as_code


@final
@attrs.frozen(kw_only=True, repr=False)
class Count:
    """How many activities there are."""

    facts: Facts

    __repr__ = _as_code


@final
@attrs.frozen(kw_only=True, repr=False)
class Sum:
    """The sum of a whole number over activities; those without it are left out, of none it is 0.

    Amounts of more than one currency have no sum: it is unknown.
    """

    facts: Facts
    of: str = attrs.field(default=AMOUNT, validator=_prop)

    __repr__ = _as_code


@final
@attrs.frozen(kw_only=True, repr=False)
class Least:
    """The smallest value among activities, unknown if none has one, or if they are of several sorts."""

    facts: Facts
    of: str = attrs.field(default=AMOUNT, validator=_prop)

    __repr__ = _as_code


@final
@attrs.frozen(kw_only=True, repr=False)
class Greatest:
    """The largest value among activities, unknown as for `Least`."""

    facts: Facts
    of: str = attrs.field(default=AMOUNT, validator=_prop)

    __repr__ = _as_code


@final
@attrs.frozen(kw_only=True, repr=False)
class First:
    """The instant of the first activity, unknown if there is none."""

    facts: Facts

    __repr__ = _as_code


@final
@attrs.frozen(kw_only=True, repr=False)
class Last:
    """The instant of the last activity, unknown if there is none."""

    facts: Facts

    __repr__ = _as_code


@final
@attrs.frozen(kw_only=True, repr=False)
class Distinct:
    """How many different values the activities have; those without one are left out."""

    facts: Facts
    of: str = attrs.field(validator=_prop)

    __repr__ = _as_code


@final
@attrs.frozen(kw_only=True, repr=False)
class Streak:
    """How many periods in a row, back from ``as_of``, have an activity each.

    Period k is ``(as_of - (k + 1) * every, as_of - k * every]``; months are
    counted from ``as_of`` itself.
    """

    facts: Facts
    every: Duration = attrs.field(validator=_positive)

    __repr__ = _as_code


@final
@attrs.frozen(kw_only=True, repr=False)
class TrueSince(Nested):
    """The instant since which a condition over activities has been true, unknown unless it is true at ``as_of``.

    Asked at each instant from then to ``as_of``, with the activities up to
    that instant, the condition is true.  True since ever counts from the year 1, or
    from the first instant whose windows all begin in it.

    Attributes:
        condition: What has to last; it asks about activities and elapsed time only.
    """

    condition: Condition = attrs.field()

    @condition.validator
    def _lasting(self, _: object, condition: Condition) -> None:
        from crmkit.conditions.lasting import check_lasting

        check_lasting(condition)

    __repr__ = _as_code


@final
@attrs.frozen(kw_only=True, repr=False)
class Age(Nested):
    """How long ago an instant or a date was, at ``as_of``.

    Compared with a duration d, it asks where ``as_of`` lies as against that
    instant + d, so months and calendar days are exact.  A date's age can be
    compared with calendar durations only.
    """

    of: Term

    __repr__ = _as_code


@final
@attrs.frozen(kw_only=True, repr=False)
class Until(Nested):
    """How long from ``as_of`` until an instant or a date; compared with d, it asks about ``as_of + d``."""

    of: Term

    __repr__ = _as_code


@final
@attrs.frozen(kw_only=True, repr=False)
class Arithmetic(Nested):
    """Whole-number arithmetic; ``//`` rounds down, and by zero it is unknown."""

    op: ArithmeticOp = attrs.field(validator=_known_op)
    left: Term
    right: Term

    def __attrs_post_init__(self) -> None:
        for term in (self.left, self.right):
            if term_sort(term) not in {None, "number"}:
                raise InvalidValue(f"only whole numbers can be reckoned with, got a {term_sort(term)}")
        Nested.__attrs_post_init__(self)

    __repr__ = _as_code


Term: TypeAlias = (
    Constant
    | Field
    | Count
    | Sum
    | Least
    | Greatest
    | First
    | Last
    | Distinct
    | Streak
    | TrueSince
    | Age
    | Until
    | Arithmetic
)
TERM_TYPES: Final[tuple[type, ...]] = get_args(Term)


def term_sort(term: Term) -> str | None:
    """Return the sort of *term*'s value, or None where only a customer can tell."""
    match term:
        case Constant():
            return sort_of(term.value)
        case Count() | Sum() | Distinct() | Streak() | Arithmetic():
            return "number"
        case Least() | Greatest():
            return "number" if term.of == AMOUNT else None
        case First() | Last() | TrueSince():
            return "instant"
        case Age() | Until():
            return "duration"
        case Field():
            return None


def is_calendar(term: Term) -> bool:
    """Return whether *term* is a constant duration that follows a calendar."""
    return isinstance(term, Constant) and isinstance(term.value, (LocalDays, Months))
