"""Fixtures that several rooms share, and what only `scripts/test heavy` runs."""

import gc

import pytest
from counts import HEAVY
from hypothesis import settings

pytest_plugins = ["stores", "intake.kartendienst"]


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("heavy") and not HEAVY:
        pytest.skip("nur mit scripts/test heavy")


SLOW = ("demo", "example", "test_qgis.py", "test_styles.py", "test_osmnx.py", "test_edit_states.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take half a minute and more, so that none of them is still to come at the end."""
    items.sort(key=lambda item: not any(name in item.path.parts for name in SLOW))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Take 9,000 tests and all they import out of the garbage collector: they stay to the end, and cost a tenth."""
    gc.collect()
    gc.freeze()


# How long an example takes says something of the machine only. What is landed is judged by the same examples each time;
# new ones are looked for under `heavy`.
settings.register_profile("ohne Uhr", deadline=None, derandomize=not HEAVY)
settings.load_profile("ohne Uhr")
