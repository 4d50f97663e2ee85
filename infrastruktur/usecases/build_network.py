"""Build the street network of an installation: from an extract, or by the name of a place."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infrastruktur.domain.errors import NetworkRefused
from infrastruktur.intake.fetch import begin_errand
from infrastruktur.intake.ort import Ort, find_ort
from infrastruktur.intake.overpass import Herkunft, fetch_streets
from infrastruktur.routing import build
from infrastruktur.routing.network import BuildReport, describe_network
from infrastruktur.routing.profiles import digest_profile
from infrastruktur.settings import Settings


def build_network(settings: Settings, pbf: Path, progress: Callable[[str, float], None]) -> BuildReport | None:
    """Build and publish; None when the published one stems from this very file and these very speeds."""
    if pbf.is_file() and _sources_of_current(settings.network) == (_digest(pbf), digest_profile()):
        return None
    return build.build_network(pbf, settings.network, progress=progress)


@dataclass(frozen=True)
class Ortsnetz:
    """A network that was built by the name of a place: which place, which data, what was made of them."""

    ort: Ort
    herkunft: Herkunft
    report: BuildReport


def build_network_of_ort(settings: Settings, name: str, progress: Callable[[str, float], None]) -> Ortsnetz:
    """Download the streets of a place, build and publish; the data are taken as complete within its outline.

    Whatever fails before the end leaves the network in force that was there.

    Raises
    ------
    InfrastrukturError
        As `intake.ort.find_ort`, `intake.overpass.fetch_streets` and `routing.build.build_network`.

    """
    errand = begin_errand(settings, progress)
    ort = find_ort(name, errand)
    with tempfile.TemporaryDirectory() as folder:
        pbf = Path(folder) / f"overpass-{ort.kennung}.osm.pbf"
        herkunft = fetch_streets(ort, pbf, errand)
        report = build.build_network(pbf, settings.network, boundary_4326=ort.outline_4326, progress=progress)
    return Ortsnetz(ort, herkunft, report)


def _sources_of_current(folder: Path) -> tuple[str, str] | None:
    try:
        report = describe_network(folder)
    except NetworkRefused:
        return None
    return report.source_sha256, report.profile_sha256


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
