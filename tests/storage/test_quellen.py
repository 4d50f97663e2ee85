"""Sources keep their licence and attribution beside the rows they brought."""

from datetime import date

import msgspec
from storage.statements import WHO

from infrastruktur.storage.engine import Store
from infrastruktur.storage.history import list_changes, read_revision
from infrastruktur.storage.quellen import Quelle, list_quellen, put_quelle

ZENSUS = Quelle(
    schluessel="zensus",
    titel="Zensus 2022",
    herausgeber="Statistische Ämter",
    lizenz="dl-de/by-2-0",
    namensnennung="© Statistische Ämter des Bundes und der Länder",
    stichtag=date(2022, 5, 15),
)
AMT = msgspec.structs.replace(ZENSUS, schluessel="amt", stichtag=None)


def test_sources_are_listed_by_key(store: Store) -> None:
    with store.write() as conn:
        put_quelle(conn, ZENSUS, **WHO)
        put_quelle(conn, AMT, **WHO)
        assert list_quellen(conn) == [AMT, ZENSUS]


def test_f13_changed_attribution_replaces_and_is_remembered(store: Store) -> None:
    changed = msgspec.structs.replace(ZENSUS, namensnennung="anders")
    with store.write() as conn:
        put_quelle(conn, ZENSUS, **WHO)
        put_quelle(conn, changed, **WHO)
        put_quelle(conn, changed, **WHO)
        assert list_quellen(conn) == [changed]
        assert len(list_changes(conn, "zensus")) == 2
        assert read_revision(conn) == {"quellen": 2}
