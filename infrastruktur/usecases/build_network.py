"""Build the street network of an installation, unless it is built from the very same files already."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from infrastruktur.domain.errors import NetworkRefused
from infrastruktur.routing import build
from infrastruktur.routing.network import BuildReport, describe_network
from infrastruktur.routing.profiles import digest_profile
from infrastruktur.settings import Settings


def build_network(settings: Settings, pbf: Path, progress: Callable[[str, float], None]) -> BuildReport | None:
    """Build and publish; None when the published one stems from this very file and these very speeds."""
    if pbf.is_file() and _sources_of_current(settings.network) == (_digest(pbf), digest_profile()):
        return None
    return build.build_network(pbf, settings.network, progress=progress)


def _sources_of_current(folder: Path) -> tuple[str, str] | None:
    try:
        report = describe_network(folder)
    except NetworkRefused:
        return None
    return report.source_sha256, report.profile_sha256


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
