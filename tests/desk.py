"""Sit down at a real QGIS: `desk_program.py` run by the Python that QGIS was installed for.

Two releases: Debian 12's, which only knows OGC API Features Part 1, and, in a root directory of its
own, Debian 13's, which filters on the server. `scripts/test` installs the first, `scripts/test heavy`
the second too.
"""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PROGRAM = Path(__file__).with_name("desk_program.py")
PACKAGE = Path("usr/lib/python3/dist-packages/qgis")
AT_MOST_S = 300


@dataclass(frozen=True)
class Desk:
    """One installed QGIS; `root` is the directory its system lives in."""

    root: Path
    install: str

    @property
    def there(self) -> bool:
        return (self.root / PACKAGE).is_dir()

    def ask(self, deed: str, **values: Any) -> Any:
        """Let QGIS do one deed of `desk_program.py`; fail with what it said where it could not."""
        python = "/usr/bin/python3"
        command = [python] if self.root == Path("/") else ["chroot", str(self.root), python]
        with tempfile.TemporaryDirectory(dir=self.root / "tmp") as runtime:
            inside = f"/{Path(runtime).relative_to(self.root)}"
            run = subprocess.run(
                [*command, "-c", PROGRAM.read_text(encoding="utf-8"), deed],
                input=json.dumps(values),
                capture_output=True,
                text=True,
                timeout=AT_MOST_S,
                check=False,
                env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": inside, "HOME": inside},
            )
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)


BOOKWORM = Desk(Path("/"), "apt-get install python3-qgis")
TRIXIE = Desk(ROOT / "var" / "qgis-trixie", "scripts/test heavy, als root")
