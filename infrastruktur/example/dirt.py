"""Faults as real lists have them: one of each kind at least, so that the import shows what it does with them.

Every fault stands in the care list or in the list of counselling and neighbourhood Angebote.
"""

from datetime import date

from infrastruktur.example.angebote import BELEGT, BETRIEBEN, BEWOHNER, STUNDEN, VERFUEGBAR, ZUGELASSEN, Row


def soil_pflege(rows: list[Row]) -> list[Row]:
    """Spoil the care list: unknown capacities, a swapped point, a duplicate, an unknown Art, a negative number."""
    by_art: dict[str, list[Row]] = {}
    for row in rows:
        by_art.setdefault(str(row["Art"]), []).append(row)
    homes, dienste, tage = by_art["pflege.dauerpflege"], by_art["pflege.ambulant"], by_art["pflege.tagespflege"]
    _add_home_states(homes)
    swapped = dienste[5]
    swapped["Ostwert"], swapped["Nordwert"] = swapped["Nordwert"], swapped["Ostwert"]
    dienste[7]["VZÄ"] = dienste[11]["VZÄ"] = None
    dienste[9]["Name"] = f"{dienste[9]['Name']}  "
    dienste[9]["Ort"] = f"{dienste[9]['Ort']} "
    for row in (*dienste[12:16], tage[4]):
        row["Ostwert"] = row["Nordwert"] = None
    unplaced = dienste[17]
    unplaced |= {"Straße": "Unauffindbare Beispielgasse", "Hausnummer": "99 b", "Ostwert": None, "Nordwert": None}
    planned = homes[2] | {
        "Name": "Beispiel-Haus Zukunft, geplanter Neubau",
        "Status": "geplant",
        "Status ab": date(2025, 6, 1),
        "In Betrieb ab": date(2027, 7, 1),
        ZUGELASSEN: 80,
        **dict.fromkeys((BETRIEBEN, BEWOHNER, BELEGT, VERFUEGBAR)),
    }
    negative = _copied(tage[12], "BSP-P-9004", 90) | {ZUGELASSEN: -5, BETRIEBEN: None}
    negative["Name"] = "Beispiel-Tagespflege Vorzeichen"
    return [
        *rows,
        _copied(planned, "BSP-P-9001", 120),
        _copied(tage[8], "BSP-P-9002", 11),
        _copied(dienste[20], "BSP-P-9003", 60) | {"Art": "Wellness", "Name": "Beispiel-Wellness Rosenbad"},
        negative,
    ]


def soil_beratung_und_quartier(rows: list[Row]) -> list[Row]:
    """Spoil the second list in the same ways."""
    treffs = [row for row in rows if row["Art"] == "quartier.begegnungsstaette"]
    swapped = treffs[3]
    swapped["Ostwert"], swapped["Nordwert"] = swapped["Nordwert"], swapped["Ostwert"]
    treffs[5]["Name"] = f"{treffs[5]['Name']} "
    treffs[6]["Träger"] = f" {treffs[6]['Träger']}  "
    treffs[7][STUNDEN] = None
    for row in treffs[8:11]:
        row["Ostwert"] = row["Nordwert"] = None
    treffs[12] |= {"Straße": "Am verlorenen Beispielpfad", "Hausnummer": "7", "Ostwert": None, "Nordwert": None}
    return [
        *rows,
        _copied(treffs[14], "BSP-B-9001", 9),
        _copied(treffs[15], "BSP-B-9002", 75) | {"Art": "Wellness", "Name": "Beispiel-Wellnessoase"},
        _copied(treffs[16], "BSP-B-9003", 80) | {"Name": "Beispiel-Begegnungsstätte Vorzeichen", STUNDEN: -12},
    ]


def _add_home_states(homes: list[Row]) -> None:
    """Take the number of places from four homes, close one on a later day, let one admit nobody."""
    places = 0
    for index in (3, 21, 40, 55):
        places += int(str(homes[index][ZUGELASSEN]))
        homes[index][ZUGELASSEN] = homes[index][BETRIEBEN] = None
    # The others take over their places, so that what is stated still sums to the region's figure.
    for index in range(60, 60 + 8):
        more = places // 8 + (index - 60 < places % 8)
        for size in (ZUGELASSEN, BETRIEBEN):
            homes[index][size] = int(str(homes[index][size])) + more
    homes[10] |= {"Geschlossen zum": date(2026, 3, 31), "Kapazität ab": date(2019, 1, 1)}
    homes[14] |= {"Aufnahmestopp seit": date(2025, 11, 3)}
    homes[30] |= {"Kapazität ab": date(2024, 8, 1)}


def _copied(row: Row, key: str, metres_east: float) -> Row:
    """Copy a row under another key, a little further east."""
    east = float(str(row["Ostwert"])) + metres_east
    return row | {"Schlüssel": key, "Ostwert": round(east, 1)}
