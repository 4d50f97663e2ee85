"""Hand out an editor's own list of a layer as a table, to change and to send back; and read one that comes back."""

import tempfile
from datetime import date
from pathlib import Path

from infrastruktur.domain import eingabe as entering
from infrastruktur.domain.angebot import is_hidden
from infrastruktur.domain.eingabe import GEOMETRIE, TITEL
from infrastruktur.domain.errors import Forbidden, NotFound
from infrastruktur.domain.layer import Collection, Property
from infrastruktur.domain.liste import FASSUNG, NORD, OST, Zeilenstand, show_row
from infrastruktur.domain.permission import Handlung, demand, may_contribute
from infrastruktur.domain.tabelle import Spalte, Typ, Wert
from infrastruktur.intake.liste import MAX_ROWS, Listeninhalt, read_liste
from infrastruktur.reports.listen import Blatt, write_csv, write_xlsx
from infrastruktur.storage.eingaben import Bestand, list_bestand
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.demand_change import describe_gegenstand
from infrastruktur.usecases.edit_angebot import list_editable, narrow_to_layer, require_person
from infrastruktur.usecases.read_layer import find_collection

KENNUNG = "id"
_NEEDED = (KENNUNG, FASSUNG)
_FASSUNG = Property(name=FASSUNG, titel="Fassung", type="string")
_KOORDINATEN = (
    Property(name=OST, titel="x (Ost, EPSG:25832)", type="number"),
    Property(name=NORD, titel="y (Nord, EPSG:25832)", type="number"),
)
_RULES = (
    ("Ändern", "Nur was in einer Zelle anders ist als in der heruntergeladenen Liste, gilt als Änderung."),
    ("Leeren", "Eine geleerte Zelle nimmt die Angabe weg."),
    ("Weglassen", "Zeilen und Spalten, die fehlen, bleiben im Katalog, wie sie sind. Gelöscht wird nichts."),
    ("Neu", "Eine neue Zeile hat weder Kennung noch Fassung. Ohne Punkt sucht der Katalog ihn zur Adresse."),
    ("Schließen", "Status „geschlossen“; ab welchem Tag, sagt man beim Einlesen (ab=2026-07-01)."),
    ("Freigabe", "Was jemand anders freigeben muss, wird als Vorschlag eingereicht; der Plan nennt diese Zeilen."),
    ("Gleichzeitig", "Was andere inzwischen geändert haben, bleibt. Was beide geändert haben, wird gezeigt."),
    ("Einlesen", f"Erst entsteht ein Plan, dann wird alles übernommen oder nichts. Bis {MAX_ROWS} Zeilen."),
)
_MEANINGS = {
    KENNUNG: "Woran der Katalog das Angebot erkennt. Bitte nicht ändern.",
    FASSUNG: "Wovon die Zeile ausgeht. Bitte nicht ändern.",
    "kapazitaet": "Eine Zahl, mit Komma, ohne Punkte; die Einheit steht daneben.",
    "oeffnungszeiten": "Zum Beispiel Mo-Fr 08:00-12:00,14:00-16:00; Sa 09:00-12:00; Feiertag geschlossen.",
    "stand": "Tag, von dem die Angaben sind, zum Beispiel 31.12.2026.",
    "plz": "Fünf Ziffern.",
    OST: "Meter nach Osten; beide Koordinaten oder keine.",
    NORD: "Meter nach Norden; beide Koordinaten oder keine.",
    "einheit": "Folgt aus der Art; hier nicht zu ändern.",
    "zuletzt_geprueft": "Hält die Bestätigung fest; hier nicht zu ändern.",
    "kommune": "Folgt aus dem Punkt; hier nicht zu ändern.",
    "sozialraum": "Folgt aus dem Punkt; hier nicht zu ändern.",
}
_TYPEN = {"number": Typ.ZAHL, "date": Typ.DATUM}


