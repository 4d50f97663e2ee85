"""Liveness and readiness, which supervisors believe."""


def test_an_open_installation_is_alive_and_ready(api):
    assert api.json("/health/live") == {"status": "live"}
    assert api.json("/health/ready")["status"] == "ready"
    assert api.get("/health/ready").headers["cache-control"] == "no-store"


def test_g04_a_store_that_fails_is_not_ready_but_alive(reopened, tmp_path, geopackage_api):
    home = tmp_path / "home"
    home.mkdir()
    (home / "catalogue.gpkg").write_bytes(geopackage_api.settings.catalogue.read_bytes())
    api = reopened(home=home)
    assert api.get("/health/ready").status_code == 200
    (home / "catalogue.gpkg").write_bytes(b"not a catalogue any more")
    for name in ("catalogue.gpkg-wal", "catalogue.gpkg-shm"):
        (home / name).unlink(missing_ok=True)
    response = api.get("/health/ready")
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert response.headers["content-type"] == "application/problem+json"
    assert api.get("/health/live").status_code == 200
