"""The Angebote of the example: how many of each kind, where, run by whom, with which capacities.

Cities are well provided. The Eifel and some suburbs lack Tagespflege, Pflegeberatung and Begegnung, so that coverage
and gaps have something to say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from infrastruktur.example.landscape import EIFEL, KOMMUNEN, SEED
from infrastruktur.example.names import HAUS_NAMEN, TRAEGER, WOHLFAHRT
from infrastruktur.example.settlements import Settlement
from infrastruktur.example.ways import Addresses

Row = dict[str, object]
STICHTAG = date(2025, 12, 31)
HOME_PLACES = 5_900
ZUGELASSEN, BETRIEBEN, KURZZEIT = "Plätze zugelassen", "Plätze betrieben", "davon eingestreute Kurzzeitpflege"
BEWOHNER, BELEGT, VERFUEGBAR = "Bewohner:innen", "Platztage belegt", "Platztage verfügbar"
STUNDEN, SPRECHSTUNDEN = "Öffnungsstunden je Woche", "Sprechstunden je Woche"
_TOO_FEW = 20
"""Free addresses below which a place takes no more Angebote."""
_CHECKED_WITHIN_A_YEAR, _SHORT_OF_STAFF, _WITH_KURZZEIT, _PRIVATE_SCHOOLS = 0.8, 0.25, 0.8, 0.1
_VISITING = ("pflege.ambulant", "pflege.betreuungsdienst", "pflege.aua")
_SAY_WHERE, _TWO_KOMMUNEN, _BY_NIGHT = 0.9, 0.7, 0.6
_WITHOUT_PLATZTAGE = 0.17
_STAFF_PER_OPEN_HOUR = 1.5 / 39
_BAESWEILER, _HERZOGENRATH, _WUERSELEN = "05334008", "05334016", "05334036"


@dataclass(frozen=True)
class Kind:
    """A kind of Angebot: `count` in the region, `strip` outside, sizes `low`..`high` in `groesse`, Kommunen without."""

    art: str
    title: str
    count: int
    strip: int = 0
    groesse: str = ""
    low: int = 0
    high: int = 0
    without: tuple[str, ...] = ()


PFLEGE = (
    Kind("pflege.dauerpflege", "Pflegeheim", 70, 6, ZUGELASSEN, 50, 130),
    Kind("pflege.tagespflege", "Tagespflege", 34, 3, ZUGELASSEN, 10, 20, (*EIFEL, _BAESWEILER)),
    Kind("pflege.nachtpflege", "Nachtpflege", 2, 0, ZUGELASSEN, 4, 8, EIFEL),
    Kind("pflege.kurzzeit_solitaer", "Kurzzeitpflege", 6, 1, ZUGELASSEN, 8, 18, EIFEL),
    Kind("pflege.ambulant", "Pflegedienst", 105, 8, "Klient:innen", 35, 160),
    Kind("pflege.betreuungsdienst", "Betreuungsdienst", 9, 1, "Klient:innen", 15, 60),
    Kind("pflege.aua", "Alltagshilfe", 38, 2, "Klient:innen", 8, 50),
    Kind("pflege.wg_selbst", "Wohngemeinschaft", 9, 0, ZUGELASSEN, 5, 10),
    Kind("pflege.wg_anbieter", "Pflege-WG", 16, 1, ZUGELASSEN, 8, 12, ("05334024",)),
    Kind("pflege.servicewohnen", "Servicewohnen", 46, 3, "Wohneinheiten", 12, 60, ("05334020",)),
    Kind("pflege.hospiz", "Hospiz", 2, 0, ZUGELASSEN, 10, 14, EIFEL),
    Kind("pflege.hospizdienst", "Hospizdienst", 6, 0, "", 0, 0),
    Kind("pflege.quartierspflege", "Servicestützpunkt", 4, 0, STUNDEN, 20, 40, EIFEL),
)
BERATUNG_UND_QUARTIER = (
    Kind("beratung.pflege", "Pflegeberatung", 14, 2, SPRECHSTUNDEN, 6, 30, (*EIFEL, _WUERSELEN)),
    Kind("beratung.pflegestuetzpunkt", "Pflegestützpunkt", 3, 0, SPRECHSTUNDEN, 20, 36, (*EIFEL, _WUERSELEN)),
    Kind("beratung.senioren", "Seniorenberatung", 16, 1, SPRECHSTUNDEN, 4, 20, EIFEL),
    Kind("beratung.wohnberatung", "Wohnberatung", 6, 0, SPRECHSTUNDEN, 4, 16),
    Kind("beratung.demenz", "Demenzberatung", 7, 0, SPRECHSTUNDEN, 3, 12),
    Kind("beratung.sozial", "Sozialberatung", 22, 1, SPRECHSTUNDEN, 8, 36),
    Kind("beratung.schulden", "Schuldnerberatung", 8, 0, "VZÄ", 1, 5),
    Kind("beratung.sucht", "Suchtberatung", 8, 0, "VZÄ", 1, 8),
    Kind("beratung.erziehung", "Erziehungsberatung", 9, 0, "VZÄ", 2, 8),
    Kind("beratung.schwangerschaft", "Schwangerschaftsberatung", 5, 0, "VZÄ", 1, 4),
    Kind("beratung.schwangerschaftskonflikt", "Schwangerschaftskonfliktberatung", 6, 0, "VZÄ", 1, 4),
    Kind("beratung.migration", "Migrationsberatung", 12, 0, "VZÄ", 1, 4),
    Kind("beratung.eutb", "Teilhabeberatung", 3, 0, "VZÄ", 1, 3),
    Kind("beratung.wohnungslos", "Wohnungslosenhilfe", 4, 0, "VZÄ", 1, 5, EIFEL),
    Kind("beratung.psychosozial", "Sozialpsychiatrisches Zentrum", 5, 0, "VZÄ", 2, 7),
    Kind("beratung.arbeitslosen", "Arbeitslosenzentrum", 4, 0, STUNDEN, 10, 30, EIFEL),
    Kind("beratung.selbsthilfe", "Selbsthilfebüro", 2, 0, SPRECHSTUNDEN, 8, 20),
    Kind("beratung.bildung", "Bildungsberatung", 5, 0, SPRECHSTUNDEN, 6, 20),
    Kind("quartier.begegnungsstaette", "Begegnungsstätte", 48, 4, STUNDEN, 8, 40, ("05334024", "05334028")),
    Kind("quartier.seniorentreff", "Seniorentreff", 40, 2, STUNDEN, 3, 20, (*EIFEL, _BAESWEILER, _HERZOGENRATH)),
    Kind("quartier.nachbarschaftstreff", "Nachbarschaftstreff", 24, 0, STUNDEN, 6, 30, (*EIFEL, _BAESWEILER)),
    Kind("quartier.mehrgenerationenhaus", "Mehrgenerationenhaus", 4, 0, STUNDEN, 25, 50, EIFEL),
    Kind("quartier.stadtteilbuero", "Stadtteilbüro", 12, 0, STUNDEN, 15, 40, EIFEL),
    Kind("quartier.buergerhaus", "Bürgerhaus", 16, 0, STUNDEN, 10, 40),
    Kind("quartier.mittagstisch", "Mittagstisch", 16, 0, STUNDEN, 4, 15, EIFEL),
    Kind("quartier.tafel", "Tafel", 8, 0, STUNDEN, 4, 16),
    Kind("quartier.familienzentrum", "Familienzentrum", 30, 0, STUNDEN, 10, 40),
)
KITA = Kind("alltag.kita", "Kita", 270, 8)
OSM = (
    Kind("alltag.apotheke", "Apotheke", 125, 8, "", 0, 0),
    Kind("alltag.hausarzt", "Hausarztpraxis", 235, 14, "", 0, 0),
    Kind("alltag.lebensmittel", "Supermarkt", 260, 14, "", 0, 0),
    Kind("alltag.krankenhaus", "Krankenhaus", 9, 1, "", 0, 0, ("05334024",)),
)
SCHULEN = (
    (Kind("02", "Grundschule", 94, 3, "", 1, 4), 4),
    (Kind("04", "Hauptschule", 5, 0, "", 1, 2), 6),
    (Kind("08", "Förderschule", 9, 0, "", 1, 2), 6),
    (Kind("10", "Realschule", 10, 1, "", 2, 4, ("05334024",)), 6),
    (Kind("14", "Sekundarschule", 2, 0, "", 2, 4), 6),
    (Kind("15", "Gesamtschule", 11, 0, "", 3, 7, ("05334020", "05334024")), 9),
    (Kind("17", "Freie Waldorfschule", 2, 0, "", 1, 2, EIFEL), 12),
    (Kind("20", "Gymnasium", 15, 1, "", 2, 5, ("05334024", "05334028")), 9),
    (Kind("30", "Berufskolleg", 8, 0, "", 6, 16, EIFEL), 3),
)


class Sites:
    """Addresses to settle at, each given away once, near the middle of a place rather than at its edge."""

    def __init__(self, places: tuple[Settlement, ...], addresses: Addresses) -> None:
        self.addresses = addresses
        self.places = places
        middle = np.array([(place.x, place.y) for place in places])
        away = np.hypot(*(addresses.xy - middle[addresses.settlement]).T)
        order = np.lexsort((away, addresses.settlement))
        bounds = np.searchsorted(addresses.settlement[order], np.arange(len(places) + 1))
        self._free = [order[low:high].tolist() for low, high in pairwise(bounds)]

    def take(self, kind: Kind, rng: np.random.Generator) -> list[int]:
        """Choose addresses: Kommunen by their people, places within them by theirs."""
        people = np.array([0 if k.ags in kind.without else k.einwohner for k in KOMMUNEN], dtype=float)
        share = people / people.sum() * kind.count
        quota = np.floor(share).astype(int)
        quota[np.argsort(quota - share, kind="stable")[: kind.count - quota.sum()]] += 1
        sites: list[int] = []
        for ags, count in (*((k.ags, n) for k, n in zip(KOMMUNEN, quota, strict=True)), ("", kind.strip)):
            own = [i for i, place in enumerate(self.places) if place.ags == ags and len(self._free[i]) > _TOO_FEW]
            weights = np.array([self.places[i].einwohner for i in own], dtype=float) ** 1.15
            for place in rng.choice(own, size=count, p=weights / weights.sum()):
                free = self._free[place]
                sites.append(free.pop(int(rng.beta(1, 3) * len(free))))
        return sites

    def ags(self, site: int) -> str:
        """Give the Kommune an address lies in, "" outside the region."""
        return self.places[int(self.addresses.settlement[site])].ags

    def fields(self, site: int) -> Row:
        """State the address and the point, in the headings of the lists."""
        a = self.addresses
        east, north = a.xy[site].round(1).tolist()
        return {
            "Straße": a.street[site],
            "Hausnummer": a.number[site],
            "PLZ": a.plz[site],
            "Ort": a.ort[site],
            "Ostwert": east,
            "Nordwert": north,
        }


def list_pflege(sites: Sites) -> list[Row]:
    """List care Angebote; about 70 homes hold `HOME_PLACES` places, every third has a Tagespflege at its address."""
    rng, rounds = np.random.default_rng([SEED, 8]), np.random.default_rng([SEED, 13])
    rows: list[Row] = []
    for kind in PFLEGE:
        for site in sites.take(kind, rng):
            row = _angebot(kind, sites, site, rng)
            rows.append(row | _serve(kind, sites.ags(site), rounds) if kind.art in _VISITING else row)
    homes = [row for row in rows if row["Art"] == "pflege.dauerpflege"]
    _fit_homes(homes[: PFLEGE[0].count], rng)
    _share_addresses(homes[: PFLEGE[0].count], rows)
    for row in rows:
        if row["Art"] == "pflege.ambulant":
            row["VZÄ"] = round(int(str(row["Klient:innen"])) * 0.14, 1)
    _occupy(rows, np.random.default_rng([SEED, 13]))
    return _numbered(rows, "BSP-P")


def list_beratung_und_quartier(sites: Sites) -> list[Row]:
    """List counselling and neighbourhood Angebote, one shelter at a secret address among them."""
    rng = np.random.default_rng([SEED, 9])
    rows = [_angebot(kind, sites, site, rng) for kind in BERATUNG_UND_QUARTIER for site in sites.take(kind, rng)]
    shelter = Kind("beratung.gewaltschutz", "Schutzwohnung", 1, 0, "VZÄ", 2, 4, tuple(k.ags for k in KOMMUNEN[1:]))
    rows += [{**_angebot(shelter, sites, site, rng), "Vertraulich": "ja"} for site in sites.take(shelter, rng)]
    return _numbered(rows, "BSP-B")


def list_kitas(sites: Sites) -> list[Row]:
    """List Kitas with places under and over three."""
    rng = np.random.default_rng([SEED, 10])
    rows = []
    for site in sites.take(KITA, rng):
        groups = int(rng.integers(2, 6))
        under, over = int(rng.integers(4, 7)) * groups - 4, 14 * groups + int(rng.integers(0, 8))
        rows.append(_angebot(KITA, sites, site, rng) | {"Plätze U3": under, "Plätze Ü3": over})
    return _numbered(rows, "BSP-K")


def list_schulen(sites: Sites) -> list[Row]:
    """List schools in the columns of the state's file, two of them without a point."""
    rng = np.random.default_rng([SEED, 11])
    rows: list[Row] = []
    for kind, years in SCHULEN:
        for site in sites.take(kind, rng):
            at = sites.fields(site)
            east, north = round(float(str(at["Ostwert"]))), round(float(str(at["Nordwert"])))
            zuege = int(rng.integers(kind.low, kind.high + 1))
            private = rng.random() < _PRIVATE_SCHOOLS
            unplaced = len(rows) in {17, 71}
            rows.append(
                {
                    "Schulnummer": f"{900_001 + len(rows)}",
                    "Schulform": kind.art,
                    "Rechtsform": "2" if private else "1",
                    "Traegernummer": f"{70_001 + int(rng.integers(0, 40))}",
                    "Schulbezeichnung_1": f"Beispiel-{kind.title}",
                    "Schulbezeichnung_2": str(at["Straße"]),
                    "Schulbezeichnung_3": "",
                    "Strasse": f"{at['Straße']} {at['Hausnummer']}",
                    "PLZ": at["PLZ"],
                    "Ort": at["Ort"],
                    "Telefonvorwahl": "0241",
                    "Telefon": "",
                    "Homepage": "https://beispiel.example/schule",
                    "UTMRechtswert": "" if unplaced else east,
                    "UTMHochwert": "" if unplaced else north,
                    "EPSG": "null" if unplaced else "EPSG:25832",
                    "Zuege": zuege,
                    "Schueler": round(zuege * years * float(rng.normal(24, 1.5))),
                }
            )
    return rows


