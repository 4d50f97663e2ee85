"""The columns of the figure tables, so that every way out of the house names and orders them alike.

Counts of people (`personen=True`) are what secrecy applies to. Capacities are not personal data.
"""

from infrastruktur.domain.art import list_arten, taxonomie
from infrastruktur.domain.tabelle import Spalte, Typ
from infrastruktur.planning.spalten import GEBIET, GRUND, HEIME, NENNER, STICHTAG, anzahl, personen, text, zahl

BESTAND: tuple[Spalte, ...] = (
    *GEBIET,
    text("art", "Art"),
    anzahl("angebote", "Angebote in Betrieb"),
    zahl("plaetze_zugelassen", "Plätze zugelassen", "Plätze", 0),
    zahl("plaetze_betrieben", "Plätze betrieben", "Plätze", 0),
    anzahl("geplant", "Angebote geplant, genehmigt oder im Bau"),
    anzahl("ohne_platzzahl", "Angebote ohne Platzzahl"),
    STICHTAG,
    text("art_titel", "Bezeichnung der Art"),
    anzahl("ruhend", "Angebote ruhend"),
    Spalte(name="vergleich_stichtag", titel="Vergleichsstichtag", typ=Typ.DATUM),
    anzahl("angebote_differenz", "Veränderung der Angebote"),
    zahl("plaetze_differenz", "Veränderung der zugelassenen Plätze", "Plätze", 0),
)

IN_PLAETZEN = tuple(art for art in list_arten() if art.groesse == "plaetze_zugelassen")


def name_column(groesse: str, art: str) -> str:
    """Name the column of a kind in a table that has its kinds side by side: `plaetze_pflege_tagespflege`."""
    return f"{groesse}_{art.replace('.', '_')}"


BESTAND_JE_GEBIET: tuple[Spalte, ...] = (
    *GEBIET,
    anzahl("angebote", "Angebote in Betrieb"),
    anzahl("geplant", "Angebote geplant, genehmigt oder im Bau"),
    anzahl("ruhend", "Angebote ruhend"),
    anzahl("ohne_platzzahl", "Angebote ohne Platzzahl"),
    *(anzahl(f"angebote_{each.code}", f"Angebote: {each.titel}") for each in taxonomie().values()),
    *(anzahl(name_column("angebote", art.code), f"Angebote: {art.titel}") for art in IN_PLAETZEN),
    *(zahl(name_column("plaetze", art.code), f"Plätze (mindestens): {art.titel}", "Plätze", 0) for art in IN_PLAETZEN),
    STICHTAG,
)
"""`BESTAND` for a map: one row an area; Kategorien, and the kinds counted in places, side by side."""

PROVISION: tuple[Spalte, ...] = (
    *GEBIET,
    text("indicator", "Indikator"),
    zahl("wert", "Wert (mindestens)", nachkommastellen=2),
    anzahl("ohne_platzzahl", "Angebote ohne Platzzahl"),
    zahl("wert_bis", "Wert höchstens (unter genannter Annahme)", nachkommastellen=2),
    text("einheit", "Einheit"),
    zahl("zaehler", "Zähler", nachkommastellen=2),
    personen("nenner", "Nenner"),
    GRUND,
    Spalte(name="stichtag_zaehler", titel="Stichtag des Zählers", typ=Typ.DATUM),
    Spalte(name="stichtag_nenner", titel="Stichtag des Nenners", typ=Typ.DATUM),
    text("quelle_nenner", "Quelle des Nenners"),
    text("altersgruppe", "Altersgruppe"),
    text("indicator_titel", "Bezeichnung des Indikators"),
    text("hinweis", "Hinweis"),
    zahl("bedarf", "Bedarf an Plätzen, gegen den der Bestand gehalten wird", "Plätze"),
    zahl("nenner_groesse", "Nenner, wo er eine Größe der Angebote ist"),
    zahl("nenner_ohne_einrichtungsbevoelkerung", "Nenner ohne Heimbewohner:innen (geschätzt)", "Personen", 0),
    zahl("wert_ohne_einrichtungsbevoelkerung", "Wert ohne Heimbewohner:innen (geschätzt)"),
    text("annahme_ohne_einrichtungsbevoelkerung", "Wie die Heimbewohner:innen gezählt sind, oder warum nicht"),
    zahl("wert_region", "Wert der Region", nachkommastellen=2),
    zahl("differenz_region", "Unterschied zur Region", nachkommastellen=2),
    Spalte(name="vergleich_stichtag", titel="Vergleichsstichtag", typ=Typ.DATUM),
    zahl("wert_vergleich", "Wert am Vergleichsstichtag", nachkommastellen=2),
    zahl("differenz_vergleich", "Veränderung seit dem Vergleichsstichtag", nachkommastellen=2),
    zahl("zielwert", "Zielwert", nachkommastellen=2),
    zahl("abstand_zielwert", "Abstand zum Zielwert", nachkommastellen=2),
    text("zielwert_status", "Status des Zielwerts"),
)
"""`nenner` counts people: those of the group, or those whose need `bedarf` is; so secrecy applies to it.

The comparisons are filled after the table was protected, from what it shows.
"""

