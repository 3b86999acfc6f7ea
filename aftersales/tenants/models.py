"""Who: people, organizations, their members, teams, working calendar and public rules."""

import datetime as dt
import zoneinfo
from functools import cache

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .api_keys import ApiKey  # noqa: F401
from .base import TenantForeignKey, TenantModel
from .roles import ROLE_PERMISSIONS, Permission, Role

RESERVED_SLUGS = frozenset(
    {"accounts", "admin", "api", "healthz", "static", "media", "i18n", "favicon.ico", "robots.txt"}
)
currency_code = RegexValidator(r"^[A-Z]{3}$", _("Use the three capital letters of ISO 4217, such as EUR."))
country_code = RegexValidator(r"^[A-Z]{2}$", _("Use the two capital letters of ISO 3166, such as DE."))


class UserManager(BaseUserManager["User"]):
    """Makes people by e-mail; the case of an address does not make a second person."""

    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        """Return a new person. Without a password the account cannot sign in until one is set by mail."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username):
        return self.get(email=username.lower())


class User(AbstractBaseUser):
    """A person who signs in; the e-mail is the name. Rights come from memberships; there is no superuser."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = UserManager()

    def __str__(self):
        return self.name or self.email

    def clean(self):
        self.email = self.email.strip().lower()


# Looking for them walks through a folder of 600 files.
all_time_zones = cache(zoneinfo.available_timezones)


def known_time_zone(value: str) -> None:
    """Raise ValidationError where `value` is no IANA time zone."""
    if value not in all_time_zones():
        raise ValidationError(
            _("“%(value)s” is no time zone; use a name such as Europe/Lisbon."), params={"value": value}
        )


def free_slug(value: str) -> None:
    """Raise ValidationError where an address part is kept for the site itself."""
    if value in RESERVED_SLUGS:
        raise ValidationError(_("“%(value)s” is reserved; choose another address."), params={"value": value})


