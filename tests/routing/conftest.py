"""Real street data where they are: the OpenStreetMap extract of central Aachen in `INFRASTRUKTUR_DATA`."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def aachen_pbf() -> Path:
    data = Path(os.environ.get("INFRASTRUKTUR_DATA", ROOT.parent / "shared" / "data"))
    pbf = data / "aachen" / "aachen-2021-08-01-network-poi.osm.pbf"
    if not pbf.is_file():
        pytest.skip(f"INFRASTRUKTUR_DATA holds no {pbf.name} (looked in {pbf.parent})")
    return pbf


@pytest.fixture(scope="session")
def aachen(aachen_pbf, tmp_path_factory) -> Path:
    """Folder of the networks built from it."""
    from infrastruktur.routing.build import build_network  # noqa: PLC0415  costs a second that a skip need not pay

    folder = tmp_path_factory.mktemp("aachen") / "network"
    build_network(aachen_pbf, folder)
    return folder
