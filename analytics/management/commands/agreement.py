"""`manage.py agreement FILE.json`: how far the recommendation agrees with labelled cases."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from analytics import agreement
from analytics.agreement import report


class Command(BaseCommand):
    help = (
        "Builds each labelled case in an organization of its own, asks for the recommendation, compares, and rolls "
        "everything back. Needs the database only."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE.json", help="the cases; format in docs/responsibility.md")
        parser.add_argument("--json", action="store_true", help="write the results as JSON")
        parser.add_argument("--wrong", action="store_true", help="show the cases that differ only")
        parser.add_argument("--fail-under", type=float, metavar="N", help="exit with 1 below so many per cent")

    def handle(self, *args, **options):
        try:
            cases = agreement.load(Path(options["file"]))
        except agreement.BadFile as error:
            raise CommandError(str(error), returncode=2) from None
        results = agreement.run(cases, self.show(len(cases)))
        if options["json"]:
            self.stdout.write(json.dumps(report.data(results), ensure_ascii=False, indent=1, default=str))
        else:
            for line in report.lines(results, wrong_only=options["wrong"]):
                self.stdout.write(line)
        if unread := [result.unread for result in results if result.unread]:
            raise CommandError("\n".join(unread), returncode=2)
        reached = report.percent(results)
        if options["fail_under"] is not None and reached < options["fail_under"]:
            raise CommandError(f"{reached:.1f} % agree; {options['fail_under']:g} % were asked for.", returncode=1)

    def show(self, total: int):
        """Return what tells the progress: a line that is written over, on a terminal only."""

        def told(done: int) -> None:
            if self.stderr.isatty():
                end = "\r" if done < total else "\r\033[K"
                self.stderr.write(f"{done} of {total} cases", ending=end)
                sys.stderr.flush()

        return told
