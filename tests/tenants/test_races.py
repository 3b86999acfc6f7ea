"""Two people at once: an organization keeps an admin, and an invitation makes one member."""

import threading

import pytest
from django.db import connection

from aftersales.tenants import actions, invitations
from aftersales.tenants.models import Invitation, Membership, User
from aftersales.tenants.scope import tenant
from tests.cast import join, person

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*functions):
    """Run the functions at the same moment in threads; return what each returned or raised."""
    barrier, results = threading.Barrier(len(functions)), [None] * len(functions)

    def run(place, function):
        try:
            barrier.wait()
            results[place] = function()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def member(user):
    return Membership.objects.select_related("user", "organization").get(user=user)


@pytest.mark.parametrize("change", ["role", "off"])
def test_two_admins_who_remove_each_other_leave_one(luma, alice, change):
    other = join(person("omar@luma.example", "Omar"), luma, "admin")

    def remove(who, by):
        def act():
            with tenant(luma):
                if change == "role":
                    return actions.change_role(member(who), by=member(by), role="operator")
                return actions.deactivate(member(who), by=member(by))

        return act

    for _round in range(10):
        results = at_once(remove(alice, other), remove(other, alice))
        admins = Membership.objects.filter(organization=luma, role="admin", is_active=True).count()
        assert admins == 1
        assert sum(isinstance(each, actions.Refused) for each in results) == 1
        Membership.objects.filter(organization=luma).update(role="admin", is_active=True)


def test_the_last_admin_stays_even_for_the_system(luma, alice, bob):
    """Alice cannot act on herself; a colleague who was admin a moment ago cannot act at all."""
    with tenant(luma):
        stale = member(bob)
        stale.role = "admin"
        with pytest.raises(actions.Refused, match="no longer"):
            actions.deactivate(member(alice), by=stale)


def test_one_invitation_accepted_many_times_at_once_makes_one_member(luma, alice):
    with tenant(luma):
        invitation = actions.invite(luma, by=member(alice), email="new@luma.example", role="operator")
    token = invitations.token_of(invitation)
    results = at_once(*[lambda: actions.accept_invitation(token, name="N", password="quiet-lamp-77")] * 6)
    assert sum(isinstance(each, Membership) for each in results) == 1
    assert sum(isinstance(each, actions.TooLate) for each in results) == 5
    assert User.objects.filter(email="new@luma.example").count() == 1


def test_one_address_invited_many_times_at_once_is_invited_once(luma, alice):
    def invite():
        with tenant(luma):
            return actions.invite(luma, by=member(alice), email="new@luma.example", role="operator")

    at_once(*[invite] * 6)
    assert Invitation.objects.count() == 1


def test_revoked_while_it_is_accepted_is_one_or_the_other(luma, alice):
    for n in range(8):
        with tenant(luma):
            invitation = actions.invite(luma, by=member(alice), email=f"n{n}@luma.example", role="operator")
        token = invitations.token_of(invitation)

        def revoke(invitation=invitation):
            with tenant(luma):
                actions.revoke_invitation(invitation, by=member(alice))

        at_once(lambda token=token: actions.accept_invitation(token, name="N", password="quiet-lamp-77"), revoke)
        row = Invitation.objects.get(pk=invitation.pk)
        joined = Membership.objects.filter(user__email=f"n{n}@luma.example").exists()
        assert (row.accepted_at is None) == (row.revoked_at is not None) == (not joined)
