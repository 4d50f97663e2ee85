"""List what needs care: Angebote without a point, with a doubtful one, there twice, or not confirmed when it was due.

Each row states a fact of the catalogue with its numbers, and accuses nobody: where two sources differ, both are asked.
Only what the reader may see is compared, so that no distance tells where a confidential Standort lies. As it was known
at a moment, it is found anew from what the catalogue held then; address table and streets are today's.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from infrastruktur.domain.adresse import SAME_ADDRESS_M, address_key, is_one_house
from infrastruktur.domain.angebot import normal_text
from infrastruktur.domain.eingabe import TITEL
from infrastruktur.domain.geometry import Floats
from infrastruktur.domain.klaerung import PFLEGE_MONATE, Klaerungsgrund, is_due
from infrastruktur.domain.layer import Features
from infrastruktur.domain.massnahme import TITEL as MASSNAHME_TITEL
from infrastruktur.domain.massnahme import Massnahme, is_over
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.intake.conflate import NEAR_M
from infrastruktur.planning.gaps import year_before
from infrastruktur.routing.doors import to_doors
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.snap import SnapReason, snap
from infrastruktur.storage import raeume
from infrastruktur.storage.adressen import find_adressen
from infrastruktur.storage.eingaben import Sache, list_widersprueche
from infrastruktur.storage.klaerung import Angabe, Angaben, load_angaben
from infrastruktur.storage.massnahmen import list_massnahmen
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.describe_layers import describe_klaerungsbedarf
from infrastruktur.usecases.locate_standorte import AUSSERHALB, INNERHALB

_ANYWHERE_M = 1e6
"""Beyond any region: how far the next way is looked for once it is known to be too far."""

_COLUMNS = tuple(each.name for each in describe_klaerungsbedarf().properties)


class Befund(msgspec.Struct, frozen=True):
    """A row of the Angaben, why it needs care, the sentence, and the distance it is about."""

    zeile: int
    grund: Klaerungsgrund
    erlaeuterung: str
    abstand_m: float | None = None


def list_klaerungsbedarf(context: Context, stichtag: date) -> Features:
    """List a row per Angebot and reason, in the order of their ids; kept until catalogue or network change."""
    today = context.gegenwart or context
    moment = None if context.kenntnis is None else context.kenntnis.zeitpunkt
    states = (context.whole_revision(), today.whole_revision(), context.find_network_generation())
    key = ("klaerungsbedarf", *states, context.public, stichtag, moment)
    return context.figures.recall(key, lambda: _list(context, stichtag, today, moment))


def _list(context: Context, stichtag: date, today: Context, moment: datetime | None) -> Features:
    with context.store.read() as connection:
        angaben = load_angaben(connection, stichtag, public=context.public)
        kommunen = raeume.list_raeume(connection, [Ebene.KOMMUNE], None)
        massnahmen = [each.massnahme for each in list_massnahmen(connection)]
    with today.store.read() as connection:
        known = find_adressen(connection, _by_address(angaben))
        disputed = list_widersprueche(connection, moment)
        of_massnahmen = list_widersprueche(connection, moment, Sache.MASSNAHME)
    found = [
        *_without_point(angaben),
        *_far_from_address(angaben, known),
        *_off_the_network(context, angaben),
        *_outside_kommune(angaben, kommunen),
        *_unconfirmed(angaben, stichtag),
        *_due(angaben, stichtag),
        *_disputed(angaben, disputed),
        *_doubled(angaben),
    ]
    found.sort(key=lambda befund: (angaben.zeilen[befund.zeile].id, befund.grund))
    current = [each for each in massnahmen if not is_over(each, stichtag)]
    return _lay_out(angaben, found, list(_disputed_massnahmen(current, of_massnahmen)))


def _lay_out(angaben: Angaben, befunde: list[Befund], of_massnahmen: list[dict[str, Any]]) -> Features:
    """Lay findings out as columns, in their order; those of Maßnahmen, which have no point, come last."""
    rows = [*(_row(angaben.zeilen[befund.zeile], befund) for befund in befunde), *of_massnahmen]
    points = angaben.xy_25832[[befund.zeile for befund in befunde]].reshape(-1, 2)
    return Features(
        id=[row["id"] for row in rows],
        columns={name: [row.get(name) for row in rows] for name in _COLUMNS},
        geom_25832=np.concatenate([points, np.full((len(of_massnahmen), 2), np.nan)]),
    )


def _row(angabe: Angabe, befund: Befund) -> dict[str, Any]:
    return {
        "id": f"{angabe.id}.{befund.grund}",
        "angebot": angabe.id,
        "name": angabe.name,
        "art": angabe.art,
        "kommune": angabe.kommune,
        "traeger": angabe.traeger,
        "grund": befund.grund.value,
        "erlaeuterung": befund.erlaeuterung,
        "abstand_m": None if befund.abstand_m is None else round(befund.abstand_m),
        "stand": None if angabe.stand is None else angabe.stand.isoformat(),
        "zuletzt_geprueft": None if angabe.zuletzt_geprueft is None else angabe.zuletzt_geprueft.isoformat(),
    }


def _metres(distance_m: float) -> str:
    return f"{round(distance_m):,} m".replace(",", ".")


def _address(angabe: Angabe) -> str:
    street, town = f"{angabe.strasse} {angabe.hausnummer}".strip(), f"{angabe.plz} {angabe.ort}".strip()
    return ", ".join(part for part in (street, town) if part)


# Without a point


def _without_point(angaben: Angaben) -> Iterator[Befund]:
    for row in np.flatnonzero(~np.isfinite(angaben.xy_25832[:, 0])).tolist():
        address = _address(angaben.zeilen[row])
        known = (
            f"Zur Adresse „{address}“ ist kein Punkt bekannt" if address else "Weder Adresse noch Punkt sind bekannt"
        )
        said = f"{known}: Auf Karten und bei Reisezeiten fehlt das Angebot."
        yield Befund(row, Klaerungsgrund.OHNE_PUNKT, said)


# Far from where the address lies


def _far_from_address(angaben: Angaben, known: Mapping[str, Floats]) -> Iterator[Befund]:
    """Hold points against the address table, and those of one address that it does not know against each other."""
    for key, rows in _by_address(angaben).items():
        places = known.get(key)
        if places is None:
            yield from _apart(angaben, rows) if len(rows) > 1 else ()
        elif is_one_house(places):
            yield from _away(angaben, rows, places)


def _by_address(angaben: Angaben) -> Mapping[str, list[int]]:
    of_address: defaultdict[str, list[int]] = defaultdict(list)
    for row in angaben.on_map.tolist():
        angabe = angaben.zeilen[row]
        of_address[address_key(angabe.strasse, angabe.hausnummer, angabe.plz)].append(row)
    of_address.pop("", None)  # a part is missing: that is no address
    return of_address


def _away(angaben: Angaben, rows: list[int], places: Floats) -> Iterator[Befund]:
    for row in rows:
        distance_m = float(np.hypot(*(places - angaben.xy_25832[row]).T).min())
        if distance_m > SAME_ADDRESS_M:
            address = _address(angaben.zeilen[row])
            said = (
                f"Der Punkt liegt {_metres(distance_m)} von der Adresse „{address}“, wie die Adresstabelle sie kennt."
            )
            yield Befund(row, Klaerungsgrund.FERN_DER_ADRESSE, said, distance_m)


def _apart(angaben: Angaben, rows: list[int]) -> Iterator[Befund]:
    """Find the Standorte of one address against which others speak: as many as for them, or more."""
    standorte = [angaben.zeilen[row].standort for row in rows]
    _, first, which = np.unique(standorte, return_index=True, return_inverse=True)
    xy = angaben.xy_25832[np.array(rows)[first]]
    apart_m = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    agree = (apart_m <= SAME_ADDRESS_M).sum(axis=1)
    against = (apart_m > SAME_ADDRESS_M) & (agree[None, :] >= agree[:, None])
    for row, place in zip(rows, which.tolist(), strict=True):
        others = int(against[place].sum())
        if others:
            distance_m = float(apart_m[place][against[place]].min())
            yield Befund(
                row, Klaerungsgrund.FERN_DER_ADRESSE, _say_apart(angaben.zeilen[row], others, distance_m), distance_m
            )


def _say_apart(angabe: Angabe, others: int, distance_m: float) -> str:
    who = "einem anderen Standort" if others == 1 else f"dem nächsten von {others} anderen Standorten"
    return (
        f"Der Punkt liegt {_metres(distance_m)} von {who} mit derselben Adresse „{_address(angabe)}“; "
        "nur einer der Orte kann stimmen."
    )


# Off the network


def _off_the_network(context: Context, angaben: Angaben) -> Iterator[Befund]:
    """Find whom nobody reaches on foot in the figures; says nothing while no network is published."""
    if context.find_network_generation() is None:
        return
    network, rows = context.network(Modus.ZU_FUSS), angaben.on_map
    doors_25832 = to_doors(network.doors, angaben.xy_25832[rows]).xy_25832
    reason = snap(network, doors_25832).reason
    for at in np.flatnonzero(reason == SnapReason.ISLAND).tolist():
        yield Befund(int(rows[at]), Klaerungsgrund.ABSEITS_DES_NETZES, _ON_ISLAND)
    far = np.flatnonzero(reason == SnapReason.TOO_FAR)
    far_m = snap(network, doors_25832[far], limit_m=_ANYWHERE_M).offroad_m.tolist()
    for at, distance_m in zip(far.tolist(), far_m, strict=True):
        inside = network.data_area_25832.covers(shapely.Point(doors_25832[at]))
        known_m = distance_m if np.isfinite(distance_m) else None
        yield Befund(int(rows[at]), Klaerungsgrund.ABSEITS_DES_NETZES, _say_off(known_m, inside=inside), known_m)


_ON_ISLAND = "Der Punkt liegt an einem Wegstück, zu dem aus dem übrigen Netz kein Weg führt."


def _say_off(distance_m: float | None, *, inside: bool) -> str:
    away = "an keinem Weg" if distance_m is None else f"{_metres(distance_m)} vom nächsten Weg"
    where = "" if inside else " und außerhalb des Gebiets, für das Wege vorliegen"
    return f"Der Punkt liegt {away}{where}: In den Zahlen erreicht ihn niemand zu Fuß."


# Outside the Kommune


def _outside_kommune(angaben: Angaben, kommunen: list[Raum]) -> Iterator[Befund]:
    """Find points in another Kommune than the Ort names, or in none. An Ort that names none may be a part of one."""
    by_name: defaultdict[str, list[Raum]] = defaultdict(list)
    for kommune in kommunen:
        by_name[normal_text(kommune.name)].append(kommune)
    by_name.pop("", None)
    name_of = {kommune.schluessel: kommune.titel for kommune in kommunen}
    for row in angaben.on_map.tolist():
        angabe = angaben.zeilen[row]
        named = by_name.get(normal_text(angabe.ort), [])
        elsewhere = angabe.lage == INNERHALB and angabe.kommune not in {each.schluessel for each in named}
        if not (elsewhere and named) and not (angabe.lage == AUSSERHALB and kommunen):
            continue
        distance_m = _distance_m(angaben.xy_25832[row], named or kommunen)
        if distance_m > 0:  # else only the outlines of two sources differ
            found = f"in {name_of.get(angabe.kommune, angabe.kommune)}" if angabe.kommune else "in keiner Kommune"
            said = f"Der Punkt liegt {found}, {_metres(distance_m)} {_say_beside(named)}."
            yield Befund(row, Klaerungsgrund.AUSSERHALB_DER_KOMMUNE, said, distance_m)


def _say_beside(named: list[Raum]) -> str:
    return f"außerhalb von {named[0].titel}, das als Ort angegeben ist" if named else "von der nächsten entfernt"


def _distance_m(xy_25832: NDArray[np.float64], areas: list[Raum]) -> float:
    return float(shapely.distance(shapely.Point(xy_25832), [area.geom_25832 for area in areas]).min())


# Unconfirmed


def _unconfirmed(angaben: Angaben, stichtag: date) -> Iterator[Befund]:
    """Find what nobody has stated or checked within the twelve months before the day."""
    earliest = year_before(stichtag)
    for row, angabe in enumerate(angaben.zeilen):
        if all(day is None or day < earliest for day in (angabe.stand, angabe.zuletzt_geprueft)):
            yield Befund(row, Klaerungsgrund.NICHT_BESTAETIGT, _say_unconfirmed(angabe, stichtag))


def _say_unconfirmed(angabe: Angabe, stichtag: date) -> str:
    if angabe.stand is None and angabe.zuletzt_geprueft is None:
        return "Von wann die Angaben sind, ist nicht bekannt: Es fehlen der Stand und der Tag der letzten Prüfung."
    days = {"Stand": angabe.stand, "zuletzt geprüft": angabe.zuletzt_geprueft}
    said = ", ".join(f"{what} {'unbekannt' if day is None else f'{day:%d.%m.%Y}'}" for what, day in days.items())
    return f"Am {stichtag:%d.%m.%Y} lag die letzte Bestätigung mehr als zwölf Monate zurück: {said}."


def _due(angaben: Angaben, stichtag: date) -> Iterator[Befund]:
    """Find what is confirmed within the year and yet due, because its Fachbereich wants it sooner."""
    earliest = year_before(stichtag)
    for row, angabe in enumerate(angaben.zeilen):
        latest = max(filter(None, (angabe.stand, angabe.zuletzt_geprueft)), default=None)
        if latest is not None and latest >= earliest and is_due(angabe.art.partition(".")[0], latest, stichtag):
            said = (
                f"Zuletzt am {latest:%d.%m.%Y} angegeben oder geprüft. In der Pflege gilt das {PFLEGE_MONATE} Monate, "
                "und zum 31.12. wird ab Oktober neu bestätigt."
            )
            yield Befund(row, Klaerungsgrund.FAELLIG, said)


# Doubled


def _doubled(angaben: Angaben) -> Iterator[Befund]:
    """Find those of one Art and name that stand at the same place; each leads to the nearest other."""
    named: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for row in angaben.on_map.tolist():
        angabe = angaben.zeilen[row]
        named[angabe.art, normal_text(angabe.name)].append(row)
    for rows in (each for each in named.values() if len(each) > 1):
        xy = angaben.xy_25832[rows]
        apart_m = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
        np.fill_diagonal(apart_m, np.inf)
        for at, nearest in enumerate(apart_m.argmin(axis=1).tolist()):
            if apart_m[at, nearest] < NEAR_M:
                other, distance_m = angaben.zeilen[rows[nearest]], float(apart_m[at, nearest])
                yield Befund(rows[at], Klaerungsgrund.DOPPELT, _say_doubled(other, distance_m), distance_m)


def _say_doubled(other: Angabe, distance_m: float) -> str:
    return (
        f"{_metres(distance_m)} entfernt steht ein Angebot derselben Art und desselben Namens ({other.id}). Ist es "
        "dasselbe, bitte eines von beiden stornieren und mit ersetzt_durch das andere nennen."
    )


# Disputed


def _disputed(angaben: Angaben, disputed: Mapping[str, Sequence[str]]) -> Iterator[Befund]:
    """Find what two people stated otherwise shortly after each other: which fields, and neither who nor what."""
    for row, angabe in enumerate(angaben.zeilen):
        if felder := disputed.get(angabe.id):
            yield Befund(row, Klaerungsgrund.WIDERSPRUCH, _say_disputed(felder, TITEL))


def _disputed_massnahmen(
    massnahmen: Sequence[Massnahme], disputed: Mapping[str, Sequence[str]]
) -> Iterator[dict[str, Any]]:
    for massnahme in massnahmen:
        if felder := disputed.get(massnahme.id):
            yield {
                "id": f"{massnahme.id}.{Klaerungsgrund.WIDERSPRUCH}",
                "massnahme": massnahme.id,
                "name": massnahme.titel,
                "kommune": massnahme.kommune,
                "grund": Klaerungsgrund.WIDERSPRUCH.value,
                "erlaeuterung": _say_disputed(felder, MASSNAHME_TITEL),
            }


def _say_disputed(felder: Sequence[str], titel: Mapping[str, str]) -> str:
    named = ", ".join(f"„{titel[feld]}“" for feld in felder)
    return f"Zu {named} gibt es zwei Angaben von Hand; die frühere steht im Katalog. Bitte nachsehen."
