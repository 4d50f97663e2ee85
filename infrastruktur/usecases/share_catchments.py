"""Share supply among the people who compete for it: Angebot je Person, by area (floating catchments).

People come from where they live, each part of the group at its own pace, and times from the network; the shares are
`planning.catchment`, and their sums by area `planning.catchment_areas`.
"""

from dataclasses import dataclass
from datetime import date
from functools import reduce

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.art import get_art, get_groesse
from infrastruktur.domain.errors import InvalidParameter, NotAssessable
from infrastruktur.domain.progress import tell
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, build_zeile
from infrastruktur.domain.ziel import Ziel
from infrastruktur.planning.catchment import (
    FORMELN,
    NACHFRAGE_UNBEKANNT,
    OHNE_PLATZZAHL,
    USUAL_DECAY,
    Catchment,
    Verfahren,
    balance_supply,
    require_per_person,
    share_supply,
)
from infrastruktur.planning.catchment_areas import (
    OHNE_ANGEBOT,
    OHNE_AUSSAGE,
    PERSONEN,
    PLAETZE,
    Wohnende,
    add_ohne_zelle,
    find_areas_in_reach,
    je_tausend,
    tally_supply,
)
from infrastruktur.planning.columns import CATCHMENTS
from infrastruktur.planning.decay import Decay, Wunsch, build_decay, move_limit
from infrastruktur.planning.pairs import Pairs, append_demands, weigh_pairs
from infrastruktur.routing.doors import to_doors
from infrastruktur.routing.network import Network
from infrastruktur.routing.profiles import Modus
from infrastruktur.routing.search import times_to_edge_of_data, travel_times
from infrastruktur.routing.snap import Snapped, SnapReason, snap
from infrastruktur.storage.angebote import Supply
from infrastruktur.usecases.assess_coverage import (
    CoverageFrage,
    count_bystanders,
    own_ziel,
    require_usual_group,
)
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.measure_reach import Gehende, load_eligible, snap_cells, split_group
from infrastruktur.usecases.place_supply import areas_of, place_supply
from infrastruktur.usecases.publish_table import choose_stichtag, name_area, publish_table, recall_table
from infrastruktur.usecases.spread_population import Gebiete, Stufe, Verteilung, spread_population

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_OHNE_AUSSAGE = (
    "Ohne Aussage sind Personen, deren Wohnzelle an keiner Straße liegt oder die nichts erreichen, weil die Suche "
    "an den Rand der Daten kam. Sie zählen im Wert nicht mit."
)
_NEEDS_NUMBERS = {"gauss", "exponentiell"}
_RAND = (
    "Am Rand der Region sind die Werte verzerrt: Menschen jenseits davon sind nicht mitgerechnet, obwohl sie "
    "dieselben Angebote nutzen, und was jenseits des Straßennetzes liegt, wird nicht erreicht."
)


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
    stichtag: date | None = None
    ebene: str | None = None


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
            "max_minuten": self.ziel.max_minuten,
            "altersgruppe": self.ziel.altersgruppe,
            "einheit": f"{get_groesse(self.groesse).einheit} je 1.000 Personen",
        }


@dataclass(frozen=True)
class Wege:
    """Who is within reach of what.

    Attributes
    ----------
    pairs
        Of the k Angebote at the network, and the cells of each part of the group as demands of their own.
    unsure
        (n_demands,) bool: the cell lies at no street, or the edge of the data within the limit.
    am_netz
        (s,) bool; who has no point or lies at no street takes no part.

    """

    pairs: Pairs
    unsure: Bools
    am_netz: Bools


