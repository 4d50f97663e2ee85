"""A comparison of scenarios in lines a person reads: what changes where, what does not react, and what to mind."""

from collections.abc import Iterator

from infrastruktur.domain.tabelle import Tabelle, Wert

_GERMAN = str.maketrans(",.", ".,")


def write_comparison(tabelle: Tabelle) -> Iterator[str]:
    """Write a table of `planning.columns.SZENARIOVERGLEICH`, a line a cell that changes."""
    yield f"{tabelle.herkunft.titel} am {tabelle.herkunft.stichtag:%d.%m.%Y}"
    still: dict[str, list[str]] = {}
    subject: tuple[Wert, ...] = ()
    for row in tabelle.records():
        if not row["reagiert"]:
            still.setdefault(str(row["auswertung"]), []).append(str(row["gegenstand"]))
            continue
        if subject != (subject := (row["auswertung"], row["gegenstand"])):
            yield f"{row['auswertung']}: {row['gegenstand_titel']} ({row['gegenstand']})"
        before, after = (_cell(row[name], row[f"{name}_text"]) for name in ("vorher", "nachher"))
        change = f" ({row['differenz']:+,.1f})".translate(_GERMAN) if isinstance(row["differenz"], float) else ""
        yield f"  {row['gebiet_name']}, {row['groesse_titel']}: {before} → {after}{change}"
    for auswertung, names in still.items():
        yield f"Nicht reagiert haben ({auswertung}): {', '.join(names)}"
    yield from tabelle.herkunft.hinweise


def _cell(value: Wert, text: Wert) -> str:
    if isinstance(value, int | float):
        return f"{value:,.1f}".translate(_GERMAN)
    return "–" if text is None else str(text)
