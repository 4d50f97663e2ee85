from pathlib import Path

from infrastruktur.domain.art import list_arten
from infrastruktur.intake.reference import write_reference

COMMITTED = Path(__file__).parents[2] / "docs" / "arten.md"


def test_the_committed_reference_is_not_stale(tmp_path):
    write_reference(tmp_path / "arten.md")
    written = (tmp_path / "arten.md").read_text(encoding="utf-8")
    assert COMMITTED.read_text(encoding="utf-8") == written, "scripts/contracts writes it anew"


def test_every_kind_is_in_it():
    text = COMMITTED.read_text(encoding="utf-8")
    assert [art.code for art in list_arten() if f"`{art.code}`" not in text] == []
