"""Join context to a table of areas: chosen values of a Sozialraummonitoring beside each row, as further columns."""

import msgspec

from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.kontext import get_kontextindikator
from infrastruktur.domain.tabelle import Spalte, Tabelle, Typ, Wert
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.show_kontext import KontextFrage, show_kontext

MAX_CODES = 5
"""More stand in the table of the context itself."""


def join_kontext(context: Context, tabelle: Tabelle, codes: str) -> Tabelle:
    """Give a table three columns an indicator: `kontext_CODE` with `_stichtag` and, where null, `_grund`.

    Parameters
    ----------
    codes
        Codes with | between them.

    Raises
    ------
    NotFound
        There is no such indicator.
    InvalidParameter
        There are more than `MAX_CODES`.

    """
    chosen = list(dict.fromkeys(codes.split("|")))
    if len(chosen) > MAX_CODES:
        raise InvalidParameter("kontext", f"Höchstens {MAX_CODES} Indikatoren auf einmal.")
    for code in chosen:
        tabelle = _join(context, tabelle, code)
    return tabelle


def _join(context: Context, tabelle: Tabelle, code: str) -> Tabelle:
    indikator = get_kontextindikator(code)
    shown = show_kontext(context, KontextFrage(stichtag=tabelle.herkunft.stichtag, indicator=code))
    of_area = {(row["ebene"], row["gebiet"]): (row["wert"], row["stichtag"], row["grund"]) for row in shown.records()}
    unknown: tuple[Wert, Wert, Wert] = (None, None, "keine_daten")
    name = f"kontext_{code}"
    spalten = (
        Spalte(name=name, titel=indikator.titel, typ=Typ.ZAHL, einheit=indikator.einheit),
        Spalte(name=f"{name}_stichtag", titel=f"{indikator.titel}: Stichtag", typ=Typ.DATUM),
        Spalte(name=f"{name}_grund", titel=f"{indikator.titel}: Grund, wenn ein Wert fehlt"),
    )
    ebene, gebiet = tabelle.spalte("ebene"), tabelle.spalte("gebiet")
    zeilen = tuple((*zeile, *of_area.get((zeile[ebene], zeile[gebiet]), unknown)) for zeile in tabelle.zeilen)
    return msgspec.structs.replace(tabelle, spalten=(*tabelle.spalten, *spalten), zeilen=zeilen)
