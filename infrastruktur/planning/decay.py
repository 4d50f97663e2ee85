"""Abklingen: how much a supply still counts for somebody the further away it is.

A decay turns minutes into a weight. It is part of every catchment figure and is stated with it: the same places
and people give another figure under another decay. Nobody beyond `max_minuten` is in a catchment.
"""

from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from infrastruktur.domain.errors import InvalidParameter

Floats = NDArray[np.float64]

DS_PER_MINUTE = 600

_PARAMETER = "abklingen"


class _Decay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="form"):
    """What all decays know: how far a catchment goes, limit included."""

    max_minuten: float

    def __post_init__(self) -> None:
        numbers = {
            name: value for name, value in msgspec.structs.asdict(self).items() if isinstance(value, float | int)
        }
        for name, value in numbers.items():
            _require(0 < value < np.inf, f"{name} muss größer als 0 sein.")


class Stufe(_Decay, frozen=True, tag="stufe"):
    """All or nothing: 1 up to `max_minuten` (Luo & Wang 2003, 10.1068/b29120)."""

    def weigh(self, minutes: Floats) -> Floats:
        """Weigh minutes (n,) with 1 up to the limit, and 0 beyond."""
        return np.where(minutes <= self.max_minuten, 1.0, 0.0)


class Zonen(_Decay, frozen=True, tag="zonen"):
    """One weight a zone, its outer limit included (Luo & Qi 2009, 10.1016/j.healthplace.2009.06.002).

    `bis_minuten` rises, `gewichte` do not.
    """

    bis_minuten: tuple[float, ...] = (10.0, 20.0, 30.0)
    gewichte: tuple[float, ...] = (1.0, 0.68, 0.22)
    max_minuten: float = 30.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _require(len(self.bis_minuten) == len(self.gewichte) > 0, "Jede Zone braucht eine Grenze und ein Gewicht.")
        _require(all(near < far for near, far in pairwise((0.0, *self.bis_minuten))), "Die Grenzen müssen steigen.")
        _require(all(near >= far for near, far in pairwise((*self.gewichte, 0.0))), "Gewichte dürfen nicht steigen.")
        _require(0 < self.gewichte[0] < np.inf, "Die erste Zone braucht ein Gewicht über 0.")
        _require(self.bis_minuten[-1] == self.max_minuten, "Die letzte Grenze muss max_minuten sein.")

    def weigh(self, minutes: Floats) -> Floats:
        """Weigh minutes (n,) with the weight of their zone, and 0 beyond the last."""
        return np.array([*self.gewichte, 0.0])[np.searchsorted(self.bis_minuten, minutes, side="left")]


class Gauss(_Decay, frozen=True, tag="gauss"):
    """The bell exp(-t² / 2σ²), 1 at the door; what is left of it at the limit is cut off."""

    sigma_minuten: float

    def weigh(self, minutes: Floats) -> Floats:
        """Weigh minutes (n,), also beyond the limit."""
        return np.exp(-0.5 * (minutes / self.sigma_minuten) ** 2)


class GaussBegrenzt(_Decay, frozen=True, tag="gauss_begrenzt"):
    """The bell that falls to 0 at the limit T: (exp(-t²/2T²) - exp(-½)) / (1 - exp(-½)).

    Dai 2010, 10.1016/j.healthplace.2010.06.012. Who is exactly at the limit weighs nothing: not reached.
    """

    def weigh(self, minutes: Floats) -> Floats:
        """Weigh minutes (n,) from 1 at the door to 0 at the limit and beyond."""
        end = np.exp(-0.5)
        bell = np.exp(-0.5 * (minutes / self.max_minuten) ** 2)
        return np.where(minutes < self.max_minuten, (bell - end) / (1.0 - end), 0.0)


class Potenz(_Decay, frozen=True, tag="potenz"):
    """The power of gravity models, (max(t, t₀) / s)^-β (Joseph & Bantock 1982, 10.1016/0277-9536(82)90428-2).

    Up to t₀ = `ab_minuten` all are equally near: at the door a power would be infinite.
    """

    beta: float = 1.0
    skala_minuten: float = 1.0
    ab_minuten: float = 1.0

    def weigh(self, minutes: Floats) -> Floats:
        """Weigh minutes (n,), also beyond the limit."""
        return (np.maximum(minutes, self.ab_minuten) / self.skala_minuten) ** -self.beta


class Exponentiell(_Decay, frozen=True, tag="exponentiell"):
    """The decay exp(-βt), β a minute, as in Soukhov et al. 2023."""

    beta: float

    def weigh(self, minutes: Floats) -> Floats:
        """Weigh minutes (n,), also beyond the limit."""
        return np.exp(-self.beta * minutes)


