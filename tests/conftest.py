"""What holds for every test: hypothesis tries the same examples each time."""

import os

from hypothesis import settings

# The same examples every time, on a laptop and in CI; no deadline, because a shared machine stalls.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
