"""The package: light until it is used, and its scalar and bulk functions in pairs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from crmkit import dedup
from crmkit.dedup import bulk, compare, score, weights
from crmkit.dedup import cluster as scalar_cluster
from crmkit.dedup.arrays import clustering, scoring, ties

HEAVY = (
    "numpy",
    "networkx",
    "polars",
    "pandas",
    "pyarrow",
    "narwhals",
    "rapidfuzz",
    "cattrs",
    "phonenumbers",
    "opencc",
)


def test_importing_loads_nothing_heavy() -> None:
    """Policies and decisions need no arrays; what does is loaded on first use."""
    use = "from crmkit import dedup; dedup.Policy; dedup.Decision; dedup.Survivorship"
    code = f"import sys; {use}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there() -> None:
    """The lazy ones too; any other name is refused as Python does."""
    for name in dedup.__all__:
        assert getattr(dedup, name) is not None
    assert set(dedup.__all__) <= set(dir(dedup))
    with pytest.raises(AttributeError, match="resolv"):
        dedup.resolv  # noqa: B018


TWINS = {
    bulk.likenesses: compare.likenesses,
    bulk.column_likenesses: compare.likeness,
    scoring.bulk_score: score.score,
    scoring.bulk_damping: weights.damping,
    scoring.term_weights: weights.term_weight,
    ties.lifts: score.tie_lift,
    clustering.bulk_cluster: scalar_cluster.cluster,
}


def test_every_bulk_function_has_a_scalar_twin() -> None:
    """It names it, and the agreement of the two is tested beside each."""
    for one, other in TWINS.items():
        assert one.__doc__
        assert other.__doc__
        assert other.__name__ in one.__doc__
