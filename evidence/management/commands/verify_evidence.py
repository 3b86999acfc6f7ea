"""`manage.py verify_evidence`: re-hash all evidence and check its logs; exit 1 where anything is not as it was."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aftersales.tenants.models import Organization
from evidence.storage import StorageDown
from evidence.verify import verify


class Command(BaseCommand):
    help = "Re-hashes all evidence, names each flipped, replaced or missing object and broken log, and exits 1 on any."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", help="only this one")

    def handle(self, *args: Any, **options: Any) -> None:
        organizations = Organization.objects.order_by("slug")
        if options["organization"]:
            organizations = organizations.filter(slug=options["organization"])
            if not organizations:
                raise CommandError(f"There is no organization {options['organization']}.")
        wrong = 0
        for each in organizations:
            try:
                report = verify(each)
            except StorageDown as error:
                raise CommandError(f"The object store is away: {error}. Nothing is said of {each.slug}.") from error
            for word, name, why in report.findings:
                self.stdout.write(f"{each.slug}: {word}: {name}: {why}")
            wrong += len(report.findings)
            self.stdout.write(
                f"{each.slug}: {report.checked} checked, {report.size} bytes, {len(report.findings)} wrong"
            )
        if wrong:
            raise SystemExit(1)
