"""The heading row of a table: present, unique, of sane width, and with every column the recipe needs."""

from infrastruktur.domain.errors import SourceRefused

MAX_COLUMNS = 1_000


def check_header(source: str, header: list[str], needed: tuple[str, ...]) -> None:
    """Refuse a table by its heading row.

    Raises
    ------
    SourceRefused
        There is none, a heading occurs twice or is missing, or there are more than `MAX_COLUMNS`.

    """
    if not any(header):
        raise SourceRefused(source, "Die Datei ist leer.")
    if len(header) > MAX_COLUMNS:
        raise SourceRefused(source, f"Die Kopfzeile hat {len(header)} Spalten, höchstens {MAX_COLUMNS} sind möglich.")
    if missing := [name for name in needed if name not in header]:
        found = "".join(sign if sign.isprintable() else "�" for sign in ", ".join(header)[:200])
        text = f"Es fehlen die Spalten: {', '.join(missing)}. Gefunden wurden: {found}."
        raise SourceRefused(source, text)
    named = [name for name in header if name]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise SourceRefused(source, f"Die Spalten kommen mehrfach vor: {', '.join(twice)}.")
