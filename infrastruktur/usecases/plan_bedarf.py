"""Plan Nachfrage and Bedarf: the table of § 7 Abs. 6 APG NRW in one call, and how each of its cells came about.

Three years from the resolution, per Kommune and Region, for every need rule of the day, the status quo beside a
second variant.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from infrastruktur.domain.bedarf import (
    INFORMATORISCH,
    Bedarfsdatei,
    Bedarfsregel,
    Beschluss,
    Bevoelkerungsweg,
    Variante,
    get_regel,
    get_variante,
)
from infrastruktur.domain.errors import Grund, InvalidParameter, NotAssessable
from infrastruktur.domain.herleitung import Schritt
from infrastruktur.domain.prognose import Prognose
from infrastruktur.domain.quote import Merkmal, Quotentafel
from infrastruktur.domain.tabelle import Herkunft, Tabelle, Wert, build_zeile, build_zeilen, list_columns
from infrastruktur.domain.ueberleben import Ueberlebenstafel, select_ueberlebenstafel
from infrastruktur.planning import bedarfsplanung
from infrastruktur.planning.bedarfsplanung import (
    JAHRE,
    Annahmen,
    Bedarfsplanung,
    Grundlagen,
    Planungsraum,
    compute_bedarf,
    fill_columns,
    list_hinweise,
    list_planungstage,
)
from infrastruktur.planning.demand import Schaetzung, estimate
from infrastruktur.planning.nachweis import PLATZZAHLEN, Groesse, Nebenzahl, explain
from infrastruktur.planning.plan_columns import BEDARFSPLANUNG
from infrastruktur.planning.pyramide import Alterspyramide
from infrastruktur.usecases.choose_areas import Stufenschnitt
from infrastruktur.usecases.choose_quoten import Quotenwerk, choose_quoten
from infrastruktur.usecases.context import UNCHANGED, Context
from infrastruktur.usecases.gather_grundlagen import (
    GROESSE,
    grow_older,
    lay_out_prognose,
    load_platzzeiten,
    look_ahead,
    name_planungsraum,
)
from infrastruktur.usecases.publish_table import choose_stichtag, publish_table, recall_table
from infrastruktur.usecases.read_annahmen import (
    name_annahme,
    read_bedarf,
    read_prognose,
    read_quotenwerk,
    read_ueberleben,
)
from infrastruktur.usecases.read_register import count_register
from infrastruktur.usecases.read_supply import read_counted, read_supply
from infrastruktur.usecases.spread_population import Gebiete, spread_population
from infrastruktur.usecases.state_homes import state_homes_of

STATUS_QUO, KAPAZITAET = "status_quo", "kapazitaet"


@dataclass(frozen=True)
class Planfrage:
    """What a plan is asked for.

    Attributes
    ----------
    stichtag
        The base day of people and places; None: the reporting Stichtag.
    ab
        The day of the resolution, three years are stated from it; None: the Stichtag.
    variante
        The one beside the status quo.

    """

    stichtag: date | None = None
    ab: date | None = None
    variante: str = KAPAZITAET


@dataclass(frozen=True)
class Zelle:
    """One cell of the table: the area, the rule, the day, the variant and which figure."""

    gebiet: str
    regel: str
    tag: date
    variante: str
    groesse: Groesse | Nebenzahl


@dataclass(frozen=True)
class _Vorgaben:
    """The dated files of the installation, together with the question."""

    stichtag: date
    ab: date
    variante: str
    bedarf: Bedarfsdatei
    quoten: Quotenwerk
    ueberleben: tuple[Ueberlebenstafel, ...]
    prognose: Prognose | None

    @property
    def key(self) -> tuple[object, ...]:
        """Everything the files say, in an order that is the same in every process."""
        prognose = self.prognose
        forecast = None if prognose is None else (prognose.kopf, prognose.zeilen, sorted(prognose.geheim))
        return (self.stichtag, self.ab, self.variante, self.bedarf, self.quoten, self.ueberleben, forecast)

    @property
    def regeln(self) -> tuple[Bedarfsregel, ...]:
        """Give the rules that hold on the Stichtag."""
        day = self.stichtag
        return tuple(
            regel
            for regel in self.bedarf.regel
            if (regel.gueltig_von is None or regel.gueltig_von <= day)
            and (regel.gueltig_bis is None or day <= regel.gueltig_bis)
        )

    def varianten(self, regel: Bedarfsregel) -> tuple[Variante, ...]:
        """Give the status quo and the other variant; who uses a place is not known of rules that name only places."""
        codes = dict.fromkeys((STATUS_QUO, self.variante))
        varianten = tuple(get_variante(self.bedarf.variante, code) for code in codes)
        return tuple(each for each in varianten if regel.je_100 is None or each.kapazitaet is None)


def plan_bedarf(
    context: Context, frage: Planfrage | None = None, *, ebene: str | None = None, regel: str | None = None
) -> Tabelle:
    """State need and supply by every need rule that holds on the Stichtag, or by one.

    Raises
    ------
    InvalidParameter
        The three years from `ab` do not follow the Stichtag.
    NotFound
        There is no such rule or variant.

    """
    asked = frage or Planfrage()
    vorgaben = _read_vorgaben(context, asked)
    only = None if regel is None else get_regel(vorgaben.bedarf.regel, regel, vorgaben.stichtag).code
    question = ("demand", *vorgaben.key, name_annahme(context, vorgaben.stichtag))
    table = recall_table(
        context, question, lambda: _plan(context, vorgaben, vorgaben.regeln), keep=asked == Planfrage()
    )
    return publish_table(context, table, ebene=ebene, regel=only)


def list_regeln(context: Context, stichtag: date) -> tuple[Bedarfsregel, ...]:
    """List the need rules that hold on a Stichtag."""
    return _read_vorgaben(context, Planfrage(stichtag)).regeln


def state_bedarf(context: Context, regel: Bedarfsregel, stichtag: date) -> Tabelle:
    """State need and supply by one rule, three years from a Stichtag, unpublished."""
    return _plan(context, _read_vorgaben(context, Planfrage(stichtag)), (regel,))


def explain_bedarf(context: Context, zelle: Zelle, *, stichtag: date | None = None, ab: date | None = None) -> Schritt:
    """Take one cell of the table back to its inputs.

    Raises
    ------
    NotFound
        The plan has no such area, rule, day or variant.
    NotAssessable
        The plan has no number, or the public asks for one that rests on people: its inputs are how many
        women and men of an age live in a Kommune, and small counts among them are secret.

    """
    if context.public and zelle.groesse not in PLATZZAHLEN:
        raise NotAssessable(
            Grund.GEHEIM,
            "Dieser Rechenweg nennt Personen nach Alter und Geschlecht und steht nur der Verwaltung offen. "
            f"Öffentlich ist der Rechenweg der Größe „{Groesse.ANGEBOT}“ und der anderen, die nur Plätze zählen.",
        )
    other = KAPAZITAET if zelle.variante == STATUS_QUO else zelle.variante
    planung = plan_by_rule(context, Planfrage(stichtag, ab, other), zelle.regel)
    return explain(planung, zelle.gebiet, zelle.tag, zelle.variante, zelle.groesse)


def plan_by_rule(context: Context, frage: Planfrage, regel: str) -> Bedarfsplanung:
    """Compute the plan by one need rule, with all it was computed from; for staff, nothing of it is protected.

    Raises
    ------
    NotFound
        There is no such rule or variant.
    NotAssessable
        What the rule needs is not known.

    """
    vorgaben = _read_vorgaben(context, frage)
    chosen = get_regel(vorgaben.bedarf.regel, regel, vorgaben.stichtag)
    return _plan_by_rule(context, vorgaben, chosen).planung


def name_vorgaben(context: Context, frage: Planfrage) -> tuple[object, ...]:
    """Name everything a plan depends on beside the catalogue: the question, and all the files say."""
    return _read_vorgaben(context, frage).key


def plan_stichtag(context: Context, stichtag: date, regel: str) -> Bedarfsplanung:
    """State need and supply of a Stichtag itself by one rule, status quo: the people as they were last counted.

    Raises
    ------
    NotFound
        No such rule holds on the Stichtag.
    NotAssessable
        People by sex and age, rates or places are not known.

    """
    vorgaben = _read_vorgaben(context, Planfrage(stichtag, stichtag, STATUS_QUO))
    state = (context.revision(), context.settings_revision(), context.public)
    question = ("demand am Stichtag", *state, regel, stichtag)
    chosen = get_regel(vorgaben.bedarf.regel, regel, stichtag)
    return context.figures.recall(question, lambda: _plan_stichtag(context, vorgaben, chosen))


def _plan_stichtag(context: Context, vorgaben: _Vorgaben, regel: Bedarfsregel) -> Bedarfsplanung:
    gebiete = spread_population(context, vorgaben.stichtag).gebiete
    raum = name_planungsraum(gebiete)
    _require_counted(context, regel, vorgaben.stichtag)
    counted = _count(context, gebiete, vorgaben)
    said = f"gezählt am {counted.stichtag:%d.%m.%Y}"
    people = replace(counted, stichtag=vorgaben.stichtag, hinweise=(*counted.hinweise, said))
    plaetze, _ = load_platzzeiten(context, gebiete, regel.arten, (vorgaben.stichtag,))
    annahmen = _choose_annahmen(context, vorgaben, regel, gebiete)
    grundlagen = Grundlagen(raum, (people,), annahmen, plaetze, vorgaben.stichtag, vorgaben.stichtag)
    beschluss = _find_beschluss(vorgaben, grundlagen.codes)
    teil = compute_bedarf(grundlagen, vorgaben.stichtag, get_variante(vorgaben.bedarf.variante, STATUS_QUO))
    return Bedarfsplanung(replace(grundlagen, beschluss=beschluss), (teil,))


def explain_pflegebeduerftige(context: Context, gebiet: str, stichtag: date) -> Schritt:
    """Explain the Pflegebedürftige of a Kommune or the Region on a Stichtag.

    Raises
    ------
    NotAssessable
        No need rule can be planned by, whose Pflegebedürftige they are.

    """
    vorgaben = _read_vorgaben(context, Planfrage(stichtag, stichtag, STATUS_QUO))
    for regel in vorgaben.regeln:
        try:
            planung = plan_stichtag(context, stichtag, regel.code)
        except NotAssessable:
            continue
        return explain(planung, gebiet, stichtag, STATUS_QUO, Groesse.PFLEGEBEDUERFTIGE)
    raise NotAssessable(Grund.KEINE_DATEN, f"Am {stichtag:%d.%m.%Y} lässt sich nach keiner Bedarfsregel planen.")


def estimate_pflegebeduerftige(context: Context, stichtag: date) -> tuple[Schaetzung, Alterspyramide, Quotentafel]:
    """Estimate the Pflegebedürftige of the Kommunen of a Stichtag: (n_kommunen,), with the people and rates behind.

    Raises
    ------
    NotAssessable
        People by sex and age, or rates, are not known.

    """
    vorgaben = _read_vorgaben(context, Planfrage(stichtag, stichtag, STATUS_QUO))
    gebiete = spread_population(context, stichtag).gebiete
    people = _count(context, gebiete, vorgaben)
    tafel = choose_quoten(context, vorgaben.quoten, gebiete, Merkmal.PFLEGEBEDUERFTIG, stichtag)
    return estimate(people, tafel), people, tafel


def _read_vorgaben(context: Context, frage: Planfrage) -> _Vorgaben:
    """Read the files once a state: every indicator that is held against need asks for them."""
    stichtag = choose_stichtag(context, frage.stichtag)
    key = ("vorgaben", context.catalogue_revision(), context.settings_revision(), replace(frage, stichtag=stichtag))
    return context.figures.recall(key, lambda: _gather_vorgaben(context, frage, stichtag))


def _gather_vorgaben(context: Context, frage: Planfrage, stichtag: date) -> _Vorgaben:
    ab = _check_ab(frage.ab or stichtag, stichtag)
    bedarf = read_bedarf(context.settings)
    get_variante(bedarf.variante, frage.variante)
    return _Vorgaben(
        stichtag=stichtag,
        ab=ab,
        variante=frage.variante,
        bedarf=bedarf,
        quoten=read_quotenwerk(context.settings),
        ueberleben=read_ueberleben(context.settings),
        prognose=read_prognose(context.settings),
    )


def _check_ab(ab: date, stichtag: date) -> date:
    """Refuse three years that begin before the Stichtag, or so late that it says nothing about them."""
    if ab.year < stichtag.year or ab.year > min(stichtag.year, date.max.year - 2 * JAHRE) + JAHRE:
        raise InvalidParameter(
            "ab",
            f"Die drei Jahre müssen im Jahr des Stichtags {stichtag:%d.%m.%Y} oder höchstens {JAHRE} Jahre danach "
            "beginnen. Bitte einen Stichtag wählen, der dazu passt.",
        )
    return ab


@dataclass(frozen=True)
class _Geplant:
    """A plan by one rule, and the Angebote that are in no area of it."""

    planung: Bedarfsplanung
    ohne_kommune: int


def _plan(context: Context, vorgaben: _Vorgaben, regeln: Sequence[Bedarfsregel]) -> Tabelle:
    zeilen: list[tuple[Wert, ...]] = []
    hinweise: list[str] = [] if regeln else [f"Am {vorgaben.stichtag:%d.%m.%Y} gilt keine Bedarfsregel."]
    for regel in regeln:
        try:
            planned = _plan_by_rule(context, vorgaben, regel)
        except NotAssessable as error:
            hinweise.append(f"{regel.titel}: {error}")
            zeilen += (build_zeile(BEDARFSPLANUNG, row) for row in _list_silent(context, vorgaben, regel, error.grund))
        else:
            hinweise += (*list_hinweise(planned.planung), *_name_placeless(regel, planned.ohne_kommune))
            gebiete, homes = planned.planung.grundlagen.raum.gebiete, _state_homes(context, regel, vorgaben.stichtag)
            beside = list_columns([homes.get(gebiet, {}) for gebiet in gebiete])
            for teil in planned.planung.teile:
                werte = fill_columns(planned.planung, teil)
                zeilen += build_zeilen(BEDARFSPLANUNG, len(gebiete), {**werte, **beside})
    herkunft = Herkunft(
        titel="Nachfrage und Bedarf",
        stichtag=vorgaben.stichtag,
        parameter={
            "ab": vorgaben.ab.isoformat(),
            "regeln": [regel.code for regel in regeln],
            "varianten": list(dict.fromkeys((STATUS_QUO, vorgaben.variante))),
            "prognose": None if vorgaben.prognose is None else vorgaben.prognose.kopf.code,
        },
        hinweise=tuple(dict.fromkeys(hinweise)),
    )
    return Tabelle(name="demand", spalten=BEDARFSPLANUNG, zeilen=tuple(zeilen), herkunft=herkunft)


def _plan_by_rule(context: Context, vorgaben: _Vorgaben, regel: Bedarfsregel) -> _Geplant:
    gebiete = spread_population(context, vorgaben.stichtag).gebiete
    raum = name_planungsraum(gebiete)
    tage = list_planungstage(vorgaben.ab)
    _require_counted(context, regel, vorgaben.stichtag)
    read_supply(context, vorgaben.stichtag)  # refuses a scenario that changes what there is not on its day
    plaetze, ohne_kommune = load_platzzeiten(context, gebiete, regel.arten, (vorgaben.stichtag, *tage))
    annahmen = _choose_annahmen(context, vorgaben, regel, gebiete)
    grundlagen = Grundlagen(
        raum=raum,
        bevoelkerung=_recall_people(context, vorgaben, gebiete, tage),
        annahmen=annahmen,
        plaetze=plaetze,
        stichtag=vorgaben.stichtag,
        ab=vorgaben.ab,
        kohorte=_shift(vorgaben, annahmen, _count(context, gebiete, vorgaben), raum.region),
    )
    beschluss = _find_beschluss(vorgaben, grundlagen.codes)
    return _Geplant(bedarfsplanung.plan_bedarf(replace(grundlagen, beschluss=beschluss)), ohne_kommune)


def _recall_people(
    context: Context, vorgaben: _Vorgaben, gebiete: Gebiete, tage: tuple[date, ...]
) -> tuple[Alterspyramide, ...]:
    """Look ahead once for all rules: how many people there will be does not depend on what is there for them."""

    def look() -> tuple[Alterspyramide, ...]:
        register, changed = _count(context, gebiete, vorgaben), bool(context.szenario.bevoelkerung)
        stated = _count(context.under(UNCHANGED), gebiete, vorgaben) if changed else None
        forecast = _recall_forecast(context, vorgaben, name_planungsraum(gebiete), register.stichtag)
        return look_ahead(register, forecast, tage, stated)

    state = (context.catalogue_revision(), context.settings_revision(), context.szenario.bevoelkerung)
    return context.figures.recall(("vorausschau", *state, vorgaben.stichtag, tage), look)


def _recall_forecast(
    context: Context, vorgaben: _Vorgaben, raum: Planungsraum, counted: date
) -> tuple[Alterspyramide, ...] | None:
    """Lay out what is forecast after the people were counted, once while the files stand: no scenario changes it."""
    prognose = vorgaben.prognose
    if prognose is None:
        return None
    key = ("prognose", context.settings_revision(), context.catalogue_revision(), raum, counted)
    return context.figures.recall(key, lambda: lay_out_prognose(prognose, raum, counted))


def _state_homes(context: Context, regel: Bedarfsregel, stichtag: date) -> dict[str, dict[str, Wert]]:
    """Say of each Kommune and the Region how many of a rule's age group live in the homes of the Stichtag.

    They stand beside every day that is planned for: which homes there will be is what the plan is about.
    """
    if regel.gruppe is None:
        return {}
    _, *upper = spread_population(context, stichtag).gebiete.stufen
    return {
        raum.schluessel: {**said, "annahme_in_heimen": f"Am {stichtag:%d.%m.%Y}: {said['annahme_in_heimen']}"}
        for stufe in upper
        for raum, said in zip(
            stufe.raeume, state_homes_of(context, regel.gruppe, stichtag, Stufenschnitt(stufe), ()), strict=True
        )
        if said
    }


def _count(context: Context, gebiete: Gebiete, vorgaben: _Vorgaben) -> Alterspyramide:
    return count_register(context, gebiete, vorgaben.stichtag, vorgaben.quoten.aufteilungen)


def _shift(
    vorgaben: _Vorgaben, annahmen: Annahmen, register: Alterspyramide, region: str
) -> tuple[Alterspyramide, ...]:
    """Let the counted people grow older where a variant asks for it."""
    if not any(each.bevoelkerung is Bevoelkerungsweg.KOHORTE for each in annahmen.varianten):
        return ()
    tafel = select_ueberlebenstafel(vorgaben.ueberleben, (region, region[:2], "DG"))
    return grow_older(register, tafel, list_planungstage(vorgaben.ab)[-1])


def _require_counted(context: Context, regel: Bedarfsregel, stichtag: date) -> None:
    """Refuse a kind whose places no source states: its noughts would be silence, read as "there is nothing"."""
    counted = read_counted(context, stichtag)
    if not any((art, GROESSE) in counted for art in regel.arten):
        raise NotAssessable(Grund.KEINE_DATEN, f"Keine Quelle nennt Plätze der Art {', '.join(regel.arten)}.")


def _choose_annahmen(context: Context, vorgaben: _Vorgaben, regel: Bedarfsregel, gebiete: Gebiete) -> Annahmen:
    def choose(merkmal: Merkmal) -> Quotentafel:
        return choose_quoten(context, vorgaben.quoten, gebiete, merkmal, vorgaben.stichtag)

    def gather() -> Annahmen:
        return Annahmen(
            pflegequoten=choose(Merkmal.PFLEGEBEDUERFTIG),
            regel=regel,
            varianten=vorgaben.varianten(regel),
            quoten=None if regel.quote is None else choose(regel.quote),
        )

    files = (context.catalogue_revision(), context.settings_revision())
    return context.figures.recall(
        ("planungsannahmen", *files, vorgaben.stichtag, vorgaben.variante, regel.code), gather
    )


def _find_beschluss(vorgaben: _Vorgaben, codes: tuple[str, ...]) -> Beschluss | None:
    """Find the newest resolution that adopted all these parameters and is in force."""
    found = [each for each in vorgaben.bedarf.beschluss if each.covers(codes, vorgaben.ab)]
    return max(found, key=lambda each: each.am, default=None)


def _list_silent(context: Context, vorgaben: _Vorgaben, regel: Bedarfsregel, grund: Grund) -> Iterator[dict[str, Wert]]:
    """List the rows of a rule that cannot be computed: each cell is null, with the reason beside it."""
    raum = name_planungsraum(spread_population(context, vorgaben.stichtag).gebiete)
    for tag, variante in product(list_planungstage(vorgaben.ab), vorgaben.varianten(regel)):
        for at in range(len(raum.gebiete)):
            yield {
                **raum.name(at),
                "art": "|".join(regel.arten),
                "tag": tag,
                "variante": variante.code,
                "variante_titel": variante.titel,
                "regel": regel.code,
                "status": INFORMATORISCH,
                "grund": grund.value,
                "stichtag": vorgaben.stichtag,
            }


def _name_placeless(regel: Bedarfsregel, ohne_kommune: int) -> tuple[str, ...]:
    if not ohne_kommune:
        return ()
    return (f"{regel.titel}: {ohne_kommune} Angebote ohne bekannte Kommune sind nicht enthalten.",)
