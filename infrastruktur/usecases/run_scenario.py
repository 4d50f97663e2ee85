"""Run a scenario: which figures change where, and which do not.

Computed is only what a change can touch; the rest stays as it is, and is said to. Each part of a figure, a kind, an
indicator or a target, is kept by the state it was computed from, so that somebody who drags a point waits for one
search and not for all.
"""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from infrastruktur.domain.art import list_arten
from infrastruktur.domain.bedarf import Bedarfsregel
from infrastruktur.domain.errors import Forbidden, InvalidParameter, Refused, SourceRefused
from infrastruktur.domain.gruppe import Gruppe
from infrastruktur.domain.pflegestatistik import Leistung
from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.szenario import Hinzufuegen, Szenario
from infrastruktur.domain.szenariotext import decode_json, read_szenario
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, build_zeile, build_zeilen
from infrastruktur.domain.ziel import Ziel
from infrastruktur.planning.columns import SZENARIOVERGLEICH
from infrastruktur.planning.szenariovergleich import WO, Zelle, compare_states
from infrastruktur.usecases.assess_coverage import state_coverage
from infrastruktur.usecases.assess_provision import list_indikatoren, state_provision
from infrastruktur.usecases.choose_areas import Stufenschnitt, list_levels
from infrastruktur.usecases.context import UNCHANGED, Context
from infrastruktur.usecases.estimate_pflegebedarf import state_pflegebedarf
from infrastruktur.usecases.find_gaps import state_gaps
from infrastruktur.usecases.find_touched import (
    Beruehrt,
    touched_by_homes,
    touched_by_indikator,
    touched_by_kriterium,
    touched_by_luecke,
    touched_by_ziel,
)
from infrastruktur.usecases.judge_quarters import list_kriterien, state_kriterium
from infrastruktur.usecases.leave_out_homes import OLD_FROM, is_stated_without_homes
from infrastruktur.usecases.plan_bedarf import list_regeln, state_bedarf
from infrastruktur.usecases.publish_table import choose_stichtag, name_kenntnis, name_szenario
from infrastruktur.usecases.read_annahmen import find_heimannahme
from infrastruktur.usecases.read_supply import read_supply
from infrastruktur.usecases.spread_population import spread_population
from infrastruktur.usecases.state_homes import restate_homes
from infrastruktur.usecases.take_bestand import state_bestand

NUR_VERWALTUNG = (
    "Auswertungen über Menschen gibt es zu einem Szenario nur für die Verwaltung: Wer einen Standort verschiebt, "
    "könnte sonst ablesen, wie viele Menschen an einer einzelnen Stelle wohnen. Öffentlich sind Bestand und "
    "Versorgungsquoten mit geänderten Angeboten."
)


@dataclass(frozen=True)
class Teil:
    """One part of a figure, before and after; `touched` where it can differ.

    It is about a kind, an indicator, a target, a criterion, a kind of care or a need rule.
    """

    auswertung: str
    gegenstand: str
    titel: str
    touched: bool
    before: Any
    after: Any
    only_homes: bool = False
    """Whether nothing of it can differ but how many of the old live in homes."""


@dataclass(frozen=True)
class Betroffen:
    """What differs between two scenarios: kinds of Angebote, and groups of people."""

    arten: frozenset[str]
    gruppen: tuple[Gruppe, ...]

    def touches(self, arten: Sequence[str], gruppe: Gruppe | None) -> bool:
        """Tell whether something of these kinds or of a group differs; without a group any other people do."""
        ages = any(gruppe is None or (each.von < gruppe.unter and gruppe.von < each.unter) for each in self.gruppen)
        return ages or not self.arten.isdisjoint(arten)


def _state_leistung(context: Context, leistung: Leistung, day: date) -> Tabelle:
    key = ("teil", "pflegebedarf", day, context.revision(), context.settings_revision())
    return context.figures.recall(key, lambda: _split_by_leistung(state_pflegebedarf(context, day)))[leistung]


