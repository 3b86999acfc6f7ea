"""Loading one organization of the demonstration, with a progress bar."""

import datetime as dt
import random
from concurrent.futures import ThreadPoolExecutor

from django.apps import apps
from django.db import connection

from aftersales.tenants.models import Membership
from aftersales.tenants.scope import tenant
from analytics.models import Measure
from tickets import actions

from . import remarkable, rulebook, scenes, story
from .orders import make_orders
from .organizations import Site, make_site
from .photos import catalogue, store_drawings
from .scripts import SCRIPTS
from .tickets import Teller

ORDERS = 20_000
WIDTH = 40


class Progress:
    """A progress bar on a terminal's line; silent where nobody watches one."""

    def __init__(self, stream, total: int) -> None:
        self.stream, self.total, self.count, self.shown = stream, total, 0, -1

    def __call__(self, rows: int) -> None:
        """Count rows that were written."""
        self.count += rows
        percent = min(99, self.count * 100 // self.total)
        if percent != self.shown and self.stream.isatty():
            self.shown = percent
            filled = percent * WIDTH // 100
            self.stream.write(f"\rdemo data [{'#' * filled}{'.' * (WIDTH - filled)}] {percent:3d} %", ending="")
            self.stream.flush()

    def done(self) -> None:
        """End the line."""
        if self.stream.isatty():
            self.stream.write(f"\rdemo data [{'#' * WIDTH}] 100 %")


def load_site(slug: str, rng: random.Random, now: dt.datetime, orders: int, progress: Progress) -> Site:
    """Write one organization with everything that belongs to it."""
    since = (now - dt.timedelta(days=30 * story.MONTHS)).replace(hour=0, minute=0)
    site = make_site(slug, since)
    with tenant(site.organization), ThreadPoolExecutor(1) as beside:
        drawings = beside.submit(store_drawings, site)
        sold = make_orders(site, rng, now, int(orders * site.share), progress)
        stored = drawings.result()
        catalogue(site, stored, since)
        Teller(site, rng, now, sold, stored).tell(progress, beside)
        take_statistics()
        scenes.play(site, sold, now, stored, SCRIPTS)
        remarkable.play(site, now)
        if site.rule_set:
            rulebook.draft(site.organization, site.people["admin"], site.rule_set)
        send_lists(site)
        make_measures(site, since)
    return site


def take_statistics() -> None:
    """Have PostgreSQL look at the rows so far: it plans without as if for a few, and each story takes seconds.

    Who may not maintain the tables gets a warning for each, and waits; the embedded server lets the application.
    """
    names = [
        connection.ops.quote_name(model._meta.db_table)
        for app in ("orders", "tickets", "evidence")
        for model in apps.get_app_config(app).get_models()
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL default_statistics_target = 10")
        cursor.execute(f"ANALYZE {', '.join(names)}")


def send_lists(site: Site) -> None:
    """Mail two partners the link to the list of their open tickets, one of them revoked since."""
    by = Membership.objects.select_related("user").get(organization=site.organization, user=site.people["manager"])
    for name in ("Foshan Oakline", "Shenzhen warehouse", "Swift Parcel"):
        link = actions.send_inbox(site.partners[name], by=by)
    actions.revoke_link(link, by=by)


def make_measures(site: Site, since: dt.datetime) -> None:
    """Write the three measures of the story."""
    month = dt.timedelta(days=30)
    owner = site.people["manager"]
    for name, what, months, target, scope in (
        ("Three layers of padding, lamps", "Foshan Oakline packs each lamp in three layers and a double carton.",
         story.PADDING_MONTH, 6, {"problem": "broken_inside", "supplier": site.partners["Foshan Oakline"]}),
        ("Plug check at packing", "The warehouse compares the plug with the country of the address.",
         story.PLUG_MONTH, 1, {"problem": "wrong_item"}),
        ("Swift Parcel: new sorting line", "Parcels above 2 kg go by the belt without the drop.",
         story.CARRIER_MONTH, 2, {"problem": "crushed", "carrier": site.partners["Swift Parcel"]}),
    ):  # fmt: skip
        Measure.objects.create(
            name=name, what=what, started_on=(since + months * month).date(), target=target, owner=owner,
            created_at=since + months * month, **scope,
        )  # fmt: skip
