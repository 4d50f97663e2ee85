"""Import one source: read, validate, plan, and apply in one transaction, or show the plan only.

A source that no longer names a row has not said that the Angebot closed: such rows are reported as
gone, and closed only when the caller gives their last valid day.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from infrastruktur.domain.angebot import Angebot
from infrastruktur.domain.bevoelkerung import Zellen
from infrastruktur.domain.errors import ImportStopped, SourceRefused
from infrastruktur.domain.felder import STATUS, find_edited, keep_edited, name_feld
from infrastruktur.domain.kontext import get_kontextindikator
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.domain.vergessen import list_forgotten
from infrastruktur.intake.plan import Plan, Refusal, draft_key, make_plan
from infrastruktur.intake.reading import Reading, read_source
from infrastruktur.intake.recipe import TAFELFORMEN, Form, Recipe, load_recipe
from infrastruktur.resources import folder as data_folder
from infrastruktur.storage import adressen, angebote, bevoelkerung, kontext, quellen, raeume
from infrastruktur.storage.eingaben import forget_antworten
from infrastruktur.storage.history import Change, list_schritte_of_edited
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.lay_tafelwerk import lay_tafelwerk, name_unknown_areas
from infrastruktur.usecases.locate_neighbours import count_cells_beyond
from infrastruktur.usecases.locate_standorte import locate_standorte
from infrastruktur.usecases.place_kontext import place_kontext

if TYPE_CHECKING:
    from infrastruktur.storage.engine import Connection

Progress = Callable[[str, float], None]

AKTEUR = "import"
_SHOWN_REFUSALS = 20


@dataclass(frozen=True)
class Auftrag:
    """What shall be imported and how; `folder` holds the source's files, `adressen` is an address table."""

    recipe: Recipe
    folder: Path
    adressen: Path | None = None
    dry_run: bool = False
    close_missing: date | None = None
    accept_matches: bool = False


@dataclass(frozen=True)
class Bericht:
    """What an import did, or would do."""

    titel: str
    neu: int
    geaendert: int
    unveraendert: int
    verschwunden: tuple[str, ...] = ()
    abgelehnt: tuple[Refusal, ...] = ()
    vorgeschlagen: tuple[str, ...] = ()
    doppelt: tuple[str, ...] = ()
    widersprochen: tuple[str, ...] = ()
    hinweise: tuple[str, ...] = ()
    zaehlung: Mapping[str, int] = field(default_factory=dict)
    geschlossen: int = 0
    angewendet: bool = True

    def text(self) -> str:
        """Say it in German, refused rows with line and reason."""
        head = f"{self.titel}{'' if self.angewendet else ' (Probelauf, nichts geändert)'}"
        counts = f"{self.neu} neu, {self.geaendert} geändert, {self.unveraendert} unverändert"
        lines = [f"{head}: {counts}, {len(self.verschwunden)} verschwunden, {len(self.abgelehnt)} abgelehnt"]
        if self.verschwunden:
            closed = f"{self.geschlossen} geschlossen" if self.geschlossen else "nicht geschlossen (--close-missing)"
            lines.append(f"  verschwunden, {closed}: {', '.join(self.verschwunden[:_SHOWN_REFUSALS])}")
        for refusal in self.abgelehnt[:_SHOWN_REFUSALS]:
            where = "" if refusal.zeile is None else f"Zeile {refusal.zeile}: "
            lines.append(f"  abgelehnt: {where}{refusal.grund}")
        if len(self.abgelehnt) > _SHOWN_REFUSALS:
            lines.append(f"  … und {len(self.abgelehnt) - _SHOWN_REFUSALS} weitere abgelehnte Zeilen")
        lines += [f"  vielleicht doppelt: {pair}" for pair in self.doppelt[:_SHOWN_REFUSALS]]
        lines += [f"  vorgeschlagene Zuordnung: {pair}" for pair in self.vorgeschlagen[:_SHOWN_REFUSALS]]
        lines += [f"  anders als von Hand geändert, bleibt: {each}" for each in self.widersprochen[:_SHOWN_REFUSALS]]
        lines += [f"  Hinweis: {hint}" for hint in self.hinweise]
        return "\n".join(lines)


def find_recipe(name: str) -> Recipe:
    """Load the recipe of a folder in `importers/`, or of any path."""
    known = data_folder("importers") / name
    return load_recipe(known if known.is_dir() else Path(name))


