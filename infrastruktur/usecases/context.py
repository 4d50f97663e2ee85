"""What a use case works with: the settings, the store, the networks, and what was computed already."""

import hashlib
import tomllib
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

import msgspec

from infrastruktur.domain.errors import NetworkRefused, SourceRefused
from infrastruktur.domain.kenntnis import Kenntnis
from infrastruktur.domain.permission import OEFFENTLICHKEIT, Handlung, Person, may
from infrastruktur.domain.szenario import Szenario
from infrastruktur.domain.waiting import Left, check_waiting, waited_for, who_waits
from infrastruktur.domain.ziel import Ziel, parse_ziele, select_ziele
from infrastruktur.intake.schluessel import Schluesselbund
from infrastruktur.resources import folder
from infrastruktur.routing.network import Network, describe_network, is_published, load_network
from infrastruktur.routing.profiles import Modus
from infrastruktur.settings import Audience, Settings
from infrastruktur.storage.engine import Store, open_store
from infrastruktur.storage.fruehere import Fruehere
from infrastruktur.storage.history import MASSNAHMEN, read_revision

T = TypeVar("T")
_KEPT = 600
"""A comparison that touches all figures keeps about 350 parts, half a megabyte each on the average. With fewer it loses
those of the catalogue, and searches them again for every scenario."""
_MISSING = object()
UNCHANGED = Szenario()
"""The catalogue as it is."""
_BESIDE = "/"
"""Between what figures are computed from and the count of the Maßnahmen."""
_SETTINGS_FILES = {".toml", ".csv"}
_LOOK_UP_S = 0.1
"""How often somebody who waits for another's computation looks whether to wait on."""


@dataclass(frozen=True, eq=False)
class _Company:
    """Those who wait for one value: whoever takes the lock computes, and goes on as long as one of them stays."""

    lock: RLock = field(default_factory=RLock)
    waiting: list[Left] = field(default_factory=list)

    def left(self) -> bool:
        return all(left() for left in tuple(self.waiting))

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """Wait for the lock, and no longer than one is waited for oneself."""
        while not self.lock.acquire(timeout=_LOOK_UP_S):
            check_waiting()
        try:
            yield
        finally:
            self.lock.release()