@dataclass(frozen=True)
class Einzug:
    """A supply, shared.

    Attributes
    ----------
    supply
        All s Angebote that count, placed among the areas of the Stichtag.
    kapazitaet
        (s,) float64, NaN unknown.
    am_netz
        (s,) bool, as of `Wege`.
    catchment
        Of the k Angebote at the network, in their order.
    tally
        (n_leaves, 5) float64 of `planning.catchment_areas`, NaN where no source tells the people.
    in_reach
        (n_leaves, u) float64, 1 where people of the leaf reach the Angebot; the u Angebote of unknown size.

    """

    supply: Supply
    kapazitaet: Floats
    am_netz: Bools
    teile: tuple[Gehende, ...]
    catchment: Catchment
    tally: Floats
    in_reach: Floats

    @property
    def unerreicht(self) -> Bools:
        """Angebote at the network that nobody of the group reaches (s,)."""
        found = np.zeros(len(self.supply), dtype=np.bool_)
        found[self.am_netz] = self.catchment.nachfrage == 0
        return found


def share_catchments(context: Context, frage: CatchmentFrage) -> Tabelle:
    """State places per 1,000 of a group per Sozialraum or Bezirk, Kommune and Region, shared among those who compete.

    Raises
    ------
    InvalidParameter
        A part of the question is unknown, kinds are counted in different sizes or in none, the method gives no
        figure per person; or the public asks for an age group that no figure uses.
    NotFound
        A kind nobody knows.

    """
    stichtag, teilung = choose_stichtag(context, frage.stichtag), prepare_teilung(frage)
    if context.public:
        require_usual_group(context.ziele(stichtag), teilung.ziel)
        _require_usual_numbers(frage)
    question = ("catchments", stichtag, teilung.ziel, teilung.verfahren, teilung.abklingen)
    table = recall_table(context, question, lambda: _state(context, teilung, stichtag), keep=False)
    if context.public:
        table = table.with_rows([*table.zeilen, *count_bystanders(context, stichtag, CATCHMENTS)])
    return publish_table(context, table, ebene=frage.ebene, verfahren=teilung.verfahren.value)


def _require_usual_numbers(frage: CatchmentFrage) -> None:
    """Refuse the public numbers of its own: weights cut for it would single out whoever lives next to a house."""
    own = next((name for name in ("beta", "sigma_minuten", "zonen") if getattr(frage, name) is not None), None)
    if own is not None or frage.abklingen in _NEEDS_NUMBERS:
        raise InvalidParameter(
            own or "abklingen",
            "Eigene Zahlen für das Abklingen sind nur für die Verwaltung möglich, denn mit ihnen "
            "ließen sich einzelne Zellen herausrechnen.",
        )


def prepare_teilung(frage: CatchmentFrage) -> Teilung:
    """Check a question, and take the decay that is usual with its method unless another is asked for, up to the limit.

    Raises InvalidParameter.
    """
    if frage.verfahren not in set(Verfahren):
        raise InvalidParameter("verfahren", f"Möglich sind {', '.join(Verfahren)}.")
    verfahren = Verfahren(frage.verfahren)
    require_per_person(FORMELN[verfahren])
    usual = USUAL_DECAY[verfahren]
    minuten = _choose_limit(frage, usual)
    ziel = own_ziel(
        CoverageFrage(art=frage.art, modus=frage.modus, max_minuten=minuten, altersgruppe=frage.altersgruppe)
    )
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


def _state(context: Context, teilung: Teilung, stichtag: date) -> Tabelle:
    verteilung = spread_population(context, stichtag)
    known: dict[str, Wert] = {**teilung.known, "stichtag": stichtag}
    try:
        einzug = _share(context, verteilung, teilung, stichtag)
    except NotAssessable as error:
        zeilen = _rows_without(verteilung.gebiete, {**known, "grund": error.grund.value})
        return _tabelle(context, teilung, stichtag, zeilen, ())
    wohnorte = einzug.teile[0].wohnorte
    known |= {"stichtag_personen": wohnorte.stichtag, "quelle_personen": wohnorte.quelle}
    known |= {"profil": ", ".join(teil.profil for teil in einzug.teile)}
    zeilen = [zeile for stufe in verteilung.gebiete.stufen for zeile in _rows_of_stufe(einzug, stufe, known)]
    return _tabelle(context, teilung, stichtag, zeilen, _describe(einzug))


