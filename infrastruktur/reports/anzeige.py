"""How numbers, days, reasons and origins are said to a German reader."""

import math
from datetime import date
from html import escape

from infrastruktur.domain.errors import Grund
from infrastruktur.domain.tabelle import Herkunft, Wert

WORTE = {
    Grund.GEHEIM: "geheim",
    Grund.KEINE_BEVOELKERUNG: "keine Bevölkerung",
    Grund.KEINE_DATEN: "keine Daten oder ohne Aussage",
    Grund.KEIN_FAHRPLAN: "kein Fahrplan",
    Grund.KEINE_PLATZZAHL: "Platzzahl unbekannt",
    Grund.UNSICHER: "zu unsicher",
}
_THIN = "\u202f"


def zahl(value: Wert, nachkommastellen: int = 0) -> str:
    """Write a number with decimal comma and thin spaces between thousands; "–" for null."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return "–"
    # Half up, as a reader checks it, not half to even.
    scaled = math.floor(abs(value) * 10**nachkommastellen + 0.5 + 1e-9) / 10**nachkommastellen
    text = f"{scaled:,.{nachkommastellen}f}".replace(",", _THIN).replace(".", ",")
    return f"−{text}" if value < 0 and scaled else text


def tag(day: Wert) -> str:
    """Write a day as 31.12.2025."""
    return f"{day:%d.%m.%Y}" if isinstance(day, date) else "–"


def grund(code: Wert) -> str:
    """Say a reason in words."""
    return next((words for known, words in WORTE.items() if known.value == code), "keine Angabe")


def quellenzeile(herkunft: Herkunft) -> str:
    """Say Stichtag, sources, network and hints of a table as one paragraph of HTML."""
    parts = [f"Stichtag {tag(herkunft.stichtag)}", "Quellen: " + ("; ".join(herkunft.quellen) or "nicht angegeben")]
    if herkunft.netz:
        parts.append(f"Wegenetz {herkunft.netz}")
    if herkunft.datenstand:
        parts.append(f"Datenstand {herkunft.datenstand}")
    return f'<p class="quelle">{escape(". ".join([*parts, *herkunft.hinweise]))}.</p>'.replace("..", ".")