class Organization(models.Model):
    """A tenant: the purchasing agent or merchant whose customers complain."""

    slug = models.SlugField(_("address"), unique=True, max_length=40, validators=[free_slug])
    name = models.CharField(_("name"), max_length=120)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[known_time_zone])
    language = models.CharField(_("language of new customers"), max_length=10, default="en")
    currency = models.CharField(_("base currency"), max_length=3, default="EUR", validators=[currency_code])
    number_prefix = models.CharField(
        _("ticket number prefix"), max_length=6, default="AS", validators=[RegexValidator(r"^[A-Z]{1,6}$")]
    )
    approval_amount = models.DecimalField(
        _("manager approves above"),
        max_digits=12,
        decimal_places=2,
        default=200,
        help_text=_("In the currency of the plan. A plan that promises more waits for a manager."),
    )
    report_window_days = models.PositiveSmallIntegerField(
        _("days after delivery to complain"), default=30, validators=[MaxValueValidator(730)]
    )
    reopen_window_days = models.PositiveSmallIntegerField(
        _("days to reopen after closing"), default=14, validators=[MaxValueValidator(365)]
    )
    follow_up_days = models.PositiveSmallIntegerField(
        _("days until the follow-up ends without an answer"),
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
    )
    silence_days = models.PositiveSmallIntegerField(
        _("days until a customer's silence accepts the plan"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
    )
    partner_silence_accepts = models.BooleanField(
        _("a partner's silence accepts the responsibility asked for"), default=True
    )
    target_rate = models.DecimalField(
        _("target: complaint rate in per cent"),
        max_digits=5,
        decimal_places=2,
        default=5,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    country = models.CharField(_("country"), max_length=2, blank=True, validators=[country_code])
    return_address = models.TextField(_("address that goods are sent back to"), blank=True)
    return_days = models.PositiveSmallIntegerField(
        _("days to send goods back"), default=14, validators=[MinValueValidator(1), MaxValueValidator(90)]
    )
    mediation_days = models.PositiveSmallIntegerField(
        _("days for each side's evidence in a mediation"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
    )
    keep_item_below = models.DecimalField(
        _("customer keeps an item worth less than"),
        max_digits=12,
        decimal_places=2,
        default=15,
        help_text=_("In the currency of the order. The way back would cost more than the item is worth."),
    )
    partner_sees_price = models.BooleanField(_("partners see what the customer paid"), default=False)
    full_originals = models.BooleanField(
        _("phones send whole photos"),
        default=False,
        help_text=_("Otherwise a phone on a slow network sends a smaller copy, which is marked so."),
    )
    evidence_quota_gb = models.PositiveIntegerField(
        _("room for evidence, in GB"), default=200, validators=[MinValueValidator(1), MaxValueValidator(100_000)]
    )
    evidence_retention_months = models.PositiveSmallIntegerField(
        _("months that evidence is kept after closing"),
        null=True,
        blank=True,
        validators=[MinValueValidator(6), MaxValueValidator(360)],
        help_text=_("Empty: for ever. A legal hold keeps it longer."),
    )
    partner_sees_customer = models.BooleanField(_("partners see the customer's name and address"), default=False)
    # The organization's own words for problems: {code: {"names": {language: name}, "retired": true}}. Kept on this row
    # because every page needs it, and this row is read once per request.
    problem_words = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The organization's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)


class Membership(models.Model):
    """A person in an organization, with a role."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.OPERATOR)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["user__email"]
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="membership_once")]

    def __str__(self):
        return f"{self.user} · {self.get_role_display()}"

    def can(self, permission: Permission | str) -> bool:
        """Whether the role allows `permission`."""
        return self.is_active and Permission(permission) in ROLE_PERMISSIONS[self.role]


class Invitation(models.Model):
    """A person asked by mail to join. The token is stored as its SHA-256 only."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.OPERATOR)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    # When its mail is to be tried; None where nothing waits to be sent.
    send_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["send_at"], condition=models.Q(send_at__isnull=False), name="invitation_to_send"),
            models.Index(fields=["organization", "-id"], name="invitation_by_organization"),
        ]

    def __str__(self):
        return f"{self.email} → {self.organization}"

    @property
    def is_open(self) -> bool:
        """Whether the invitation can still be accepted."""
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > timezone.now()


class Team(TenantModel):
    """A position that takes tickets: procurement, warehouse, logistics, customs, finance …"""

    name = models.CharField(_("name"), max_length=60)
    is_active = models.BooleanField(_("takes tickets"), default=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="team_name_once")]

    def __str__(self):
        return self.name


class TeamMember(TenantModel):
    """A member of a team."""

    team = TenantForeignKey(Team, models.CASCADE, related_name="members")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "team", "user"], name="team_member_once")]

    def __str__(self):
        return f"{self.user} · {self.team}"


class Calendar(TenantModel):
    """Business time: several slots a day, in a time zone, without holidays. The organization has one default."""

    name = models.CharField(_("name"), max_length=60)
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[known_time_zone])
    is_default = models.BooleanField(default=False)
    holidays = ArrayField(models.DateField(), default=list, blank=True, verbose_name=_("holidays"))

    class Meta:
        ordering = ["-is_default", "name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="calendar_name_once"),
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(is_default=True), name="calendar_one_default"
            ),
        ]

    def __str__(self):
        return self.name


class CalendarSlot(TenantModel):
    """Working hours on one weekday (0 is Monday), from `start` until before `end`, in the calendar's time zone."""

    WEEKDAYS = [
        (0, _("Monday")),
        (1, _("Tuesday")),
        (2, _("Wednesday")),
        (3, _("Thursday")),
        (4, _("Friday")),
        (5, _("Saturday")),
        (6, _("Sunday")),
    ]
    calendar = TenantForeignKey(Calendar, models.CASCADE, related_name="slots")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=WEEKDAYS)
    start = models.TimeField(_("from"), default=dt.time(9))
    end = models.TimeField(_("until"), default=dt.time(18))

    class Meta:
        ordering = ["weekday", "start"]
        constraints = [
            models.CheckConstraint(condition=models.Q(start__lt=models.F("end")), name="slot_start_before_end")
        ]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.start:%H:%M}–{self.end:%H:%M}"


