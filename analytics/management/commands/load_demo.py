"""`manage.py load_demo`: fourteen months of two look-alike organizations."""

import gc
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from aftersales.tenants.models import Organization
from aftersales.tenants.scope import tenant
from analytics.demo.load import ORDERS, Progress, load_site
from analytics.demo.organizations import PASSWORD, SITES


@contextmanager
def without_collecting() -> Iterator[None]:
    """Leave the rows of the story alone: most live until the end, and looking for garbage among them takes a while."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Command(BaseCommand):
    """Loads the demonstration; refuses in production and where organizations exist."""

    help = "Load the demonstration data into an empty installation (never in production)."

    def add_arguments(self, parser):
        parser.add_argument("--if-empty", action="store_true", help="do nothing where organizations exist")
        parser.add_argument("--orders", type=int, default=ORDERS, help="orders of both organizations together")

    def handle(self, *args, **options):
        if settings.PRODUCTION:
            raise CommandError("The demonstration data has known passwords; it does not load in production.")
        if Organization.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError("There are organizations already; start over with script/server --fresh.")
        begin = time.monotonic()
        progress = Progress(self.stderr, total=options["orders"] * 9)
        now = timezone.now().replace(second=0, microsecond=0)
        # One transaction: a loading that was cut off leaves nothing, and the next start loads again.
        with transaction.atomic(), without_collecting():
            for slug in SITES:
                load_site(slug, random.Random(f"aftersales {slug}"), now, options["orders"], progress)
            # Else the first reports would come with the hour's next sweep.
            call_command("build_reports", stdout=self.stderr if options["verbosity"] > 1 else StringIO())
        progress.done()
        for organization in Organization.objects.all():
            self.describe(organization)
        self.stdout.write(f"Loaded in {time.monotonic() - begin:.0f} s. Password of everybody: {PASSWORD}")

    def describe(self, organization):
        from aftersales.orders.models import Order
        from tickets.models import Ticket

        with tenant(organization):
            orders, tickets = Order.objects.count(), Ticket.objects.count()
        self.stdout.write(f"{organization.name}: {orders} orders, {tickets} tickets.")
