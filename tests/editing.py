"""What tests of writing send and ask, over HTTP, to the drawn region of tests/http/conftest.py."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

QUARTIER, ANGEBOTE, PFLEGE = (f"/collections/{name}/items" for name in ("quartiersangebote", "angebote", "pflege"))
ANDERES = f"{QUARTIER}?kein_duplikat=*"
"""Where something is created that is another one than whatever stands at the same place."""
WEST, SOUTH = 300_000.0, 5_630_000.0
IN_WEST, IN_OST = (WEST + 100, SOUTH + 100), (WEST + 1500, SOUTH + 100)
PLANE = "<http://www.opengis.net/def/crs/EPSG/0/25832>"
HEUTE = date.today()  # noqa: DTZ011 - a local day, as the layers have it
GESTERN = HEUTE - timedelta(days=1)


def feature(point: tuple[float, float] | None = IN_WEST, **properties: Any) -> dict[str, Any]:
    geometry = None if point is None else {"type": "Point", "coordinates": list(point)}
    stated = {"name": "Treff am Markt", "art": "quartier.seniorentreff", **properties}
    return {"type": "Feature", "geometry": geometry, "properties": stated}


def create(writing: Any, token: str, body: dict[str, Any] | None = None, path: str = QUARTIER) -> Any:
    created = writing.send("POST", f"{path}?kein_duplikat=*", body or feature(), token, content_crs=PLANE)
    assert created.status_code == 201, created.text
    return created


def patch(writing: Any, path: str, token: str, **properties: Any) -> Any:
    return writing.send("PATCH", path, {"properties": properties}, token)


def properties(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()["properties"]
    return found


def now(name: str = "known_at") -> str:
    """Give this moment as an address has it."""
    return f"{name}={quote(datetime.now(UTC).isoformat())}"
