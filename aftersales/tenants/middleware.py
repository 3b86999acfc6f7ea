"""Finds the organization in the first part of the address and runs the view and its rendering inside it."""

from django.db import transaction
from django.http import Http404
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers

from .models import RESERVED_SLUGS, Membership, Organization
from .scope import tenant


class TenantMiddleware:
    """Sets `request.organization` and `request.membership`; opens the transaction and enters both walls."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.organization = request.membership = None
        slug = request.path_info.split("/", 2)[1]
        if slug == "" or slug in RESERVED_SLUGS:
            return self.private(request, self.get_response(request))
        try:
            if "\0" in request.path_info:
                # PostgreSQL knows no such text, so nothing has this address.
                raise Http404
            match = resolve(request.path_info)
            request.organization, request.membership = find(slug, request.user)
        except (Http404, Resolver404):
            return render(request, "404.html", status=404)
        # Times are shown, and days typed, in the organization's zone.
        with timezone.override(request.organization.zone):
            if getattr(match.func, "outside_transaction", False):
                return self.private(request, self.get_response(request))
            return self.private(request, self.inside(request))

    def inside(self, request):
        # The response is rendered inside the transaction too: a TemplateResponse reads the database while rendering.
        with tenant(request.organization):
            response = self.get_response(request)
            if response.status_code >= 500 or getattr(request, "view_failed", False):
                transaction.set_rollback(True)
        return response

    def process_exception(self, request, exception):
        # Django turns the exception into a response before it reaches us; what the view wrote must not be kept.
        request.view_failed = True

    def private(self, request, response):
        # One person's page must never come out of a shared cache (Zulip Cloud, 18 March 2021).
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        patch_vary_headers(response, ["HX-Request"])
        return response


def find(slug, user):
    """Return (organization, membership or None) in one query. Raises Http404 for an unknown organization."""
    if user.is_authenticated:
        membership = (
            Membership.objects.select_related("organization")
            .filter(organization__slug=slug, user=user, is_active=True)
            .first()
        )
        if membership:
            membership.user = user
            return membership.organization, membership
    try:
        return Organization.objects.get(slug=slug), None
    except Organization.DoesNotExist:
        raise Http404 from None
