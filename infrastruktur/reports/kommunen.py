"""One file of gaps for each Kommune, to be sent to its town hall."""

import re
import unicodedata
from pathlib import Path

import msgspec

from infrastruktur.domain.raum import Ebene
from infrastruktur.domain.tabelle import Tabelle
from infrastruktur.reports.tables import write_csv, write_xlsx

_UMLAUTE = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def write_gaps_per_kommune(gaps: Tabelle, folder: Path) -> list[Path]:
    """Write `luecken_<AGS>_<name>.csv` and `.xlsx` with the rows of each Kommune and of its Sozialräume."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for ags, name in sorted(_kommunen(gaps).items()):
        part = _part(gaps, ags, name)
        stem = f"luecken_{_safe(ags)}_{_safe(name)}"[:100]
        written += [folder / f"{stem}.csv", folder / f"{stem}.xlsx"]
        write_csv(part, written[-2])
        write_xlsx(part, written[-1])
    return written


def _kommunen(gaps: Tabelle) -> dict[str, str]:
    rows = gaps.records()
    return {str(row["gebiet"]): str(row["gebiet_name"]) for row in rows if row["ebene"] == Ebene.KOMMUNE}


def _part(gaps: Tabelle, ags: str, name: str) -> Tabelle:
    key = gaps.spalte("gebiet")
    rows = [zeile for zeile in gaps.zeilen if str(zeile[key]).partition("-")[0] == ags]
    herkunft = msgspec.structs.replace(gaps.herkunft, titel=f"{gaps.herkunft.titel} {name}")
    return msgspec.structs.replace(gaps.with_rows(rows), herkunft=herkunft)


def _safe(text: str) -> str:
    """Reduce text to what every file system takes as a name."""
    folded = unicodedata.normalize("NFC", text).lower().translate(_UMLAUTE)
    plain = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "ohne-namen"
