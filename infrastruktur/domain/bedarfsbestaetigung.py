"""The confirmation that places are needed (§ 11 Abs. 7 APG NRW): of which day, and where it is to be found.

It belongs to an Angebot of the Pflege and stays with it; what counts is whether it was there on a Stichtag.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from infrastruktur.domain.angebot import MAX_TEXT, Angebot

TAG, FUNDSTELLE = "bedarfsbestaetigung", "bedarfsbestaetigung_fundstelle"
"""Its attributes of an Angebot."""


class Bedarfsbestaetigung(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which day it is, and where: a resolution, a letter, a file number."""

    tag: date
    fundstelle: str


def find_bedarfsbestaetigung(angebot: Angebot) -> Bedarfsbestaetigung | None:
    """Read what an Angebot states; None where it has none."""
    tag = read_tag(angebot.attribute)
    return None if tag is None else Bedarfsbestaetigung(tag=tag, fundstelle=str(angebot.attribute.get(FUNDSTELLE, "")))


def read_tag(attribute: Mapping[str, Any]) -> date | None:
    """Read the day from what an Angebot states beyond status and sizes."""
    stated = attribute.get(TAG)
    return None if stated is None else date.fromisoformat(str(stated))


def put_bedarfsbestaetigung(angebot: Angebot, stated: Bedarfsbestaetigung | None) -> Angebot:
    """Let an Angebot have a confirmation, or none."""
    kept = {name: value for name, value in angebot.attribute.items() if name not in (TAG, FUNDSTELLE)}
    new = {} if stated is None else {TAG: stated.tag.isoformat(), FUNDSTELLE: stated.fundstelle}
    return msgspec.structs.replace(angebot, attribute={**kept, **new})


def describe_wrong(stated: Bedarfsbestaetigung, today: date) -> str | None:
    """Say what is wrong with a confirmation, in a sentence."""
    if stated.tag > today:
        return f"Der {stated.tag:%d.%m.%Y} liegt in der Zukunft."
    if not 0 < len(stated.fundstelle) <= MAX_TEXT:
        return f"Die Fundstelle fehlt oder ist länger als {MAX_TEXT} Zeichen (Beispiel: Beschluss 2026/0123)."
    return None