def import_source(context: Context, auftrag: Auftrag, progress: Progress) -> Bericht:
    """Import a source; nothing is changed where anything is refused by the store or stopped by a brake.

    Raises
    ------
    SourceRefused
        A file is missing or is not what the recipe describes.
    ImportStopped
        The plan looks like an accident.
    ConstraintViolated
        A row the store must never hold.

    """
    if auftrag.adressen is not None and not auftrag.adressen.is_file():
        raise SourceRefused(str(auftrag.adressen), "Die Adresstabelle gibt es nicht. Bitte den Pfad prüfen.")
    reading = read_source(auftrag.recipe, auftrag.folder, adressen=auftrag.adressen, progress=progress)
    progress(f"{auftrag.recipe.titel} einlesen", 0.5)
    store = context.store.of_installation()
    opened = store.read() if auftrag.dry_run else store.write()
    with opened as connection:
        bericht = (
            _import_tafeln(context, connection, auftrag, reading)
            if reading.form in TAFELFORMEN
            else _APPLY[reading.form](connection, auftrag, reading)
        )
        if not auftrag.dry_run:
            forget_antworten(connection)
            quellen.put_quelle(connection, _quelle_of(auftrag.recipe), akteur=AKTEUR, grund=_reason(auftrag))
            if reading.form in {Form.ANGEBOTE, Form.RAEUME}:
                locate_standorte(connection)
    progress(f"{auftrag.recipe.titel} einlesen", 1.0)
    return bericht


def _import_tafeln(context: Context, connection: "Connection", auftrag: Auftrag, reading: Reading) -> Bericht:
    told = {"akteur": AKTEUR, "grund": _reason(auftrag)}
    vergleich = lay_tafelwerk(connection, context.settings, reading, dry_run=auftrag.dry_run, told=told)
    unknown = () if reading.tafelwerk is None else name_unknown_areas(connection, reading.tafelwerk)
    return Bericht(
        titel=auftrag.recipe.titel,
        neu=vergleich.neu,
        geaendert=vergleich.geaendert,
        unveraendert=vergleich.unveraendert,
        verschwunden=vergleich.verschwunden,
        abgelehnt=reading.abgelehnt,
        hinweise=(*reading.hinweise, *unknown),
        zaehlung=reading.zaehlung,
        geschlossen=len(vergleich.verschwunden),
        angewendet=not auftrag.dry_run,
    )


def _quelle_of(recipe: Recipe) -> quellen.Quelle:
    names = ("titel", "herausgeber", "lizenz", "namensnennung", "stichtag")
    return quellen.Quelle(schluessel=recipe.quelle, **{name: getattr(recipe, name) for name in names})


def _import_angebote(connection: "Connection", auftrag: Auftrag, reading: Reading) -> Bericht:
    quelle = auftrag.recipe.quelle
    current = angebote.list_angebote_of_quelle(connection, quelle)
    edited = {key: find_edited(each) for key, each in list_schritte_of_edited(connection, quelle).items()}
    for key, each in current.items():
        if forgotten := list_forgotten(each):
            edited[key] = edited.get(key, frozenset()) | forgotten
    plan = make_plan(current, reading.angebote, reading.abgelehnt, auftrag.recipe, edited)
    matched: tuple[Angebot, ...] = ()
    if auftrag.accept_matches:
        matched = tuple(_take_over_key(pair.a, pair.b, edited) for pair in plan.vorgeschlagen)
    change = Change(
        quelle=quelle,
        neu=plan.neu,
        geaendert=(*(after for _, after in plan.geaendert), *matched),
        beendet=_ended(plan, auftrag, edited),
    )
    if not auftrag.dry_run:
        angebote.apply_angebote(connection, change, akteur=AKTEUR, grund=_reason(auftrag))
    return _report(plan, auftrag, reading, extra=len(matched), closed=len(change.beendet))


def _take_over_key(known: Angebot, draft: Angebot, edited: Mapping[str, frozenset[str]]) -> Angebot:
    """Let a draft without a key of its own be the Angebot it was matched to, its history included.

    It stands where the source now puts it: under the old Standort's key it would move its neighbours along. What a
    person changed stays.
    """
    taken = msgspec.structs.replace(draft, schluessel=known.schluessel).with_history(known)
    return keep_edited(taken, known, edited.get(known.schluessel, frozenset()))[0]


