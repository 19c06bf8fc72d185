"""For those who test with crmkit: strategies, laws, and a contract for each port.

Needs the extra ``testing`` (Hypothesis).
"""

from crmkit.testing.strategies import activities, histories, instants

__all__ = ["activities", "histories", "instants"]
