"""Fixtures that several rooms share, and what only `scripts/test heavy` runs."""

import pytest
from counts import HEAVY
from hypothesis import settings

pytest_plugins = ["stores", "intake.kartendienst"]


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("heavy") and not HEAVY:
        pytest.skip("nur mit scripts/test heavy")


# How long an example takes says something of the machine only.
settings.register_profile("ohne Uhr", deadline=None)
settings.load_profile("ohne Uhr")
