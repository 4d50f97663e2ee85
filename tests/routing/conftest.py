"""Real street data where they are: OpenStreetMap extracts, above all of central Aachen, in `INFRASTRUKTUR_DATA`."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def real_extract() -> Callable[[str], Path]:
    """Path of an extract by its place in the data, or a skip that names it."""

    def find(place: str) -> Path:
        pbf = Path(os.environ.get("INFRASTRUKTUR_DATA", ROOT.parent / "shared" / "data")) / place
        if not pbf.is_file():
            pytest.skip(f"INFRASTRUKTUR_DATA holds no {pbf.name} (looked in {pbf.parent})")
        return pbf

    return find


@pytest.fixture(scope="session")
def aachen_pbf(real_extract) -> Path:
    return real_extract("aachen/aachen-2021-08-01-network-poi.osm.pbf")


@pytest.fixture(scope="session")
def aachen(aachen_pbf, tmp_path_factory) -> Path:
    """Folder of the networks built from it."""
    from infrastruktur.routing.build import build_network  # noqa: PLC0415  costs a second that a skip need not pay

    folder = tmp_path_factory.mktemp("aachen") / "network"
    build_network(aachen_pbf, folder)
    return folder
