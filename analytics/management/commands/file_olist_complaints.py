"""`manage.py file_olist_complaints`: tickets from the bad reviews of the Olist data set."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from aftersales.orders.models import Order
from aftersales.tenants.models import Organization
from aftersales.tenants.scope import tenant
from analytics import olist


class Command(BaseCommand):
    help = (
        "Files one ticket for each imported Olist order with a review of one or two stars; a second run adds nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--folder", default="../shared/data/olist", help=f"where {olist.FILE} lies (default: %(default)s)"
        )
        parser.add_argument(
            "--organization", metavar="SLUG", help="whose orders they are (default: the one that imported them)"
        )

    def handle(self, *args, **options):
        organization = self.find(options["organization"])
        if organization.time_zone != str(olist.ZONE):
            self.stderr.write(
                f"Note: {organization.slug} counts months in {organization.time_zone}; the shop's are in {olist.ZONE}."
            )
        filed = olist.Filed()
        try:
            for done, all_, filed in olist.file_complaints(organization, Path(options["folder"])):  # noqa: B007
                if self.stdout.isatty():
                    self.stdout.write(f"\r{done} of {all_} complaints", ending="")
        except olist.Unreadable as error:
            raise CommandError(str(error)) from None
        if self.stdout.isatty():
            self.stdout.write("")
        self.stdout.write(f"{organization.slug}: {filed.made} tickets filed, {filed.there} were there.")
        if filed.unknown:
            self.stderr.write(f"{filed.unknown} reviews belong to orders that are not imported.")

    def find(self, slug: str | None) -> Organization:
        organizations: QuerySet[Organization] = Organization.objects.order_by("pk")
        if slug:
            found = organizations.filter(slug=slug).first()
            if found is None:
                raise CommandError(f"There is no organization “{slug}”.")
            return found
        holders = [organization for organization in organizations if self.holds(organization)]
        if len(holders) != 1:
            told = ", ".join(holder.slug for holder in holders) or "none"
            raise CommandError(f"Name the organization with --organization; Olist orders are imported by: {told}.")
        return holders[0]

    def holds(self, organization: Organization) -> bool:
        with tenant(organization):
            return Order.objects.filter(source="olist").exists()
