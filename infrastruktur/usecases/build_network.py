"""Build the street network of an installation, unless it is built from the very same file already."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from infrastruktur.domain.errors import NetworkRefused
from infrastruktur.routing import build
from infrastruktur.routing.network import BuildReport, describe_network
from infrastruktur.settings import Settings


def build_network(settings: Settings, pbf: Path, progress: Callable[[str, float], None]) -> BuildReport | None:
    """Build and publish; None when the published network stems from this very file."""
    if pbf.is_file() and _source_of_current(settings.network) == _digest(pbf):
        return None
    return build.build_network(pbf, settings.network, progress=progress)


def _source_of_current(folder: Path) -> str | None:
    try:
        return describe_network(folder).source_sha256
    except NetworkRefused:
        return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
