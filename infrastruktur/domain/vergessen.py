"""What can be erased for good where it says something of a person, and what then stands in its place.

Only texts can: names, addresses, contacts. What counts (status, places, the point) stays, so that every earlier Bestand
stays what it was.
"""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from infrastruktur.domain.angebot import Angebot
from infrastruktur.domain.art import Feldfehler
from infrastruktur.domain.errors import InvalidInput
from infrastruktur.domain.felder import ADRESSE

GELOESCHT = "[gelöscht]"
_PLAIN = ("name", "traeger")
GRUND = "grund"
"""Names the reasons people gave in the history and with proposals."""
OF_MASSNAHME, OF_STICHTAG, OF_SZENARIO = ("titel", "zustaendig", "beschreibung", GRUND), ("titel", GRUND), _PLAIN
"""What can be erased of a Maßnahme, of a frozen Stichtag and of a scenario with its Angebote."""


def list_forgettable(angebot: Angebot) -> tuple[str, ...]:
    """List what can be erased of an Angebot, by the names of `felder.list_felder`."""
    texts = (name for name, value in angebot.attribute.items() if isinstance(value, str))
    return (*_PLAIN, *ADRESSE, GRUND, *texts)


def check_forgettable(felder: Collection[str], known: Collection[str]) -> None:
    """Let pass names of what can be erased.

    Raises
    ------
    InvalidInput
        None is named, or one that cannot.

    """
    wrong = [name for name in felder if name not in known] if felder else [""]
    if wrong:
        said = f"Löschen lassen sich: {', '.join(known)}."
        raise InvalidInput([Feldfehler(name[:80], said) for name in wrong])


def forget(stated: Any, felder: Collection[str]) -> Any:
    """Put `GELOESCHT` in the place of texts, in a statement as JSON or what is nested in it; what is empty stays so."""
    if isinstance(stated, list):
        return [forget(each, felder) for each in stated]
    if not isinstance(stated, Mapping):
        return stated
    return {
        name: GELOESCHT if name in felder and isinstance(value, str) and value else forget(value, felder)
        for name, value in stated.items()
    }


def forget_angebot(angebot: Angebot, felder: Collection[str]) -> Angebot:
    """Give an Angebot without some of its texts."""
    return msgspec.convert(forget(msgspec.to_builtins(angebot), felder), Angebot)


def only_forgets(before: Any, after: Any) -> bool:
    """Say whether nothing differs but texts that were erased."""
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(only_forgets(before[name], after[name]) for name in before)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(only_forgets, before, after))
    return bool(before == after) or (isinstance(before, str) and after == GELOESCHT)


def list_forgotten(angebot: Angebot) -> frozenset[str]:
    """Name the fields of an Angebot that were erased."""
    places = {**msgspec.structs.asdict(angebot), **msgspec.structs.asdict(angebot.standort), **angebot.attribute}
    return frozenset(name for name in (*_PLAIN, *ADRESSE, *angebot.attribute) if places.get(name) == GELOESCHT)


def forget_kennung(kennung: str) -> str:
    """Give what stands in the place of a person's name in the history: still a person's, and nobody's."""
    kind, _, _ = kennung.partition(":")
    return f"{kind}:{GELOESCHT}"