class RulesVersion(TenantModel):
    """One version of the public rules page. Never edited: a change makes the next version."""

    version = models.PositiveIntegerField(editable=False)
    terms = models.TextField(_("terms"))
    compensation = models.TextField(_("compensation standards"))
    prohibited = models.TextField(_("prohibited items"))
    published_at = models.DateTimeField(default=timezone.now, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["organization", "version"], name="rules_version_once")]

    def __str__(self):
        return f"{self.version}"


class AuditEvent(TenantModel):
    """One change of settings, members or rules. Append-only."""

    class Verb(models.TextChoices):
        """What was done."""

        ORGANIZATION_CREATED = "organization_created", _("made the organization")
        ORGANIZATION_CHANGED = "organization_changed", _("changed the organization")
        INVITED = "invited", _("invited")
        INVITED_AGAIN = "invited_again", _("sent the invitation again to")
        INVITATION_REVOKED = "invitation_revoked", _("revoked the invitation of")
        JOINED = "joined", _("joined")
        ROLE_CHANGED = "role_changed", _("changed the role of")
        DEACTIVATED = "deactivated", _("switched off")
        REACTIVATED = "reactivated", _("switched on again")
        TEAM_CREATED = "team_created", _("made the team")
        TEAM_CHANGED = "team_changed", _("changed the team")
        CALENDAR_CREATED = "calendar_created", _("made the calendar")
        CALENDAR_CHANGED = "calendar_changed", _("changed the calendar")
        CALENDAR_REMOVED = "calendar_removed", _("removed the calendar")
        RULES_PUBLISHED = "rules_published", _("published the rules page, version")
        PARTNER_LINK_SENT = "partner_link_sent", _("sent the link to its list to")
        PARTNER_LINK_REVOKED = "partner_link_revoked", _("revoked a link of")
        PROBLEM_RENAMED = "problem_renamed", _("changed the words for the problem")
        PROBLEM_RETIRED = "problem_retired", _("retired the problem")
        PROBLEM_RESTORED = "problem_restored", _("brought back the problem")
        POLICY_ADOPTED = "policy_adopted", _("adopted the defaults of")
        WINDOW_CHANGED = "window_changed", _("changed the window")
        WINDOW_REMOVED = "window_removed", _("removed the window")
        REMEDY_CHANGED = "remedy_changed", _("changed the remedy")
        REMEDY_REMOVED = "remedy_removed", _("removed the remedy")
        RULEBOOK_DRAFTED = "rulebook_drafted", _("began a change of the responsibility rules, version")
        RULEBOOK_DISCARDED = "rulebook_discarded", _("threw away the draft of the responsibility rules, version")
        RULEBOOK_PUBLISHED = "rulebook_published", _("published the responsibility rules, version")
        RULE_CHANGED = "rule_changed", _("changed in the draft the rule")
        RULE_ADDED = "rule_added", _("added to the draft the rule")
        RULE_REMOVED = "rule_removed", _("removed from the draft the rule")
        RULE_MOVED = "rule_moved", _("moved in the draft the rule")
        API_KEY_CREATED = "api_key_created", _("made the API key")
        API_KEY_REVOKED = "api_key_revoked", _("revoked the API key")

    at = models.DateTimeField(default=timezone.now, editable=False)
    verb = models.CharField(max_length=30, choices=Verb, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False)
    actor_name = models.CharField(max_length=120, blank=True, editable=False)
    # What it was done to, in words, and each field with its value before and after.
    subject = models.CharField(max_length=254, blank=True, editable=False)
    data = models.JSONField(default=dict, editable=False)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["organization", "-id"], name="audit_latest")]

    def __str__(self):
        return f"{self.actor_name} {self.verb} {self.subject}"
