"""Playbooks: definitions, care rules, policies and calendars of a kind of business, as one value.

Three ship with the package: `RETAIL`, `MEMBERSHIP` and `B2B`.  Change one with
`attrs.evolve`, write it down with `conditions.to_json`, read it with
`conditions.from_json(text, Playbook)`.
"""

from crmkit.errors import UnknownName
from crmkit.playbook.b2b import B2B
from crmkit.playbook.membership import MEMBERSHIP
from crmkit.playbook.playbook import Playbook, template_of
from crmkit.playbook.retail import RETAIL

SHIPPED = (RETAIL, MEMBERSHIP, B2B)

__all__ = ["B2B", "MEMBERSHIP", "RETAIL", "SHIPPED", "Playbook", "shipped", "template_of"]


def shipped(name: str) -> Playbook:
    """Return the playbook called *name* that ships with the package.

    Raises:
        UnknownName: If there is none; the closest name is offered.
    """
    known = {playbook.name: playbook for playbook in SHIPPED}
    if name not in known:
        raise UnknownName("playbook", name, known)
    return known[name]
