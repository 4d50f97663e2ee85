"""Criteria sets: what makes an area a Versorgungsquartier, as dated, sourced data (schemas/kriterien.toml).

A set has variants, since what is near differs between a town and the Eifel. Until a resolution is stored with
it, every figure built on one says "Arbeitswert, nicht beschlossen".
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

from infrastruktur.domain.art import get_art, get_groesse, get_kategorie
from infrastruktur.domain.errors import InfrastrukturError, NotFound, SourceRefused
from infrastruktur.domain.gruppe import parse_gruppe
from infrastruktur.domain.vorgabe import Pfad, find_line, read_vorgabe
from infrastruktur.domain.ziel import Bevoelkerung, Tempo, Ziel

ARBEITSWERT = "Arbeitswert, nicht beschlossen"

Prozent = Annotated[float, msgspec.Meta(gt=0, le=100)]
Anzahl = Annotated[int, msgspec.Meta(ge=1, le=10)]
Gewicht = Annotated[int, msgspec.Meta(ge=0, le=10)]
Minuten = Annotated[int, msgspec.Meta(ge=1, le=60)]
Meter = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class Verkehrsmittel(StrEnum):
    """How somebody gets there. What needs a timetable (`oepnv`) is not assessable until there is one."""

    ZU_FUSS = "zu_fuss"
    RAD = "rad"
    PKW = "pkw"
    OEPNV = "oepnv"


class Metrik(StrEnum):
    NETZ = "netz"
    LUFTLINIE = "luftlinie"


class Richtung(StrEnum):
    ZUM_ANGEBOT = "zum_angebot"
    VOM_ANGEBOT = "vom_angebot"


class Abdeckung(StrEnum):
    """By what a criterion is judged: by the way people go, or by the Einsatzgebiet of those who come to them."""

    WEG = "weg"
    EINSATZGEBIET = "einsatzgebiet"


class Ersatz(StrEnum):
    """What makes a criterion partly met where its share is missed: an Angebot within the area itself."""

    KEINER = ""
    IM_GEBIET = "im_gebiet"


class Pruefung(StrEnum):
    """Which day tells whether a record was checked: of what is imported and not edited here, that of its list."""

    ZULETZT_GEPRUEFT = "zuletzt_geprueft"
    STAND = "stand"


class Kriterium(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One component: which share of a group should have enough Träger of some kinds, and how near.

    With `abdeckung = "weg"` exactly one of `max_minuten` and `max_meter` is set. `weich_meter` and
    `weich_mindestens` state a softer demand: where only that is met, the criterion is partly met.
    `nur_mit` names a size of an art that must be above zero; `mit` attributes an Angebot must have, by
    Einsatzgebiet only, because there an unknown one can be kept apart. `gewicht` 0 is shown beside.
    """

    code: str
    titel: str
    arten: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    altersgruppe: str
    anteil_prozent: Prozent
    gewicht: Gewicht
    grundlage: str
    abdeckung: Abdeckung = Abdeckung.WEG
    modus: Verkehrsmittel | None = None
    max_minuten: Minuten | None = None
    max_meter: Meter | None = None
    weich_meter: Meter | None = None
    metrik: Metrik = Metrik.NETZ
    richtung: Richtung = Richtung.ZUM_ANGEBOT
    mindestens: Anzahl = 1
    weich_mindestens: Anzahl | None = None
    nur_mit: dict[str, str] = {}
    mit: dict[str, bool] = {}
    ohne_aufnahmestopp: bool = False
    ersatz: Ersatz = Ersatz.KEINER
    braucht_fahrplan: bool = False
    pruefung: Pruefung = Pruefung.ZULETZT_GEPRUEFT
    bevoelkerung: Bevoelkerung = "alle"

    @property
    def needs_timetable(self) -> bool:
        return self.braucht_fahrplan or self.modus is Verkehrsmittel.OEPNV

    @property
    def has_softer(self) -> bool:
        return self.weich_meter is not None or self.weich_mindestens is not None

    def as_ziel(self, *, softer: bool = False, tempo: Tempo = "ueblich") -> Ziel:
        """State the criterion as a target, so that both are measured by one rule.

        Without name and reason: what two criteria ask alike is measured once.
        """
        return Ziel(
            code="",
            titel="",
            arten=self.arten,
            modus="" if self.modus is None else self.modus.value,
            altersgruppe=self.altersgruppe,
            ziel_prozent=self.anteil_prozent,
            mindestens=(self.weich_mindestens or self.mindestens) if softer else self.mindestens,
            max_minuten=self.max_minuten,
            max_meter=(self.weich_meter or self.max_meter) if softer else self.max_meter,
            metrik=self.metrik.value,
            richtung=self.richtung.value,
            nur_mit=self.nur_mit,
            braucht_fahrplan=self.needs_timetable,
            tempo=tempo,
            bevoelkerung=self.bevoelkerung,
            grundlage="",
        )