def list_osm(sites: Sites) -> list[tuple[Kind, int, str]]:
    """List what stands in OpenStreetMap: the kind, the address it stands at, its name."""
    rng = np.random.default_rng([SEED, 12])
    return [
        (kind, site, f"Beispiel-{kind.title} {sites.addresses.street[site]}")
        for kind in OSM
        for site in sites.take(kind, rng)
    ]


def _angebot(kind: Kind, sites: Sites, site: int, rng: np.random.Generator) -> Row:
    at = sites.fields(site)
    carriers = TRAEGER if kind.art.startswith("pflege.") else WOHLFAHRT
    traeger, form = carriers[int(rng.integers(len(carriers)))]
    age_days = rng.integers(10, 330) if rng.random() < _CHECKED_WITHIN_A_YEAR else rng.integers(370, 900)
    checked = STICHTAG - timedelta(days=int(age_days))
    row: Row = {
        "Art": kind.art,
        "Name": f"Beispiel-{kind.title} {at['Straße']}",
        "Träger": traeger,
        "Trägerart": form,
        **at,
        "Status": "in Betrieb",
        "Barrierefrei": str(rng.choice(["ja", "teilweise", "nein", "unbekannt"], p=[0.55, 0.2, 0.1, 0.15])),
        "Vertraulich": "nein",
        "Stand": checked,
        "Zuletzt geprüft": checked,
        "Quelle": "Beispiel: erfunden",
    }
    if kind.groesse:
        size = int(rng.integers(kind.low, kind.high + 1))
        row[kind.groesse] = round(size - float(rng.choice([0, 0.25, 0.5])), 2) if kind.groesse == "VZÄ" else size
    if kind.groesse == ZUGELASSEN:
        row[BETRIEBEN] = row[ZUGELASSEN]
    if kind.art.startswith("beratung.") and kind.groesse != "VZÄ":
        row["VZÄ"] = max(0.25, round(size * _STAFF_PER_OPEN_HOUR * 4) / 4)
    return row


