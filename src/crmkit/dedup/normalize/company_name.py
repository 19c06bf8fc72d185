"""Company name: what the name of an organisation says, taken apart."""

from __future__ import annotations

from typing import Final, NamedTuple

GROUP: Final = "group"
"""The unit of a company that owns others: a group, a holding."""


class CompanyName(NamedTuple):
    """What the name of an organisation says, normalised.

    Attributes:
        core: The name without legal form, place and unit.
        place: The city, province or country it tells, also as that of a branch, or "".
        unit: Which part it is: the place of a branch, the number of a shop, a
            department, `GROUP`; "" for the organisation itself, None where a
            place behind the name leaves open which.
    """

    core: str
    place: str = ""
    unit: str | None = ""
