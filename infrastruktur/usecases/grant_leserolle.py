"""Let analysts read the public catalogue in PostgreSQL itself, and nothing else."""

from infrastruktur.storage.leserolle import Leserolle, grant_reading
from infrastruktur.usecases.context import Context

__all__ = ["Leserolle", "grant_leserolle"]


def grant_leserolle(context: Context, name: str) -> Leserolle:
    """Create a role where there is none, and let it read the views of the day.

    Raises
    ------
    Refused
        The store has no roles, the name is none, the role may read more already, or a superuser has to do something
        first, which the message states.

    """
    with context.store.administer() as connection:
        return grant_reading(connection, name)