@dataclass(frozen=True)
class Memory:
    """Values kept by key in one process, the `_KEPT` last asked for; keys carry the revision they hold for.

    Each key has a lock of its own: the same question is computed once, and a slow one holds up no other. Who leaves
    takes nothing from those who asked the same: a computation stops only when nobody waits for it any more.
    """

    _values: dict[Hashable, object] = field(default_factory=dict)
    _companies: dict[Hashable, _Company] = field(default_factory=dict)
    _door: RLock = field(default_factory=RLock)

    def recall(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Give the value of a key, computing it at the first call.

        Raises
        ------
        Cancelled
            Who asks is not waited for any more, and the value was not there.

        """
        with self._door:
            # Names are long, and each look takes one apart: this is one look and one that puts it last.
            value = self._values.pop(key, _MISSING)
            if value is not _MISSING:
                self._values[key] = value
                return value  # type: ignore[return-value]
            company = self._companies.setdefault(key, _Company())
            company.waiting.append(who_waits())
        with company.in_turn():
            with self._door:
                if key in self._values:
                    return self._values[key]  # type: ignore[return-value]
            try:
                with waited_for(company.left):
                    check_waiting()
                    value = compute()
                self.keep(key, value)
                return value
            finally:
                with self._door:
                    self._companies.pop(key, None)

    def find(self, key: Hashable) -> Any:
        """Give the value of a key, None where there is none yet."""
        with self._door:
            return self._values.get(key)

    def keep(self, key: Hashable, value: object) -> None:
        """Keep a value that came about beside another."""
        with self._door:
            self._values[key] = value
            while len(self._values) > _KEPT:
                self._values.pop(next(iter(self._values)))


@dataclass(frozen=True)
class Stand:
    """A state: of the catalogue, of the network, None without one, and of the files of settings."""

    catalogue: str
    network: str | None
    settings: str


@dataclass
class Seen:
    """What this process saw last of the present catalogue: its revision, "" before the first look."""

    catalogue: str = ""


@dataclass(frozen=True)
class Context:
    """An opened installation, for one reader; with a scenario, its catalogue as it would be, or as it was known once.

    Who reads what is internal has memories of their own (`intern`): whatever the keys, nothing computed for them is
    ever given to the public.
    """

    settings: Settings
    store: Store
    leser: Person = OEFFENTLICHKEIT
    schluessel: Schluesselbund | None = None
    networks: Memory = field(default_factory=Memory)
    figures: Memory = field(default_factory=Memory)
    layers: Memory = field(default_factory=Memory)
    counts: Memory = field(default_factory=Memory)
    intern: "Context | None" = None
    szenario: Szenario = UNCHANGED
    fruehere: Fruehere = field(default_factory=Fruehere)
    kenntnis: Kenntnis | None = None
    """What the catalogue is known to be as of, None for all that is known now (`look_back`)."""
    gegenwart: "Context | None" = None
    """The installation as it is known now, where this one is an earlier state."""
    seen: Seen = field(default_factory=Seen)
    held: Stand | None = None
    """The state that is answered from throughout, None for the newest at each look."""

    @property
    def public(self) -> bool:
        return self.settings.audience is Audience.PUBLIC and not may(self.leser, Handlung.INTERN_LESEN)

    def for_reader(self, person: Person) -> "Context":
        """Give the installation as somebody may see it."""
        seen = self.intern if may(person, Handlung.INTERN_LESEN) and self.intern is not None else self
        reader = replace(seen, leser=person)
        return replace(reader, store=seen.store.seen_by(person, intern=not reader.public))

    def under(self, szenario: Szenario) -> "Context":
        """See the same installation with the changes of a scenario; one without changes leaves all as it is."""
        return replace(self, szenario=szenario)

    def hold(self) -> "Context":
        """Take every figure of one answer from one state, which is looked up once: that costs a millisecond a look."""
        return replace(
            self, held=Stand(self.catalogue_revision(), self.find_network_generation(), self.settings_revision())
        )

    def network(self, modus: Modus) -> Network:
        """Load the published network of a mode, once per generation."""
        key = (self.network_generation(), modus)
        return self.networks.recall(key, lambda: load_network(self.settings.network, modus))

    def network_generation(self) -> str:
        """Name the published network.

        Raises
        ------
        NetworkRefused
            There is none, or it is damaged.

        """
        if self.held is not None and self.held.network is not None:
            return self.held.network
        return describe_network(self.settings.network).generation

    def find_network_generation(self) -> str | None:
        if self.held is not None and self.held.network is not None:
            return self.held.network
        if not is_published(self.settings.network):
            return None
        try:
            return self.network_generation()
        except NetworkRefused:
            return None

    def settings_revision(self) -> str:
        """Name the state of the files by which an installation replaces targets, rates, rules and forecasts.

        Those an import laid down are among them.
        """
        if self.held is not None:
            return self.held.settings
        files = (*self._list_settings(), *sorted(self.settings.tafeln.glob("*.json")))
        states = [(each.name, each.stat().st_size, each.stat().st_mtime_ns) for each in files]
        return hashlib.sha256(msgspec.json.encode(states)).hexdigest()[:16]

    def list_settings_since(self, moment: datetime) -> list[str]:
        """Name the files by which an installation replaces targets and the like, and which were written since."""
        return [each.name for each in self._list_settings() if each.stat().st_mtime > moment.timestamp()]

    def _list_settings(self) -> list[Path]:
        return sorted(each for each in self.settings.home.glob("*") if each.suffix in _SETTINGS_FILES)

    def ziele(self, stichtag: date) -> tuple[Ziel, ...]:
        """Give the default targets of a day, and those of this installation, which replace them by code.

        A scenario sets its own values last.
        """
        own = read_toml(self.settings.ziele, parse_ziele) if self.settings.ziele.is_file() else ()
        replaced = {ziel.code for ziel in own}
        standard = _read_standard()
        chosen = select_ziele((*(ziel for ziel in standard if ziel.code not in replaced), *own), stichtag)
        return self.szenario.change_ziele(chosen)

    def today(self) -> date:
        """Give the day that is meant where none is named: today, or the day as of which all is known."""
        return date.today() if self.kenntnis is None else self.kenntnis.tag  # noqa: DTZ011 - a local day

    def close(self) -> None:
        self.fruehere.close()
        self.store.close()

    def revision(self) -> str:
        """Name what figures are computed from: the state of the catalogue, and the scenario on top of it."""
        changed = f"+{self.szenario.fingerprint}" if self.szenario.aenderungen else ""
        return self.catalogue_revision() + changed

    def catalogue_revision(self) -> str:
        """Name the state of what figures take from the catalogue: Maßnahmen are in none."""
        return self.whole_revision().partition(_BESIDE)[0]

    def whole_revision(self) -> str:
        """Name the state of the catalogue; it changes with every write."""
        fixed = self._fixed_revision()
        return self.see(self.store.glance(read_revision)) if fixed is None else fixed

    def last_revision(self) -> str:
        """Name the state of the catalogue that was seen last, without a look."""
        fixed = self._fixed_revision()
        return self.seen.catalogue if fixed is None else fixed

    def see(self, counters: Mapping[str, int]) -> str:
        """Name the state of the present catalogue by its counters, and keep that it was seen."""
        self.seen.catalogue = name_revision(counters)
        return self.seen.catalogue

    @property
    def fixed(self) -> bool:
        """Whether all is answered from one state, whatever is written meanwhile."""
        return self._fixed_revision() is not None

    def _fixed_revision(self) -> str | None:
        if self.held is not None:
            return self.held.catalogue
        return None if self.kenntnis is None else self.kenntnis.katalog


def name_revision(counters: Mapping[str, int]) -> str:
    """Name the state of the catalogue by its counters; that of the Maßnahmen, in which figures have no part, apart."""
    of_figures = [f"{topic[:2]}{count}" for topic, count in sorted(counters.items()) if topic != MASSNAHMEN]
    return f"{'-'.join(of_figures) or 'leer'}{_BESIDE}{counters.get(MASSNAHMEN, 0)}"


@cache
def _read_standard() -> tuple[Ziel, ...]:
    """Read the default targets, which come with the program and change with it: 3 ms."""
    return read_toml(folder("schemas") / "ziele.toml", parse_ziele)


def read_toml(path: Path, parse: Callable[[dict[str, Any], str], T]) -> T:
    """Read a file of settings as what `parse` takes it for; the file's name goes into its errors.

    Raises
    ------
    SourceRefused
        It is no TOML, or `parse` refuses it.

    """
    try:
        found: T = _parse_toml(path.read_text(encoding="utf-8"), path.name, parse)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceRefused(path.name, f"Die Datei ist kein lesbares TOML: {error}") from error
    return found


@lru_cache(maxsize=64)
def _parse_toml(text: str, name: str, parse: Callable[[dict[str, Any], str], Any]) -> Any:
    """Parse a text once: a figure looks at ten such files, and what they say never changes afterwards."""
    return parse(tomllib.loads(text), name)


def open_context(settings: Settings) -> Context:
    """Open an installation; its holder closes it."""
    schluessel = Schluesselbund(settings.oidc_issuer) if settings.oidc_issuer else None
    context = Context(settings=settings, store=open_store(settings), schluessel=schluessel)
    intern = replace(context, figures=Memory(), layers=Memory(), counts=Memory())
    return replace(context, intern=intern).for_reader(OEFFENTLICHKEIT)
