"""Two drawn Kommunen with people, rates and homes, small enough to plan by hand.

Kommune   Frauen 0-74 75-84 85-89 90+   Männer 0-74 75-84 85-89 90+   Häuser
A               2400   300    90   40         2450   240    50   15   Haus 1 (80), Haus 2 (geplant, 40 ab 07/2027)
B               1000   100    50   10         1000   100    50   10   Haus 3 (30, ab 2028 nur 20)
"""

import tomllib
from datetime import date

import numpy as np

from infrastruktur import resources
from infrastruktur.domain.bedarf import get_regel, get_variante, parse_bedarf
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.domain.quote import parse_quoten
from infrastruktur.planning.bedarfsplanung import Annahmen, Grundlagen, Planungsraum
from infrastruktur.planning.pyramide import Alterspyramide
from infrastruktur.planning.supply import Platzzeiten


def read_schema(name):
    return tomllib.loads((resources.folder("schemas") / name).read_text("utf-8"))


TAFELN, _ = parse_quoten(read_schema("quoten.toml"), "quoten.toml")
DATEI = parse_bedarf(read_schema("bedarf.toml"), "bedarf.toml")
STICHTAG = date(2025, 12, 31)
RAUM = Planungsraum(("05334002", "05334004"), ("A", "B"), "05334", "Region")
GRUPPEN = tuple(parse_gruppe(code) for code in ("00bis74", "75bis84", "85bis89", "ab90"))
PEOPLE = np.array(
    [
        [[2400, 300, 90, 40], [2450, 240, 50, 15]],
        [[1000, 100, 50, 10], [1000, 100, 50, 10]],
    ],
    dtype=np.float64,
)


def pyramide(personen=PEOPLE, *, tag=STICHTAG, gruppen=GRUPPEN, geheim=None, quelle="register"):
    """Build people of areas; cells of `geheim` are withheld."""
    personen = np.array(personen, dtype=np.float64)
    hidden = np.zeros(personen.shape, dtype=bool) if geheim is None else geheim
    return Alterspyramide(tuple(gruppen), np.where(hidden, np.nan, personen), hidden, tag, quelle)


def houses(*rows):
    """Build houses from rows (key, area, [(status, places, from, to), …]); None is open or unknown."""
    times = [(at, *time) for at, (_, _, zeiten) in enumerate(rows) for time in zeiten]
    return Platzzeiten(
        schluessel=tuple(key for key, _, _ in rows),
        name=tuple(f"Haus {key}" for key, _, _ in rows),
        quelle=("probe",) * len(rows),
        area=np.array([area for _, area, _ in rows], dtype=np.int32),
        angebot=np.array([at for at, *_ in times], dtype=np.int32),
        status=np.array([time[1] for time in times], dtype=np.str_),
        plaetze=np.array([np.nan if time[2] is None else time[2] for time in times], dtype=np.float64),
        von=np.array([time[3] or "NaT" for time in times], dtype="datetime64[D]"),
        bis=np.array([time[4] or "NaT" for time in times], dtype="datetime64[D]"),
    )


HAUS_1 = ("1", 0, [("in_betrieb", 80, None, None)])
HAUS_2 = ("2", 0, [("geplant", 40, None, "2027-06-30"), ("in_betrieb", 40, "2027-07-01", None)])
HAUS_3 = ("3", 1, [("in_betrieb", 30, None, "2027-12-31"), ("in_betrieb", 20, "2028-01-01", None)])


def grundlagen(*, people=None, places=None, regel="dauerpflege_anteil", variants=("status_quo", "kapazitaet"), **more):
    """Build a plan's inputs: the register of 2025, and a forecast of 2030 with a tenth more people."""
    later = pyramide(PEOPLE * 1.1, tag=date(2030, 12, 31), quelle="prognose")
    return Grundlagen(
        raum=RAUM,
        bevoelkerung=people or (pyramide(), later),
        annahmen=Annahmen(
            pflegequoten=TAFELN[0],
            regel=get_regel(DATEI.regel, regel, STICHTAG),
            varianten=tuple(get_variante(DATEI.variante, code) for code in variants),
            quoten=more.pop("quoten", None),
        ),
        plaetze=places if places is not None else houses(HAUS_1, HAUS_2, HAUS_3),
        stichtag=STICHTAG,
        ab=more.pop("ab", date(2026, 3, 15)),
        **more,
    )
