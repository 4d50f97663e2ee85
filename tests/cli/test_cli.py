"""The command as an administrator meets it: help with an example, and every refusal one German sentence."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest
import shapely
from click.testing import CliRunner, Result
from intake.kartendienst import found_place, read_elements
from routing.drawn import TO_DEGREES, drawn
from usecases.strassendorf import RAEUME, STREET_Y, WEST, angebot, catalogue, cells, region, village

from infrastruktur.cli import main
from infrastruktur.domain.permission import Handlung, may
from infrastruktur.resources import folder
from infrastruktur.settings import Settings
from infrastruktur.storage.engine import open_store
from infrastruktur.storage.raeume import put_region
from infrastruktur.usecases.context import open_context
from infrastruktur.usecases.identify_person import identify_person

BEISPIEL = folder("importers") / "beispiel-pflege"
Run = Callable[..., Result]


def list_commands(group: click.Group, way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from list_commands(command, (*way, name))
        else:
            yield (*way, name)


@pytest.fixture
def home(tmp_path: Path, geopackage_template: Path) -> Path:
    """Give an installation with an empty catalogue and without a network."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copyfile(geopackage_template, home / "catalogue.gpkg")
    return home


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def invoke(*words: str | Path, **environ: str | Path) -> Result:
        settings = {"INFRASTRUKTUR_HOME": str(tmp_path / "home")} | {
            name: str(value) for name, value in environ.items()
        }
        return CliRunner(env=settings).invoke(main, [str(word) for word in words], terminal_width=200)

    return invoke