Decay = Stufe | Zonen | Gauss | GaussBegrenzt | Potenz | Exponentiell
"""Any of them; `form` names which, where one is written as data."""


class Wunsch(msgspec.Struct, frozen=True, kw_only=True):
    """A decay as somebody asks for it: a form by its tag, and the numbers it takes; None leaves one to the form."""

    form: str
    beta: float | None = None
    sigma_minuten: float | None = None
    zonen: tuple[tuple[float, float], ...] | None = None
    """Outer limit in minutes and weight of each zone."""

    @property
    def numbers(self) -> dict[str, float | tuple[tuple[float, float], ...]]:
        """The numbers that were given, by name."""
        given = msgspec.structs.asdict(self)
        return {name: value for name, value in given.items() if name != "form" and value is not None}


FORMEN: tuple[str, ...] = ("stufe", "zonen", "gauss", "gauss_begrenzt", "potenz", "exponentiell")
_TAKES = {"zonen": {"zonen"}, "gauss": {"sigma_minuten"}, "potenz": {"beta"}, "exponentiell": {"beta"}}
_NEEDS = {"gauss": "sigma_minuten", "exponentiell": "beta"}
_FORM_OF: dict[str, type] = {
    "stufe": Stufe,
    "gauss": Gauss,
    "gauss_begrenzt": GaussBegrenzt,
    "potenz": Potenz,
    "exponentiell": Exponentiell,
}


def build_decay(wunsch: Wunsch, max_minuten: float) -> Decay:
    """Build a decay up to a limit; zones that are not given are those of Luo & Qi 2009, moved to it.

    Raises
    ------
    InvalidParameter
        A form nobody knows, a number it needs and has not, or one it does not take.

    """
    form, given = wunsch.form, wunsch.numbers
    _require(form in FORMEN, f"Möglich sind {', '.join(FORMEN)}.")
    strange = sorted(set(given) - _TAKES.get(form, set()))
    _require(not strange, f"Zu „{form}“ gehört kein {', kein '.join(strange)}.")
    needed = _NEEDS.get(form)
    _require(needed is None or needed in given, f"Zu „{form}“ gehört {needed}.")
    if form == "zonen":
        return _build_zones(wunsch.zonen, max_minuten)
    decay: Decay = _FORM_OF[form](max_minuten=max_minuten, **given)
    return decay


def _build_zones(zonen: tuple[tuple[float, float], ...] | None, max_minuten: float) -> Decay:
    if zonen is None:
        return move_limit(ZONEN_10_20_30, max_minuten)
    _require(bool(zonen), "Es fehlt eine Zone.")
    bis_minuten, gewichte = zip(*zonen, strict=True)
    return Zonen(bis_minuten=bis_minuten, gewichte=gewichte, max_minuten=max_minuten)


def move_limit(decay: Decay, max_minuten: float) -> Decay:
    """Draw the limit of a decay elsewhere; zones keep their weights, and their limits move in proportion."""
    if not isinstance(decay, Zonen):
        return msgspec.structs.replace(decay, max_minuten=max_minuten)
    inner = (bis * max_minuten / decay.max_minuten for bis in decay.bis_minuten[:-1])
    return msgspec.structs.replace(decay, bis_minuten=(*inner, max_minuten), max_minuten=max_minuten)


def tabulate(decay: Decay, last_ds: int, *, pace: float = 1.0) -> Floats:
    """Weigh each whole decisecond of a network up to `last_ds`: (last_ds + 1,) float64.

    Travel times are whole deciseconds, so a few thousand weights serve all pairs.

    Parameters
    ----------
    pace
        Minutes somebody needs for a minute of the network: 1.2 for 3.0 km/h where it is stated at 3.6.

    """
    return decay.weigh(_minutes(last_ds, pace))


def limit_ds(decay: Decay, last_ds: int, *, pace: float = 1.0) -> int:
    """Find the last decisecond of a network, none above `last_ds`, that lies within the limit of a decay."""
    return int(np.searchsorted(_minutes(last_ds, pace), decay.max_minuten, side="right")) - 1


def _minutes(last_ds: int, pace: float) -> Floats:
    # A limit of 15 minutes must not be missed by the last bit of 7,500 · 1.2.
    return np.round(np.arange(last_ds + 1) * pace / DS_PER_MINUTE, 12)


def _require(holds: bool, sentence: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise InvalidParameter(_PARAMETER, sentence)


ZONEN_10_20_30 = Zonen()
"""Of E2SFCA, Luo & Qi 2009."""
ZONEN_10_20_30_60 = Zonen(bis_minuten=(10.0, 20.0, 30.0, 60.0), gewichte=(0.962, 0.704, 0.377, 0.042), max_minuten=60.0)
"""Of 3SFCA, Wan, Zou & Sternberg 2012."""
