"""`manage.py intake_evidence --organization SLUG PATH`: inspection and packing photos from a folder on the server."""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aftersales.orders.models import IntakeFile
from aftersales.tenants.models import Organization
from evidence import media
from evidence.intake import bulk
from evidence.storage import StorageDown
from tickets.actions import By
from tickets.workflow import Actor


class Command(BaseCommand):
    """Puts each photo of a folder to its order, by the rules of the page; ends with 1 where one was refused."""

    help = "Keep inspection and packing photos, named by order as docs/api.md says. Run again, it changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the organization and the folder."""
        parser.add_argument("--organization", required=True, help="the organization's slug")
        parser.add_argument("path", type=Path, help="the folder with the photos")

    def handle(self, *args: Any, organization: str, path: Path, **options: Any) -> None:
        """Name each file with what became of it, then the sums."""
        found = Organization.objects.filter(slug=organization).first()
        if found is None:
            raise CommandError(f"There is no organization {organization!r}.")
        if not path.is_dir():
            raise CommandError(f"{path} is no folder.")
        by, sums = By(Actor.OPERATOR, "intake_evidence", command="intake_evidence"), Counter[str]()
        try:
            for name, result in bulk.put_folder(found, path.resolve(), by=by):
                sums[result.outcome] += 1
                words = f"{result.outcome}: {bulk.shown(name)}"
                self.stdout.write(f"{words} ({result.reason})" if result.reason else words)
        except (StorageDown, media.SandboxFailed) as error:
            raise CommandError(f"Stopped, run it again later: {error}") from error
        self.stdout.write(", ".join(f"{sums[each]} {each}" for each in IntakeFile.Outcome.values))
        if sums["refused"] or sums["lost"]:
            raise CommandError("Not every photo was kept.")
