"""Columns of the tables of need, plan and Bestand (§ 7 APG NRW)."""

from infrastruktur.domain.pflegestatistik import Leistung
from infrastruktur.domain.tabelle import Spalte, Typ
from infrastruktur.planning.spalten import GEBIET, GRUND, HEIME, NENNER, STICHTAG, anzahl, personen, text, zahl

_PLAN = (
    Spalte(name="tag", titel="Für den Tag", typ=Typ.DATUM),
    text("variante", "Variante"),
)

BEDARFSPLANUNG: tuple[Spalte, ...] = (
    *GEBIET,
    text("art", "Art"),
    *_PLAN,
    personen("pflegebeduerftige", "Pflegebedürftige (geschätzt)"),
    personen("personen", "Personen in diesem Angebot (geschätzt)"),
    personen("ohne_platz", "Weitere Personen, für die es keinen Platz gibt"),
    zahl("bedarf", "Bedarf an Plätzen", "Plätze", 0),
    zahl("bestand_stichtag", "Bestand am Stichtag", "Plätze", 0),
    zahl("zugang_geplant", "Zugang: am Stichtag geplant", "Plätze", 0),
    zahl("zugang_genehmigt", "Zugang: am Stichtag genehmigt", "Plätze", 0),
    zahl("zugang_im_bau", "Zugang: am Stichtag im Bau", "Plätze", 0),
    zahl("zugang_sonst", "Zugang: wieder eröffnet oder bisher unbekannt", "Plätze", 0),
    zahl("zugang_ausbau", "Zugang: Ausbau bestehender Häuser", "Plätze", 0),
    zahl("wegfall_schliessung", "Wegfall: Schließung", "Plätze", 0),
    zahl("wegfall_abbau", "Wegfall: Abbau von Plätzen (etwa Einzelzimmerquote)", "Plätze", 0),
    zahl("ungewiss", "Veränderung, weil eine Platzzahl bekannt oder unbekannt wird", "Plätze", 0),
    zahl("angebot", "Angebot an Plätzen (mindestens)", "Plätze", 0),
    anzahl("ohne_platzzahl", "Angebote ohne Platzzahl"),
    zahl("saldo", "Platzsaldo", "Plätze", 0),
    zahl("versorgungsgrad_prozent", "Versorgungsgrad", "%"),
    zahl("nicht_gerechnet", "Nicht gerechnete Plätze", "Plätze", 0),
    zahl("ohne_termin", "Erwartete Plätze, die noch nicht in Betrieb sind", "Plätze", 0),
    text("status", "Verbindlichkeit"),
    GRUND,
    STICHTAG,
    text("variante_titel", "Bezeichnung der Variante"),
    text("regel", "Bedarfsregel"),
    personen("pflegebeduerftige_mindestens", "Pflegebedürftige der bekannten Personen"),
    *HEIME,
)
"""bestand_stichtag + Zugänge - Wegfälle + ungewiss = angebot; saldo = angebot - bedarf, in whole places."""

PFLEGEBEDARF: tuple[Spalte, ...] = (
    *GEBIET,
    text("leistung", "Leistung"),
    personen("erwartet", "Erwartet nach Alter und Geschlecht"),
    personen("beobachtet", "Gezählt"),
    zahl("verhaeltnis", "Gezählt je erwartet", nachkommastellen=2),
    STICHTAG,
    *NENNER,
    Spalte(name="stichtag_beobachtet", titel="Stichtag der Zählung", typ=Typ.DATUM),
    text("quelle_beobachtet", "Quelle der Zählung"),
    GRUND,
    text("leistung_titel", "Bezeichnung der Leistung"),
    text("rechenweg", "Wie die Erwartung berechnet ist"),
)
"""`insgesamt` is the sum of pflegegeld, ambulant, vollstationaer and ohne; `teilstationaer` is contained in them."""

PFLEGE_JE_GEBIET: tuple[Spalte, ...] = (
    *GEBIET,
    *(personen(f"erwartet_{each}", f"Erwartet: {each.titel}") for each in Leistung),
    *(personen(f"beobachtet_{each}", f"Gezählt: {each.titel}") for each in Leistung),
    GRUND,
    STICHTAG,
    *NENNER,
)
"""`PFLEGEBEDARF` for a map: one row an area, its kinds of care side by side; `grund` is that of all of them."""

PLANVERGLEICH: tuple[Spalte, ...] = (
    *GEBIET,
    text("regel", "Bedarfsregel"),
    *_PLAN,
    text("groesse", "Zahl"),
    zahl("vorher", "Vorher", nachkommastellen=2),
    zahl("nachher", "Nachher", nachkommastellen=2),
    zahl("differenz", "Unterschied", nachkommastellen=2),
    zahl("durch_prognose", "Davon durch Bevölkerung", nachkommastellen=2),
    zahl("durch_quote", "Davon durch Quoten", nachkommastellen=2),
    zahl("durch_regel", "Davon durch Regel", nachkommastellen=2),
    zahl("durch_angebot", "Davon durch Angebote", nachkommastellen=2),
    text("was", "Was sich geändert hat"),
    text("variante_vorher", "Variante vorher"),
    text("regel_vorher", "Bedarfsregel vorher"),
    STICHTAG,
    Spalte(name="stichtag_vorher", titel="Stichtag vorher", typ=Typ.DATUM),
    GRUND,
)
"""differenz = nachher - vorher = durch_prognose + durch_quote + durch_regel + durch_angebot, unrounded."""

