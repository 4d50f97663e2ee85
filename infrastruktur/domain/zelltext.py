"""Text in the cells of spreadsheets: guarded on its way out, and as it was on its way back in."""

import re

_FORMULA = re.compile(r"^[\s'\"]*[=+\-@\t\r]")


def defuse(text: str) -> str:
    """Put an apostrophe before text that spreadsheets would take for a formula (OWASP, CSV injection).

    Carriage returns become line feeds: the csv module leaves a lone one unquoted, and readers break the row there.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{lines}" if _FORMULA.match(lines) else lines


def restore(cell: str) -> str:
    """Take off the apostrophe `defuse` put; one that guards no formula is text."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell
