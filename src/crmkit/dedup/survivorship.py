"""Survivorship: which of several values a golden record keeps, and where it stands in it."""

from __future__ import annotations

from typing import Final, final

import attrs

from crmkit.errors import UnknownName

MOST_FREQUENT: Final = "most_frequent"
MOST_RECENT: Final = "most_recent"
EARLIEST: Final = "earliest"
MOST_TRUSTED: Final = "most_trusted"
LONGEST: Final = "longest"
VERIFIED_FIRST: Final = "verified_first"
ALL: Final = "all"

RULES: Final = (MOST_FREQUENT, MOST_RECENT, EARLIEST, MOST_TRUSTED, LONGEST, VERIFIED_FIRST, ALL)
"""The rules: what most records say, what was said last or first, by the most
trusted source, at most length, of verified ones first; or every value, the best
first.  Where a rule leaves several, the others decide: frequency, then recency,
trust and length."""

_USUAL: Final = {
    "name": MOST_FREQUENT,
    "given_name": MOST_FREQUENT,
    "family_name": MOST_FREQUENT,
    "born_on": MOST_FREQUENT,
    "gender": MOST_FREQUENT,
    "company": MOST_FREQUENT,
    "ceo": MOST_RECENT,
    "source_channel": EARLIEST,
    "needs": ALL,
    "email": ALL,
    "phone": ALL,
    "wechat": ALL,
    "device": ALL,
    "address": ALL,
}


@final
@attrs.frozen(kw_only=True)
class Survivorship:
    """Which of several values a golden record keeps.

    A record that holds ``email_verified = True`` has a verified e-mail
    address, and likewise for every field.

    Attributes:
        rules: Field and rule, for the fields that have one of their own.
        otherwise: The rule of every other field.
        trusted: Sources, the most trusted first; the others come after them.
        region: ISO 3166 code of the country in which phone numbers without one are read.
    """

    rules: tuple[tuple[str, str], ...] = attrs.field(default=tuple(_USUAL.items()))
    otherwise: str = attrs.field(default=MOST_RECENT)
    trusted: tuple[str, ...] = ()
    region: str = "CN"

    @rules.validator
    def _known_rules(self, _: object, rules: tuple[tuple[str, str], ...]) -> None:
        for _field, rule in rules:
            if rule not in RULES:
                raise UnknownName("survivorship rule", rule, RULES)

    @otherwise.validator
    def _known_rule(self, _: object, rule: str) -> None:
        if rule not in RULES:
            raise UnknownName("survivorship rule", rule, RULES)

    def by_field(self) -> dict[str, str]:
        """Return the rules of the fields that have one of their own; of two for one field the first counts."""
        return dict(reversed(self.rules))


SURVIVORSHIP: Final = Survivorship()
"""What most would choose: the majority's name, every way to reach someone, and else what was said last."""
