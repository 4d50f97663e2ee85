"""Place the values of a Sozialraummonitoring: each in an area that was valid on its Stichtag, by key or by name."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from infrastruktur.domain.angebot import normal_text
from infrastruktur.domain.kontext import Kontextwert, get_kontextindikator
from infrastruktur.domain.raum import Ebene, label_of_key
from infrastruktur.intake.record import Refusal
from infrastruktur.storage import raeume

if TYPE_CHECKING:
    from infrastruktur.storage.engine import Connection

_AREAS = (Ebene.KOMMUNE, Ebene.SOZIALRAUM, Ebene.BEZIRK)


def place_kontext(
    connection: "Connection", values: Sequence[Kontextwert]
) -> tuple[tuple[Kontextwert, ...], tuple[Refusal, ...]]:
    """Give values with the keys of their areas, and refuse those whose area is not known or too small.

    A name is an area's when it has it alone on the day. An area counts as it was on the Stichtag of the value: another
    version of its outline is another area.
    """
    known = {day: _list_areas(connection, day) for day in {each.stichtag for each in values}}
    placed: list[Kontextwert] = []
    refused: dict[Refusal, None] = {}
    for each in values:
        area = known[each.stichtag].get(each.raum) or known[each.stichtag].get(normal_text(each.raum))
        if area is None:
            day = f"{each.stichtag:%d.%m.%Y}"
            sentence = f"Gebiet „{each.raum}“: Am {day} gibt es keines mit diesem Schlüssel oder Namen."
            refused[Refusal(None, sentence)] = None
        elif not get_kontextindikator(each.indikator).allows(area[1]):
            sentence = f"Indikator „{each.indikator}“ wird je {area[1].value.title()} nicht genannt."
            refused[Refusal(None, sentence)] = None
        else:
            placed.append(msgspec.structs.replace(each, raum=area[0]))
    return tuple(placed), tuple(refused)


def _list_areas(connection: "Connection", day: date) -> Mapping[str, tuple[str, Ebene]]:
    """Look areas up by key, and by name or label where only one has it."""
    region = raeume.get_region(connection)
    areas = [(raum.schluessel, raum.ebene, raum.name) for raum in raeume.list_raeume(connection, _AREAS, day)]
    if region is not None:
        areas.append((region.schluessel, Ebene.REGION, region.name))
    by_name: dict[str, list[tuple[str, Ebene]]] = {}
    for key, ebene, name in areas:
        for called in _names(key, ebene, name):
            by_name.setdefault(normal_text(called), []).append((key, ebene))
    alone = {name: found[0] for name, found in by_name.items() if len(found) == 1}
    return alone | {key: (key, ebene) for key, ebene, _ in areas}


def _names(key: str, ebene: Ebene, name: str) -> Iterable[str]:
    """Give what an area is called: by its name, and a Sozialraum by the label of the official map."""
    return {each for each in (name, label_of_key(key) if ebene is Ebene.SOZIALRAUM else "") if each}