def demand_editor(context: Context, kollektion: str) -> tuple[str, ...]:
    """Let pass who may change something in a layer or propose to, and give the kinds that can be changed there.

    Raises
    ------
    NotFound
        The layer does not exist, or nothing in it can be changed.
    Unauthenticated, Forbidden
        Nobody known, or nobody who may even propose anything.

    """
    find_collection(kollektion)
    arten = list_editable(kollektion)
    if not arten:
        raise NotFound("Diese Ebene zeigt nur, was andere führen. Eine Liste zum Ändern gibt es zu ihr nicht.")
    require_person(context)
    if not may_contribute(narrow_to_layer(context, kollektion)):
        demand(context.leser, Handlung.VORSCHLAGEN)
        raise Forbidden("Für diese Ebene ist jemand anders zuständig.")
    return arten


def write_liste(context: Context, kollektion: str, tag: date, *, workbook: bool) -> bytes:
    """Write what somebody may change in a layer, or propose to, as it is on a day, as a workbook or as CSV.

    What is closed or void by then is left out. Raises as `demand_editor`.
    """
    arten = demand_editor(context, kollektion)
    with context.store.read() as connection:
        found = list_bestand(connection, arten).values()
    own = [each for each in found if not entering.is_gone(each.angebot, tag) and _is_own(context, each)]
    collection = find_collection(kollektion)
    columns = list_columns(collection)
    blatt = Blatt(
        titel=f"{collection.titel} zum Ändern",
        spalten=tuple(_describe(each) for each in columns),
        zeilen=tuple(_write_row(each, tag, columns) for each in own),
        auswahl={each.name: list(each.werte.values()) for each in columns if each.werte},
        erlaeuterung=(*((each.titel, _explain(each)) for each in columns), *_RULES),
    )
    return write_xlsx(blatt) if workbook else write_csv(blatt)


def read_upload(collection: Collection, body: bytes, *, workbook: bool) -> Listeninhalt:
    """Read a list of a layer that came back. Raises SourceRefused where it is no such list."""
    with tempfile.TemporaryDirectory(prefix="infrastruktur-") as folder:
        path = Path(folder) / ("liste.xlsx" if workbook else "liste.csv")
        path.write_bytes(body)
        return read_liste(path, list_columns(collection), _NEEDED)


def list_columns(collection: Collection) -> tuple[Property, ...]:
    """List the columns of a layer's list: first what tells a row apart, the point behind the address."""
    by_name = {each.name: each for each in collection.properties}
    stated = [each for each in by_name if each in TITEL]
    derived = [each for each in by_name if each not in TITEL and each != KENNUNG]
    return (
        by_name[KENNUNG],
        _FASSUNG,
        *(by_name[name] for name in stated),
        *_KOORDINATEN,
        *(by_name[name] for name in derived),
    )


def _is_own(context: Context, found: Bestand) -> bool:
    shown = not (context.public and is_hidden(found.angebot))
    return shown and may_contribute(context.leser, describe_gegenstand(found.angebot, found.ort))


def _describe(spalte: Property) -> Spalte:
    typ = _TYPEN.get(spalte.format or spalte.type, Typ.TEXT)
    return Spalte(name=spalte.name, titel=spalte.titel, typ=typ, nachkommastellen=None)


def _write_row(found: Bestand, tag: date, columns: tuple[Property, ...]) -> tuple[Wert, ...]:
    shown = show_row(found.angebot, found.ort, tag)
    east, north = shown.pop(GEOMETRIE) or (None, None)
    values = {**shown, FASSUNG: Zeilenstand(version=found.version, tag=tag).text(), OST: east, NORD: north}
    return tuple(_write_cell(values[each.name], each) for each in columns)


def _write_cell(value: Wert, spalte: Property) -> Wert:
    if value is not None and spalte.format == "date":
        return date.fromisoformat(str(value))
    return spalte.werte.get(str(value), value)


def _explain(spalte: Property) -> str:
    if spalte.werte:
        return f"Möglich sind: {', '.join(spalte.werte.values())}."
    return _MEANINGS.get(spalte.name, "Ein Text.")