KONTEXT: tuple[Spalte, ...] = (
    *GEBIET,
    text("thema", "Thema"),
    text("indicator", "Indikator"),
    text("indicator_titel", "Bezeichnung des Indikators"),
    zahl("wert", "Wert"),
    text("einheit", "Einheit"),
    STICHTAG,
    text("quelle", "Quelle"),
    GRUND,
    Spalte(name="eingeschraenkt", titel="Aussagewert eingeschränkt", typ=Typ.WAHRHEIT),
    zahl("wert_kommune", "Wert der Kommune"),
    zahl("differenz_kommune", "Unterschied zur Kommune"),
    zahl("wert_region", "Wert der Region"),
    zahl("differenz_region", "Unterschied zur Region"),
    personen("anzahl", "Anzahl, wo der Wert Personen zählt"),
    text("bezug", "Zähler und Nenner"),
    text("richtung", "Welche Werte belastend sind"),
    text("deutung", "Wie der Wert zu lesen ist"),
    text("lizenz", "Lizenz der Quelle"),
    text("hinweis", "Hinweis"),
)
"""A value of a Sozialraummonitoring on its own Stichtag. The comparisons are filled after the table was protected."""

_ZIEL_MASS = (
    anzahl("max_meter", "Höchstens Meter", "m"),
    text("metrik", "Messweise der Meter"),
)

COVERAGE: tuple[Spalte, ...] = (
    *GEBIET,
    text("ziel", "Ziel"),
    text("art", "Art"),
    anzahl("mindestens", "Mindestens Träger"),
    text("modus", "Verkehrsmittel"),
    text("profil", "Profil"),
    anzahl("max_minuten", "Höchstens Minuten", "min"),
    text("altersgruppe", "Altersgruppe"),
    personen("personen", "Personen"),
    personen("erreicht", "Erreicht"),
    personen("nicht_erreicht", "Nicht erreicht"),
    personen("ohne_aussage", "Ohne Aussage"),
    zahl("anteil_prozent", "Anteil erreicht", "%"),
    STICHTAG,
    *_ZIEL_MASS,
    GRUND,
    *NENNER,
    zahl("median_minuten", "Weg zum nächsten Angebot: Minuten (Median)", "min"),
    zahl("p90_minuten", "Weg zum nächsten Angebot: Minuten (90 % höchstens; öffentlich ab 100 Personen)", "min"),
    zahl("median_meter", "Weg zum nächsten Angebot: Meter (Median)", "m", 0),
    zahl("p90_meter", "Weg zum nächsten Angebot: Meter (90 % höchstens; öffentlich ab 100 Personen)", "m", 0),
    zahl("traeger_mittel", "Verschiedene Träger in Reichweite (Mittel, mindestens)"),
    zahl("abseits", "Davon ohne Aussage: Wohnzelle an keiner Straße (nur Verwaltung)", "Personen", 0),
    zahl("rand_der_daten", "Davon ohne Aussage: Rand der Daten (nur Verwaltung)", "Personen", 0),
    zahl("traeger_unbekannt", "Davon ohne Aussage: unbekannter Träger (nur Verwaltung)", "Personen", 0),
    zahl("unerreichbar", "Davon nicht erreicht: gar kein Angebot in zwei Stunden (nur Verwaltung)", "Personen", 0),
    *HEIME,
)
"""abseits + rand_der_daten + traeger_unbekannt = ohne_aussage; ways and Träger are of those who have a statement."""

