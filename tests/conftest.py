from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A deadline for each example would be an assertion about time: a busy machine fails it for nothing.
# CI tries the same examples each time, so that a red run means a change; people at their desks try new ones.
settings.register_profile(
    "chatdaemon",
    deadline=None,
    derandomize="CI" in os.environ,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("chatdaemon")

# A hundred daemons are started: each would compile everything again, for a second.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