_BEWEGUNGEN = (
    zahl("zugang_geplant", "Zugang: zuvor geplant", "Plätze", 0),
    zahl("zugang_genehmigt", "Zugang: zuvor genehmigt", "Plätze", 0),
    zahl("zugang_im_bau", "Zugang: zuvor im Bau", "Plätze", 0),
    zahl("zugang_sonst", "Zugang: wieder eröffnet oder zuvor unbekannt", "Plätze", 0),
    zahl("zugang_ausbau", "Zugang: Ausbau bestehender Häuser", "Plätze", 0),
    zahl("wegfall_schliessung", "Wegfall: Schließung", "Plätze", 0),
    zahl("wegfall_abbau", "Wegfall: Abbau von Plätzen (etwa Einzelzimmerquote)", "Plätze", 0),
    zahl("ungewiss", "Veränderung, weil eine Platzzahl bekannt oder unbekannt wurde", "Plätze", 0),
)

BESTANDSTAFEL: tuple[Spalte, ...] = (
    *GEBIET,
    text("art", "Art"),
    text("art_titel", "Bezeichnung der Art"),
    anzahl("angebote", "Angebote in Betrieb"),
    zahl("plaetze", "Plätze zugelassen, in Betrieb (mindestens)", "Plätze", 0),
    zahl("plaetze_betrieben", "Plätze betrieben (mindestens)", "Plätze", 0),
    anzahl("ohne_platzzahl", "Angebote ohne Platzzahl"),
    anzahl("angebote_ruhend", "Angebote ruhend"),
    zahl("plaetze_ruhend", "Plätze ruhend", "Plätze", 0),
    anzahl("angebote_geplant", "Angebote geplant"),
    zahl("plaetze_geplant", "Plätze geplant", "Plätze", 0),
    anzahl("angebote_genehmigt", "Angebote genehmigt"),
    zahl("plaetze_genehmigt", "Plätze genehmigt", "Plätze", 0),
    anzahl("angebote_im_bau", "Angebote im Bau"),
    zahl("plaetze_im_bau", "Plätze im Bau", "Plätze", 0),
    anzahl("angebote_mit_bestaetigung", "Erwartete Angebote mit Bedarfsbestätigung"),
    zahl("plaetze_mit_bestaetigung", "Erwartete Plätze mit Bedarfsbestätigung", "Plätze", 0),
    anzahl("angebote_ohne_bestaetigung", "Erwartete Angebote ohne Bedarfsbestätigung"),
    zahl("plaetze_ohne_bestaetigung", "Erwartete Plätze ohne Bedarfsbestätigung", "Plätze", 0),
    STICHTAG,
    Spalte(name="stand_von", titel="Ältester Stand der Angaben", typ=Typ.DATUM),
    Spalte(name="stand_bis", titel="Jüngster Stand der Angaben", typ=Typ.DATUM),
    Spalte(name="vergleich_stichtag", titel="Stichtag des vorigen Berichts", typ=Typ.DATUM),
    anzahl("angebote_vorher", "Angebote im vorigen Bericht"),
    zahl("plaetze_vorher", "Plätze im vorigen Bericht (mindestens)", "Plätze", 0),
    *_BEWEGUNGEN,
    GRUND,
)
"""plaetze_vorher + Zugänge - Wegfälle + ungewiss = plaetze; geplant + genehmigt + im_bau = mit + ohne_bestaetigung."""

MASSNAHMEN: tuple[Spalte, ...] = (
    *GEBIET,
    text("titel", "Maßnahme"),
    text("fachbereich", "Fachbereich"),
    text("zustaendig", "Zuständig"),
    text("status", "Status"),
    Spalte(name="status_seit", titel="Status seit", typ=Typ.DATUM),
    Spalte(name="frist", titel="Frist", typ=Typ.DATUM),
    Spalte(name="ueberfaellig", titel="Frist am Stichtag überschritten", typ=Typ.WAHRHEIT),
    text("ziel", "Ziel, dessen Lücke sie schließt"),
    text("beschreibung", "Beschreibung"),
    STICHTAG,
    text("ziel_titel", "Bezeichnung des Ziels"),
    text("kommune", "Kommune (AGS)"),
    text("id", "Kennung der Maßnahme"),
)
"""A row is a Maßnahme with a status on the day that is not aufgegeben."""

VERAENDERUNGEN: tuple[Spalte, ...] = (
    *GEBIET,
    Spalte(name="tag", titel="Tag", typ=Typ.DATUM),
    text("angebot", "Angebot"),
    text("art", "Art"),
    text("bewegung", "Veränderung"),
    text("status_vorher", "Status vorher"),
    text("status_nachher", "Status nachher"),
    zahl("plaetze_vorher", "Plätze vorher", "Plätze", 0),
    zahl("plaetze_nachher", "Plätze nachher", "Plätze", 0),
    zahl("differenz", "Plätze in Betrieb mehr oder weniger", "Plätze", 0),
    text("anlass", "Anlass"),
    Spalte(name="angekuendigt", titel="Nach dem Stichtag, nur angekündigt", typ=Typ.WAHRHEIT),
    text("quelle", "Quelle"),
    STICHTAG,
    text("art_titel", "Bezeichnung der Art"),
    text("id", "Kennung des Angebots"),
)
"""A row is what changes of one Angebot on one day."""
