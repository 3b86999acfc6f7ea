"""`manage.py build_reports`: what the worker does every hour, now."""

from django.core.management.base import BaseCommand, CommandError

from aftersales.tenants.models import Organization
from aftersales.tenants.scope import tenant
from analytics import reports


class Command(BaseCommand):
    help = "Builds the monthly reports that are due, of every organization or of one."

    def add_arguments(self, parser):
        parser.add_argument("--organization", metavar="SLUG", help="only this organization's")

    def handle(self, *args, **options):
        organizations = Organization.objects.order_by("pk")
        if options["organization"]:
            organizations = organizations.filter(slug=options["organization"])
            if not organizations:
                raise CommandError(f"There is no organization “{options['organization']}”.")
        for organization in organizations:
            with tenant(organization):
                months = reports.build_due(organization)
            told = ", ".join(f"{month:%Y-%m}" for month in months) or "nothing due"
            self.stdout.write(f"{organization.slug}: {told}")
