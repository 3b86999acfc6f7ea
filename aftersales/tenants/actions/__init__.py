"""What changes people and organizations: one function per verb, each writes its row of the audit list."""

from .api_keys import create_api_key, revoke_api_key, use_api_key
from .base import Refused, TooLate
from .calendars import add_holidays, change_calendar, create_calendar, make_default, remove_calendar, remove_holiday
from .invitations import accept_invitation, deliver_invitations, invite, revoke_invitation, send_again
from .members import change_name, change_role, deactivate, reactivate
from .organizations import change_organization, create_organization
from .rules import publish_rules
from .teams import change_team, create_team

__all__ = [
    "Refused",
    "TooLate",
    "accept_invitation",
    "add_holidays",
    "change_calendar",
    "change_name",
    "change_organization",
    "change_role",
    "change_team",
    "create_api_key",
    "create_calendar",
    "create_organization",
    "create_team",
    "deactivate",
    "deliver_invitations",
    "invite",
    "make_default",
    "publish_rules",
    "reactivate",
    "remove_calendar",
    "remove_holiday",
    "revoke_api_key",
    "revoke_invitation",
    "send_again",
    "use_api_key",
]
