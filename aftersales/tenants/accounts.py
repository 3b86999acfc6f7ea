"""What allauth asks the site: no sign-up, and mails whose links begin with the site's own address."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.urls import reverse


class ClosedSignup(DefaultAccountAdapter):
    """Nobody signs up in public: people come by invitation (`manage.py create_organization`, or a member's)."""

    def is_open_for_signup(self, request):
        return False

    def get_reset_password_from_key_url(self, key):
        # From SITE_URL, never from the request: a forged Host header must not choose where the link leads.
        uid, _dash, token = key.partition("-")
        return settings.SITE_URL + reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
