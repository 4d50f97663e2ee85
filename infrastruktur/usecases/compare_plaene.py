"""Compare two plans of § 7 Abs. 6 APG NRW: what moved each number, Bevölkerung, Quote, Regel or which Angebot."""

from dataclasses import dataclass, replace
from datetime import date

from infrastruktur.domain.errors import Grund
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, build_zeile
from infrastruktur.planning.bedarfsplanung import Bedarfsplanung
from infrastruktur.planning.nachweis import Groesse
from infrastruktur.planning.plan_columns import PLANVERGLEICH
from infrastruktur.planning.planvergleich import Planvergleich, compare, list_werte
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.plan_bedarf import KAPAZITAET, STATUS_QUO, Planfrage, name_vorgaben, plan_by_rule
from infrastruktur.usecases.publish_table import choose_stichtag, publish_table, recall_table

_NUMBERS = ("vorher", "nachher", "differenz", "durch_prognose", "durch_quote", "durch_regel", "durch_angebot")


@dataclass(frozen=True)
class Vergleichsfrage:
    """Which plan is compared with which; what is None is the same in both.

    Attributes
    ----------
    stichtag, variante, regel
        Of the new plan.
    mit_stichtag, mit_variante, mit_regel
        Of the old one.
    ab
        The three years of both, from the Stichtag of the new plan where None.

    """

    regel: str
    stichtag: date | None = None
    variante: str = KAPAZITAET
    mit_regel: str | None = None
    mit_stichtag: date | None = None
    mit_variante: str | None = None
    ab: date | None = None


def compare_plaene(context: Context, frage: Vergleichsfrage, *, ebene: str | None = None) -> Tabelle:
    """State each number before and after, their difference, and the shares of what was changed.

    The public reads the numbers of places only: the others rest on people, and the shares of a difference tell
    more of them than the two tables do.

    Raises
    ------
    InvalidParameter
        The three years do not follow both Stichtage, or the rules are about other kinds of Angebote.
    NotFound
        There is no such rule or variant.
    NotAssessable
        What one of the plans needs is not known.

    """
    full = _fill(context, frage)
    old = Planfrage(full.mit_stichtag, full.ab, full.mit_variante or KAPAZITAET)
    new = Planfrage(full.stichtag, full.ab, full.variante)
    question = ("planvergleich", full, name_vorgaben(context, old), name_vorgaben(context, new))

    def compute() -> Tabelle:
        alt, neu = plan_by_rule(context, old, full.mit_regel or ""), plan_by_rule(context, new, full.regel)
        return _compare(context, full, alt, neu)

    return publish_table(context, recall_table(context, question, compute, keep=False), ebene=ebene)


def _fill(context: Context, frage: Vergleichsfrage) -> Vergleichsfrage:
    """Let the old plan be asked for as the new one where nothing else is said."""
    stichtag = choose_stichtag(context, frage.stichtag)
    return replace(
        frage,
        stichtag=stichtag,
        mit_regel=frage.mit_regel or frage.regel,
        mit_stichtag=frage.mit_stichtag or stichtag,
        mit_variante=frage.mit_variante or frage.variante,
        ab=frage.ab or stichtag,
    )


def _compare(context: Context, frage: Vergleichsfrage, alt: Bedarfsplanung, neu: Bedarfsplanung) -> Tabelle:
    against = {frage.variante: frage.mit_variante or frage.variante}
    if frage.variante != STATUS_QUO:
        against[STATUS_QUO] = STATUS_QUO
    vergleich = compare(alt, neu, against)
    rows = (_hide(row) if context.public else row for row in list_werte(vergleich))
    herkunft = Herkunft(
        titel="Vergleich zweier Planungen",
        stichtag=neu.grundlagen.stichtag,
        parameter={
            "ab": neu.grundlagen.ab.isoformat(),
            "neu": list(neu.grundlagen.codes),
            "alt": list(alt.grundlagen.codes),
            "stichtag_alt": alt.grundlagen.stichtag.isoformat(),
        },
        hinweise=tuple(_list_hinweise(vergleich)),
    )
    zeilen = tuple(build_zeile(PLANVERGLEICH, row) for row in rows)
    return Tabelle(name="planvergleich", spalten=PLANVERGLEICH, zeilen=zeilen, herkunft=herkunft)


def _hide(row: dict[str, Wert]) -> dict[str, Wert]:
    if row["groesse"] == Groesse.ANGEBOT:
        return row
    return {**row, **dict.fromkeys(_NUMBERS), "was": None, "grund": Grund.GEHEIM.value}


def _list_hinweise(vergleich: Planvergleich) -> list[str]:
    said = [
        "Die alte Planung wird in Schritten zur neuen: Bevölkerung, Quoten, Regel und Variante, zuletzt die Angebote.",
        "Die vier Anteile ergeben den Unterschied.",
        "Wo zwei Änderungen sich multiplizieren, zählt ihr Produkt zur späteren.",
        "Zahlen sind ungerundet, damit sich die Anteile addieren; in der Planung ist der Bedarf aufgerundet.",
    ]
    for name, keys in (("alte", vergleich.nur_alt), ("neue", vergleich.nur_neu)):
        if keys:
            days = ", ".join(f"{tag:%d.%m.%Y}/{variante}" for tag, variante in keys)
            said.append(f"Nur die {name} Planung hat: {days}.")
    return said
