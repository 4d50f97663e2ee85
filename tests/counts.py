"""How often a property is tried: `scripts/test heavy` ten times as often as `fast`."""

import os

HEAVY = os.environ.get("INFRASTRUKTUR_TEST_MODE") == "heavy"


def examples(fast: int) -> int:
    return fast * 10 if HEAVY else fast