def _split_by_leistung(whole: Tabelle) -> dict[Leistung, Tabelle]:
    of, rows = whole.spalte("leistung"), dict[Wert, list[tuple[Wert, ...]]]()
    for zeile in whole.zeilen:
        rows.setdefault(zeile[of], []).append(zeile)
    return {leistung: whole.with_rows(rows.get(leistung, [])) for leistung in Leistung}


_STATE: dict[str, Callable[[Context, Any, date, Sequence[Stufenschnitt]], Tabelle]] = {
    "bestand": lambda context, art, day, _: state_bestand(context, (art,), day),
    "provision": lambda context, indikator, day, levels: state_provision(context, (indikator,), day, levels),
    "coverage": lambda context, ziel, day, levels: state_coverage(context, levels, (ziel,), day),
    "gaps": lambda context, ziel, day, levels: state_gaps(context, levels, (ziel,), day),
    "versorgungsquartiere": lambda context, kriterium, day, levels: state_kriterium(context, levels, kriterium, day),
    "pflegebedarf": lambda context, leistung, day, _: _state_leistung(context, leistung, day),
    "demand": lambda context, regel, day, _: state_bedarf(context, regel, day),
}
_TOUCHED: dict[str, Callable[[Context, Context, Any, date], Beruehrt]] = {
    "provision": touched_by_indikator,
    "coverage": touched_by_ziel,
    "gaps": touched_by_luecke,
    "versorgungsquartiere": lambda before, after, kriterium, day: touched_by_kriterium(
        before, after, list_kriterien(after, day)[kriterium], day
    ),
}
"""Figures that are stated anew only where the scenarios can differ; others are of few areas, or of one kind."""
AUSWERTUNGEN = tuple(_STATE)
_EBENE = [spalte.name for spalte in SZENARIOVERGLEICH].index("ebene")
_ELSEWHERE = (
    "Standortvorschläge und das Angebot je Person im Wettbewerb brauchen eine eigene Frage: /planning/siting und "
    "/planning/catchments nehmen das Szenario auch."
)


def run_scenario(
    context: Context,
    szenario: Szenario,
    gegen: Szenario = UNCHANGED,
    *,
    stichtag: date | None = None,
    ebene: str | None = None,
    auswertung: str | None = None,
) -> Tabelle:
    """State every cell of every figure with a fixed question that a scenario changes, and what does not react.

    Compared with the catalogue, or with another scenario (`gegen`); of all figures, or of one that somebody looks at.

    Raises
    ------
    Forbidden
        The public asks.
    InvalidParameter
        The two scenarios are made for different days, or there is no such level.
    NotFound, InvalidSzenario, NotAssessable
        A scenario changes what there is not, or what cannot be changed so.

    """
    if context.public:
        raise Forbidden(NUR_VERWALTUNG)
    if ebene is not None and ebene not in set(Ebene):
        raise InvalidParameter("ebene", f"Möglich sind {', '.join(Ebene)}.")
    held = context.hold()
    after = held.under(szenario)
    day = choose_stichtag(after, stichtag)
    before = held.under(gegen)
    choose_stichtag(before, day)
    zeilen: list[tuple[Wert, ...]] = []
    still: list[tuple[Wert, ...]] = []
    for teil in _list_parts(before, after, day):
        if auswertung not in {None, teil.auswertung}:
            continue
        changed = list(_compare(before, after, teil, day)) if teil.touched else []
        if changed:
            zeilen += [row for row in _list_rows(teil, day, changed) if ebene in {None, row[_EBENE]}]
        else:
            still.append(_still(teil, day))
    herkunft = Herkunft(
        titel="Szenario im Vergleich",
        stichtag=day,
        parameter={} if not gegen.aenderungen else {"gegen": msgspec.to_builtins(gegen.aenderungen)},
        netz=context.find_network_generation(),
        datenstand=after.revision(),
        hinweise=("Was nicht reagiert, steht am Ende mit reagiert = nein und ohne Gebiet.", _ELSEWHERE),
    )
    return Tabelle(
        name="vergleich",
        spalten=SZENARIOVERGLEICH,
        zeilen=(*zeilen, *still),
        herkunft=name_kenntnis(after, name_szenario(after, herkunft)),
    )


