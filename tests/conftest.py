"""Hypothesis profiles: `ci` is repeatable, `long` is for hours, see CONTRIBUTING.md."""

import os
from datetime import timedelta

from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow]

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    stateful_step_count=40,
    suppress_health_check=SLOW,
    print_blob=True,
)
settings.register_profile(
    "dev", deadline=timedelta(seconds=5), stateful_step_count=40, suppress_health_check=SLOW
)
settings.register_profile(
    "long",
    max_examples=20_000,
    deadline=None,
    stateful_step_count=250,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
