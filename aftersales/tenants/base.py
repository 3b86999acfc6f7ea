"""What every model that belongs to an organization inherits: the scoped manager, its fences, the composite keys."""

from django.db import models
from django.utils.encoding import force_str
from django_scopes import ScopedManager, ScopeError
from django_scopes.manager import DisabledQuerySet

from .scope import current_organization


class FencedQuerySet(DisabledQuerySet):
    """Outside a scope: closes what django-scopes 2.1 leaves open (`exists()`, `create()`, `bulk_create()` and kin)."""

    __contains__ = DisabledQuerySet.error
    aget = acreate = abulk_create = aexists = acount = afirst = alast = adelete = aupdate = DisabledQuerySet.error
    bulk_create = bulk_update = contains = create = exclude = exists = explain = in_bulk = DisabledQuerySet.error
    alias = defer = distinct = difference = extra = intersection = select_related = prefetch_related = (
        DisabledQuerySet.error
    )


class TenantQuerySet(models.QuerySet):
    """Inside a scope: new rows belong to the entered organization, and to no other."""

    def create(self, **kwargs):
        kwargs.setdefault("organization", required_organization(self.model))
        return super().create(**kwargs)

    def bulk_create(self, objs, *args, **kwargs):
        organization = required_organization(self.model)
        objs = list(objs)
        for obj in objs:
            obj.belong_to(organization)
        return super().bulk_create(objs, *args, **kwargs)


def required_organization(model):
    """Return the entered organization. Raises ScopeError outside a scope."""
    organization = current_organization()
    if organization is None:
        raise ScopeError(f"{model.__name__} belongs to an organization; enter tenant(organization) first.")
    return organization


_Scoped = ScopedManager(
    organization="organization", _manager_class=models.Manager.from_queryset(TenantQuerySet)
).__class__


class TenantManager(_Scoped):  # type: ignore[misc,valid-type]
    """Rows of the entered organization only; raises ScopeError outside one and for `scope(organization=None)`."""

    def get_queryset(self):
        if current_organization() is None:
            return FencedQuerySet(self.model, using=self._db, missing_scopes={"organization"})
        return super().get_queryset()


class TenantForeignKey(models.ForeignKey):
    """A foreign key between two tables of one organization.

    The database constraint is (organization, id) → (organization, id), written by `walls.Wall`, because PostgreSQL
    checks a plain foreign key without row-level security and would accept another organization's row.
    """

    def __init__(self, to, on_delete=models.PROTECT, **kwargs):
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


class TenantModel(models.Model):
    """A row of one organization. Saved outside its scope, or beside another organization's row: ScopeError."""

    organization = models.ForeignKey("tenants.Organization", on_delete=models.PROTECT, editable=False, related_name="+")

    objects = TenantManager()

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        self.belong_to(required_organization(type(self)))
        super().save(*args, **kwargs)

    def _get_FIELD_display(self, field):
        """Return a choice's words. Django's own translates the words of every choice of the field to find one."""
        value = getattr(self, field.attname)
        return force_str(dict(field.flatchoices).get(value, value), strings_only=True)

    def belong_to(self, organization) -> None:
        """Make the row the organization's. Raises ScopeError where it, or a loaded relation, is another's."""
        if self.organization_id is None:
            self.organization = organization
        if self.organization_id != organization.pk:
            raise ScopeError(f"{type(self).__name__} belongs to another organization than the entered one.")
        for field in self._meta.concrete_fields:
            if isinstance(field, TenantForeignKey) and field.is_cached(self):
                related = getattr(self, field.name)
                if related is not None and related.organization_id != organization.pk:
                    raise ScopeError(f"{type(self).__name__}.{field.name} belongs to another organization.")