def _serve(kind: Kind, ags: str, rng: np.random.Generator) -> Row:
    """Say where a service comes, its own Kommune and mostly a second, and whether by night; some say neither."""
    others = [kommune.ags for kommune in KOMMUNEN if kommune.ags != ags]
    told, further, night = rng.random(3)
    second = str(rng.choice(others))
    row: Row = {}
    if told < _SAY_WHERE:
        served = [ags, second] if further < _TWO_KOMMUNEN else [ags or second]
        row["Einsatzgebiet"] = "; ".join(key for key in served if key)
    if kind.art == "pflege.ambulant" and night < _SAY_WHERE:
        row["24-h-Rufbereitschaft"] = "ja" if night < _BY_NIGHT else "nein"
    return row


def _fit_homes(homes: list[Row], rng: np.random.Generator) -> None:
    """Scale the homes to `HOME_PLACES`, operate some short of staff, keep some places for short stays."""
    sizes = np.array([int(str(row[ZUGELASSEN])) for row in homes], dtype=float)
    sizes = np.rint(sizes * HOME_PLACES / sizes.sum()).astype(int)
    for index, (row, places) in enumerate(zip(homes, sizes.tolist(), strict=True)):
        row["Name"] = f"Beispiel-Haus St. {HAUS_NAMEN[index % len(HAUS_NAMEN)]} {row['Straße']}"
        row[ZUGELASSEN] = places
        row[BETRIEBEN] = places - int(rng.integers(2, 9)) if rng.random() < _SHORT_OF_STAFF else places
        row[KURZZEIT] = int(rng.integers(2, 9)) if rng.random() < _WITH_KURZZEIT else 0


