"""Settings → Responsibility rules, under /<org>/settings/."""

from django.urls import path

from ..views import rule_draft, rulebook

settings: list = [
    path("rulebook/", rulebook.rulebook, name="rulebook"),
    path("rulebook/rules/<slug:code>/", rulebook.rule, name="rulebook_rule"),
    path("rulebook/versions/", rulebook.versions, name="rulebook_versions"),
    path("rulebook/versions/<int:version>/", rulebook.version, name="rulebook_version"),
    path("rulebook/draft/", rule_draft.draft, name="rulebook_draft"),
    path("rulebook/draft/start/", rule_draft.start, name="start_rulebook"),
    path("rulebook/draft/new/", rule_draft.new_rule, name="new_rule"),
    path("rulebook/draft/move/", rule_draft.move_rule, name="move_rule"),
    path("rulebook/draft/rules/<slug:code>/", rule_draft.draft_rule, name="draft_rule"),
    path("rulebook/draft/rules/<slug:code>/remove/", rule_draft.remove_rule, name="remove_rule"),
    path("rulebook/draft/discard/", rule_draft.discard, name="discard_rulebook"),
    path("rulebook/draft/try/", rule_draft.try_draft, name="try_rulebook"),
    path("rulebook/draft/trial/", rule_draft.trial, name="rulebook_trial"),
    path("rulebook/draft/publish/", rule_draft.publish, name="publish_rulebook"),
]
