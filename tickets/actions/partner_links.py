"""The links that partners hold: the one to a list of all open tickets, sent and taken back by a member."""

from django.utils.translation import gettext as _

from aftersales.orders.models import Partner
from aftersales.tenants.actions.base import record
from aftersales.tenants.models import AuditEvent, Membership

from .. import links, notifications
from ..models import SignedLink
from .base import TooLate, require


def send_inbox(partner: Partner, *, by: Membership) -> SignedLink:
    """Mail the partner a fresh link to the list of its open tickets; return it. Raises Refused without an e-mail."""
    require(partner.email, _("%(partner)s has no e-mail; add one under Partners first.") % {"partner": partner})
    link = links.issue(kind=SignedLink.Kind.INBOX, partner=partner, email=partner.email)
    notifications.tell_link(link, kind="partner_list")
    record(AuditEvent.Verb.PARTNER_LINK_SENT, by=by, subject=partner, email=partner.email)
    return link


def revoke_link(link: SignedLink, *, by: Membership) -> SignedLink:
    """Make a partner's link open nothing from now on: pages that it opened close too. Raises TooLate a second time."""
    fresh = SignedLink.objects.select_for_update(of=("self",)).select_related("partner", "ticket").get(pk=link.pk)
    if fresh.revoked_at is not None:
        raise TooLate(_("This link was revoked already."))
    links.revoke(fresh)
    opens = fresh.ticket.number if fresh.ticket else fresh.get_kind_display()
    record(AuditEvent.Verb.PARTNER_LINK_REVOKED, by=by, subject=fresh.partner, link=opens, email=fresh.email)
    return fresh
