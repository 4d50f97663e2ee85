"""Every folder of importers/ reads its own sample as its `expected.json` says, and says it again twice."""

import json
from pathlib import Path

import pytest
from importers.summary import sample_recipe, summarise

from infrastruktur import resources
from infrastruktur.intake.plan import draft_key, make_plan
from infrastruktur.intake.reading import read_source

FOLDERS = sorted(path.parent for path in resources.folder("importers").glob("*/source.toml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_sample_reads_as_expected(folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(summarise(folder))) == expected


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_f08_the_same_file_twice_changes_nothing(folder: Path) -> None:
    recipe = sample_recipe(folder)
    first, again = read_source(recipe, folder), read_source(recipe, folder)
    if first.zellen is not None:
        assert again.zellen is not None
        assert first.zellen.gitter_id == again.zellen.gitter_id
    named = ("angebote", "raeume", "kontext")
    for drafts, repeated in ((getattr(first, name), getattr(again, name)) for name in named):
        if drafts:
            current = {draft_key(draft): draft for draft in make_plan({}, drafts, first.abgelehnt, recipe).neu}
            plan = make_plan(current, repeated, again.abgelehnt, recipe)
            assert plan.is_empty
            assert plan.unveraendert == len(current)
