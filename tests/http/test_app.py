"""The application's life: opened once, closed once, and not started on a catalogue that is not there."""

from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from infrastruktur.app import create_app
from infrastruktur.domain.errors import Refused
from infrastruktur.settings import Settings
from infrastruktur.storage.engine import Store


def test_g12_the_installation_is_closed_as_often_as_it_is_opened(reopened, monkeypatch):
    closed = []
    close = Store.close

    def counted(store):
        closed.append(store)
        close(store)

    monkeypatch.setattr(Store, "close", counted)
    api = reopened()
    assert api.get("/health/ready").status_code == 200
    assert closed == []
    api.client.__exit__(None, None, None)
    assert len(closed) == 1
    api.client.__enter__()  # the fixture leaves it once more


def test_without_a_catalogue_it_does_not_start_and_says_what_to_do(tmp_path):
    async def start():
        async with create_app(Settings(home=tmp_path)).lifespan():
            pass

    with pytest.raises(ExceptionGroup) as refused:
        anyio.run(start)
    assert refused.group_contains(Refused, match="infrastruktur migrate")


@pytest.mark.parametrize("name", ["geopackage_api", "postgis_api"])
def test_many_readers_at_once_get_the_same_bytes(request, name):
    api = request.getfixturevalue(name)
    with ThreadPoolExecutor(8) as pool:
        bodies = set(pool.map(lambda _: api.get("/collections/pflege/items").content, range(40)))
    assert len(bodies) == 1
