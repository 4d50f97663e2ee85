"""Bring the store to this version's schema, creating it where there is none."""

from infrastruktur.settings import Settings
from infrastruktur.storage.engine import migrate


def migrate_store(settings: Settings) -> None:
    """Run all outstanding migrations; harmless when there are none."""
    migrate(settings)
