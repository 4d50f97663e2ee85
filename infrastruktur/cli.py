"""The command `infrastruktur`: thin, every verb a use case, every help with an example."""

import gc
import os
import sys
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec
from rich.markup import escape

from infrastruktur import __version__
from infrastruktur.domain.art import CATEGORIES
from infrastruktur.domain.errors import InfrastrukturError
from infrastruktur.domain.permission import INSTALLATION, Handlung, Rolle, Zustaendigkeit
from infrastruktur.kommandos.liste import liste
from infrastruktur.kommandos.rahmen import opened, parse_day
from infrastruktur.settings import DEFAULT_BASE_URL, Audience, Settings, read_settings
from infrastruktur.terminal import err, out, say, show_ortsnetz, show_progress, show_report

_INTERRUPTED = 130
"""The status shells give a program that Ctrl+C ended."""


class _Commands(click.Group):
    """Errors of the domain, files out of reach and Ctrl+C end a command with a sentence, not with a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InfrastrukturError as error:
            _refuse(str(error))
        except OSError as error:
            if error.filename is None:
                raise  # no file's fault; click knows what a closed pipe is
            _refuse(f"{error.filename}: hier lässt sich nicht lesen oder schreiben. Bitte Pfad und Rechte prüfen.")
        except KeyboardInterrupt:
            err.print("Abgebrochen.")
            sys.exit(_INTERRUPTED)


def _refuse(sentence: str) -> NoReturn:
    # Unwrapped and escaped: the sentence may hold a path to copy, or a bracket from a foreign file.
    err.print(f"[bold red]Fehler:[/] {escape(sentence)}", highlight=False, soft_wrap=True)
    sys.exit(1)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Katalog und Planung sozialer Infrastruktur.

    Einstellungen: INFRASTRUKTUR_HOME, INFRASTRUKTUR_DATABASE, INFRASTRUKTUR_BASE_URL, INFRASTRUKTUR_AUDIENCE.
    """
    try:
        ctx.obj = read_settings(os.environ)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


main.add_command(liste)


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def example(folder: Path) -> None:
    """Schreibt die Quelldateien der erfundenen Beispielregion nach FOLDER.

    Beispiel: infrastruktur example quellen/
    """
    from infrastruktur.example import write_example  # noqa: PLC0415 - scenery that only this command needs

    with show_progress() as progress:
        report = write_example(folder, progress=progress)
    out.print(report)


