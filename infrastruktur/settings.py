"""All settings of an installation: one frozen value, read once, then passed."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

DEFAULT_BASE_URL = "http://localhost:8000"


class Audience(StrEnum):
    """Who reads: the public gets rounded figures and no confidential Standort."""

    PUBLIC = "public"
    STAFF = "staff"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one request may ask for. Each limit has a test at it and one above."""

    page_features: int = 10_000
    isochrone_points: int = 10
    isochrone_bands: int = 4
    isochrone_minutes_walk: int = 60
    isochrone_minutes_bike: int = 60
    isochrone_minutes_car: int = 60
    isochrone_edges: int = 100_000
    matrix_pairs: int = 625
    nearby_angebote: int = 500
    body_bytes: int = 1_000_000
    analyses_at_once: int = 2
    analyses_waiting: int = 30


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """An installation. `database_url` empty means the embedded GeoPackage under `home`."""

    home: Path = Path("var")
    database_url: str = ""
    base_url: str = DEFAULT_BASE_URL
    audience: Audience = Audience.PUBLIC
    data: Path = Path("../shared/data")
    """Where the real source files of a region lie."""
    limits: Limits = Limits()

    @property
    def catalogue(self) -> Path:
        return self.home / "catalogue.gpkg"

    @property
    def network(self) -> Path:
        return self.home / "network"

    @property
    def results(self) -> Path:
        return self.home / "results"

    @property
    def ziele(self) -> Path:
        """Targets of this installation; a code here replaces the default target of the same code."""
        return self.home / "ziele.toml"

    def __repr__(self) -> str:
        """Show an installation without the password its database URL may hold."""
        store = "PostgreSQL" if self.database_url else str(self.catalogue)
        return f"Settings(home={str(self.home)!r}, store={store!r}, audience={self.audience.value!r})"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from `INFRASTRUKTUR_*` variables.

    Raises
    ------
    ValueError
        A variable holds a value outside its choices; the message names the variable.

    """
    audience = environ.get("INFRASTRUKTUR_AUDIENCE", Audience.PUBLIC.value)
    if audience not in set(Audience):
        msg = f"INFRASTRUKTUR_AUDIENCE: {audience!r} ist weder 'public' noch 'staff'."
        raise ValueError(msg)
    return Settings(
        home=Path(environ.get("INFRASTRUKTUR_HOME", "var")),
        database_url=environ.get("INFRASTRUKTUR_DATABASE", ""),
        base_url=environ.get("INFRASTRUKTUR_BASE_URL", DEFAULT_BASE_URL).rstrip("/"),
        audience=Audience(audience),
        data=Path(environ.get("INFRASTRUKTUR_DATA", "../shared/data")),
    )