def _import_raeume(connection: "Connection", auftrag: Auftrag, reading: Reading) -> Bericht:
    quelle = auftrag.recipe.quelle
    current = {draft_key(raum): raum for raum in raeume.list_raeume_of_quelle(connection, quelle).values()}
    plan = make_plan(current, reading.raeume, reading.abgelehnt, auftrag.recipe)
    ended = tuple((key.partition("@")[0], last) for key, last in _ended(plan, auftrag))
    changed = tuple(after for _, after in plan.geaendert)
    change: Change[Raum] = Change(quelle=quelle, neu=plan.neu, geaendert=changed, beendet=ended)
    if not auftrag.dry_run:
        raeume.apply_raeume(connection, change, akteur=AKTEUR, grund=_reason(auftrag))
    return _report(plan, auftrag, reading)


def _import_bevoelkerung(connection: "Connection", auftrag: Auftrag, reading: Reading) -> Bericht:
    quelle = auftrag.recipe.quelle
    days = {row.stichtag for row in reading.bevoelkerung}
    rows = [row for row in bevoelkerung.list_bevoelkerung_of_quelle(connection, quelle) if row.stichtag in days]
    plan = make_plan({draft_key(row): row for row in rows}, reading.bevoelkerung, reading.abgelehnt, auftrag.recipe)
    if not auftrag.dry_run:
        stated = {draft_key(row): row for row in (*rows, *plan.neu, *(after for _, after in plan.geaendert))}
        kept = [row for key, row in stated.items() if key not in plan.verschwunden]
        bevoelkerung.apply_bevoelkerung(connection, quelle, kept, akteur=AKTEUR, grund=_reason(auftrag))
    return _report(plan, auftrag, reading)


def _import_zellen(connection: "Connection", auftrag: Auftrag, reading: Reading) -> Bericht:
    """Replace a grid as a whole: a census is published once, and again only as a whole."""
    stated = reading.zellen
    if stated is None or len(stated) < auftrag.recipe.min_zeilen:
        raise ImportStopped("Die Quelle hat zu wenige brauchbare Zellen. Nichts wurde geändert.")
    current = bevoelkerung.find_zellen(connection, stated.quelle)
    before = {} if current is None or current.stichtag != stated.stichtag else _by_id(current)
    after = _by_id(stated)
    gone = tuple(key for key in before if key not in after)
    if before and len(gone) / len(before) > auftrag.recipe.max_anteil_verschwunden:
        raise ImportStopped(f"{len(gone)} von {len(before)} Zellen fehlen in der Quelle. Nichts wurde geändert.")
    if not auftrag.dry_run:
        bevoelkerung.apply_zellen(connection, stated, akteur=AKTEUR, grund=_reason(auftrag))
    same = sum(key in before and before[key] == cell for key, cell in after.items())
    new = sum(key not in before for key in after)
    return Bericht(
        titel=auftrag.recipe.titel,
        neu=new,
        geaendert=len(after) - new - same,
        unveraendert=same,
        verschwunden=gone,
        abgelehnt=reading.abgelehnt,
        hinweise=(*reading.hinweise, *_tell_neighbours(connection, stated)),
        zaehlung=reading.zaehlung,
        angewendet=not auftrag.dry_run,
    )


def _tell_neighbours(connection: "Connection", zellen: Zellen) -> Iterator[str]:
    """Say how many cells lie beyond the region: they are kept, as far as the source goes."""
    kommunen = raeume.list_raeume(connection, [Ebene.KOMMUNE], None)
    beyond = count_cells_beyond(zellen, kommunen) if kommunen else 0
    if beyond:
        yield (
            f"{beyond} von {len(zellen)} Zellen liegen jenseits der Region. Ihre Menschen zählen nur als Nachfrage in "
            "„Angebot je Person im Wettbewerb“, in keiner Zahl der Region."
        )


def _by_id(zellen: Zellen) -> dict[str, tuple[str, frozenset[tuple[str, float]]]]:
    """Describe each cell so that the order of rows and columns does not matter; what is not there is left out."""
    known = np.isfinite(zellen.werte)
    return {
        key: (
            zellen.kommune[row],
            frozenset(
                (zellen.merkmale[at], float(zellen.werte[row, at])) for at in np.flatnonzero(known[row]).tolist()
            ),
        )
        for row, key in enumerate(zellen.gitter_id)
    }