class Beschluss(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who adopted a set, when, and where that is written."""

    am: date
    gremium: str
    fundstelle: str


class Kriteriensatz(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One variant of a set. The one without `kommunen` holds wherever no other one names the Kommune.

    `teilweise_ab_prozent` is the part of the demanded share from which a criterion is partly met;
    `unsicher_ab_prozent` the part of relevant records above which, unchecked for 12 months, nothing is said.
    """

    code: str
    version: Annotated[int, msgspec.Meta(ge=1)]
    variante: str
    titel: str
    quelle: str
    autor: str
    stand: date
    gueltig_von: date | None = None
    gueltig_bis: date | None = None
    kommunen: tuple[str, ...] = ()
    teilweise_ab_prozent: Prozent = 50.0
    unsicher_ab_prozent: Annotated[float, msgspec.Meta(ge=0, le=100)] = 20.0
    beschluss: Beschluss | None = None
    kriterium: Annotated[tuple[Kriterium, ...], msgspec.Meta(min_length=1)]

    @property
    def status(self) -> str:
        """Say whether somebody has adopted the set."""
        if self.beschluss is None:
            return ARBEITSWERT
        return f"Beschluss vom {self.beschluss.am:%d.%m.%Y}, {self.beschluss.gremium}"

    def holds_on(self, day: date) -> bool:
        """Tell whether the variant holds on a day; both ends are inclusive."""
        begun = self.gueltig_von is None or self.gueltig_von <= day
        return begun and (self.gueltig_bis is None or day <= self.gueltig_bis)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kriteriensatz: tuple[Kriteriensatz, ...] = ()


def parse_kriterien(text: str, source: str) -> tuple[Kriteriensatz, ...]:
    """Read the sets of one file.

    Raises
    ------
    SourceRefused
        A field is missing, unknown or out of range, a kind, size, attribute or age group does not exist, or a
        criterion contradicts itself. The message is German and names the line.

    """
    saetze = read_vorgabe(text, _File, source).kriteriensatz
    for at, satz in enumerate(saetze):
        for pfad, mistake in _check_satz(satz, saetze[:at]):
            raise SourceRefused(source, mistake, find_line(text, ("kriteriensatz", at, *pfad)))
    return saetze


def _check_satz(satz: Kriteriensatz, before: Sequence[Kriteriensatz]) -> Iterator[tuple[Pfad, str]]:
    name = f"Kriteriensatz „{satz.code}“, Variante „{satz.variante}“"
    if satz.gueltig_von and satz.gueltig_bis and satz.gueltig_bis < satz.gueltig_von:
        yield ("gueltig_bis",), f"{name}: gueltig_bis liegt vor gueltig_von."
    for other in before:
        if (other.code, other.variante) == (satz.code, satz.variante) and _overlap(other, satz):
            yield ("variante",), f"{name} gilt an einem Tag zweimal. Bitte eine Fassung mit gueltig_bis beenden."
    seen: set[str] = set()
    for at, kriterium in enumerate(satz.kriterium):
        if kriterium.code in seen:
            yield ("kriterium", at, "code"), f"{name}: Das Kriterium „{kriterium.code}“ steht zweimal da."
        seen.add(kriterium.code)
        for field, mistake in _check_kriterium(kriterium):
            yield ("kriterium", at, field), f"Kriterium „{kriterium.code}“: {mistake}"


def _overlap(left: Kriteriensatz, right: Kriteriensatz) -> bool:
    begins = max(left.gueltig_von or date.min, right.gueltig_von or date.min)
    return begins <= min(left.gueltig_bis or date.max, right.gueltig_bis or date.max)


def _check_kriterium(kriterium: Kriterium) -> Iterator[tuple[str, str]]:
    yield from _check_words(kriterium)
    limits = (kriterium.max_minuten is None) + (kriterium.max_meter is None)
    if kriterium.abdeckung is Abdeckung.WEG:
        if kriterium.modus is None:
            yield "modus", "Es fehlt „modus“, wie jemand unterwegs ist."
        if limits != 1:
            yield "max_minuten", "Gebraucht wird entweder max_minuten oder max_meter."
        if kriterium.mit or kriterium.ohne_aufnahmestopp:
            yield "mit", "„mit“ und „ohne_aufnahmestopp“ sind nur nach Einsatzgebiet möglich."
        if kriterium.metrik is Metrik.LUFTLINIE and kriterium.max_meter is None:
            yield "metrik", "Die Luftlinie braucht max_meter."
        if kriterium.max_meter is not None and kriterium.modus is not Verkehrsmittel.ZU_FUSS:
            yield "max_meter", "Meter gibt es nur zu Fuß."
    elif limits != 2 or kriterium.modus is not None:  # noqa: PLR2004 - neither limit
        yield "abdeckung", "Nach Einsatzgebiet gibt es weder modus noch max_minuten oder max_meter."
    if kriterium.weich_meter is not None and kriterium.weich_meter <= (kriterium.max_meter or kriterium.weich_meter):
        yield "weich_meter", "weich_meter muss über max_meter liegen."
    if kriterium.weich_mindestens is not None and kriterium.weich_mindestens >= kriterium.mindestens:
        yield "weich_mindestens", "weich_mindestens muss unter mindestens liegen."


def _check_words(kriterium: Kriterium) -> Iterator[tuple[str, str]]:
    """Look up every kind, size, attribute and group the criterion names, and refuse what only a question may say."""
    if kriterium.bevoelkerung != "alle":
        yield "bevoelkerung", "Ein Kriterium gilt für alle; ohne Heimbewohner:innen wird gefragt."
    lookups: list[tuple[str, Callable[[str], object], str]] = [
        *(("arten", get_art, art) for art in kriterium.arten),
        *(("nur_mit", get_groesse, groesse) for groesse in kriterium.nur_mit.values()),
        ("altersgruppe", parse_gruppe, kriterium.altersgruppe),
    ]
    for field, look_up, name in lookups:
        try:
            look_up(name)
        except InfrastrukturError as error:
            yield field, str(error)
            return
    for art in kriterium.nur_mit:
        if art not in kriterium.arten:
            yield "nur_mit", f"„{art}“ steht nicht unter arten."
    known = {feld.name for art in kriterium.arten for feld in get_kategorie(get_art(art).kategorie).felder}
    for name in kriterium.mit:
        if name not in known:
            yield "mit", f"Die Eigenschaft „{name}“ gibt es bei diesen Arten nicht."


def select_kriteriensatz(
    saetze: Iterable[Kriteriensatz], stichtag: date, code: str | None = None
) -> tuple[Kriteriensatz, ...]:
    """Take the variants of one set that hold on a day: of the set named, else of the first.

    Days before the first version are judged by it, as targets are.

    Raises
    ------
    NotFound
        There is no such set.

    """
    known = list(saetze)
    codes = list(dict.fromkeys(satz.code for satz in known))
    wanted = code or (codes[0] if codes else "")
    if wanted not in codes:
        raise NotFound(f"Den Kriteriensatz „{wanted}“ gibt es nicht. Bekannt sind: {', '.join(codes) or 'keine'}.")
    chosen = []
    for variante in dict.fromkeys(satz.variante for satz in known if satz.code == wanted):
        versions = sorted(
            (satz for satz in known if (satz.code, satz.variante) == (wanted, variante)),
            key=lambda satz: satz.gueltig_von or date.min,
        )
        begun = [satz for satz in versions if satz.holds_on(stichtag)]
        early = stichtag < (versions[0].gueltig_von or date.min)
        chosen += begun[-1:] or (versions[:1] if early else [])
    if not chosen:
        raise NotFound(f"Der Kriteriensatz „{wanted}“ gilt am {stichtag:%d.%m.%Y} nicht mehr.")
    return tuple(chosen)


def satz_of_kommune(varianten: Sequence[Kriteriensatz], ags: str) -> Kriteriensatz:
    """Choose the variant of a Kommune: the one that names it, else the one for all others."""
    named = [satz for satz in varianten if ags in satz.kommunen]
    others = [satz for satz in varianten if not satz.kommunen]
    return (named or others or list(varianten))[0]
