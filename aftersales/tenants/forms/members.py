"""Members, invitations, teams."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Organization, Team, User
from ..roles import Role

ROLES = [
    (Role.OPERATOR, _("Operator: works on tickets, orders and messages")),
    (Role.MANAGER, _("Manager: also approves, decides, and reads the dashboard and reports")),
    (Role.ADMIN, _("Admin: also changes settings and members")),
]


class RoleForm(forms.Form):
    """A member's role."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLES, widget=forms.RadioSelect)


class InviteForm(RoleForm):
    """Who is asked to join."""

    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    field_order = ("email", "role")


class TeamForm(forms.Form):
    """A team with its members."""

    mark_optional = False
    name = forms.CharField(label=_("Name"), max_length=60, widget=forms.TextInput(attrs={"dir": "auto"}))
    is_active = forms.BooleanField(
        label=_("Takes tickets"), required=False,
        help_text=_("Out of service, the team keeps its tickets and cannot be chosen for others."),
    )  # fmt: skip
    users = forms.ModelMultipleChoiceField(
        label=_("Members"), queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, organization: Organization, team: Team | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(memberships__organization=organization, memberships__is_active=True)
        if team is None:
            del self.fields["is_active"]
        else:
            # Somebody switched off stays in the team until an admin takes them out.
            kept = team.members.values_list("user_id", flat=True)
            people |= User.objects.filter(memberships__organization=organization, pk__in=list(kept))
            self.initial |= {"name": team.name, "is_active": team.is_active, "users": list(kept)}
        self.fields["users"].queryset = people.distinct().order_by("name", "email")  # type: ignore[attr-defined]
