"""Hand a figure table out: computed once per state of the data, and protected for the audience that asks."""

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from infrastruktur import __version__
from infrastruktur.domain.errors import InvalidParameter
from infrastruktur.domain.kenntnis import ORTSZEIT
from infrastruktur.domain.raum import Ebene, Raum
from infrastruktur.domain.tabelle import Herkunft, Spalte, Tabelle, Typ, Wert
from infrastruktur.planning.disclosure import protect
from infrastruktur.storage import quellen, raeume, results
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.read_supply import describe_szenario


class _Stored(msgspec.Struct, frozen=True):
    """A table on disk; days are written as text there and read back by their column."""

    name: str
    spalten: tuple[Spalte, ...]
    zeilen: list[list[Any]]
    herkunft: Herkunft


def choose_stichtag(context: Context, asked: date | None) -> date:
    """Take the day that was asked for, else the scenario's, else the reporting Stichtag of the region, else today.

    Raises
    ------
    InvalidParameter
        The scenario is made for another day than the one asked for.

    """
    assumed = context.szenario.stichtag
    if asked is not None and assumed is not None and asked != assumed:
        reason = f"Das Szenario gilt für den {assumed:%d.%m.%Y}. Bitte diesen Tag oder keinen angeben."
        raise InvalidParameter("stichtag", reason)
    day = asked or assumed
    if day is not None:
        return day
    with context.store.read() as connection:
        region = raeume.get_region(connection)
    return context.today() if region is None or region.stichtag is None else region.stichtag


def name_area(raum: Raum) -> dict[str, Wert]:
    """Fill the three columns every figure table begins with."""
    return {"ebene": raum.ebene.value, "gebiet": raum.schluessel, "gebiet_name": raum.titel}


def recall_table(context: Context, question: tuple[Any, ...], compute: Callable[[], Tabelle], *, keep: bool) -> Tabelle:
    """Compute a table once per state of catalogue and network; with `keep` it outlives the process.

    The key holds everything a figure depends on: the question, the catalogue's revision, the
    network's generation, and whether confidential Standorte took part. Only the questions everybody
    asks are kept: a reader's own, a scenario and an earlier state must not make the catalogue grow.
    """
    keep = keep and not (context.szenario.aenderungen or context.szenario.stichtag or context.kenntnis)
    revision, generation = context.revision(), context.find_network_generation()
    asked = msgspec.json.encode([question, revision, generation, context.public, __version__])
    key = hashlib.sha256(asked).hexdigest()
    table = context.figures.recall(key, lambda: _find_or_compute(context, key if keep else None, revision, compute))
    return msgspec.structs.replace(table, herkunft=name_kenntnis(context, table.herkunft))


def _find_or_compute(context: Context, key: str | None, revision: str, compute: Callable[[], Tabelle]) -> Tabelle:
    if key is not None:
        with context.store.of_installation().read() as connection:
            payload = results.find_result(connection, key)
        if payload is not None:
            return _decode(payload)
    table = compute()
    herkunft = msgspec.structs.replace(table.herkunft, datenstand=revision, quellen=_list_quellen(context))
    table = msgspec.structs.replace(table, herkunft=name_szenario(context, herkunft))
    if key is not None:
        with context.store.of_installation().write() as connection:
            results.put_result(connection, key, msgspec.json.encode(table))
    return table


def name_szenario(context: Context, herkunft: Herkunft) -> Herkunft:
    """Say of a table what was assumed, so that nobody takes it for the catalogue's; without changes it stays."""
    szenario = context.szenario
    if not szenario.aenderungen:
        return herkunft
    changes = msgspec.to_builtins(szenario.aenderungen)
    return msgspec.structs.replace(
        herkunft,
        parameter={**herkunft.parameter, "szenario": changes},
        hinweise=(*herkunft.hinweise, *describe_szenario(context, herkunft.stichtag)),
    )


def name_kenntnis(context: Context, herkunft: Herkunft) -> Herkunft:
    """Say of a table as of when it is known, and what in it is today's all the same; of what is known now nothing."""
    kenntnis = context.kenntnis
    if kenntnis is None:
        return herkunft
    moment = f"{kenntnis.zeitpunkt.astimezone(ORTSZEIT):%d.%m.%Y, %H:%M:%S Uhr}"
    changed = context.list_settings_since(kenntnis.zeitpunkt)
    return msgspec.structs.replace(
        herkunft,
        datenstand=f"bekannt am {moment}",
        parameter={**herkunft.parameter, "known_at": kenntnis.text},
        hinweise=(
            *herkunft.hinweise,
            f"Stand der Kenntnis: {moment}. Was danach bekannt oder berichtigt wurde, ist nicht enthalten.",
            *(("Die Wege sind die des heutigen Straßennetzes.",) if herkunft.netz else ()),
            *((f"Eigene Vorgaben gelten in heutiger Fassung: {', '.join(changed)}.",) if changed else ()),
        ),
    )


def _list_quellen(context: Context) -> tuple[str, ...]:
    with context.store.read() as connection:
        return tuple(f"{quelle.titel} ({quelle.namensnennung})" for quelle in quellen.list_quellen(connection))


def _decode(payload: bytes) -> Tabelle:
    stored = msgspec.json.decode(payload, type=_Stored)
    days = [index for index, spalte in enumerate(stored.spalten) if spalte.typ is Typ.DATUM]
    for zeile in stored.zeilen:
        for index in days:
            zeile[index] = None if zeile[index] is None else date.fromisoformat(zeile[index])
    rows = tuple(tuple(zeile) for zeile in stored.zeilen)
    return Tabelle(name=stored.name, spalten=stored.spalten, zeilen=rows, herkunft=stored.herkunft)


def publish_table(context: Context, table: Tabelle, **only: str | None) -> Tabelle:
    """Protect a table where the public asks, then narrow it to the rows that have the given values.

    Secrecy comes first and sees the whole table, since a hidden number must not be had by
    subtraction; a narrower question never shows a number that the wider one hides.
    """
    return narrow_table(_recall_protected(context, table) if context.public else table, **only)


def narrow_table(shown: Tabelle, **only: str | None) -> Tabelle:
    """Narrow a table to the rows that have the given values.

    Raises
    ------
    InvalidParameter
        There is no such level.

    """
    if only.get("ebene") is not None and only["ebene"] not in set(Ebene):
        raise InvalidParameter("ebene", f"Möglich sind {', '.join(Ebene)}.")
    wanted = [(shown.spalte(name), value) for name, value in only.items() if value is not None]
    return shown.with_rows([zeile for zeile in shown.zeilen if all(zeile[at] == value for at, value in wanted)])


def _recall_protected(context: Context, table: Tabelle) -> Tabelle:
    """Protect a table once: nothing but what it says decides what is hidden, so its digest is the key."""
    key = ("öffentlich", hashlib.sha256(msgspec.msgpack.encode(table)).digest())
    return context.figures.recall(key, lambda: protect(table))
