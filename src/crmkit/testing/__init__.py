"""For those who test with crmkit: strategies, a contract for each port, and one for what wraps a resolver.

Needs the extra ``testing`` (Hypothesis).
"""

from crmkit.testing.contracts import (
    check_customers,
    check_definitions,
    check_facts,
    check_notifier,
    check_phases,
    check_storage,
)
from crmkit.testing.identity_contract import check_identity
from crmkit.testing.ledger_contract import check_ledger
from crmkit.testing.resolver_contract import IdentityGraph, check_resolver
from crmkit.testing.strategies import activities, histories, instants

__all__ = [
    "IdentityGraph",
    "activities",
    "check_customers",
    "check_definitions",
    "check_facts",
    "check_identity",
    "check_ledger",
    "check_notifier",
    "check_phases",
    "check_resolver",
    "check_storage",
    "histories",
    "instants",
]
