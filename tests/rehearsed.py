"""Whether who asks after a rehearsal waits for a compiler: which kinds of which loops there are before and after."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

LOOK = """
import gc
import sys
from numba.core.dispatcher import Dispatcher

def find_kinds():
    loops = (each for each in gc.get_objects() if isinstance(each, Dispatcher))
    return {(loop.py_func.__module__, loop.py_func.__name__, str(kind)) for loop in loops for kind in loop.signatures}
"""


def ask_after(rehearsal: str, ask: str, *arguments: object, least: int) -> str:
    """Rehearse and ask in a process of its own; returns what had to be found or compiled anew, "" for nothing.

    A rehearsal of fewer than `least` kinds is none.
    """
    before = f"before = find_kinds()\nassert len(before) >= {least}, len(before)"
    after = "for kind in sorted(find_kinds() - before): print(*kind)"
    paths = os.pathsep.join(["tests", *(path for path in sys.path if path)])
    asked = subprocess.run(
        [sys.executable, "-c", f"{LOOK}\n{rehearsal}\n{before}\n{ask}\n{after}", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": paths},
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert asked.returncode == 0, asked.stderr
    return asked.stdout
