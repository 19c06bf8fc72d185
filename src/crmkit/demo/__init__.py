"""The demo world: a small CRM base with its truth, made from a seed.

A tea house sells in stores, on the web and to companies; four sources write
down whom they met, each with its gaps and slips.
"""

from crmkit.demo.quality import IdentityQuality, identity_quality
from crmkit.demo.world import AS_OF, World, make_world

__all__ = ["AS_OF", "IdentityQuality", "World", "identity_quality", "make_world"]
