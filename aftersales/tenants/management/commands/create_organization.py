"""Makes an organization, ready to work, and invites its first admin by mail."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from aftersales.tenants import actions, invitations
from aftersales.tenants.models import Organization


class Command(BaseCommand):
    """`manage.py create_organization SLUG NAME --admin EMAIL`: refuses a slug that exists, changing nothing."""

    help = "Makes an organization with calendar, teams and rules page, and invites its first admin by mail."

    def add_arguments(self, parser):
        parser.add_argument("slug", help="its part of the address: small letters, digits and hyphens, such as luma")
        parser.add_argument("name", help="its name as customers read it")
        parser.add_argument("--admin", required=True, metavar="EMAIL", help="who is invited as its first admin")
        parser.add_argument("--time-zone", default="UTC", help="such as Europe/Lisbon (default: %(default)s)")
        parser.add_argument("--currency", default="EUR", help="ISO 4217, such as USD (default: %(default)s)")
        parser.add_argument("--language", default="en", choices=[code for code, _name in settings.LANGUAGES])
        parser.add_argument(
            "--show-link", action="store_true", help="also write the invitation's link here; whoever sees it can use it"
        )

    def handle(self, *, slug, name, admin, time_zone, currency, language, show_link, **options):
        if Organization.objects.filter(slug=slug).exists():
            raise CommandError(f"The organization “{slug}” exists already; nothing was changed.")
        try:
            validate_email(admin)
        except ValidationError:
            raise CommandError(f"--admin: “{admin}” is no e-mail address.") from None
        try:
            organization, invitation = actions.create_organization(
                email=admin, slug=slug, name=name, time_zone=time_zone, currency=currency, language=language
            )
        except ValidationError as error:
            found = [f"{field}: {text}" for field, texts in error.message_dict.items() for text in texts]
            raise CommandError("Nothing was made. " + " ".join(found)) from None
        self.stdout.write(f"{organization.name} is made: {settings.SITE_URL}/{slug}/desk/")
        self.stdout.write(f"The invitation to {invitation.email} goes out by mail as soon as a worker runs.")
        if show_link:
            self.stdout.write(invitations.url_of(invitation))
