"""Settings for the whole suite."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# No test depends on timing: a busy machine must not turn an example red.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# CI runs the same examples each time, so that a red build is about the change in it.
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, print_blob=True)
settings.register_profile("fuzz", settings.get_profile("default"), max_examples=20_000)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "default")
