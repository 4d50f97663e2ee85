"""List the gaps: those of the targets, or all there are in one ranked list, with criteria and missing places.

The list joins figures that are protected each by itself: it shows nothing that they do not show.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import numpy as np

from infrastruktur.domain.flaeche import EBENE, Flaeche
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Herkunft, Tabelle, build_zeile
from infrastruktur.domain.ziel import Bevoelkerung
from infrastruktur.planning.columns import GAPS_GESAMT
from infrastruktur.planning.gaps import rank
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.find_gaps import find_gaps
from infrastruktur.usecases.judge_quarters import Quartierfrage, judge_quarters
from infrastruktur.usecases.plan_bedarf import STATUS_QUO, Planfrage
from infrastruktur.usecases.publish_plan import publish_plan

Row = dict[str, Any]

ZIEL, KRITERIUM, PLATZSALDO = "ziel", "kriterium", "platzsaldo"
GESAMT = "gesamt"
_SAME = ("ebene", "gebiet", "art", "mindestens", "modus", "max_minuten", "max_meter", "metrik", "altersgruppe")
"""What a target and a criterion that ask the same have in common."""


def list_gaps(  # noqa: PLR0913 - the question as it is asked, part by part
    context: Context,
    *,
    stichtag: date | None = None,
    ebene: str | None = None,
    ziel: str | None = None,
    flaeche: Flaeche | None = None,
    umfang: str = "ziele",
    bevoelkerung: Bevoelkerung = "alle",
) -> Tabelle:
    """List the gaps of the targets, or (`gesamt`) all: a row per area and what it lacks, the largest first.

    With `gesamt` what is met, or cannot be judged, is left out; how many rows that are stands in `hinweise`.
    """
    targets = find_gaps(context, stichtag=stichtag, ebene=ebene, ziel=ziel, flaeche=flaeche, bevoelkerung=bevoelkerung)
    if umfang != GESAMT or ziel is not None:
        return targets
    frage = Quartierfrage(stichtag=stichtag, ebene=ebene, flaeche=flaeche, bevoelkerung=bevoelkerung)
    quarters = judge_quarters(context, frage)
    plan = None if flaeche is not None else publish_plan(context, Planfrage(stichtag), ebene=ebene)
    return join_gaps(targets, quarters, plan)


def join_gaps(targets: Tabelle, quarters: Tabelle, plan: Tabelle | None) -> Tabelle:
    """Join gaps of targets and criteria, and the negative Platzsaldo of the last planned day, into one list.

    A criterion that asks what a target asks is named beside it, not listed again. Each level is ranked by itself,
    twice: by people short of a target (a missing place counts as one), and by percentage points short of it.
    """
    of_targets = [{**row, "herkunft": ZIEL} for row in targets.records() if row["bis_zum_ziel"]]
    of_criteria = [_from_kriterium(row) for row in quarters.records() if row["bis_zum_ziel"]]
    of_criteria = _rank_areas(_merge_same(of_targets, of_criteria))
    of_places = [] if plan is None else list(_list_saldo(plan))
    rows = _rank_list([*of_targets, *of_criteria, *of_places])
    silent = sum(row["bis_zum_ziel"] is None for row in (*targets.records(), *quarters.records()))
    herkunft = Herkunft(
        titel="Lücken: Ziele, Kriterien und Plätze",
        stichtag=targets.herkunft.stichtag,
        quellen=targets.herkunft.quellen,
        parameter={
            **targets.herkunft.parameter,
            **quarters.herkunft.parameter,
            "platzsaldo": {} if plan is None else {**plan.herkunft.parameter, "tag": _last_day(plan).isoformat()},
        },
        netz=targets.herkunft.netz,
        datenstand=targets.herkunft.datenstand,
        hinweise=(
            *dict.fromkeys((*targets.herkunft.hinweise, *quarters.herkunft.hinweise)),
            f"{silent} Zeilen ohne Zahl stehen nicht hier, sondern mit ihrem Grund in gaps und versorgungsquartiere.",
            "Ein fehlender Platz zählt in der Rangfolge wie eine Person.",
        ),
    )
    return Tabelle(
        name="gaps", spalten=GAPS_GESAMT, zeilen=tuple(build_zeile(GAPS_GESAMT, row) for row in rows), herkunft=herkunft
    )


def _from_kriterium(row: Row) -> Row:
    """Write a criterion of an area in the columns of gaps."""
    shared = {spalte.name for spalte in GAPS_GESAMT}
    return {
        **{name: value for name, value in row.items() if name in shared},
        "ziel": row["kriterium"],
        "ziel_titel": row["kriterium_titel"],
        "ziel_status": row["satz_status"],
        "herkunft": KRITERIUM,
    }


def _merge_same(targets: list[Row], criteria: list[Row]) -> list[Row]:
    """Name criteria beside the targets that ask the same, and give those that no target asks."""
    of_question = {_question(row): row for row in targets}
    further = []
    for row in criteria:
        target = of_question.get(_question(row))
        if target is None:
            further.append(row)
        else:
            # What the criterion says of its records is about this area, the target's about the region.
            target |= {name: row[name] for name in ("kriterium", "satz_variante", "sicherheit")}
    return further


def _question(row: Row) -> tuple[Any, ...]:
    """Tell what a row asks and finds; the number found tells apart what differs in what must be above zero."""
    return tuple(row[name] for name in (*_SAME, "ziel_prozent", "bis_zum_ziel"))


def _list_saldo(plan: Tabelle) -> Iterator[Row]:
    """List where places will be missing on the last planned day by the status quo, as rows of gaps."""
    last = _last_day(plan)
    for row in plan.records():
        if row["tag"] != last or row["variante"] != STATUS_QUO or not isinstance(row["saldo"], int | float):
            continue
        if row["saldo"] < 0:
            yield {
                **{name: row[name] for name in ("ebene", "gebiet", "gebiet_name", "art", "stichtag")},
                "ziel": row["regel"],
                "ziel_titel": f"Plätze am {last:%d.%m.%Y} nach der Bedarfsregel {row['regel']}",
                "ziel_status": row["status"],
                "ziel_prozent": 100.0,
                "anteil_beurteilt_prozent": row["versorgungsgrad_prozent"],
                "fehlende_plaetze": -row["saldo"],
                "sicherheit": _say_unknown(row["ohne_platzzahl"]),
                "herkunft": PLATZSALDO,
            }


def _last_day(plan: Tabelle) -> date:
    return max((row["tag"] for row in plan.records()), default=plan.herkunft.stichtag)  # type: ignore[type-var, return-value]


def _say_unknown(ohne_platzzahl: Any) -> str:
    if not ohne_platzzahl:
        return "gut: alle Angebote nennen ihre Plätze"
    return f"unsicher: {ohne_platzzahl} Angebote ohne Platzzahl, es fehlen höchstens so viele Plätze"


def _short_people(row: Row) -> float:
    return float(row.get("bis_zum_ziel") or row.get("fehlende_plaetze") or np.nan)


def _short_points(row: Row) -> float:
    reached = row["anteil_beurteilt_prozent"]
    return float(np.nan if reached is None else row["ziel_prozent"] - reached)


def _rank_areas(rows: list[Row]) -> list[Row]:
    """Rank the areas of a level under each criterion, as gaps does under each target."""
    return _rank(rows, ("ebene", "ziel", "satz_variante"), ("rang_personen", "rang_anteil"))


def _rank_list(rows: list[Row]) -> list[Row]:
    """Rank all gaps of a level together, and order them: lowest level first, most people first."""
    ranked = _rank(rows, ("ebene",), ("rang_liste_personen", "rang_liste_anteil"))
    levels = (EBENE, *Ebene)
    return sorted(ranked, key=lambda row: (levels.index(row["ebene"]), row["rang_liste_personen"] or len(ranked)))


def _rank(rows: list[Row], within: Sequence[str], names: tuple[str, str]) -> list[Row]:
    key: Callable[[Row], list[str]] = lambda row: [str(row.get(name)) for name in within]  # noqa: E731 - used twice
    ranked: list[Row] = []
    for _, group in groupby(sorted(rows, key=key), key=key):
        same = list(group)
        by_people = rank(np.array([_short_people(row) for row in same])).tolist()
        by_points = rank(np.array([_short_points(row) for row in same])).tolist()
        ranked += [
            {**row, names[0]: people or None, names[1]: points or None}
            for row, people, points in zip(same, by_people, by_points, strict=True)
        ]
    return ranked