def _import_adressen(connection: "Connection", auftrag: Auftrag, reading: Reading) -> Bericht:
    """Replace an address table as a whole; points are held against it, and found by it."""
    recipe = auftrag.recipe
    before, after = adressen.list_adressen_of_quelle(connection, recipe.quelle), frozenset(reading.adressen)
    gone = before - after
    _stop_if_too_few(recipe, len(after), len(gone), len(before))
    if before != after and not auftrag.dry_run:
        adressen.put_adressen(connection, recipe.quelle, sorted(after, key=lambda each: each.schluessel))
    return Bericht(
        titel=recipe.titel,
        neu=len(after - before),
        geaendert=0,
        unveraendert=len(after & before),
        verschwunden=tuple(sorted(each.schluessel for each in gone)),
        abgelehnt=reading.abgelehnt,
        hinweise=reading.hinweise,
        zaehlung=reading.zaehlung,
        geschlossen=len(gone),
        angewendet=not auftrag.dry_run,
    )


def _import_kontext(connection: "Connection", auftrag: Auftrag, reading: Reading) -> Bericht:
    quelle = auftrag.recipe.quelle
    stated, homeless = place_kontext(connection, reading.kontext)
    days = {row.stichtag for row in stated}
    rows = [row for row in kontext.list_kontextwerte_of_quelle(connection, quelle) if row.stichtag in days]
    refused = (*reading.abgelehnt, *homeless)
    plan = make_plan({draft_key(row): row for row in rows}, stated, refused, auftrag.recipe)
    if not auftrag.dry_run:
        form = auftrag.recipe.kontext
        named = [] if form is None else [get_kontextindikator(each.code) for each in form.indikatoren]
        kept = {draft_key(row): row for row in (*rows, *plan.neu, *(after for _, after in plan.geaendert))}
        remaining = [row for key, row in kept.items() if key not in plan.verschwunden]
        kontext.apply_kontext(connection, quelle, named, remaining, akteur=AKTEUR, grund=_reason(auftrag))
    return _report(plan, auftrag, reading)


def _stop_if_too_few(recipe: Recipe, stated: int, gone: int, before: int) -> None:
    """Stop where a source that is replaced as a whole looks like half of one."""
    if stated < recipe.min_zeilen:
        raise ImportStopped(f"Die Quelle hat nur {stated} brauchbare Zeilen. Nichts wurde geändert.")
    if before and gone / before > recipe.max_anteil_verschwunden:
        raise ImportStopped(f"{gone} von {before} Zeilen fehlen in der Quelle. Nichts wurde geändert.")


_APPLY: Mapping[Form, Callable[["Connection", Auftrag, Reading], Bericht]] = {
    Form.ANGEBOTE: _import_angebote,
    Form.RAEUME: _import_raeume,
    Form.BEVOELKERUNG: _import_bevoelkerung,
    Form.ZELLEN: _import_zellen,
    Form.ADRESSEN: _import_adressen,
    Form.KONTEXT: _import_kontext,
}


def _ended(
    plan: Plan[Any], auftrag: Auftrag, edited: Mapping[str, frozenset[str]] = MappingProxyType({})
) -> tuple[tuple[str, date], ...]:
    """List what ends with its source; not what a person has given a status since."""
    if auftrag.close_missing is None:
        return ()
    gone = (key for key in plan.verschwunden if STATUS not in edited.get(key, ()))
    return tuple((key, auftrag.close_missing) for key in gone)


def _reason(auftrag: Auftrag) -> str:
    return f"Import „{auftrag.recipe.titel}“"


def _report(
    plan: Plan[Any], auftrag: Auftrag, reading: Reading, *, extra: int = 0, closed: int | None = None
) -> Bericht:
    return Bericht(
        titel=auftrag.recipe.titel,
        neu=len(plan.neu),
        geaendert=len(plan.geaendert) + extra,
        unveraendert=plan.unveraendert,
        verschwunden=plan.verschwunden,
        abgelehnt=plan.abgelehnt,
        vorgeschlagen=() if extra else tuple(f"{p.a.name} ↔ {p.b.name} ({p.grund})" for p in plan.vorgeschlagen),
        doppelt=tuple(f"{p.a.schluessel} und {p.b.schluessel}: {p.a.name} ({p.grund})" for p in plan.doppelt),
        hinweise=reading.hinweise,
        zaehlung=reading.zaehlung,
        geschlossen=len(_ended(plan, auftrag)) if closed is None else closed,
        widersprochen=tuple(f"{key} ({', '.join(map(name_feld, felder))})" for key, felder in plan.widersprochen),
        angewendet=not auftrag.dry_run,
    )
