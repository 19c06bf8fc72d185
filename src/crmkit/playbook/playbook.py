"""Playbook: everything a kind of business needs, as one value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

import attrs

from crmkit.care import Policy, Rule, Template, check_rules
from crmkit.conditions import describe
from crmkit.display import html_table
from crmkit.errors import Contradiction, UnknownName
from crmkit.funnel import FunnelSpec
from crmkit.profiles import Definitions
from crmkit.service import SlaPolicy


@final
@attrs.frozen(kw_only=True, repr=False)
class Playbook:
    """Definitions and what to do about them: one value to read, store, compare and hand over.

    Attributes:
        name: What it is called: "retail".
        definitions: Stages, tiers, segments and tags.
        funnels: The ways to a sale that are measured, the main one first.
        rules: The care rules.
        policy: What every rule has to keep to.
        templates: What the rules say, by name.
        sla: When the service desk is open, and how soon it answers and solves a case.

    Raises:
        UnknownName: If a rule has a template, purpose or channel that nothing answers to.
        Contradiction: If two rules or two templates share a name.
    """

    name: str
    definitions: Definitions
    funnels: tuple[FunnelSpec, ...] = ()
    rules: tuple[Rule, ...] = ()
    policy: Policy = attrs.field(factory=Policy)
    templates: tuple[Template, ...] = ()
    sla: SlaPolicy

    def __repr__(self) -> str:
        funnels, rules = len(self.funnels), len(self.rules)
        return f"Playbook({self.name!r}: {self.definitions.lifecycle.name}, {rules} rules, {funnels} funnels)"

    def _repr_html_(self) -> str:
        rows = [
            (rule.name, describe(rule.when), ", ".join(rule.channel), str(rule.entry)) for rule in self.rules
        ]
        return html_table(("rule", "when", "channels", "how often"), rows, caption=repr(self))

    def __attrs_post_init__(self) -> None:
        check_rules(self.rules, self.policy)
        _check_once([template.name for template in self.templates])
        for rule in self.rules:
            template_of(self, rule.template)


def template_of(playbook: Playbook, name: str) -> Template:
    """Return the template called *name*.

    Raises:
        UnknownName: If there is none; the closest name is offered.
    """
    known = {template.name: template for template in playbook.templates}
    if name not in known:
        raise UnknownName("template", name, known)
    return known[name]


def _check_once(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise Contradiction(f"two templates are called {name!r}; give one of them another name")
        seen.add(name)
