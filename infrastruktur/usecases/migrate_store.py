"""Bring the store to this version's schema, creating it where there is none."""

from contextlib import closing

from infrastruktur.settings import Settings
from infrastruktur.storage.engine import migrate, open_store
from infrastruktur.usecases.locate_standorte import locate_standorte


def migrate_store(settings: Settings) -> None:
    """Run all outstanding migrations, and place what stands there; harmless when nothing is outstanding."""
    migrate(settings)
    with closing(open_store(settings).of_installation()) as store, store.write() as connection:
        locate_standorte(connection)
