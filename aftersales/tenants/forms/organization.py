"""The organization's own facts."""

import copy
from decimal import Decimal
from functools import cache
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from ..models import Organization, all_time_zones, known_time_zone


@cache
def time_zones() -> list[tuple[str, str]]:
    """Return the choices of a time zone: places, and UTC."""
    names = sorted(name for name in all_time_zones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


class TimeZoneField(forms.ChoiceField):
    """A time zone of the IANA database; a former name that a row still has stays choosable."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=time_zones, **kwargs)

    def valid_value(self, value: object) -> bool:
        known_time_zone(str(value))
        return True

    def prepare_value(self, value: Any) -> Any:
        if value in all_time_zones() and value not in dict(time_zones()):
            self.choices = [(value, value), *time_zones()]
        return value


class OrganizationForm(forms.ModelForm):
    """All that an admin may change about the organization; its address is for good."""

    mark_optional = False
    time_zone = TimeZoneField(
        label=_("Time zone"), help_text=_("Days, months and reports end at midnight here; times are shown in it.")
    )
    language = forms.ChoiceField(
        label=_("Language of mails"), choices=settings.LANGUAGES,
        help_text=_("For members, and for customers and partners whose language we do not know or do not speak."),
    )  # fmt: skip

    class Meta:
        model = Organization
        fields = (
            "name", "time_zone", "language", "currency", "number_prefix", "report_window_days", "reopen_window_days",
            "follow_up_days", "silence_days", "partner_silence_accepts", "partner_sees_price", "partner_sees_customer",
            "mediation_days", "approval_amount", "keep_item_below", "country", "return_address", "return_days",
            "target_rate", "full_originals", "evidence_quota_gb", "evidence_retention_months",
        )  # fmt: skip
        help_texts = {
            "name": _("Customers and partners read it on every page and mail."),
            "currency": _("Money in it stands first in the figures; other currencies stand beside it, unconverted."),
            "number_prefix": _("One to six capital letters. Tickets that exist keep their number."),
            "report_window_days": _("A later complaint is taken too; that it came late counts in the recommendation."),
            "reopen_window_days": _("So long an unsatisfied customer can open a closed ticket again."),
            "follow_up_days": _("After closing we ask whether it was solved; so long we wait for the rating."),
            "silence_days": _("The mail and the customer's page name the day; then the proposal is carried out."),
            "partner_silence_accepts": _(
                "A supplier or carrier that does not answer in time is taken to agree. Its request says so."
            ),
            "partner_sees_price": _("Else a partner reads only what it is to pay itself."),
            "partner_sees_customer": _(
                "Else a partner reads of “the customer”. Photos of labels and customs letters stay hidden."
            ),
            "mediation_days": _("Working days on each side's own calendar; later statements are refused."),
            "country": _("Two letters, such as CN. A supplier in another country falls under the CISG."),
            "return_address": _("Customers read it when goods are to come back."),
            "return_days": _("So long a customer has to send goods back."),
            "evidence_quota_gb": _("Nothing more is taken when it is full; what is there stays."),
            "target_rate": _("Drawn as a line in the dashboard."),
        }
        error_messages = {"number_prefix": {"invalid": _("Use one to six capital letters, such as AS.")}}

    def __init__(self, *args: Any, instance: Organization, **kwargs: Any) -> None:
        # Cleaning writes what was typed into the instance; the page around the form must not show it.
        super().__init__(*args, instance=copy.copy(instance), **kwargs)
        amount = self.fields["approval_amount"]
        amount.validators.append(MinValueValidator(Decimal(0)))
        amount.widget.attrs["min"] = 0
