"""Addresses of people and organizations, by audience."""

from allauth.account import views as allauth
from django.urls import path, re_path

from .views import account, api_keys, calendars, invitation, members, organization, rules, teams

# allauth's, one by one: its pages to add e-mail addresses stay out, for ours is proved by the invitation alone.
accounts = [
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("signup/", allauth.signup, name="account_signup"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    path("password/set/", allauth.password_set, name="account_set_password"),
    path("password/reset/", allauth.password_reset, name="account_reset_password"),
    path("password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("invitations/<str:token>/", invitation.invitation, name="invitation"),
    path("profile/", account.profile, name="profile"),
    path("sent-mail/", account.sent_mail_list, name="sent_mail"),
    path("sent-mail/<str:name>/<int:number>/", account.sent_mail_detail, name="sent_mail_detail"),
]
site = [path("", account.home, name="home")]
portal = [path("rules/", rules.public_rules, name="rules")]
settings = [
    path("", organization.index, name="index"),
    path("organization/", organization.organization, name="organization"),
    path("audit/", organization.audit, name="audit"),
    path("members/", members.members, name="members"),
    path("members/invite/", members.invite, name="invite"),
    path("members/<int:pk>/", members.member, name="member"),
    path("members/<int:pk>/deactivate/", members.deactivate, name="deactivate_member"),
    path("members/<int:pk>/reactivate/", members.reactivate, name="reactivate_member"),
    path("members/invitations/<int:pk>/again/", members.send_again, name="invitation_again"),
    path("members/invitations/<int:pk>/revoke/", members.revoke, name="revoke_invitation"),
    path("teams/", teams.teams, name="teams"),
    path("teams/new/", teams.new_team, name="new_team"),
    path("teams/<int:pk>/", teams.team, name="team"),
    path("calendar/", calendars.calendars, name="calendar"),
    path("calendar/new/", calendars.new_calendar, name="new_calendar"),
    path("calendar/<int:pk>/", calendars.calendar, name="edit_calendar"),
    path("calendar/<int:pk>/holidays/", calendars.add_holidays, name="add_holidays"),
    path("calendar/<int:pk>/holidays/remove/", calendars.remove_holiday, name="remove_holiday"),
    path("calendar/<int:pk>/default/", calendars.make_default, name="default_calendar"),
    path("calendar/<int:pk>/remove/", calendars.remove_calendar, name="remove_calendar"),
    path("api-keys/", api_keys.api_keys, name="api_keys"),
    path("api-keys/<int:pk>/revoke/", api_keys.revoke_api_key, name="revoke_api_key"),
    path("rules/", rules.rules, name="rules"),
    path("rules/edit/", rules.edit_rules, name="edit_rules"),
    path("rules/<int:version>/", rules.rules_version, name="rules_version"),
]