def _tabelle(
    context: Context, teilung: Teilung, stichtag: date, zeilen: list[tuple[Wert, ...]], hinweise: tuple[str, ...]
) -> Tabelle:
    herkunft = Herkunft(
        titel="Angebot je Person im Wettbewerb",
        stichtag=stichtag,
        parameter={
            "art": list(teilung.ziel.arten),
            "groesse": teilung.groesse,
            "verfahren": teilung.verfahren.value,
            "abklingen": msgspec.to_builtins(teilung.abklingen),
            "modus": teilung.ziel.modus,
            "altersgruppe": teilung.ziel.altersgruppe,
        },
        netz=context.network_generation(),
        hinweise=(_OHNE_AUSSAGE, _RAND, *hinweise),
    )
    return Tabelle(name="catchments", spalten=CATCHMENTS, zeilen=tuple(zeilen), herkunft=herkunft)


def _share(context: Context, verteilung: Verteilung, teilung: Teilung, stichtag: date) -> Einzug:
    tell("Wohnorte", 0.0)
    teile = split_group(verteilung, teilung.ziel)
    supply = place_supply(load_eligible(context, teilung.ziel, stichtag), verteilung.gebiete)
    kapazitaet = supply.sizes.get(teilung.groesse, np.full(len(supply), np.nan))
    tell("Wege der Menschen zu den Angeboten", 0.1)
    wege = _travel(context, teilung, teile, supply)
    tell("Aufteilung", 0.6)
    wohnende, n_leaves = _gather(teile), len(verteilung.gebiete.leaves)
    personen = np.zeros(wege.pairs.n_demands)
    np.add.at(personen, wohnende.demand, wohnende.personen)
    catchment = share_supply(teilung.verfahren, wege.pairs, personen, kapazitaet[wege.am_netz])
    tally = tally_supply(catchment, wohnende, n_leaves, ohne_aussage=catchment.ohne_angebot & wege.unsure)
    tally = add_ohne_zelle(tally, np.sum([teil.wohnorte.ohne_zelle for teil in teile], axis=0))
    # Whose number is unknown has no part that is known, not even a nought.
    tally[np.isnan(tally[:, PERSONEN])] = np.nan
    tell("Summen je Gebiet", 0.8)
    unknown = np.flatnonzero(catchment.zustand == OHNE_PLATZZAHL)
    in_reach = find_areas_in_reach(catchment, wohnende, n_leaves, unknown).T.astype(np.float64)
    return Einzug(supply, kapazitaet, wege.am_netz, teile, catchment, tally, in_reach)


def _travel(context: Context, teilung: Teilung, teile: tuple[Gehende, ...], supply: Supply) -> Wege:
    """Search from all Angebote at once, as far as the fastest part of the group gets in time."""
    network = context.network(Modus(teilung.ziel.modus))
    cells = snap_cells(context, network, teile[0].wohnorte.gitter)
    sources, am_netz = _snap_supply(network, supply)
    widest_ds = max(teil.limit_ds for teil in teile)
    times = travel_times(network, sources, cells, limit_ds=widest_ds, reverse=True)
    edge_ds = times_to_edge_of_data(network, cells, limit_ds=widest_ds, reverse=True)
    off_street = cells.reason != SnapReason.OK
    unsure = [off_street | ((edge_ds >= 0) & (edge_ds <= teil.limit_ds)) for teil in teile]
    pairs = [
        weigh_pairs(
            times.indptr,
            times.target,
            times.time_ds,
            decay=teilung.abklingen,
            n_demands=len(off_street),
            pace=teil.pace,
        )
        for teil in teile
    ]
    return Wege(reduce(append_demands, pairs), np.concatenate(unsure), am_netz)


def _snap_supply(network: Network, supply: Supply) -> tuple[Snapped, Bools]:
    """Find the streets of all Angebote that have one, and which these are (s,)."""
    am_netz = np.isfinite(supply.xy_25832[:, 0])
    doors_25832 = to_doors(network.doors, supply.xy_25832[am_netz]).xy_25832
    on_street = snap(network, doors_25832).edge >= 0
    am_netz[am_netz] = on_street
    return snap(network, doors_25832[on_street]), am_netz


