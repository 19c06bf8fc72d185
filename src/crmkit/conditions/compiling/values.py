"""Values: what a condition without parts says of a value that was read.

Straight code for the values one expects, else the reference.
"""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterable
from typing import Final

from crmkit.conditions.compiling.histories import HELD
from crmkit.conditions.compiling.pieces import (
    all_hold,
    any_holds,
    assign,
    attribute,
    call,
    compare,
    constant,
    each,
    first_of,
    is_none,
    leave,
    name,
    when,
)
from crmkit.conditions.compiling.reading import Draft, history
from crmkit.conditions.compiling.ways import Ways, by, by_answer, either
from crmkit.conditions.nodes import Compare, Contains, In, Known, Leaf
from crmkit.conditions.terms import Constant, Field

_PLAIN: Final[frozenset[type | None]] = frozenset({str, int, bool, dt.date, dt.timedelta})
"""Types whose values are observed as they are, and compare as Python compares them."""
_SIMPLE: Final = _PLAIN | {dt.datetime}
"""Types of constants that become code; of instants, only those in UTC are compared there."""


def of_value(leaf: Leaf, draft: Draft, ways: Ways) -> list[ast.stmt]:
    """Return the statements that ask a leaf about `HELD` of the value that was read."""
    rare, none = by(_rare(leaf, draft), ways), (is_none(name("value")), ways.unknown)
    match leaf:
        case Compare(op=op, left=Field(), right=Constant(value=stated)) if type(stated) in _SIMPLE:
            test = compare(name("value"), op, draft.given(stated))
            return first_of([(_is_a(type(stated), draft), [either(test, ways)]), none], rare)
        case In(options=options) if _type_of_all(options) in _PLAIN:
            test = compare(name("value"), "in", draft.given(options))
            return first_of([(_is_a(_type_of_all(options), draft), [either(test, ways)]), none], rare)
        case Contains(item=item) if type(item) is str:
            return _of_container(leaf, draft, ways)
        case Known():
            plain = compare(call("type", name("value")), "in", draft.given(_PLAIN))
            return first_of([(plain, ways.true)], rare)
        case _:
            return rare


def of_tags(text: ast.expr, ways: Ways) -> list[ast.stmt]:
    """Return the statements that look for a tag of a profile, without making the set of those that hold."""
    is_it = compare(attribute("tag", "name"), "==", text)
    holds = all_hold(is_it, call("holds", name("tag"), name("profile")))
    found = when(holds, [assign("answer", constant(value=True)), leave()], [])
    not_found = [assign("answer", constant(value=False))]
    look = each("tag", attribute("profile", "tags"), [found], not_found)
    return [look, either(name("answer"), ways)]


def _of_container(leaf: Contains, draft: Draft, ways: Ways) -> list[ast.stmt]:
    """Return the statements that look for a text in the value that was read, by its type.

    Only among texts is `in` as strict as the reference.  What a frozen set does
    not find it does not hold; what it finds may be no text.
    """
    text, rare = draft.given(leaf.item), _rare(leaf, draft)
    found = compare(text, "in", name("value"))
    is_other = compare(call("type", name("one")), "is not", draft.given(str))
    asked = when(is_other, [assign("answer", rare), leave()], [])
    in_several = [each("one", name("value"), [asked], [assign("answer", found)]), by_answer(ways)]
    sorts = (frozenset, list, tuple, set, str)
    is_frozen, *is_several, is_text = (compare(name("sort"), "is", draft.given(sort)) for sort in sorts)
    choices = [
        (is_frozen, [when(found, in_several, ways.false)]),
        (any_holds(*is_several), in_several),
        (is_text, [either(found, ways)]),
        (is_none(name("value")), ways.unknown),
    ]
    return [assign("sort", call("type", name("value"))), *first_of(choices, by(rare, ways))]


def _rare(leaf: Leaf, draft: Draft) -> ast.expr:
    """Return the question to the reference what a leaf about `HELD` says of the value that was read."""
    moment = [history(draft)[0]] if isinstance(leaf, Compare) and leaf.left != HELD else []
    return call("of_value", draft.given(leaf), name("value"), *moment)


def _type_of_all(values: Iterable[object]) -> type | None:
    types = {type(value) for value in values}
    return types.pop() if len(types) == 1 else None


def _is_a(type_: type | None, draft: Draft) -> ast.expr:
    """Return the test for exactly this type; for instants, that they are in UTC already."""
    test = compare(call("type", name("value")), "is", draft.given(type_))
    if type_ is not dt.datetime:
        return test
    return all_hold(test, compare(attribute("value", "tzinfo"), "is", draft.given(dt.UTC)))
