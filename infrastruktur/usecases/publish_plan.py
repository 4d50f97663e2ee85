"""Publish a plan beside the other figures: what they hide of a Kommune's people, its need does not give back."""

from infrastruktur.domain.tabelle import Tabelle
from infrastruktur.planning.estimates import find_silent, silence_plan
from infrastruktur.usecases.assess_provision import assess_provision, list_indikatoren
from infrastruktur.usecases.context import Context
from infrastruktur.usecases.plan_bedarf import Planfrage, plan_bedarf
from infrastruktur.usecases.publish_table import narrow_table


def publish_plan(
    context: Context, frage: Planfrage | None = None, *, ebene: str | None = None, regel: str | None = None
) -> Tabelle:
    """State need and supply as `plan_bedarf` does; to the public silent where provision of the same Stichtag is.

    Raises
    ------
    InvalidParameter, NotFound
        As `plan_bedarf`.

    """
    asked = frage or Planfrage()
    shown = plan_bedarf(context, asked, ebene=ebene, regel=regel)
    if not context.public:
        return shown
    beside = assess_provision(context, stichtag=asked.stichtag)
    silent = find_silent(beside, {each.code: each for each in list_indikatoren()})
    return narrow_table(silence_plan(plan_bedarf(context, asked), silent), ebene=ebene, regel=regel)