GAPS: tuple[Spalte, ...] = (
    *GEBIET,
    text("ziel", "Ziel"),
    text("ziel_status", "Status des Ziels"),
    text("art", "Art"),
    text("modus", "Verkehrsmittel"),
    anzahl("max_minuten", "Höchstens Minuten", "min"),
    text("altersgruppe", "Altersgruppe"),
    personen("personen", "Personen"),
    personen("ohne_zugang", "Ohne Zugang"),
    personen("bis_zum_ziel", "Davon bis zum Ziel"),
    zahl("anteil_prozent", "Anteil erreicht", "%"),
    zahl("ziel_prozent", "Zielwert", "%"),
    anzahl("rang_personen", "Rang nach Personen"),
    anzahl("rang_anteil", "Rang nach Anteil"),
    text("naechstes_angebot", "Nächstes Angebot"),
    zahl("naechste_minuten", "Nächstes Angebot: Minuten (Median)", "min"),
    text("sicherheit", "Sicherheit der Daten"),
    STICHTAG,
    text("ziel_titel", "Bezeichnung des Ziels"),
    anzahl("mindestens", "Mindestens Träger"),
    text("profil", "Profil"),
    *_ZIEL_MASS,
    personen("erreicht", "Erreicht"),
    personen("ohne_aussage", "Ohne Aussage"),
    zahl("anteil_beurteilt_prozent", "Anteil erreicht der Personen mit Aussage", "%"),
    zahl("naechste_meter", "Nächstes Angebot: Meter (Median)", "m", 0),
    GRUND,
    *NENNER,
    *HEIME,
)
"""`personen` = erreicht + ohne_zugang + ohne_aussage; the target is judged on erreicht + ohne_zugang."""

VERSORGUNGSQUARTIERE: tuple[Spalte, ...] = (
    *GEBIET,
    anzahl("platz", "Platz im Profil des Gebiets, Fehlendes zuerst"),
    text("kriterium", "Kriterium"),
    text("kriterium_titel", "Bezeichnung des Kriteriums"),
    text("zustand", "Zustand"),
    zahl("anteil_prozent", "Anteil erreicht", "%"),
    zahl("ziel_prozent", "Zielwert", "%"),
    personen("personen", "Personen"),
    personen("erreicht", "Erreicht"),
    personen("ohne_zugang", "Ohne Zugang"),
    personen("ohne_aussage", "Ohne Aussage"),
    personen("bis_zum_ziel", "Davon bis zum Ziel"),
    zahl("anteil_beurteilt_prozent", "Anteil erreicht der Personen mit Aussage", "%"),
    text("naechstes_angebot", "Nächstes Angebot"),
    zahl("naechste_minuten", "Nächstes Angebot: Minuten (Median)", "min"),
    zahl("naechste_meter", "Nächstes Angebot: Meter (Median)", "m", 0),
    anzahl("angebote", "Angebote, auf denen die Aussage beruht"),
    anzahl("ungeprueft", "Davon seit mehr als 12 Monaten ungeprüft"),
    text("sicherheit", "Sicherheit der Daten"),
    text("zustand_langsamer", "Zustand, wenn alle eine Stufe langsamer gehen"),
    text("zustand_schneller", "Zustand, wenn alle eine Stufe schneller gehen"),
    anzahl("aufsuchend", "Aufsuchende Angebote, die hierher kommen (daneben)"),
    anzahl("gewicht", "Gewicht"),
    zahl("index_prozent", "Index des Gebiets", "%"),
    zahl("index_beurteilt_prozent", "Gewicht der beurteilten Kriterien", "%"),
    text("aussage", "In einem Satz"),
    text("art", "Art"),
    anzahl("mindestens", "Mindestens Träger"),
    text("abdeckung", "Beurteilt nach"),
    text("modus", "Verkehrsmittel"),
    text("profil", "Profil"),
    anzahl("max_minuten", "Höchstens Minuten", "min"),
    *_ZIEL_MASS,
    text("altersgruppe", "Altersgruppe"),
    text("kriteriensatz", "Kriteriensatz"),
    anzahl("version", "Version des Kriteriensatzes"),
    text("satz_variante", "Variante des Kriteriensatzes"),
    text("satz_status", "Status des Kriteriensatzes"),
    STICHTAG,
    GRUND,
    *NENNER,
    *HEIME,
)
"""A row is a criterion; `personen` = erreicht + ohne_zugang + ohne_aussage; judged are those with a statement."""