def _occupy(rows: Iterable[Row], rng: np.random.Generator) -> None:
    """State the Platztage of a year, and of homes who lives there; every sixth house leaves it out."""
    kinds = {"pflege.dauerpflege": (365, 0.90, 0.99), "pflege.tagespflege": (250, 0.60, 0.95)}
    for row in rows:
        if row["Art"] not in kinds or rng.random() < _WITHOUT_PLATZTAGE:
            continue
        days, low, high = kinds[str(row["Art"])]
        places = int(str(row[ZUGELASSEN]))
        row[VERFUEGBAR] = places * days
        row[BELEGT] = round(places * days * rng.uniform(low, high))
        if row["Art"] == "pflege.dauerpflege":
            row[BEWOHNER] = round(places * rng.uniform(low, high))


def _share_addresses(homes: Sequence[Row], rows: Iterable[Row]) -> None:
    """Move every third Tagespflege to the home of its Kommune: one Standort, two Angebote."""
    keys = ("Straße", "Hausnummer", "PLZ", "Ort", "Ostwert", "Nordwert", "Träger", "Trägerart")
    free = list(homes)
    for index, row in enumerate([row for row in rows if row["Art"] == "pflege.tagespflege"]):
        home = next((home for home in free if home["Ort"] == row["Ort"]), None)
        if index % 3 == 0 and home is not None:
            free.remove(home)
            row |= {key: home[key] for key in keys}
            row["Name"] = f"{home['Name']}, Tagespflege"


def _numbered(rows: list[Row], prefix: str) -> list[Row]:
    return [{"Schlüssel": f"{prefix}-{number:04d}", **row} for number, row in enumerate(rows, start=1)]
