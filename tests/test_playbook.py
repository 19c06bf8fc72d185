"""Playbooks: a business as one value that reads, writes and checks itself."""

from __future__ import annotations

import attrs
import pytest

from crmkit import Contradiction, UnknownName
from crmkit.conditions import digest, from_json, to_json
from crmkit.playbook import B2B, MEMBERSHIP, RETAIL, SHIPPED, Playbook, shipped, template_of


@pytest.mark.parametrize("playbook", SHIPPED, ids=lambda playbook: str(playbook.name))
def test_a_playbook_survives_json(playbook: Playbook) -> None:
    """What is written down reads back as the same value, with the same digest."""
    again = from_json(to_json(playbook), Playbook)
    assert again == playbook
    assert digest(again) == digest(playbook)


def test_digests_tell_playbooks_apart() -> None:
    """A change of one word is another playbook."""
    others = [*SHIPPED, attrs.evolve(RETAIL, name="corner shop")]
    assert len({digest(one) for one in others}) == len(others)


def test_shipped_playbooks_are_found_by_name() -> None:
    """Three ship; a misspelt name is met with the closest."""
    assert [shipped(name) for name in ("retail", "membership", "b2b")] == [RETAIL, MEMBERSHIP, B2B]
    with pytest.raises(UnknownName, match="Did you mean 'retail'"):
        shipped("retial")


@pytest.mark.parametrize("playbook", SHIPPED, ids=lambda playbook: str(playbook.name))
def test_every_rule_has_words(playbook: Playbook) -> None:
    """Nothing is decided that could not be said, and no template waits in vain."""
    used = {rule.template for rule in playbook.rules}
    assert used == {template.name for template in playbook.templates}
    for name in used:
        assert template_of(playbook, name).body


def test_a_rule_without_words_is_refused() -> None:
    """A playbook with a template that nobody wrote is not a playbook."""
    rule = attrs.evolve(RETAIL.rules[0], template="wellcome")
    with pytest.raises(UnknownName, match="Did you mean 'welcome'"):
        attrs.evolve(RETAIL, rules=(rule,))


def test_a_purpose_nobody_knows_is_refused() -> None:
    """Consent cannot be asked for a purpose that the policy does not name."""
    rule = attrs.evolve(RETAIL.rules[0], purpose="marketting")
    with pytest.raises(UnknownName, match="Did you mean 'marketing'"):
        attrs.evolve(RETAIL, rules=(rule,))


def test_two_things_of_one_name_are_refused() -> None:
    """A ledger, or a message, must know which of two is meant."""
    with pytest.raises(Contradiction, match="two rules"):
        attrs.evolve(RETAIL, rules=(RETAIL.rules[0], RETAIL.rules[0]))
    with pytest.raises(Contradiction, match="two templates"):
        attrs.evolve(RETAIL, templates=(*RETAIL.templates, RETAIL.templates[0]))


def test_a_playbook_shows_its_rules() -> None:
    """At a prompt a line, in a notebook a table of rules in plain English."""
    assert repr(RETAIL) == "Playbook('retail': retail, 7 rules, 1 funnels)"
    html = RETAIL._repr_html_()
    assert all(rule.name in html for rule in RETAIL.rules)
    assert "stage is &#x27;silent&#x27;" in html
