"""Links by which somebody without an account takes an evidence pack. Tokens are made as those of `tickets.links`."""

import datetime as dt

from django.conf import settings
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.tenants.models import Organization
from aftersales.tenants.scope import tenant
from evidence import storage
from evidence.models import Custody
from tickets import links
from tickets.actions import By, Refused, TooLate, note_event

from . import actions
from .models import PackLink, Paper

SALT = "papers.links"
USUAL_DAYS, MOST_DAYS = 7, 30
MOST_PER_PACK = 50


def issue(paper: Paper, *, by: By, receiver: str, days: int = USUAL_DAYS) -> PackLink:
    """Return a new link to a pack that is ready; inside the organization. Raises Refused."""
    paper = Paper.objects.select_for_update(of=("self",)).select_related("ticket").get(pk=paper.pk)
    if paper.kind != Paper.Kind.EVIDENCE or paper.state != Paper.State.READY:
        raise Refused(_("Only an evidence pack that is ready can be handed on by a link."))
    if not receiver.strip():
        raise Refused(_("Write for whom the link is, such as the name of the insurer."), "receiver")
    if not 1 <= days <= MOST_DAYS:
        raise Refused(_("A link lives for 1 to 30 days."), "days")
    if paper.links.count() >= MOST_PER_PACK:
        raise Refused(_("This pack has very many links already; use one of them."))
    now = timezone.now()
    link = PackLink(
        paper=paper, receiver=receiver.strip(), created_by=by.user, created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )  # fmt: skip
    # The token needs the row's key, so the row comes first; until then its hash is one that no token has.
    link.save()
    link.token_hash = links.hash_of(token_of(link))
    link.save(update_fields=["token_hash"])
    _note(link, "pack_linked", by=by, days=days)
    return link


def token_of(link: PackLink) -> str:
    """Return the link's token."""
    return links.token_of(link, SALT)


def url_of(link: PackLink) -> str:
    """Return the absolute address that opens the link."""
    return settings.SITE_URL + reverse("portal:pack", args=[link.organization.slug, token_of(link)])


def open_link(token: str) -> PackLink | None:
    """Return the entered organization's link with this token, None where there is none that is valid."""
    found: PackLink | None = links.opened(PackLink.objects.select_related("paper__ticket"), token)
    if found is None or not found.is_valid or actions.holds_deleted(found.paper.pieces):
        return None
    return found


def revoke(link: PackLink, *, by: By) -> None:
    """Make the link open nothing from now on; inside the organization. Raises TooLate a second time."""
    if not PackLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
        raise TooLate(_("This link was revoked already."))
    _note(link, "pack_link_revoked", by=by)


def download(organization: Organization, token: str) -> str | None:
    """Return the address of the pack for two minutes, after writing down who took it; None where no link is valid.

    Call it outside the organization. Raises StorageDown.
    """
    with tenant(organization):
        found = open_link(token)
    if found is None:
        return None
    paper = found.paper
    try:
        address = storage.download_address(paper.key, paper.name, paper.media_type)
    except FileNotFoundError:
        return None
    with tenant(organization):
        # The row is locked, so a link that is revoked meanwhile gives nothing.
        PackLink.objects.select_for_update(of=("self",)).get(pk=found.pk)
        if open_link(token) is None:
            return None
        PackLink.objects.filter(pk=found.pk).update(downloads=F("downloads") + 1, downloaded_at=timezone.now())
        actions.note_pieces(
            paper.pieces, Custody.Verb.DOWNLOADED, by=By.system(), paper=paper.pk, link=found.pk
        )  # fmt: skip
        _note(found, "pack_downloaded", by=By.system())
    return address


def _note(link: PackLink, verb: str, *, by: By, **data: int) -> None:
    paper = link.paper
    note_event(paper.ticket, by=by, verb=verb, receiver=link.receiver, paper=paper.pk, name=paper.name, **data)
