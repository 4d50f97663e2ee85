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
    count_features: int = 100_000
    """Up to so many a layer counts what fits a question; beyond, `numberMatched` is left out (Part 1, 7.16)."""
    isochrone_points: int = 10
    isochrone_bands: int = 4
    isochrone_minutes_walk: int = 60
    isochrone_minutes_bike: int = 60
    isochrone_minutes_car: int = 60
    isochrone_edges: int = 100_000
    matrix_pairs: int = 625
    nearby_angebote: int = 500
    siting_candidates: int = 1_000
    siting_seconds: int = 20
    """Then the best plan so far is the answer, with what is proved of it."""
    flaeche_km2: int = 1_000
    flaeche_ecken: int = 1_000
    """Of a drawn area: larger than any Kreis of the Land, and more corners than anybody draws by hand."""
    body_bytes: int = 1_000_000
    analyses_at_once: int = 2
    analyses_waiting: int = 30
    jobs_at_once: int = 1
    """Beside the analyses that are answered at once; a second core is theirs."""
    jobs_waiting: int = 20
    jobs_kept: int = 500
    """Jobs of any state; then the oldest that ended is forgotten."""
    jobs_bytes: int = 64_000_000
    """Of all results together."""
    jobs_s: int = 3_600
    """So long after its end a job and its result are kept."""
    ort_km2: int = 2_500
    """Area of a place whose streets are downloaded; whatever is larger goes by an extract."""
    download_bytes: int = 250_000_000
    """Of one answer, unpacked. Parsed, it was measured to take four times as much memory."""
    download_s: int = 900
    """From the first question of a download to its last answer."""


class Editing(msgspec.Struct, frozen=True, kw_only=True):
    """How people who change the same thing are kept from overwriting each other."""

    if_match_required: bool = False
    """Whether every change must name the version it is made on top of; QGIS cannot."""
    conflict_hours: int = 24
    """A change that names none meets a conflict in what another person changed within so many hours."""
    four_eyes: bool = False
    """Whether a second person releases capacity, status and relocation in the Pflege even where the first might."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """An installation. `database_url` empty means the embedded GeoPackage under `home`."""

    home: Path = Path("var")
    database_url: str = ""
    base_url: str = DEFAULT_BASE_URL
    audience: Audience = Audience.PUBLIC
    data: Path = Path("../shared/data")
    """Where the real source files of a region lie."""
    overpass_url: str = ""
    nominatim_url: str = ""
    """Servers to ask for streets and for the outline of a place; empty means those OSMnx asks."""
    oidc_issuer: str = ""
    """Identity server (OpenID Connect) whose tokens are taken, as its own discovery document names it."""
    oidc_audience: str = "infrastruktur"
    """What a token must be meant for."""
    zugang: str = ""
    """Token of whoever works on the command line with an own list; never shown."""
    tafelordner: Path | None = None
    """Where the Tafeln lie that are known, None where those of today do."""
    limits: Limits = Limits()
    editing: Editing = Editing()

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

    @property
    def quoten(self) -> Path:
        """Rates of this installation; a code here replaces the default table of the same code."""
        return self.home / "quoten.toml"

    @property
    def bedarf(self) -> Path:
        """Need rules, variants and resolutions of this installation; codes replace the default ones."""
        return self.home / "bedarf.toml"

    @property
    def kriterien(self) -> Path:
        """Criteria sets of this installation; a code here replaces the default set of the same code."""
        return self.home / "kriterien.toml"

    @property
    def zielwerte(self) -> Path:
        """Targets of this installation for indicators of provision; they replace the default ones by indicator."""
        return self.home / "zielwerte.toml"

    @property
    def einrichtungen(self) -> Path:
        """Assumptions of this installation on who lives in homes; codes replace the default ones."""
        return self.home / "einrichtungen.toml"

    @property
    def prognose(self) -> Path:
        """Head of the population forecast of this installation; its table lies beside it."""
        return self.home / "prognose.toml"

    @property
    def rollen(self) -> Path:
        """What the roles and groups of the identity server mean here."""
        return self.home / "rollen.toml"

    @property
    def ueberleben(self) -> Path:
        """Survival factors of this installation, written by hand."""
        return self.home / "ueberleben.toml"

    @property
    def pflegestatistik(self) -> Path:
        """Counted Pflegebedürftige of this installation, written by hand."""
        return self.home / "pflegestatistik.toml"

    @property
    def tafeln(self) -> Path:
        """Folder of the rates, counts, survival factors and forecasts that were imported, one file a source."""
        return self.tafelordner or self.home / "tafeln"

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
    names = ("INFRASTRUKTUR_OVERPASS", "INFRASTRUKTUR_NOMINATIM", "INFRASTRUKTUR_OIDC_ISSUER")
    servers = {name: environ.get(name, "") for name in names}
    for name, url in servers.items():
        if url and not url.startswith(("http://", "https://")):
            msg = f"{name}: {url!r} ist keine Adresse, die mit http:// oder https:// beginnt."
            raise ValueError(msg)
    return Settings(
        home=Path(environ.get("INFRASTRUKTUR_HOME", "var")),
        database_url=environ.get("INFRASTRUKTUR_DATABASE", ""),
        base_url=environ.get("INFRASTRUKTUR_BASE_URL", DEFAULT_BASE_URL).rstrip("/"),
        audience=Audience(audience),
        data=Path(environ.get("INFRASTRUKTUR_DATA", "../shared/data")),
        overpass_url=servers["INFRASTRUKTUR_OVERPASS"],
        nominatim_url=servers["INFRASTRUKTUR_NOMINATIM"],
        oidc_issuer=servers["INFRASTRUKTUR_OIDC_ISSUER"],
        editing=_read_editing(environ),
        zugang=environ.get("INFRASTRUKTUR_ZUGANG", ""),
        oidc_audience=environ.get("INFRASTRUKTUR_OIDC_AUDIENCE", "infrastruktur"),
    )


def _read_editing(environ: Mapping[str, str]) -> Editing:
    if_match = environ.get("INFRASTRUKTUR_IF_MATCH", "freiwillig")
    if if_match not in {"freiwillig", "verlangt"}:
        msg = f"INFRASTRUKTUR_IF_MATCH: {if_match!r} ist weder 'freiwillig' noch 'verlangt'."
        raise ValueError(msg)
    hours = environ.get("INFRASTRUKTUR_KONFLIKT_STUNDEN", "24")
    if not hours.isascii() or not hours.isdigit() or len(hours) > 4:  # noqa: PLR2004 - a year has 8,760
        msg = f"INFRASTRUKTUR_KONFLIKT_STUNDEN: {hours!r} ist keine Zahl von Stunden."
        raise ValueError(msg)
    eyes = environ.get("INFRASTRUKTUR_VIER_AUGEN", "fachamt")
    if eyes not in {"fachamt", "immer"}:
        msg = f"INFRASTRUKTUR_VIER_AUGEN: {eyes!r} ist weder 'fachamt' noch 'immer'."
        raise ValueError(msg)
    return Editing(if_match_required=if_match == "verlangt", conflict_hours=int(hours), four_eyes=eyes == "immer")
