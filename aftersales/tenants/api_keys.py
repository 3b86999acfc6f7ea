"""Keys by which other systems come in; a part of `models`."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .base import TenantModel


class ApiKey(TenantModel):
    """Lets another system bring inspection and packing photos, and nothing else. Only its SHA-256 is kept."""

    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # Written at most once a minute.
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "digest"], name="api_key_digest_once"),
            models.UniqueConstraint(
                fields=["organization", "name"], condition=models.Q(revoked_at=None), name="api_key_name_once"
            ),
        ]

    def __str__(self):
        return self.name
