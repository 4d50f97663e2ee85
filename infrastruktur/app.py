"""The application: the only place where settings, routes and the opened installation meet."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import anyio.to_thread
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

from infrastruktur.http import (
    aenderungen,
    bedarfsbestaetigungen,
    collections,
    downloads,
    edits,
    explanations,
    health,
    history,
    items,
    jobs,
    landing,
    listen,
    planning,
    processes,
    reach,
    scenarios,
    schemas,
    stichtage,
    styles,
    tiles,
    vergessen,
    vorschlaege,
)
from infrastruktur.http.answers import Shelf
from infrastruktur.http.auth import give_context, give_jobs
from infrastruktur.http.guards import admit, answer_options, guard
from infrastruktur.http.problems import answer_error
from infrastruktur.planning.rehearsal import rehearse as rehearse_sums
from infrastruktur.planning.siting.rehearsal import rehearse as rehearse_siting
from infrastruktur.routing.rehearsal import rehearse as rehearse_searches
from infrastruktur.settings import Settings
from infrastruktur.usecases.context import open_context
from infrastruktur.usecases.jobs import Jobs

_THREADS = 40
"""As many as the store gives connections; Python's own number is 6 on two cores, and one slow page would take one."""

ROUTES: tuple[HTTPRouteHandler, ...] = (
    edits.options_items,
    edits.options_item,
    landing.get_landing,
    landing.get_conformance,
    landing.get_description,
    landing.get_description_page,
    collections.get_collections,
    collections.get_one_collection,
    schemas.get_schema,
    schemas.get_queryables,
    schemas.get_sortables,
    items.get_items,
    items.get_item,
    edits.post_item,
    edits.put_item,
    edits.patch_item,
    edits.delete_item,
    edits.post_confirmation,
    edits.post_confirmations,
    history.get_history,
    bedarfsbestaetigungen.get_bedarf,
    vergessen.post_erasure,
    bedarfsbestaetigungen.put_bedarf,
    bedarfsbestaetigungen.delete_bedarf,
    listen.get_liste,
    listen.post_liste,
    vorschlaege.post_new,
    vorschlaege.post_change,
    vorschlaege.get_vorschlaege,
    vorschlaege.get_one,
    vorschlaege.post_step,
    styles.get_styles,
    styles.get_style,
    tiles.get_matrix_sets,
    tiles.get_matrix_set,
    tiles.get_tilesets,
    tiles.get_tileset,
    tiles.get_tile,
    downloads.get_download,
    planning.get_figure,
    planning.get_comparison,
    explanations.get_explanation,
    scenarios.get_scenarios,
    scenarios.post_scenario,
    scenarios.get_scenario,
    scenarios.put_scenario,
    scenarios.delete_scenario,
    scenarios.get_comparison,
    aenderungen.get_changes,
    stichtage.get_stichtage,
    stichtage.post_stichtag,
    stichtage.get_one_stichtag,
    reach.get_reach,
    processes.get_processes,
    processes.get_process,
    processes.execute_process,
    jobs.get_jobs,
    jobs.get_job,
    jobs.get_results,
    jobs.dismiss_job,
    health.get_live,
    health.get_ready,
)


def create_app(settings: Settings) -> Litestar:
    """Build the application; the installation is opened when it starts and closed when it stops."""

    @asynccontextmanager
    async def opened(app: Litestar) -> AsyncGenerator[None, None]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="anfrage"))
        context = await anyio.to_thread.run_sync(open_context, settings)
        await anyio.to_thread.run_sync(rehearse_searches)
        await anyio.to_thread.run_sync(rehearse_sums)
        await anyio.to_thread.run_sync(rehearse_siting)
        app.state.context = context
        app.state.shelves = {True: Shelf(), False: Shelf()}
        app.state.jobs = {public: Jobs[jobs.Ergebnis](settings.limits) for public in (True, False)}
        try:
            yield
        finally:
            for each in app.state.jobs.values():
                await anyio.to_thread.run_sync(each.close)
            await anyio.to_thread.run_sync(context.close)

    app = Litestar(
        # OPTIONS first: beside a path that has none yet, the framework puts its own. All in one router: given one by
        # one, those of a path are prepared again with each that comes, and a third method breaks the first.
        route_handlers=[Router("/", route_handlers=[*answer_options(ROUTES), *ROUTES])],
        dependencies={
            "context": Provide(give_context),
            "jobs": Provide(give_jobs, sync_to_thread=False),
        },
        exception_handlers={Exception: answer_error},
        lifespan=[opened],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=settings.limits.body_bytes,
    )
    limits = settings.limits
    admitted = admit(app.asgi_handler, at_once=limits.analyses_at_once, waiting=limits.analyses_waiting)
    app.asgi_handler = guard(admitted, limits.body_bytes)
    return app
