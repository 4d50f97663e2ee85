"""How much is tried: `scripts/test heavy` ten times as many examples as `fast`, and all of what is many and alike."""

import os
from collections.abc import Sequence

HEAVY = os.environ.get("INFRASTRUKTUR_TEST_MODE") == "heavy"


def examples(fast: int) -> int:
    return fast * 10 if HEAVY else fast


def pick(things: Sequence[str], *always: str) -> list[str]:
    """Pick every fourth of many that are alike, and those with something of their own; all of them in `heavy`."""
    return list(things) if HEAVY else [each for at, each in enumerate(things) if at % 4 == 0 or each in always]
