"""An own list on the command line: taken, changed, planned and applied as the owner of a token."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from usecases.strassendorf import KOMMUNE, RAEUME, angebot, catalogue, places

from infrastruktur.cli import main
from infrastruktur.domain.angebot import traeger_id
from infrastruktur.domain.permission import Rolle, Zustaendigkeit
from infrastruktur.settings import Settings
from infrastruktur.usecases.issue_token import issue_token

Run = Callable[..., Result]
ANGEBOTE = (
    angebot("Tagespflege", "pflege.tagespflege", 100.0, traeger="Verein", kapazitaeten=places(10)),
    angebot("Andere", "pflege.tagespflege", 500.0, traeger="Andere", kapazitaeten=places(20)),
)
RIGHTS = {
    "redaktion": Zustaendigkeit(rolle=Rolle.KOMMUNE_REDAKTION, ags=KOMMUNE),
    "traeger": Zustaendigkeit(rolle=Rolle.TRAEGER, traeger=traeger_id("Verein")),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, geopackage_template: Path) -> tuple[Path, dict[str, str]]:
    """Give an installation with two Tagespflegen, and a token for each right."""
    home = tmp_path_factory.mktemp("liste")
    settings = Settings(home=home)
    shutil.copyfile(geopackage_template, settings.catalogue)
    with catalogue(settings, RAEUME, ANGEBOTE) as context:
        return home, {name: issue_token(context, name, right, 1)[1] for name, right in RIGHTS.items()}


@pytest.fixture
def run(home: tuple[Path, dict[str, str]]) -> Run:
    folder, tokens = home

    def invoke(who: str, *words: str | Path) -> Result:
        environ = {"INFRASTRUKTUR_HOME": str(folder), "INFRASTRUKTUR_ZUGANG": tokens.get(who, who)}
        return CliRunner(env=environ).invoke(main, ["liste", *map(str, words)])

    return invoke


def change(path: Path, name: str, **cells: str) -> None:
    """Change the row of a name in a list, as a spreadsheet would."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    next(row for row in rows if row["Name"] == name).update(
        {key.replace("_", " "): said for key, said in cells.items()}
    )
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


def checksum(planned: Result) -> str:
    assert planned.exit_code == 0, planned.output
    return planned.stdout.split()[-1]


def test_a_list_is_taken_changed_planned_and_applied(run, tmp_path) -> None:
    path = tmp_path / "pflege.csv"
    assert str(path) in run("redaktion", "holen", "pflege", path).stdout
    change(path, "Tagespflege", Kapazität_am_Stichtag="12")
    change(path, "Andere", Name="Andere Tagespflege")
    planned = run("redaktion", "planen", "pflege", path, "--grund", "Abfrage")
    assert "Vorschlag" in planned.stdout
    assert "gibt das Fachamt" in planned.stdout
    wrong = run("redaktion", "uebernehmen", "pflege", path, "--grund", "Abfrage", "--pruefsumme", "0" * 32)
    assert (wrong.exit_code, "neu planen" in wrong.stderr) == (1, True)
    done = run("redaktion", "uebernehmen", "pflege", path, "--grund", "Abfrage", "--pruefsumme", checksum(planned))
    assert "Übernommen: neu 0, geändert 1, Vorschlag 1, unverändert 0." in done.stdout
    assert "Zeile 2 ist vorgeschlagen: " in done.stdout
    again = run("redaktion", "planen", "pflege", path)
    assert "Parameter unverändert: 2" in again.stdout


def test_a_workbook_is_written_where_one_is_asked_for(run, tmp_path) -> None:
    path = tmp_path / "pflege.xlsx"
    assert run("traeger", "holen", "pflege", path).exit_code == 0
    assert path.read_bytes().startswith(b"PK")
    assert "unverändert" in run("traeger", "planen", "pflege", path).stdout


def test_a_wrong_row_ends_a_script(run, tmp_path) -> None:
    path = tmp_path / "pflege.csv"
    run("traeger", "holen", "pflege", path)
    change(path, "Tagespflege", Kapazität_am_Stichtag="zwölf")
    planned = run("traeger", "planen", "pflege", path)
    assert (planned.exit_code, "„zwölf“ ist keine Zahl" in planned.stdout) == (1, True)


@pytest.mark.parametrize(("who", "said"), [("", "INFRASTRUKTUR_ZUGANG"), ("infra_0_x", "Anmeldung ist ungültig")])
def test_without_a_token_that_holds_there_is_no_list(run, tmp_path, who, said) -> None:
    refused = run(who, "holen", "pflege", tmp_path / "pflege.csv")
    assert (refused.exit_code, said in refused.stderr) == (1, True)


def test_a_layer_without_a_list_is_named(run, tmp_path) -> None:
    refused = run("redaktion", "holen", "kommunen", tmp_path / "kommunen.csv")
    assert (refused.exit_code, "Eine Liste zum Ändern gibt es" in refused.stderr) == (1, True)