def compare_files(context: Context, datei: Path, gegen: Path | None, *, ebene: str | None = None) -> Tabelle:
    """Run the scenario of a file (`.toml`, else JSON) against the catalogue, or that of another file.

    Raises
    ------
    SourceRefused
        A file cannot be read, or holds no scenario.

    """
    other = UNCHANGED if gegen is None else _read_file(gegen)
    return run_scenario(context, _read_file(datei), other, ebene=ebene)


def _read_file(path: Path) -> Szenario:
    text = path.read_bytes()
    try:
        return read_szenario(tomllib.loads(text.decode()) if path.suffix == ".toml" else decode_json(text))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceRefused(path.name, f"Die Datei ist kein lesbares TOML (UTF-8): {error}") from error
    except Refused as error:
        raise SourceRefused(path.name, str(error)) from error


def _list_parts(before: Context, after: Context, day: date) -> Iterator[Teil]:
    """List all parts of all figures, and whether the scenarios can make them differ."""
    betroffen = Betroffen(_changed_arten(before, after, day), _changed_gruppen(before, after))
    for art in list_arten():
        yield Teil("bestand", art.code, art.titel, art.code in betroffen.arten, art, art)
    heime = find_heimannahme(after, day)
    homes = () if heime is None else heime.arten
    for indikator in list_indikatoren():
        # Those who live in homes are taken off the old, whatever the indicator counts.
        arten = (*indikator.arten, *(homes if is_stated_without_homes(indikator) else ()))
        touched = betroffen.touches(arten, indikator.gruppe)
        yield Teil("provision", indikator.code, indikator.titel, touched, indikator, indikator)
    yield from _list_ziele(before, after, day, betroffen, homes)
    for code, asked in list_kriterien(after, day).items():
        ziele = [each.as_ziel() for each in asked]
        reach, touched = _touch(betroffen, ziele, homes)
        yield Teil("versorgungsquartiere", code, asked[0].titel, touched, code, code, only_homes=not reach)
    for leistung in Leistung:
        touched = betroffen.touches((), None)
        yield Teil("pflegebedarf", leistung, leistung.titel, touched, leistung, leistung)
    for regel in list_regeln(after, day):
        need = betroffen.touches(regel.arten, None)
        old = regel.gruppe is not None and regel.gruppe.von >= OLD_FROM and not betroffen.arten.isdisjoint(homes)
        yield Teil("demand", regel.code, regel.titel, need or old, regel, regel, only_homes=not need)


def _list_ziele(
    before: Context, after: Context, day: date, betroffen: Betroffen, homes: tuple[str, ...]
) -> Iterator[Teil]:
    stood = {ziel.code: ziel for ziel in before.ziele(day)}
    for auswertung in ("coverage", "gaps"):
        for ziel in after.ziele(day):
            reach, touched = _touch(betroffen, [ziel], homes)
            other = stood[ziel.code] != ziel
            yield Teil(
                auswertung,
                ziel.code,
                ziel.titel,
                touched or other,
                stood[ziel.code],
                ziel,
                only_homes=not (reach or other),
            )


def _touch(betroffen: Betroffen, ziele: Sequence[Ziel], homes: tuple[str, ...]) -> tuple[bool, bool]:
    """Tell whether what somebody reaches can differ, and whether that or how many of the old live in homes."""
    moved = not betroffen.arten.isdisjoint(homes)
    old = any(ziel.gruppe.von >= OLD_FROM for ziel in ziele)
    without = any(ziel.bevoelkerung != "alle" for ziel in ziele)
    reach = any(betroffen.touches(ziel.arten, ziel.gruppe) for ziel in ziele) or (moved and without)
    return reach, reach or (moved and old)