GAPS_GESAMT: tuple[Spalte, ...] = (
    *GAPS,
    text("herkunft", "Woran gemessen: ziel, kriterium oder platzsaldo"),
    text("kriterium", "Kriterium, das dasselbe fragt oder hier verfehlt ist"),
    text("satz_variante", "Variante des Kriteriensatzes"),
    zahl("fehlende_plaetze", "Fehlende Plätze", "Plätze", 0),
    anzahl("rang_liste_personen", "Rang in der ganzen Liste nach Personen oder Plätzen"),
    anzahl("rang_liste_anteil", "Rang in der ganzen Liste nach Anteil"),
)
"""`rang_personen` and `rang_anteil` rank the areas under one target; `rang_liste_*` all gaps of a level."""

SITING: tuple[Spalte, ...] = (
    *GEBIET,
    anzahl("rang", "Rang nach neu erreichten Personen"),
    zahl("laenge", "Geographische Länge", "°", 6),
    zahl("breite", "Geographische Breite", "°", 6),
    personen("neu_erreicht", "Neu erreicht, zum nächsten Standort gezählt"),
    personen("nur_hier", "Davon nur von hier erreicht"),
    text("ziel", "Ziel"),
    text("ziel_status", "Status des Ziels"),
    text("art", "Art"),
    text("modus", "Verkehrsmittel"),
    text("profil", "Profil"),
    anzahl("max_minuten", "Höchstens Minuten", "min"),
    *_ZIEL_MASS,
    text("altersgruppe", "Altersgruppe"),
    STICHTAG,
    GRUND,
    *NENNER,
    text("kandidat", "Möglicher Standort"),
    zahl("kosten", "Kosten"),
    anzahl("plaetze", "Plätze am Standort", "Plätze"),
    personen("zugeordnet", "Personen, für die er der nächste ist oder die hier einen Platz haben"),
)
"""A row is a proposed site; `ebene` and `gebiet` are the smallest area most of its cell lies in."""

CATCHMENTS: tuple[Spalte, ...] = (
    *GEBIET,
    text("art", "Art"),
    text("verfahren", "Verfahren"),
    text("abklingen", "Abklingen"),
    text("modus", "Verkehrsmittel"),
    text("profil", "Profil"),
    anzahl("max_minuten", "Höchstens Minuten", "min"),
    text("altersgruppe", "Altersgruppe"),
    personen("personen", "Personen"),
    personen("erreicht", "Erreichen mindestens ein Angebot"),
    personen("nicht_erreicht", "Erreichen keines"),
    personen("ohne_aussage", "Ohne Aussage"),
    zahl("wert", "Angebot je 1.000 Personen mit Aussage (mindestens)"),
    text("einheit", "Einheit"),
    zahl("plaetze", "Plätze, die den Personen zufallen (mindestens)"),
    anzahl("ohne_platzzahl", "Angebote ohne Platzzahl, die jemand von hier erreicht"),
    anzahl("unerreicht", "Angebote hier, die niemand erreicht"),
    zahl("plaetze_unerreicht", "Plätze hier, die niemand erreicht (mindestens)"),
    anzahl("ohne_ort", "Angebote hier ohne Punkt oder Straße"),
    zahl("plaetze_ohne_ort", "Plätze hier ohne Punkt oder Straße (mindestens)"),
    STICHTAG,
    GRUND,
    *NENNER,
    text("richtung", "Richtung des Weges"),
    *HEIME,
)
"""`personen` = erreicht + nicht_erreicht + ohne_aussage; wert = 1000 · plaetze / (erreicht + nicht_erreicht).

Places are of the size of the kind, which `einheit` names.
"""

SZENARIOVERGLEICH: tuple[Spalte, ...] = (
    *GEBIET,
    text("auswertung", "Auswertung"),
    text("gegenstand", "Art, Indikator, Ziel, Kriterium, Leistung oder Bedarfsregel"),
    text("gegenstand_titel", "Bezeichnung"),
    Spalte(name="reagiert", titel="Reagiert auf das Szenario", typ=Typ.WAHRHEIT),
    text("groesse", "Größe"),
    text("groesse_titel", "Bezeichnung der Größe"),
    text("einheit", "Einheit"),
    zahl("vorher", "Vorher", nachkommastellen=2),
    zahl("nachher", "Nachher", nachkommastellen=2),
    zahl("differenz", "Veränderung", nachkommastellen=2),
    text("vorher_text", "Vorher (Text)"),
    text("nachher_text", "Nachher (Text)"),
    STICHTAG,
    Spalte(name="tag", titel="Für den Tag", typ=Typ.DATUM),
    text("variante", "Variante"),
)
"""A row is a cell that differs, or, with `reagiert` false and no area, something that does not react."""
