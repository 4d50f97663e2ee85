"""Find what a new Angebot may be already, before it is stored twice: by name, address and distance.

Only what the reader may see is compared: that there is something hidden at an address is said by no refusal.
"""

from collections.abc import Iterator

import msgspec

from infrastruktur.domain.angebot import Angebot
from infrastruktur.domain.eingabe import is_gone
from infrastruktur.domain.errors import Doubled
from infrastruktur.domain.felder import ADRESSE
from infrastruktur.intake.conflate import NAMED_M, find_candidates
from infrastruktur.storage.angebote import list_angebote_around
from infrastruktur.storage.engine import Connection
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import Umstaende

ANY = "*"


class Kandidat(msgspec.Struct, frozen=True, kw_only=True):
    """An Angebot that a new one may be, with what speaks for it."""

    id: str
    name: str
    traeger: str
    adresse: str
    gruende: tuple[str, ...]


def refuse_duplicates(context: Context, connection: Connection, new: Angebot, umstaende: Umstaende) -> None:
    """Refuse what may be there already, unless whoever states it has said that it is another.

    Raises
    ------
    Doubled
        With all it may be.

    """
    if ANY in umstaende.kein_duplikat:
        return
    known = list_angebote_around(connection, new, NAMED_M, public=context.public)
    there = [each for each in known if each.id not in umstaende.kein_duplikat and not is_gone(each, umstaende.tag)]
    found = list(_list_candidates(new, there))
    if found:
        raise Doubled(_say(found), found)


def _list_candidates(new: Angebot, known: list[Angebot]) -> Iterator[Kandidat]:
    by_id = {each.id: each for each in known}
    for id_, reasons in find_candidates(new, known).items():
        same = by_id[id_]
        street, number, plz, town = (getattr(same.standort, name) for name in ADRESSE)
        address = ", ".join(part for part in (f"{street} {number}".strip(), f"{plz} {town}".strip()) if part)
        yield Kandidat(id=id_, name=same.name, traeger=same.traeger, adresse=address, gruende=reasons)


def _say(found: list[Kandidat]) -> str:
    first = found[0]
    more = "" if len(found) == 1 else f" und {len(found) - 1} weitere"
    ids = ",".join(each.id for each in found)
    return (
        f"Das gibt es vielleicht schon: „{first.name}“ ({', '.join(first.gruende)}){more}. Ist es dasselbe, bitte dort "
        f"ändern. Ist es ein anderes, bitte noch einmal mit kein_duplikat={ids} senden."
    )