def sentence(result: Result) -> str:
    """Give the one line a refused command ends with."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    *_, last = result.stderr.strip().splitlines()
    assert result.stderr.count("Fehler:") == 1
    assert last.startswith("Fehler: ")
    return last.removeprefix("Fehler: ")


@pytest.mark.parametrize("command", list(list_commands(main)), ids=" ".join)
def test_every_help_shows_an_example_that_exists(run, command):
    shown = run(*command, "--help")
    assert shown.exit_code == 0
    (example,) = (line for line in shown.output.splitlines() if "Beispiel:" in line)
    assert f"infrastruktur {' '.join(command)}" in example
    *_, arguments = example.split(" ".join(command))
    options = {word for word in arguments.split() if word.startswith("--")}
    assert all(option in shown.output.replace(example, "") for option in options)


def test_the_whole_names_every_setting(run):
    shown = run("--help").output
    assert all(f"INFRASTRUKTUR_{name}" in shown for name in ("HOME", "DATABASE", "BASE_URL", "AUDIENCE"))


# Refusals


@pytest.mark.parametrize("command", [("assess",), ("import", "beispiel-pflege"), ("serve",)], ids=" ".join)
def test_a_missing_catalogue_names_the_remedy(run, command):
    said = sentence(run(*command))
    assert said.endswith("gibt es noch nicht. Bitte zuerst „infrastruktur migrate“ aufrufen.")


@pytest.mark.usefixtures("home")
def test_an_unknown_recipe(run):
    assert sentence(run("import", "gibtsnicht")).startswith("gibtsnicht: Das Rezept ist nicht lesbar.")


def test_data_that_is_not_there(run, home):
    said = sentence(run("import", "beispiel-pflege", "--data", home / "fehlt"))
    assert "Die Datei „beispiel-pflege.xlsx“ fehlt im Ordner" in said


@pytest.mark.parametrize("table", [".", "fehlt.csv"])
def test_an_address_table_that_is_not_there(run, home, table):
    said = sentence(run("import", "beispiel-pflege", "--data", BEISPIEL, "--adressen", home / table))
    assert said.endswith("Die Adresstabelle gibt es nicht. Bitte den Pfad prüfen.")


@pytest.mark.parametrize("command", ["build", "info"])
def test_a_network_that_is_not_there(run, tmp_path, command):
    words = ("network", "build", tmp_path / "fehlt.osm.pbf") if command == "build" else ("network", "info")
    assert "Bitte" in sentence(run(*words))


def test_a_broken_pbf(run, tmp_path):
    broken = tmp_path / "kaputt.osm.pbf"
    broken.write_bytes(b"<html>404 Not Found</html>")
    said = sentence(run("network", "build", broken))
    assert said.startswith("kaputt.osm.pbf: Das ist kein lesbarer OSM-Auszug (.osm.pbf).")
    assert not list(tmp_path.glob("home/network/**/*")), "nothing is published"


def test_an_extract_or_a_place_but_not_both_nor_neither(run, tmp_path):
    for words in ((), (tmp_path / "a.osm.pbf", "--ort", "Aachen")):
        said = run("network", "build", *words)
        assert said.exit_code == 2
        assert "entweder einen OSM-Auszug (.osm.pbf) oder einen Ort mit --ort angeben" in said.output


def test_a_place_that_nobody_knows_or_that_cannot_be_asked_for(run, service, tmp_path):
    unknown = run("network", "build", "--ort", "Atlantis", **service.environ)
    assert sentence(unknown) == "Den Ort „Atlantis“ kennt Nominatim nicht. Bitte Schreibweise und Land prüfen."
    offline = run("network", "build", "--ort", "Aachen", INFRASTRUKTUR_NOMINATIM="http://127.0.0.1:1")
    assert sentence(offline).startswith("Nominatim ist nicht erreichbar")
    assert not (tmp_path / "home").exists()


def test_a_download_can_be_given_up(run, service, home, monkeypatch):
    def give_up(_seconds: float) -> None:
        raise KeyboardInterrupt

    drawing = drawn("A-B", home)
    monkeypatch.setattr("time.sleep", give_up)
    said = run("network", "build", "--ort", "Aachen", **service.environ)
    assert said.exit_code == 130
    assert "Traceback" not in said.output
    assert drawing.report.generation in run("network", "info").stdout


def test_an_address_of_a_server_that_is_none(run):
    said = run("doctor", INFRASTRUKTUR_OVERPASS="ftp://overpass")
    assert said.exit_code == 2
    assert "INFRASTRUKTUR_OVERPASS: 'ftp://overpass' ist keine Adresse" in said.output


@pytest.mark.usefixtures("home")
def test_a_csv_whose_columns_are_shifted(run, tmp_path):
    source = folder("importers") / "beispiel-angebote" / "beispiel-angebote.csv"
    shifted = [line.partition(";")[2] for line in source.read_text(encoding="utf-8").splitlines()]
    (tmp_path / source.name).write_text("\n".join(shifted), encoding="utf-8")
    said = sentence(run("import", "beispiel-angebote", "--data", tmp_path))
    assert said.startswith("beispiel-angebote.csv")
    assert "Es fehlen die Spalten: Schlüssel." in said


@pytest.mark.usefixtures("home")
def test_a_geojson_in_metres(run, tmp_path):
    source = folder("importers") / "beispiel-kommunen" / "beispiel-kommunen.geojson"
    collection = json.loads(source.read_text(encoding="utf-8"))
    for feature in collection["features"]:
        feature["geometry"]["coordinates"] = [
            [[300_000, 5_630_000], [301_000, 5_630_000], [301_000, 5_631_000], [300_000, 5_630_000]]
        ]
        feature["geometry"]["type"] = "Polygon"
    (tmp_path / source.name).write_text(json.dumps(collection), encoding="utf-8")
    said = sentence(run("import", "beispiel-kommunen", "--data", tmp_path))
    assert "EPSG:25832" in said
    assert said.endswith("Bitte in WGS 84 (EPSG:4326) ausgeben.")


@pytest.mark.parametrize(
    "words",
    [
        ("assess", "--stichtag", "31.12.2025"),
        ("assess", "--stichtag", "2025-02-30"),
        ("import", "beispiel-pflege", "--close-missing", "morgen"),
    ],
    ids=" ".join,
)
def test_a_day_that_is_none(run, words):
    assert sentence(run(*words)) == f"Parameter „{words[-2]}“: Erwartet wird ein Tag wie 2025-12-31."


def test_a_setting_outside_its_choices(run):
    said = run("doctor", INFRASTRUKTUR_AUDIENCE="alle")
    assert said.exit_code == 2
    assert "INFRASTRUKTUR_AUDIENCE: 'alle' ist weder 'public' noch 'staff'." in said.output


def test_a_home_that_is_a_file(run, tmp_path):
    home = tmp_path / "keine-mappe"
    home.touch()
    assert sentence(run("migrate", INFRASTRUKTUR_HOME=home)).startswith(f"{home}: hier lässt sich nicht")


def test_a_database_out_of_reach(run):
    said = run("assess", INFRASTRUKTUR_DATABASE="postgresql://127.0.0.1:1/nichts?connect_timeout=1")
    assert sentence(said).startswith("Die Datenbank ist nicht erreichbar.")


def test_without_the_real_data_the_demo_of_aachen_says_so(run, tmp_path):
    said = run(
        "demo", "--once", "--region", "aachen", "--home", tmp_path / "aachen", INFRASTRUKTUR_DATA=tmp_path / "fehlt"
    )
    assert "Bitte INFRASTRUKTUR_DATA auf ihren Ordner setzen." in sentence(said)


@pytest.mark.usefixtures("home")
def test_brackets_in_a_foreign_file_are_shown_as_they_are(run, tmp_path):
    recipe = tmp_path / "[/red] quelle"
    assert sentence(run("import", recipe)).startswith(str(recipe))


# What works


def test_migrate_twice(run, tmp_path):
    assert [run("migrate").exit_code for _ in range(2)] == [0, 0]
    assert (tmp_path / "home" / "catalogue.gpkg").is_file()


def test_a_dry_run_says_what_the_import_then_does(run, home):
    before = (home / "catalogue.gpkg").read_bytes()
    dry = run("import", "beispiel-pflege", "--data", BEISPIEL, "--dry-run")
    assert (home / "catalogue.gpkg").read_bytes() == before
    wet = run("import", "beispiel-pflege", "--data", BEISPIEL)
    again = run("import", "beispiel-pflege", "--data", BEISPIEL)
    assert (dry.exit_code, wet.exit_code, again.exit_code) == (0, 0, 0)
    assert dry.stdout.replace(" (Probelauf, nichts geändert)", "") == wet.stdout
    assert "6 neu, 0 geändert, 0 unverändert" in wet.stdout
    assert "abgelehnt: Zeile 7: Spalte „Art“: Die Art „Wellness“ ist unbekannt." in wet.stdout
    assert "0 neu, 0 geändert, 6 unverändert" in again.stdout


def test_token_is_issued_listed_and_revoked(run):
    run("migrate")
    issued = run("token", "neu", "Stolberg, A. Muster", "--rolle", "kommune_redaktion", "--ags", "05334032")
    assert issued.exit_code == 0, issued.output
    nummer = issued.stdout.split()[1]
    assert issued.stdout.splitlines()[1].startswith(f"infra_{nummer}_")
    assert f"{nummer}  Stolberg, A. Muster: kommune_redaktion (ags 05334032), gilt bis" in run("token", "liste").stdout
    assert run("token", "widerrufen", nummer).exit_code == 0
    assert "widerrufen" in run("token", "liste").stdout
    assert f"„{nummer}“ gibt es nicht" in sentence(run("token", "widerrufen", nummer))


def test_a_token_of_a_program_opens_no_more_than_it_needs(run, home):
    run("migrate")
    asked = ("token", "neu", "Skript", "--rolle", "fachamt", "--nur", "intern_lesen", "--nur", "bestaetigen")
    text = run(*asked).stdout.splitlines()[1]
    assert "Skript: fachamt (überall), nur bestaetigen, intern_lesen, gilt bis" in run("token", "liste").stdout
    with closing(open_context(Settings(home=home))) as context:
        person = identify_person(context, text)
    assert {each for each in Handlung if may(person, each)} == {Handlung.INTERN_LESEN, Handlung.BESTAETIGEN}
    assert run("token", "neu", "Skript", "--rolle", "fachamt", "--nur", "alles").exit_code == 2


def test_token_without_its_kommune_is_refused(run):
    run("migrate")
    assert "Eine Redaktion gehört zu einer Kommune" in sentence(
        run("token", "neu", "X", "--rolle", "kommune_redaktion")
    )
    assert "zwischen 1 und 730" in sentence(run("token", "neu", "X", "--rolle", "admin", "--tage", "731"))


def test_doctor_on_an_empty_installation_names_what_is_missing(run):
    said = run("doctor")
    assert said.exit_code == 1
    assert [line[0] for line in said.stdout.splitlines()] == ["✗", "✗"]
    assert "„infrastruktur migrate“" in said.stdout
    assert "„infrastruktur network build" in said.stdout


def test_doctor_on_a_good_installation(run, home):
    settings = Settings(home=home)
    with closing(open_store(settings).of_installation()) as store, store.write() as connection:
        put_region(connection, region())
    drawn("A-B", home)
    said = run("doctor")
    assert said.exit_code == 0, said.stdout
    assert {line[0] for line in said.stdout.splitlines()} == {"✓"}


def test_network_info_names_the_file(run, home):
    drawing = drawn("A-B", home)
    said = run("network", "info")
    assert said.exit_code == 0
    assert drawing.pbf.name in said.stdout


def test_reach_answers_as_the_address_does(run, home):
    drawn("A----------B", home)
    settings = Settings(home=home)
    with catalogue(settings, RAEUME, (angebot("Laden", "alltag.lebensmittel", 300),)):
        pass
    punkt = "{:.7f},{:.7f}".format(*TO_DEGREES.transform(WEST, STREET_Y))
    said = run("reach", "nearby", f"punkt={punkt}", "modus=zu_fuss", "minuten=15", "f=csv")
    assert said.exit_code == 0, said.output
    head, row, *_ = said.stdout.splitlines()
    assert head.startswith("rang,id,name,")
    assert ",Laden,alltag.lebensmittel," in row


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("words", [("modus",), ("modus=rad", "modus=pkw"), ("tempo=5",), ("modus=rad",)])
def test_reach_refuses_what_the_address_refuses(run, words):
    assert sentence(run("reach", "nearby", *words))


def test_planning_answers_as_the_address_does_with_the_columns_asked_for(run, home):
    with catalogue(Settings(home=home), RAEUME, (angebot("Laden", "alltag.lebensmittel", 300),)):
        pass
    said = run("planning", "bestand", "ebene=kommune", "f=csv", "--spalten", "gebiet,art,angebote")
    assert said.exit_code == 0, said.output
    assert said.stdout.splitlines() == ["gebiet,art,angebote", "05334032,alltag.lebensmittel,1"]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "words", [("glueck",), ("bestand", "--spalten", "glueck"), ("bestand", "ebene=dorf"), ("demand/explain",)]
)
def test_planning_refuses_what_the_address_refuses(run, words):
    assert sentence(run("planning", *words))


PLAN = """
name = "Zweiter Treff"
[[aenderungen]]
was = "neu"
art = "quartier.seniorentreff"
punkt = [{0:.7f}, {1:.7f}]
name = "Treff Ost"
"""


def test_a_scenario_shows_what_changes_and_what_does_not(run, home, tmp_path):
    with village(Settings(home=home), (), (cells({1500: 100}),)):
        pass
    plan, table = tmp_path / "plan.toml", tmp_path / "plan.csv"
    plan.write_text(PLAN.format(*TO_DEGREES.transform(WEST + 1500, STREET_Y)), encoding="utf-8")
    said = run("szenario", plan, "--ebene", "kommune", "--csv", table)
    assert said.exit_code == 0, said.output
    assert "Szenario im Vergleich am 31.12.2025" in said.stdout
    assert "  Dorf, Erreicht: 0,0 → 120,0 (+120,0)" in said.stdout
    assert "Nicht reagiert haben (provision): vq_dp80" in said.stdout
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"))))
    (reached,) = [row for row in rows if row["auswertung"] == "coverage" and row["groesse"] == "erreicht"]
    assert (reached["gegenstand"], float(reached["nachher"])) == ("begegnung", pytest.approx(120))
    same = run("szenario", plan, "--gegen", plan)
    assert " → " not in same.stdout


@pytest.mark.parametrize(
    ("name", "text"),
    [("plan.toml", "was ="), ("plan.json", "{"), ("plan.json", '{"x": 1}'), ("plan.toml", "[[aenderungen]]")],
)
@pytest.mark.usefixtures("home")
def test_a_scenario_that_is_none_is_refused_with_its_file(run, tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert name in sentence(run("szenario", tmp_path / name))


def test_an_unchanged_street_file_is_not_built_again(run, home):
    drawing = drawn("A-B", home)
    assert "schon aus dieser Datei gebaut" in run("network", "build", drawing.pbf).stdout


def test_a_place_is_asked_for_by_its_name(run, service, home):
    west, south = TO_DEGREES.transform(WEST, STREET_Y)
    outline = shapely.box(west - 0.05, south - 0.05, west + 0.05, south + 0.05)
    service.elements = read_elements(drawn("A-B", home).pbf)
    others = [found_place(f"Dorf, Kreis {number}", outline, importance=0.1) for number in range(9)]
    service.places = {"Dorf": [found_place("Dorf, Deutschland", outline), *others]}
    said = run("network", "build", "--ort", "Dorf", **service.environ)
    assert said.exit_code == 0, said.output
    place, further, *report = said.stdout.splitlines()
    assert place.startswith("Dorf, Deutschland: 78,")
    assert (
        "Daten vom 10.05.2025 07:14 UTC, 1 Wege, 0 Abbiegeregeln, keine Haustüren. © OpenStreetMap-Mitwirkende, ODbL."
        in place
    )
    assert further.startswith("So heißen auch: Dorf, Kreis 0; Dorf, Kreis 1;")
    assert "Dorf, Kreis 8" not in further
    assert "overpass-dorf-r62564.osm.pbf" in "".join(report)
    assert "overpass-dorf-r62564.osm.pbf" in run("network", "info").stdout


SLOW_COMMAND = """
import sys, time
from infrastruktur import cli
from infrastruktur.routing import isochrone

def search_slowly(*given, **named):
    print("Schritt", flush=True)
    time.sleep(0.1)
    return node_times(*given, **named)

node_times, isochrone.node_times = isochrone.node_times, search_slowly
cli.main(sys.argv[1:])
"""


@pytest.mark.usefixtures("home")
def test_ctrl_c_ends_a_search_with_a_word(home):
    drawn("T" + "-" * 19 + "E", home)
    punkt = "{:.7f},{:.7f}".format(*TO_DEGREES.transform(WEST, STREET_Y))
    words = ["reach", "isochrones", f"punkt={';'.join([punkt] * 10)}", "modus=zu_fuss", "minuten=15"]
    command = [sys.executable, "-c", SLOW_COMMAND, *words]
    environment = os.environ | {"INFRASTRUKTUR_HOME": str(home)}
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder("schemas").parent,
    ) as process:
        assert process.stdout.readline() == "Schritt\n"
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "Abgebrochen.\n")
    assert rest.count("Schritt") < 9
