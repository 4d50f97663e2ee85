"""Targets: which share of a population group should reach how many Angebote of a kind, and how fast.

Targets are dated, sourced data (schemas/ziele.toml), to be adopted politically; until then every
figure built on one says "Arbeitswert, nicht beschlossen".
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import msgspec

from infrastruktur.domain.errors import NotFound, SourceRefused
from infrastruktur.domain.gruppe import Gruppe, parse_gruppe

Tempo = Literal["ueblich", "langsamer", "schneller"]
Bevoelkerung = Literal["alle", "ohne_heime"]


class Ziel(msgspec.Struct, frozen=True, kw_only=True):
    """One target. Exactly one of `max_minuten` (travel time) and `max_meter` is set.

    `metrik` says how metres are measured: `netz` along streets, `luftlinie` straight.
    `richtung` is `zum_angebot` where people travel, `vom_angebot` where the service does.
    `profil` names who walks, such as `rollator`; else every age group walks at its own pace.
    `nur_mit` names a size that must be above zero for an art to count (Dauerpflege counts as
    Kurzzeitpflege only where places are eingestreut). `tempo` is `ueblich`, or `langsamer` or `schneller`:
    people on foot then move like the next age profile. With `bevoelkerung` `ohne_heime` those who live in homes are
    left out of a group of 75 and over.
    """

    code: str
    titel: str
    arten: tuple[str, ...]
    modus: str
    altersgruppe: str
    ziel_prozent: float
    mindestens: int = 1
    max_minuten: int | None = None
    max_meter: int | None = None
    metrik: str = "netz"
    richtung: str = "zum_angebot"
    profil: str | None = None
    nur_mit: dict[str, str] = {}
    braucht_fahrplan: bool = False
    tempo: Tempo = "ueblich"
    bevoelkerung: Bevoelkerung = "alle"
    status: str = "Arbeitswert, nicht beschlossen"
    grundlage: str
    gueltig_von: date | None = None
    gueltig_bis: date | None = None

    @property
    def gruppe(self) -> Gruppe:
        return parse_gruppe(self.altersgruppe)

    def as_question(self) -> "Ziel":
        """Ask who reaches what, without name, reason and share: what two targets ask alike is measured once."""
        nameless = {"code": "", "titel": "", "status": "", "grundlage": "", "ziel_prozent": 0.0}
        return msgspec.structs.replace(self, **nameless, gueltig_von=None, gueltig_bis=None)


def parse_ziele(data: Mapping[str, Any], source: str) -> tuple[Ziel, ...]:
    """Read the targets of one file.

    Raises
    ------
    SourceRefused
        A target lacks a field, has one too many, or states neither or both of minutes and metres.

    """
    try:
        ziele = msgspec.convert(data.get("ziel", []), tuple[Ziel, ...])
    except msgspec.ValidationError as error:
        raise SourceRefused(source, f"Ein Ziel ist nicht lesbar: {error}") from error
    for ziel in ziele:
        if (ziel.max_minuten is None) == (ziel.max_meter is None):
            raise SourceRefused(source, f"Ziel „{ziel.code}“ braucht entweder max_minuten oder max_meter.")
        if ziel.bevoelkerung != "alle":
            raise SourceRefused(source, f"Ziel „{ziel.code}“: Ein Ziel gilt für alle; ohne Heime wird gefragt.")
    return ziele


def select_ziele(ziele: Sequence[Ziel], stichtag: date) -> tuple[Ziel, ...]:
    """Take of each code the target that holds on a day; days before the first are judged by the first.

    `gueltig_bis` is the last valid day; a target that ended without a successor is left out.
    """
    running = sorted(
        (ziel for ziel in ziele if ziel.gueltig_bis is None or stichtag <= ziel.gueltig_bis),
        key=lambda ziel: ziel.gueltig_von or date.min,
    )
    first = {ziel.code: ziel for ziel in reversed(running)}
    begun = {ziel.code: ziel for ziel in running if (ziel.gueltig_von or date.min) <= stichtag}
    chosen = first | begun
    return tuple(chosen[code] for code in dict.fromkeys(ziel.code for ziel in ziele) if code in chosen)


def get_ziel(ziele: Iterable[Ziel], code: str) -> Ziel:
    """Pick a target by its code."""
    by_code = {ziel.code: ziel for ziel in ziele}
    if code not in by_code:
        raise NotFound(f"Das Ziel „{code}“ gibt es nicht. Bekannt sind: {', '.join(by_code)}.")
    return by_code[code]