def _gather(teile: tuple[Gehende, ...]) -> Wohnende:
    """Put the parts of a group one after another: each part's cells are demands of their own."""
    gitter = teile[0].wohnorte.gitter
    pieces, n_cells = gitter.pieces, len(gitter.xy_25832)
    return Wohnende(
        np.concatenate([teil.wohnorte.personen for teil in teile]),
        np.tile(pieces.area, len(teile)),
        np.concatenate([pieces.cell + at * n_cells for at in range(len(teile))]).astype(np.int32),
    )


def _rows_without(gebiete: Gebiete, known: dict[str, Wert]) -> list[tuple[Wert, ...]]:
    return [build_zeile(CATCHMENTS, {**name_area(raum), **known}) for stufe in gebiete.stufen for raum in stufe.raeume]


def _rows_of_stufe(einzug: Einzug, stufe: Stufe, known: dict[str, Wert]) -> list[tuple[Wert, ...]]:
    if not stufe.raeume:
        return []
    counts = stufe.sum_up(einzug.tally)
    wert, grund = je_tausend(counts)
    columns = {
        "personen": counts[:, PERSONEN],
        "erreicht": np.maximum(counts[:, PERSONEN] - counts[:, OHNE_ANGEBOT] - counts[:, OHNE_AUSSAGE], 0.0),
        "nicht_erreicht": counts[:, OHNE_ANGEBOT],
        "ohne_aussage": counts[:, OHNE_AUSSAGE],
        "wert": wert,
        "plaetze": counts[:, PLAETZE],
        **_count_supply(einzug, stufe),
    }
    return [
        build_zeile(
            CATCHMENTS,
            {
                **name_area(raum),
                **known,
                **{name: column[at].item() for name, column in columns.items()},
                "grund": None if (why := grund[at]) is None else why.value,
            },
        )
        for at, raum in enumerate(stufe.raeume)
    ]


def _count_supply(einzug: Einzug, stufe: Stufe) -> dict[str, NDArray[np.generic]]:
    """Count per area what is not shared out (n_raeume,), and of what is, how much is of unknown size."""
    area, places = areas_of(einzug.supply, stufe), np.nan_to_num(einzug.kapazitaet)
    columns: dict[str, NDArray[np.generic]] = {"ohne_platzzahl": (stufe.sum_up(einzug.in_reach) > 0).sum(axis=1)}
    for name, some in (("unerreicht", einzug.unerreicht), ("ohne_ort", ~einzug.am_netz)):
        inside = some & (area >= 0)
        columns[name] = np.bincount(area[inside], minlength=len(stufe.raeume))
        columns[f"plaetze_{name}"] = np.bincount(area[inside], weights=places[inside], minlength=len(stufe.raeume))
    return columns


def _describe(einzug: Einzug) -> tuple[str, ...]:
    """Say what no row of an area can: what lies beyond the Region, and what cannot be shared out at all."""
    outside = einzug.am_netz & (einzug.supply.kommune == "")
    number, unreached = np.count_nonzero(outside), np.count_nonzero(outside & einzug.unerreicht)
    bilanz = balance_supply(einzug.catchment)
    unshared, places = bilanz.angebote[NACHFRAGE_UNBEKANNT], bilanz.plaetze[NACHFRAGE_UNBEKANNT]
    said = [
        (
            f"Angebote außerhalb der Region, die der Katalog kennt und die mitgerechnet sind: {number}; "
            f"aus der Region nicht erreicht: {unreached}."
        )
    ]
    if unshared:
        said.append(
            f"{unshared} Angebote ({places:.0f} bekannte Plätze) lassen sich nicht verteilen, weil in ihrem "
            "Einzugsbereich Menschen wohnen, deren Zahl keine Quelle nennt."
        )
    return tuple(said)
