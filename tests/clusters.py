"""A private PostgreSQL cluster, for as long as somebody needs it.

Its programs refuse to run as root, so only they step down to the user `postgres`.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_BINARIES = Path("/usr/lib/postgresql")


def find_binaries() -> Path | None:
    """Find the programs of the newest PostgreSQL; None where there is none."""
    found = [folder for folder in _BINARIES.glob("*/bin") if (folder / "initdb").exists()]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


@contextmanager
def running_cluster(binaries: Path, options: str) -> Iterator[Path]:
    """Start a cluster that trusts everybody and takes `postgres -c` options; give its folder with the socket."""
    folder = Path(tempfile.mkdtemp(prefix="infrastruktur-pg-"))
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)

    def run(program: str, *arguments: str) -> None:
        subprocess.run([binaries / program, *arguments], check=True, stdout=subprocess.DEVNULL, **_step_down())

    data = str(folder / "data")
    run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
    run("pg_ctl", "-D", data, "-w", "-s", "-l", str(folder / "log"), "-o", f"-k {folder} {options}", "start")
    try:
        yield folder
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "-s", "stop")
        shutil.rmtree(folder)


def _step_down() -> dict[str, Any]:
    return {"user": "postgres", "group": "postgres", "cwd": "/"} if os.geteuid() == 0 else {}
