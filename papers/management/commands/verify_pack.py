"""`manage.py verify_pack FILE`: check an evidence pack, as the verify.py in it does; exit 1 where anything is wrong."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from evidence import verifier


class Command(BaseCommand):
    help = "Checks an evidence pack (ZIP or unpacked folder), names each wrong file or event, and exits 1 on any."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pack", metavar="FILE")
        parser.add_argument("--manifest", metavar="SHA256", default="", help="the manifest's hash as the desk shows it")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for line in verifier.check(options["pack"], options["manifest"]):
            self.stdout.write(line)
            wrong += 1
        if wrong:
            raise CommandError(f"{wrong} wrong")
        self.stdout.write("Nothing is wrong: every file is the one that was packed.")
