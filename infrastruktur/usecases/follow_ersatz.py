"""Follow an Angebot that was there twice to the one that stays: an address that was cited leads on."""

from infrastruktur.domain.angebot import is_hidden
from infrastruktur.domain.errors import Gone
from infrastruktur.storage.eingaben import find_bestand
from infrastruktur.storage.engine import Connection
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import say_replaced

_MOST_STEPS = 20
"""Longer chains nobody makes; a ring, made by merging back and forth, ends here."""


def refuse_replaced(context: Context, connection: Connection, id_: str) -> None:
    """Say of what was there twice under which id it goes on.

    Raises
    ------
    Gone
        It was, and the reader may see both.

    """
    found = find_bestand(connection, id_)
    if found is None or not found.angebot.ersetzt_durch or (context.public and is_hidden(found.angebot)):
        return
    stays = found
    for _ in range(_MOST_STEPS):
        following = find_bestand(connection, stays.angebot.ersetzt_durch)
        if following is None or (context.public and is_hidden(following.angebot)):
            return
        stays = following
        if not stays.angebot.ersetzt_durch:
            raise Gone(say_replaced(stays.angebot.id), stays.angebot.id)
