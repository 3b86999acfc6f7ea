"""Who may do what. Every view carries `@requires` or `@public`; `tests/test_every_url.py` fails on one with neither."""

from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404

from .roles import Permission


def requires(permission: Permission):
    """Let only members with `permission` in. Signed out: to the sign-in page; stranger: 404; without the right: 403."""
    permission = Permission(permission)

    def decorate(view):
        @wraps(view)
        def wrapped(request, *args, **kwargs):
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if request.membership is None:
                raise Http404
            if not request.membership.can(permission):
                raise PermissionDenied(permission.label)
            return view(request, *args, **kwargs)

        wrapped.access = permission  # type: ignore[attr-defined]
        return wrapped

    return decorate


def signed_in(view):
    """Let any signed-in person in, member of an organization or not."""

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    wrapped.access = "signed_in"  # type: ignore[attr-defined]
    return wrapped


def public(view):
    """Mark a view that anybody may open; it guards its objects itself (signed link, verified order)."""
    view.access = "public"
    return view


def outside_transaction(view):
    """Mark a view that talks to the object store: it enters `tenant()` itself, in short blocks, around that talk."""
    view.outside_transaction = True
    return view