@main.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Legt den Katalog an oder bringt ihn auf den Stand dieser Version.

    Beispiel: INFRASTRUKTUR_HOME=var infrastruktur migrate
    """
    from infrastruktur.usecases.migrate_store import migrate_store  # noqa: PLC0415 - Alembic is slow to import

    migrate_store(settings)
    out.print("Der Katalog ist auf dem Stand dieser Version.")


@main.command()
@click.argument("name")
@click.pass_obj
def leserolle(settings: Settings, name: str) -> None:
    """Lässt die Rolle NAME in PostgreSQL den öffentlichen Katalog lesen, und nichts sonst.

    Beispiel: infrastruktur leserolle auswertung
    """
    from infrastruktur.usecases.grant_leserolle import grant_leserolle  # noqa: PLC0415

    with opened(settings) as context:
        rolle = grant_leserolle(context, name)
    say(f"„{rolle.name}“ liest {', '.join(rolle.sichten)}. Ein Kennwort setzt: ALTER ROLE {rolle.name} PASSWORD '…';")


@main.group()
def token() -> None:
    """Stellt Zugänge für Menschen und Programme aus und widerruft sie."""


@token.command(name="neu")
@click.argument("name")
@click.option("--rolle", type=click.Choice([rolle.value for rolle in Rolle]), required=True)
@click.option("--ags", default="", help="Nur in dieser Kommune.")
@click.option("--fachbereich", type=click.Choice(CATEGORIES), help="Nur in diesem Fachbereich.")
@click.option("--traeger", default="", help="Nur für diesen Träger (Schlüssel).")
@click.option(
    "--nur",
    type=click.Choice([each.value for each in Handlung]),
    multiple=True,
    help="Nur das, auch mehrmals; ohne Angabe alles, was die Rolle darf.",
)
@click.option("--person", default="", help="Wer das am Anmeldedienst ist („sub“); ohne einen solchen zählt NAME.")
@click.option("--tage", type=int, default=365, show_default=True, help="So lange gilt der Zugang.")
@click.pass_obj
def new_token(  # noqa: PLR0913 - one parameter per option
    settings: Settings,
    *,
    name: str,
    rolle: str,
    ags: str,
    fachbereich: str | None,
    traeger: str,
    nur: tuple[str, ...],
    person: str,
    tage: int,
) -> None:
    """Stellt einen Zugang für NAME aus und zeigt ihn dieses eine Mal.

    Alle Zugänge einer Person zählen als eine: Was sie vorschlägt, gibt jemand anders frei.

    Beispiel: infrastruktur token neu "Stolberg, A. Muster" --rolle kommune_redaktion --ags 05334032
    """
    from infrastruktur.usecases.issue_token import issue_token  # noqa: PLC0415

    right = Zustaendigkeit(rolle=Rolle(rolle), fachbereich=fachbereich or "", ags=ags, traeger=traeger)
    acts = frozenset(map(Handlung, nur)) or None
    with opened(settings) as context:
        issued, text = issue_token(context, name, right, tage, acts, person=person)
    say(f"Zugang {issued.nummer} gilt bis {issued.gueltig_bis:%d.%m.%Y}. Er wird nur jetzt gezeigt:")
    click.echo(text)


@token.command(name="liste")
@click.pass_obj
def all_tokens(settings: Settings) -> None:
    """Zeigt alle Zugänge, auch abgelaufene und widerrufene.

    Beispiel: infrastruktur token liste
    """
    from infrastruktur.usecases.issue_token import list_tokens  # noqa: PLC0415

    with opened(settings) as context:
        for each in list_tokens(context):
            ended = "widerrufen" if each.widerrufen else f"gilt bis {each.gueltig_bis:%d.%m.%Y}"
            rights = "; ".join(right.text() for right in each.zustaendigkeiten)
            only = f", nur {', '.join(sorted(each.handlungen))}" if each.handlungen is not None else ""
            say(f"{each.nummer}  {each.name}: {rights}{only}, {ended}, in der Geschichte {each.person().kennung}")


@token.command(name="widerrufen")
@click.argument("nummer")
@click.pass_obj
def end_token(settings: Settings, nummer: str) -> None:
    """Widerruft den Zugang NUMMER; er öffnet ab der nächsten Anfrage nichts mehr.

    Beispiel: infrastruktur token widerrufen 3f0a91c2d4e5
    """
    from infrastruktur.usecases.issue_token import revoke_token  # noqa: PLC0415

    with opened(settings) as context:
        revoke_token(context, nummer)
    say(f"Zugang {nummer} ist widerrufen.")


@main.group()
def stichtag() -> None:
    """Schreibt Stichtage fest, damit sich ihr Stand für immer zitieren lässt."""


@main.command(name="vergessen")
@click.argument("kennung")
@click.argument("felder", nargs=-1)
@click.option("--grund", required=True, help="Warum, ohne die Angaben selbst; bleibt in der Geschichte.")
@click.option(
    "--von",
    type=click.Choice(["angebote", "massnahmen", "stichtage", "szenarien", "personen"]),
    default="angebote",
    show_default=True,
    help="Wovon: personen (oidc:…, token:…) ohne FELDER, überall, wo sie etwas getan haben.",
)
@click.pass_obj
def forget(settings: Settings, *, kennung: str, felder: tuple[str, ...], grund: str, von: str) -> None:
    """Löscht Texte endgültig, auch aus der Geschichte, oder wer etwas getan hat; „[gelöscht]“ bleibt stehen.

    Beispiel: infrastruktur vergessen 3f2504e0-4f89-11d3-9a0c-0305e82c3301 name traeger --grund "Antrag vom 3. März"
    """
    from infrastruktur.usecases.erase_personal_data import erase_person, erase_personal_data  # noqa: PLC0415

    with opened(settings) as context:
        reader = context.for_reader(INSTALLATION)
        if von == "personen":
            say(f"Gelöscht: {erase_person(reader, kennung, grund)} Angaben.")
        else:
            say(f"Gelöscht: {', '.join(erase_personal_data(reader, von, kennung, felder, grund))}.")


@stichtag.command(name="neu")
@click.argument("tag", callback=parse_day)
@click.argument("titel")
@click.option("--grund", default="", help="Warum er festgeschrieben wird.")
@click.pass_obj
def new_stichtag(settings: Settings, *, tag: date, titel: str, grund: str) -> None:
    """Schreibt TAG so fest, wie er jetzt bekannt ist.

    Beispiel: infrastruktur stichtag neu 2025-12-31 "Bestand für den Pflegebericht"
    """
    from infrastruktur.usecases.freeze_stichtag import Wunsch, freeze_stichtag  # noqa: PLC0415

    with opened(settings) as context:
        frozen = freeze_stichtag(context.for_reader(INSTALLATION), Wunsch(tag, titel, grund))
    say(f"{frozen.text()} Prüfsumme {frozen.pruefsumme}")


@stichtag.command(name="liste")
@click.pass_obj
def all_stichtage(settings: Settings) -> None:
    """Zeigt alle festgeschriebenen Stichtage, den neuesten zuerst.

    Beispiel: infrastruktur stichtag liste
    """
    from infrastruktur.usecases.freeze_stichtag import list_stichtage  # noqa: PLC0415

    with opened(settings) as context:
        for each in list_stichtage(context):
            say(each.text())


@main.command(name="import")
@click.argument("recipe")
@click.option("--data", type=click.Path(path_type=Path), default=".", help="Ordner mit den Dateien.")
@click.option("--adressen", type=click.Path(path_type=Path), help="Adresstabelle für Zeilen ohne Punkt.")
@click.option("--dry-run", is_flag=True, help="Zeigt nur, was geschähe.")
@click.option("--close-missing", metavar="DATE", callback=parse_day, help="Letzter gültiger Tag für Verschwundenes.")
@click.option("--accept-matches", is_flag=True, help="Übernimmt vorgeschlagene Zuordnungen ohne Schlüssel.")
@click.pass_obj
def import_(  # noqa: PLR0913 - one parameter per option
    settings: Settings,
    *,
    recipe: str,
    data: Path,
    adressen: Path | None,
    dry_run: bool,
    close_missing: date | None,
    accept_matches: bool,
) -> None:
    """Liest eine Quelle ein: RECIPE ist ein Ordner unter importers/ oder ein Pfad.

    Beispiel: infrastruktur import beispiel-pflege --data quellen/ --dry-run
    """
    from infrastruktur.usecases.import_source import Auftrag, find_recipe, import_source  # noqa: PLC0415

    auftrag = Auftrag(
        find_recipe(recipe),
        data,
        adressen=adressen,
        dry_run=dry_run,
        close_missing=close_missing,
        accept_matches=accept_matches,
    )
    with opened(settings) as context, show_progress() as progress:
        bericht = import_source(context, auftrag, progress)
    say(bericht.text())


@main.command()
@click.argument("kategorie", type=click.Choice(CATEGORIES))
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def template(kategorie: str, path: Path) -> None:
    """Schreibt eine leere Liste zum Ausfüllen, als .xlsx mit Auswahlfeldern oder als .csv.

    Beispiel: infrastruktur template pflege pflege.xlsx
    """
    from infrastruktur.intake.template import write_template  # noqa: PLC0415 - only this command needs openpyxl

    write_template(kategorie, path)
    say(f"Die Vorlage liegt in {path}.")


@main.group()
def network() -> None:
    """Baut das Straßennetz und gibt Auskunft darüber."""


@network.command(name="build")
@click.argument("pbf", type=click.Path(path_type=Path), required=False)
@click.option("--ort", metavar="NAME", help="Lädt die Straßen dieses Ortes herunter, statt PBF zu lesen.")
@click.pass_obj
def network_build(settings: Settings, pbf: Path | None, ort: str | None) -> None:
    """Baut die Netze für Fuß, Rad und Auto aus einem OpenStreetMap-Auszug oder für einen Ort.

    \b
    Beispiel: infrastruktur network build region.osm.pbf
    Mit Ort:  infrastruktur network build --ort "Aachen, Deutschland"
    """  # noqa: D301  click's mark for lines that stay as they are
    from infrastruktur.usecases.build_network import build_network, build_network_of_ort  # noqa: PLC0415

    if pbf is not None and ort is None:
        with show_progress() as progress:
            report = build_network(settings, pbf, progress)
        out.print("Das Netz ist schon aus dieser Datei gebaut." if report is None else report)
    elif ort is not None and pbf is None:
        with show_progress() as progress:
            built = build_network_of_ort(settings, ort, progress)
        show_ortsnetz(built)
    else:
        raise click.UsageError("Bitte entweder einen OSM-Auszug (.osm.pbf) oder einen Ort mit --ort angeben.")


@network.command(name="info")
@click.pass_obj
def network_info(settings: Settings) -> None:
    """Sagt, woraus das Netz gebaut ist und was nicht verwendet wurde.

    Beispiel: infrastruktur network info
    """
    from infrastruktur.routing.network import describe_network  # noqa: PLC0415

    out.print(describe_network(settings.network))


@main.command()
@click.argument("frage", type=click.Choice(["isochrones", "matrix", "nearby"]))
@click.argument("angaben", nargs=-1, required=True, metavar="NAME=WERT…")
@click.pass_obj
def reach(settings: Settings, frage: str, angaben: tuple[str, ...]) -> None:
    """Beantwortet eine Frage nach Reisezeiten, mit denselben Angaben und Grenzen wie die API unter /reach.

    isochrones: bis wohin man kommt; matrix: wie lange es dauert; nearby: was in der Nähe ist.

    Beispiel: infrastruktur reach nearby punkt=6.0839,50.7753 modus=zu_fuss minuten=15 f=csv
    """
    from infrastruktur.http.reach import answer_words  # noqa: PLC0415 - only this command needs the API's rooms

    with opened(settings) as context:
        click.echo(answer_words(context, frage, angaben))


@main.command()
@click.argument("frage")
@click.argument("angaben", nargs=-1, metavar="[NAME=WERT]…")
@click.option("--spalten", metavar="A,B,…", default="", help="Nur diese Spalten, in dieser Reihenfolge.")
@click.option("--herkunft", is_flag=True, help="Darunter Stichtag, Quellen, Angaben und Hinweise.")
@click.pass_obj
def planning(settings: Settings, frage: str, angaben: tuple[str, ...], *, spalten: str, herkunft: bool) -> None:
    """Gibt eine Auswertung aus, mit denselben Namen, Angaben und Grenzen wie die API unter /planning.

    FRAGE: bestand, provision, coverage, gaps, demand, demand/explain, … Ohne f=csv, f=xlsx, … als gerundeten Text.

    Beispiel: infrastruktur planning demand ebene=region --spalten tag,variante,bedarf,angebot,saldo
    """
    from infrastruktur.http.planning import answer_words  # noqa: PLC0415 - only this command needs the API's rooms

    with opened(settings) as context:
        named = tuple(name for name in spalten.split(",") if name)
        written = answer_words(context, frage, angaben, named, herkunft=herkunft)
    click.echo(written, nl=False)


@main.command()
@click.option("--stichtag", metavar="DATE", callback=parse_day, help="Ohne Angabe der Stichtag der Region.")
@click.pass_obj
def assess(settings: Settings, stichtag: date | None) -> None:
    """Rechnet Bestand, Quoten, Erreichbarkeit und Lücken und schreibt sie nach results/.

    Beispiel: infrastruktur assess --stichtag 2025-12-31
    """
    from infrastruktur.usecases.make_report import make_report  # noqa: PLC0415

    with opened(settings) as context, show_progress() as progress:
        report = make_report(context, stichtag, progress)
    show_report(report)


@main.command()
@click.argument("datei", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--gegen", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Ein anderes Szenario.")
@click.option("--ebene", type=click.Choice(["sozialraum", "bezirk", "kommune", "region"]), help="Nur diese Ebene.")
@click.option("--csv", type=click.Path(dir_okay=False, path_type=Path), help="Schreibt alle Zeilen als CSV dorthin.")
@click.pass_obj
def szenario(settings: Settings, datei: Path, gegen: Path | None, ebene: str | None, csv: Path | None) -> None:
    """Rechnet das Szenario in DATEI (.toml oder .json) und zeigt, was sich ändert. Ungerundet, für die Verwaltung.

    Beispiel: infrastruktur szenario plan.toml --ebene kommune --csv plan.csv
    """
    from infrastruktur.reports.tables import write_csv  # noqa: PLC0415 - only this command compares
    from infrastruktur.reports.vergleichsblatt import write_comparison  # noqa: PLC0415
    from infrastruktur.usecases.run_scenario import compare_files  # noqa: PLC0415

    with opened(msgspec.structs.replace(settings, audience=Audience.STAFF)) as context:
        table = compare_files(context, datei, gegen, ebene=ebene)
    for line in write_comparison(table):
        say(line)
    if csv is not None:
        write_csv(table, csv)
        say(f"Alle Zeilen stehen in {csv}.")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.pass_obj
def serve(settings: Settings, host: str, port: int) -> None:
    """Startet die API.

    Beispiel: infrastruktur serve --port 8000
    """
    import uvicorn  # noqa: PLC0415 - only this command serves

    from infrastruktur.app import create_app  # noqa: PLC0415
    from infrastruktur.http.wire import Wire  # noqa: PLC0415

    with opened(settings):
        pass  # refuse here, in a sentence, what the server could only refuse in its own start-up
    if settings.base_url == DEFAULT_BASE_URL:
        settings = msgspec.structs.replace(settings, base_url=f"http://localhost:{port}")
    out.print(f"Die API läuft auf http://{host}:{port}/ (Ende mit Strg+C).")
    app = create_app(settings)
    app.on_startup.append(_settle)
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        http=Wire,
        server_header=False,
        # What nobody reads is not made: a line of log below its level, and the addresses that a proxy states.
        access_log=False,
        proxy_headers=False,
    )


def _settle() -> None:
    """Take what start-up made out of the garbage collector, which looks it through at every page of 10,000 features.

    That was 40 of 100 ms.
    """
    gc.collect()
    gc.freeze()


@main.command()
@click.pass_obj
def doctor(settings: Settings) -> None:
    """Prüft die Installation und nennt, was fehlt.

    Beispiel: infrastruktur doctor
    """
    from infrastruktur.usecases.examine_installation import examine_installation  # noqa: PLC0415

    befunde = examine_installation(settings)
    for befund in befunde:
        say(f"{'✓' if befund.gut else '✗'} {befund.text}")
    sys.exit(0 if all(befund.gut for befund in befunde) else 1)


@main.command()
@click.option("--once", is_flag=True, help="Hört vor dem Start der API auf.")
@click.option("--region", type=click.Choice(["example", "aachen"]), default="example", show_default=True)
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), help="Ordner der Installation.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8000, show_default=True)
@click.pass_context
def demo(ctx: click.Context, *, once: bool, region: str, home: Path | None, port: int) -> None:
    """Der ganze Weg: Quellen, Import, Straßennetz, Lücken, API.

    Beispiel: infrastruktur demo --once --region aachen
    """
    from infrastruktur.usecases.run_demo import run_demo  # noqa: PLC0415

    with show_progress() as progress:
        demonstration = run_demo(ctx.obj, region, home, progress)
    for bericht in demonstration.berichte:
        say(bericht.text())
    show_report(demonstration.report)
    if not once:
        ctx.obj = demonstration.settings
        ctx.invoke(serve, host="127.0.0.1", port=port)