def _changed_arten(before: Context, after: Context, day: date) -> frozenset[str]:
    """Name the kinds of the Angebote that one scenario changes and the other does not, or otherwise."""
    read_supply(before, day), read_supply(after, day)  # refuse what names no Angebot before anything is computed
    changed = set(before.szenario.angebote).symmetric_difference(after.szenario.angebote)
    if not changed:
        return frozenset()
    supply = read_supply(before.under(UNCHANGED), day)
    kinds = dict(zip(supply.id.tolist(), supply.art.tolist(), strict=True))
    return frozenset(each.art if isinstance(each, Hinzufuegen) else kinds[each.angebot] for each in changed)


def _changed_gruppen(before: Context, after: Context) -> tuple[Gruppe, ...]:
    changed = set(before.szenario.bevoelkerung).symmetric_difference(after.szenario.bevoelkerung)
    return tuple(sorted({change.gruppe for change in changed}))


def _compare(before: Context, after: Context, teil: Teil, day: date) -> Iterator[Zelle]:
    stood = _state(before, teil, teil.before, day)
    if teil.only_homes:
        part = _narrow(stood, touched_by_homes(before, after, day))
        gruppe = teil.after.altersgruppe if isinstance(teil.after, Bedarfsregel) else None
        return compare_states(part, restate_homes(after, part, day, gruppe))
    if teil.auswertung not in _TOUCHED or teil.before != teil.after:
        return compare_states(stood, _state(after, teil, teil.after, day))
    touched = _TOUCHED[teil.auswertung](before, after, teil.after, day)
    return compare_states(_narrow(stood, touched), _STATE[teil.auswertung](after, teil.after, day, touched))


def _narrow(table: Tabelle, touched: Beruehrt) -> Tabelle:
    """Keep the rows of areas that are touched."""
    areas = _name_areas(touched)
    ebene, gebiet = table.spalte("ebene"), table.spalte("gebiet")
    return table.with_rows([zeile for zeile in table.zeilen if (zeile[ebene], zeile[gebiet]) in areas])


@lru_cache(maxsize=16)  # most parts touch the same areas
def _name_areas(touched: Beruehrt) -> frozenset[tuple[Wert, Wert]]:
    return frozenset((name["ebene"], name["gebiet"]) for schnitt in touched for name in schnitt.namen)


def _state(context: Context, teil: Teil, subject: Any, day: date) -> Tabelle:
    """State a part in all areas; kept, for every scenario is compared with it."""
    files, network = context.settings_revision(), context.find_network_generation()
    key = ("teil", teil.auswertung, teil.gegenstand, day, context.revision(), network, files)
    levels = list_levels(spread_population(context, day))
    return context.figures.recall(key, lambda: _STATE[teil.auswertung](context, subject, day, levels))


def _list_rows(teil: Teil, day: date, changed: Sequence[Zelle]) -> list[tuple[Wert, ...]]:
    texts = [isinstance(each.vorher, str) or isinstance(each.nachher, str) for each in changed]
    said = list(zip(texts, changed, strict=True))
    where = dict(zip(WO, map(list, zip(*[each.wo for each in changed], strict=True)), strict=True))
    return build_zeilen(
        SZENARIOVERGLEICH,
        len(changed),
        {
            **where,
            **_name(teil, day),
            "reagiert": True,
            "groesse": [each.spalte.name for each in changed],
            "groesse_titel": [each.spalte.titel for each in changed],
            "einheit": [each.spalte.einheit for each in changed],
            "differenz": [each.differenz for each in changed],
            "vorher": [None if text else each.vorher for text, each in said],
            "nachher": [None if text else each.nachher for text, each in said],
            "vorher_text": [each.vorher if text else None for text, each in said],
            "nachher_text": [each.nachher if text else None for text, each in said],
        },
    )


def _still(teil: Teil, day: date) -> tuple[Wert, ...]:
    return build_zeile(SZENARIOVERGLEICH, {**_name(teil, day), "reagiert": False})


def _name(teil: Teil, day: date) -> dict[str, Wert]:
    return {
        "auswertung": teil.auswertung,
        "gegenstand": teil.gegenstand,
        "gegenstand_titel": teil.titel,
        "stichtag": day,
    }
