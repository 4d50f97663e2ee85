"""Earlier catalogues: each laid out anew as it was known after an entry of the history, to be read like any other.

An earlier state is a catalogue of its own, a GeoPackage whatever the present one is stored in. So every layer, figure
and file reads it without knowing that it is of the past. Nothing of it outlives the process, and the history alone
decides what is in it.
"""

import shutil
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from threading import RLock

from infrastruktur.settings import Settings
from infrastruktur.storage.engine import Store, migrate, open_store

KEPT = 6
"""Catalogues kept at once; the example region's takes 23 MB of disk, one of 20,000 Angebote 56."""


@dataclass(frozen=True, eq=False)
class Frueher:
    """An earlier catalogue, and the folder of its own that it lies in."""

    store: Store
    folder: Path

    def remove(self) -> None:
        """Close it; whoever still reads from it keeps the file open until the end."""
        self.store.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True, eq=False)
class Fruehere:
    """The earlier catalogues of one process, the `KEPT` last asked for."""

    _kept: OrderedDict[str, Frueher] = field(default_factory=OrderedDict)
    _folders: list[TemporaryDirectory[str]] = field(default_factory=list)
    _door: RLock = field(default_factory=RLock)
    _building: RLock = field(default_factory=RLock)

    def open(self, name: str, lay_out: Callable[[Frueher], None]) -> Frueher:
        """Open the catalogue of a name, which is laid out at the first call; one at a time."""
        found = self._find(name)
        if found is not None:
            return found
        with self._building:
            return self._find(name) or self._keep(name, self._build(lay_out))

    def close(self) -> None:
        """Close all, and remove them."""
        with self._door:
            while self._kept:
                self._kept.popitem()[1].remove()
            while self._folders:
                self._folders.pop().cleanup()

    def _find(self, name: str) -> Frueher | None:
        with self._door:
            if name not in self._kept:
                return None
            self._kept.move_to_end(name)
            return self._kept[name]

    def _keep(self, name: str, laid: Frueher) -> Frueher:
        with self._door:
            self._kept[name] = laid
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)[1].remove()
            return laid

    def _build(self, lay_out: Callable[[Frueher], None]) -> Frueher:
        settings = Settings(home=Path(mkdtemp(dir=self._folder())))
        migrate(settings)
        laid = Frueher(open_store(settings), settings.home)
        try:
            lay_out(laid)
        except BaseException:
            laid.remove()
            raise
        return laid

    def _folder(self) -> str:
        """Give the folder of this process, which only its own user may read."""
        with self._door:
            if not self._folders:
                self._folders.append(TemporaryDirectory(prefix="infrastruktur-"))
            return self._folders[0].name
