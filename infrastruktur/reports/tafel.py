"""Tables in HTML as screen readers need them: caption, column heads and row heads with their scope."""

from collections.abc import Sequence
from html import escape


def table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    text_columns: int = 1,
    last_is_region: bool = False,
) -> str:
    """Write a table; the first cell of a row is its head, the first `text_columns` are set to the left."""
    body = []
    for number, row in enumerate(rows):
        mark = ' class="region"' if last_is_region and number == len(rows) - 1 else ""
        cells = "".join(
            f"<td{_mark(column, text_columns)}>{escape(cell)}</td>" for column, cell in enumerate(row[1:], start=1)
        )
        body.append(f'<tr{mark}><th scope="row">{escape(row[0])}</th>{cells}</tr>')
    top = _head(head, text_columns)
    return f"<table><caption>{escape(caption)}</caption>{top}<tbody>{''.join(body)}</tbody></table>"


def _head(names: Sequence[str], text_columns: int) -> str:
    cells = (f'<th scope="col"{_mark(n, text_columns)}>{escape(name)}</th>' for n, name in enumerate(names))
    return f"<thead><tr>{''.join(cells)}</tr></thead>"


def _mark(column: int, text_columns: int) -> str:
    return ' class="text"' if column < text_columns else ""
