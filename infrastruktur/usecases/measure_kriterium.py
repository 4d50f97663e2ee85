"""Measure one criterion of a Versorgungsquartier: whom it reaches, and on whose records that rests.

By the way people go it is measured as a target is. By Einsatzgebiet nobody goes: an area is reached where enough
Träger say that they come to it, not reached where they say that they do not, and else without a statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import Grund, NotAssessable
from infrastruktur.domain.kriterium import Abdeckung, Ersatz, Kriterium, Pruefung, Verkehrsmittel
from infrastruktur.domain.raum import locate
from infrastruktur.domain.tabelle import Wert, Werte
from infrastruktur.domain.ziel import Tempo, Ziel
from infrastruktur.planning import quarter
from infrastruktur.planning.coverage import ERREICHT, NICHT_ERREICHT, OHNE_AUSSAGE
from infrastruktur.planning.gaps import year_before
from infrastruktur.storage.angebote import Supply, list_attribute
from infrastruktur.usecases.choose_areas import Gebietsschnitt, Stufenschnitt
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.measure_reach import load_eligible, measure_reach, name_people, providers, recall_eligible
from infrastruktur.usecases.messung import Messung
from infrastruktur.usecases.read_population import read_population
from infrastruktur.usecases.read_supply import list_known_arten
from infrastruktur.usecases.spread_population import Gebiete, spread_population
from infrastruktur.usecases.state_gaps import find_nearest, name_nearest
from infrastruktur.usecases.state_homes import state_homes, state_homes_of
from infrastruktur.usecases.take_out_homes import take_out_residents

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Attribute = Sequence[Mapping[str, Wert]]


@dataclass(frozen=True)
class Befund:
    """What a criterion comes to in n areas.

    Attributes
    ----------
    counts, softer, slower, faster
        (n, 3) people by what they reach, also by the softer demand, and if all walked slower or faster;
        None where there is no such demand, or nobody walks against the clock.
    inside
        (n,) whether enough Träger lie within the area; None where that makes no difference.
    supply
        The k Angebote that count.
    belege, alt
        (n, k) which of them the statement rests on, and (k,) which nobody has checked for 12 months.
    nearest
        The columns that name what is nearest.
    profil
        Who goes at which pace, from which source people are known.
    heime
        Per area the columns that say how many of the old live in homes.

    """

    counts: Floats
    softer: Floats | None
    slower: Floats | None
    faster: Floats | None
    inside: Bools | None
    supply: Supply
    belege: Bools
    alt: Bools
    nearest: Mapping[str, Werte]
    profil: Mapping[str, Wert]
    heime: Sequence[Mapping[str, Wert]]

    @property
    def angebote(self) -> NDArray[np.int64]:
        """Count the Angebote the statement rests on (n,)."""
        return np.asarray(self.belege.sum(axis=1), dtype=np.int64)

    @property
    def ungeprueft(self) -> NDArray[np.int64]:
        """Count those of them nobody has checked for 12 months (n,)."""
        return np.asarray((self.belege & self.alt).sum(axis=1), dtype=np.int64)


def measure_kriterium(context: Context, kriterium: Kriterium, stichtag: date, schnitt: Gebietsschnitt) -> Befund:
    """Measure a criterion on a Stichtag in some areas.

    Raises
    ------
    NotAssessable
        It needs a timetable, no source tells where its group lives, or the catalogue knows no Angebot of its
        kinds: a nought would be silence, read as "there is nothing".

    """
    if kriterium.needs_timetable:
        raise NotAssessable(
            Grund.KEIN_FAHRPLAN, f"„{kriterium.titel}“ braucht einen Fahrplan, und es liegt keiner vor."
        )
    if list_known_arten(context, stichtag).isdisjoint(kriterium.arten):
        raise NotAssessable(Grund.KEINE_DATEN, f"Der Katalog kennt nichts der Art {', '.join(kriterium.arten)}.")
    by = _by_einsatzgebiet if kriterium.abdeckung is Abdeckung.EINSATZGEBIET else _by_way
    return by(context, kriterium, stichtag, schnitt)


def list_asked(kriterium: Kriterium) -> list[Ziel]:
    """List the targets a criterion is measured by where people go: its own, the softer, and at another pace."""
    softer = [kriterium.as_ziel(softer=True)] if kriterium.has_softer else []
    return [kriterium.as_ziel(), *softer, *(kriterium.as_ziel(tempo=each) for each in _list_tempi(kriterium))]


def _list_tempi(kriterium: Kriterium) -> tuple[Tempo, ...]:
    walks = kriterium.modus is Verkehrsmittel.ZU_FUSS and kriterium.max_minuten is not None
    return ("langsamer", "schneller") if walks else ()


def _by_way(context: Context, kriterium: Kriterium, stichtag: date, schnitt: Gebietsschnitt) -> Befund:
    def count(*, softer: bool = False, tempo: Tempo = "ueblich") -> Floats:
        return schnitt.tally(measure_reach(context, kriterium.as_ziel(softer=softer, tempo=tempo), stichtag))

    messung = measure_reach(context, kriterium.as_ziel(), stichtag)
    walks = bool(_list_tempi(kriterium))
    return Befund(
        counts=schnitt.tally(messung),
        softer=count(softer=True) if kriterium.has_softer else None,
        slower=count(tempo="langsamer") if walks else None,
        faster=count(tempo="schneller") if walks else None,
        inside=_lie_within(messung.supply, kriterium, schnitt) if kriterium.ersatz is Ersatz.IM_GEBIET else None,
        supply=messung.supply,
        belege=_relevant_by_way(messung, schnitt),
        alt=_is_unchecked(messung.supply, kriterium.pruefung, stichtag),
        nearest=name_nearest(messung, find_nearest(messung, schnitt)),
        profil=name_people(messung),
        heime=state_homes(context, messung, schnitt),
    )


def _relevant_by_way(messung: Messung, schnitt: Gebietsschnitt) -> Bools:
    """Tell what somebody of each area reaches, or has nearest: if it is not there any more, the statement falls."""
    gitter = messung.teile[0].wohnorte.gitter
    if isinstance(schnitt, Stufenschnitt):
        return quarter.or_all(schnitt.any_of_leaves(messung.relevant, gitter))
    return quarter.or_all(messung.find_relevant(schnitt.of_pieces(gitter)[0], len(schnitt.namen)))


def _lie_within(supply: Supply, kriterium: Kriterium, schnitt: Gebietsschnitt) -> Bools:
    """Tell in which areas (n,) enough Träger lie; one of unknown name counts where no other does."""
    area = locate(supply.xy_25832, schnitt.umrisse_25832)
    lies = area[None, :] == np.arange(len(schnitt.namen))[:, None]
    return quarter.count_sources(lies, providers(supply)) >= kriterium.mindestens


def _is_unchecked(supply: Supply, pruefung: Pruefung, stichtag: date) -> Bools:
    """Tell which Angebote (n_angebote,) nobody has checked within 12 months; imported ones are as old as their list."""
    limit = np.datetime64(year_before(stichtag), "D")
    fresh = supply.zuletzt_geprueft >= limit
    if pruefung is Pruefung.STAND:
        fresh = fresh | (supply.stand >= limit)
    return np.asarray(~fresh)


def _by_einsatzgebiet(context: Context, kriterium: Kriterium, stichtag: date, schnitt: Gebietsschnitt) -> Befund:
    verteilung = read_population(context, stichtag)
    gruppe = kriterium.as_ziel().gruppe
    wohnorte, abzug = verteilung.locate(gruppe), None
    if kriterium.bevoelkerung != "alle":
        wohnorte, abzug = take_out_residents(context, wohnorte, gruppe, stichtag)
    einsatz = _recall_einsatz(context, kriterium, stichtag)

    def count(mindestens: int) -> Floats:
        unsure = np.where(einsatz.at_most >= mindestens, OHNE_AUSSAGE, NICHT_ERREICHT)
        return schnitt.sum_leaves(np.eye(3)[np.where(einsatz.surely >= mindestens, ERREICHT, unsure)], wohnorte)

    softer = kriterium.weich_mindestens
    return Befund(
        counts=count(kriterium.mindestens),
        softer=None if softer is None else count(softer),
        slower=None,
        faster=None,
        inside=None,
        supply=einsatz.supply,
        belege=quarter.or_all(schnitt.any_of_leaves(einsatz.perhaps, wohnorte.gitter)),
        alt=_is_unchecked(einsatz.supply, kriterium.pruefung, stichtag),
        nearest={},
        profil={"stichtag_personen": wohnorte.stichtag, "quelle_personen": wohnorte.quelle},
        heime=state_homes_of(context, gruppe, stichtag, schnitt, [(wohnorte.gitter, abzug)]),
    )


@dataclass(frozen=True, eq=False)
class _Einsatz:
    """Who comes to each leaf: the s Angebote, (n_leaves, s) whether each may, (n_leaves,) Träger surely and at most."""

    supply: Supply
    perhaps: Bools
    surely: NDArray[np.int32]
    at_most: NDArray[np.int32]


def _recall_einsatz(context: Context, kriterium: Kriterium, stichtag: date) -> _Einsatz:
    """Keep who comes where while the same Angebote say the same: it does not depend on who lives there."""
    supply, named = recall_eligible(context, kriterium.as_ziel(), stichtag)
    key = ("einsatz", context.catalogue_revision(), stichtag, msgspec.json.encode(kriterium), named)
    return context.figures.recall(key, lambda: _find_einsatz(context, kriterium, stichtag, supply))


def _find_einsatz(context: Context, kriterium: Kriterium, stichtag: date, supply: Supply) -> _Einsatz:
    stated = list_stated(context, kriterium.arten, supply)
    if kriterium.ohne_aufnahmestopp:
        open_ = np.flatnonzero([not _is_closed(each, stichtag) for each in stated])
        supply, stated = supply.take(open_), [stated[at] for at in open_]
    fits = np.array([_fit(each, kriterium.mit) for each in stated], dtype=np.float64)
    gebiete = spread_population(context, stichtag).gebiete
    einsatz = quarter.serve(read_einsatzgebiete(stated), fits, keys_of_leaves(gebiete))
    return _Einsatz(supply, einsatz.perhaps, *quarter.count_einsatz(einsatz, providers(supply)))


def count_aufsuchend(context: Context, kriterium: Kriterium, stichtag: date, schnitt: Gebietsschnitt) -> list[Wert]:
    """Count per area the Angebote that say they come to people's homes there; None where nobody says anything.

    They stand beside a criterion and do not fulfil it: who is visited has no place to go to.
    """
    verteilung = read_population(context, stichtag)
    supply = load_eligible(context, kriterium.as_ziel(), stichtag)
    stated = list_stated(context, kriterium.arten, supply)
    if not any("aufsuchend" in each for each in stated):
        return [None for _ in schnitt.namen]
    fits = np.array([_fit(each, {"aufsuchend": True}) for each in stated], dtype=np.float64)
    einsatz = quarter.serve(read_einsatzgebiete(stated), fits, keys_of_leaves(verteilung.gebiete))
    gitter = verteilung.locate(kriterium.as_ziel().gruppe).gitter
    return [int(number) for number in schnitt.any_of_leaves(einsatz.surely, gitter).sum(axis=1)]


def list_stated(context: Context, arten: Sequence[str], supply: Supply) -> list[Mapping[str, Wert]]:
    """List what each Angebot of a supply states beyond status and sizes, in its order."""

    def load() -> dict[str, dict[str, Any]]:
        with context.store.read() as connection:
            return list_attribute(connection, arten)

    attributes = context.figures.recall(("angaben", context.catalogue_revision(), tuple(arten)), load)
    return [attributes.get(id_, {}) for id_ in supply.id.tolist()]


def _is_closed(stated: Mapping[str, Wert], stichtag: date) -> bool:
    since = stated.get("aufnahmestopp_seit")
    return since is not None and str(since) <= stichtag.isoformat()


def _fit(stated: Mapping[str, Wert], wanted: Mapping[str, bool]) -> float:
    """Tell whether an Angebot has all attributes: 1, 0 where it says that it lacks one, NaN where it does not say."""
    answers = [None if name not in stated else stated[name] == value for name, value in wanted.items()]
    if False in answers:
        return 0.0
    return np.nan if None in answers else 1.0


def read_einsatzgebiete(stated: Attribute) -> list[frozenset[str]]:
    """Read whom each serves, as keys of areas; empty where nobody says."""
    return [quarter.parse_einsatzgebiet(str(each.get("einsatzgebiet", ""))) for each in stated]


def keys_of_leaves(gebiete: Gebiete) -> list[frozenset[str]]:
    """List for each leaf the keys that mean all of it: its own, its Kommune's, the Region's."""
    return [
        frozenset({leaf.schluessel, gebiete.kommunen[at].schluessel, gebiete.region.schluessel})
        for leaf, at in zip(gebiete.leaves, gebiete.kommune_of_leaf.tolist(), strict=True)
    ]
