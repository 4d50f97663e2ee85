"""Check a question about shared supply, and make it ready: what counts, in which size, and how it is shared."""

from dataclasses import dataclass
from datetime import date

import msgspec

from infrastruktur.domain.art import get_art, get_groesse
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.tabelle import Wert
from infrastruktur.domain.ziel import Ziel
from infrastruktur.planning.catchment import FORMELN, USUAL_DECAY, Verfahren, require_per_person
from infrastruktur.planning.decay import Decay, Wunsch, build_decay, move_limit
from infrastruktur.usecases.assess_coverage import CoverageFrage, own_ziel

ZELLE = "zelle"
"""The level of a cell, in the column where others have Sozialraum or Kommune."""
ZUM_ANGEBOT, VOM_ANGEBOT = RICHTUNGEN = ("zum_angebot", "vom_angebot")
"""Who travels: people to the supply, or the service to them."""

_NEEDS_NUMBERS = {"gauss", "exponentiell"}


class CatchmentFrage(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: supply of which kind, for whom, how far, and shared how."""

    art: str
    modus: str
    altersgruppe: str
    verfahren: str = Verfahren.E2SFCA.value
    max_minuten: int | None = None
    abklingen: str | None = None
    beta: float | None = None
    sigma_minuten: float | None = None
    zonen: tuple[tuple[float, float], ...] | None = None
    richtung: str = ZUM_ANGEBOT
    stichtag: date | None = None
    ebene: str | None = None
    gebiet: str | None = None


TEILUNGEN = {
    "dauerpflege": CatchmentFrage(art="pflege.dauerpflege", modus="pkw", altersgruppe="ab80"),
    "kurzzeitpflege": CatchmentFrage(art="pflege.kurzzeit_solitaer", modus="pkw", altersgruppe="ab80"),
    "tagespflege": CatchmentFrage(art="pflege.tagespflege", modus="pkw", altersgruppe="ab75"),
}
"""What layers show, each kind for the people its Versorgungsquote is of; others are asked for by parameters."""


@dataclass(frozen=True)
class Teilung:
    """A question made ready: what counts, in which size, and how it is shared."""

    ziel: Ziel
    groesse: str
    verfahren: Verfahren
    abklingen: Decay

    @property
    def known(self) -> dict[str, Wert]:
        """The columns that say what was asked."""
        return {
            "art": "|".join(self.ziel.arten),
            "verfahren": self.verfahren.value,
            "abklingen": str(self.abklingen.__struct_config__.tag),
            "modus": self.ziel.modus,
            "richtung": self.ziel.richtung,
            "max_minuten": self.ziel.max_minuten,
            "altersgruppe": self.ziel.altersgruppe,
            "einheit": f"{get_groesse(self.groesse).einheit} je 1.000 Personen",
        }


def prepare_teilung(frage: CatchmentFrage) -> Teilung:
    """Check a question, and take the decay that is usual with its method unless another is asked for, up to the limit.

    Raises InvalidParameter.
    """
    if frage.verfahren not in set(Verfahren):
        raise InvalidParameter("verfahren", f"Möglich sind {', '.join(Verfahren)}.")
    if frage.richtung not in RICHTUNGEN:
        raise InvalidParameter("richtung", f"Möglich sind {', '.join(RICHTUNGEN)}.")
    if frage.gebiet is not None and frage.ebene != ZELLE:
        raise InvalidParameter("gebiet", "Ein Gebiet grenzt Zellen ein. Bitte ebene=zelle dazu wählen.")
    verfahren = Verfahren(frage.verfahren)
    require_per_person(FORMELN[verfahren])
    usual = USUAL_DECAY[verfahren]
    minuten = _choose_limit(frage, usual)
    ziel = own_ziel(
        CoverageFrage(art=frage.art, modus=frage.modus, max_minuten=minuten, altersgruppe=frage.altersgruppe)
    )
    ziel = msgspec.structs.replace(ziel, richtung=frage.richtung)
    return Teilung(ziel, _common_size(ziel), verfahren, _choose_decay(frage, usual, float(minuten)))


def _choose_limit(frage: CatchmentFrage, usual: Decay) -> int:
    """Take the limit asked for, else the end of the zones given, else the usual one."""
    if frage.max_minuten is not None:
        return frage.max_minuten
    return int(frage.zonen[-1][0]) if frage.zonen else int(usual.max_minuten)


def _choose_decay(frage: CatchmentFrage, usual: Decay, max_minuten: float) -> Decay:
    wunsch = Wunsch(form=frage.abklingen or "", beta=frage.beta, sigma_minuten=frage.sigma_minuten, zonen=frage.zonen)
    if frage.abklingen is not None:
        return build_decay(wunsch, max_minuten)
    if wunsch.numbers:
        raise InvalidParameter("abklingen", "Zu eigenen Zahlen gehört die Form, etwa abklingen=potenz zu beta.")
    return move_limit(usual, max_minuten)


def _common_size(ziel: Ziel) -> str:
    """Find the size all kinds are counted in: Plätze and Stellen cannot be shared out together."""
    sizes = {get_art(code).groesse for code in ziel.arten}
    size = sizes.pop()
    if size is None or sizes:
        raise InvalidParameter(
            "art", "Teilen lässt sich nur, was dieselbe Größe hat, etwa Plätze. Bitte passende Arten wählen."
        )
    return size


def require_usual_numbers(frage: CatchmentFrage) -> None:
    """Refuse the public numbers of its own: weights cut for it would single out whoever lives next to a house."""
    own = next((name for name in ("beta", "sigma_minuten", "zonen") if getattr(frage, name) is not None), None)
    if own is not None or frage.abklingen in _NEEDS_NUMBERS:
        raise InvalidParameter(
            own or "abklingen",
            "Eigene Zahlen für das Abklingen sind nur für die Verwaltung möglich, denn mit ihnen "
            "ließen sich einzelne Zellen herausrechnen.",
        )


def require_areas(frage: CatchmentFrage) -> None:
    """Refuse the public figures of cells."""
    if frage.ebene == ZELLE:
        raise InvalidParameter(
            "ebene",
            "Zahlen je Zelle stehen nur der Verwaltung offen: In einer Zelle wohnen oft nur wenige Menschen. "
            "Öffentlich sind Sozialräume, Bezirke, Kommunen und die Region.",
        )
