"""The organization's policy of plans: its windows and remedies. The first change adopts the defaults as rows."""

from typing import Any

from django.utils.translation import gettext as _

from aftersales.tenants.actions.base import Refused, TooLate, changed, lock, record, require
from aftersales.tenants.models import AuditEvent, Membership, Organization

from .. import policy
from ..models import Remedy, Window

Verb = AuditEvent.Verb


def _adopt_windows(by: Membership) -> None:
    if not Window.objects.exists():
        Window.objects.bulk_create(policy.default_windows())
        record(Verb.POLICY_ADOPTED, by=by, subject=_("windows"))


def _adopt_remedies(by: Membership) -> None:
    if not Remedy.objects.exists():
        Remedy.objects.bulk_create(policy.default_remedies())
        record(Verb.POLICY_ADOPTED, by=by, subject=_("remedies"))


def _fit(fields: dict[str, str]) -> dict[str, str]:
    return {name: fields.get(name, "") for name in policy.NAMES}


def save_window(
    organization: Organization, *, by: Membership, of: dict[str, str] | None = None, **fields: Any
) -> Window:
    """Change the window that names `of` (country, category, kind, problem), or add one; the defaults are adopted first.

    Raises TooLate where that window is gone, Refused where another names the same already.
    """
    lock(organization, by)
    _adopt_windows(by)
    row = Window.objects.filter(**_fit(of)).first() if of is not None else Window()
    if row is None:
        raise TooLate(_("Somebody has changed or removed this window; look at the list again."))
    twin = Window.objects.filter(**_fit(fields)).exclude(pk=row.pk).first()
    require(twin is None, _("There is a window for exactly this already; change that one."), "country")
    data = changed(row, fields) if row.pk else {name: ["", str(value)] for name, value in fields.items() if value}
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    if data:
        record(Verb.WINDOW_CHANGED, by=by, subject=row, **data)
    return row


def remove_window(organization: Organization, *, by: Membership, of: dict[str, str]) -> None:
    """Remove a window. Raises Refused for the last one: without any, the defaults would hold again."""
    lock(organization, by)
    _adopt_windows(by)
    row = Window.objects.filter(**_fit(of)).first()
    if row is None:
        raise TooLate(_("Somebody has changed or removed this window; look at the list again."))
    _require_another(Window)
    record(Verb.WINDOW_REMOVED, by=by, subject=row, days=[str(row.days), ""])
    row.delete()


def save_remedy(organization: Organization, *, by: Membership, of: int | None = None, **fields: Any) -> Remedy:
    """Change the remedy at position `of`, or add one at `position`; the defaults are adopted first.

    Moving one moves those behind it. Raises TooLate where it is gone.
    """
    lock(organization, by)
    _adopt_remedies(by)
    row = Remedy.objects.filter(position=of).first() if of is not None else Remedy()
    if row is None:
        raise TooLate(_("Somebody has changed or removed this remedy; look at the list again."))
    require(fields.get("actions"), _("A remedy needs at least one action."), "kind_0")
    data = changed(row, fields) if row.pk else {"name": ["", fields.get("name", "")]}
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    _renumber(row)
    if data:
        data.pop("actions", None)
        record(Verb.REMEDY_CHANGED, by=by, subject=row, **data)
    return row


def remove_remedy(organization: Organization, *, by: Membership, of: int) -> None:
    """Remove a remedy. Raises Refused for the last one: without any, the defaults would hold again."""
    lock(organization, by)
    _adopt_remedies(by)
    row = Remedy.objects.filter(position=of).first()
    if row is None:
        raise TooLate(_("Somebody has changed or removed this remedy; look at the list again."))
    _require_another(Remedy)
    record(Verb.REMEDY_REMOVED, by=by, subject=row)
    row.delete()
    _renumber(None)


def _require_another(model: type[Window] | type[Remedy]) -> None:
    if model.objects.count() == 1:
        raise Refused(_("This is the last one; without it the defaults would hold again. Change it instead."))


def _renumber(first: Remedy | None) -> None:
    """Number the remedies 1, 2, 3 …; the one just saved stands before others with its position."""
    rows = sorted(Remedy.objects.all(), key=lambda r: (r.position, first is None or r.pk != first.pk, r.pk))
    for n, row in enumerate(rows, 1):
        row.position = n
    Remedy.objects.bulk_update(rows, ["position"])
    if first is not None:
        first.refresh_from_db(fields=["position"])
