"""The pieces screens are made of. Built into every template; `docs/ui.md` shows each with an example."""

import datetime as dt
import zlib

from django import template
from django.forms.utils import flatatt
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_info, gettext

from .values import clocked, duration

register = template.Library()

FLIPPED = frozenset(
    {
        "arrow-right",
        "arrow-back-up",
        "chevron-left",
        "chevron-right",
        "external-link",
        "list-check",
        "list-search",
        "logout",
        "send",
        "truck-delivery",
        "truck-off",
        "truck-return",
    }
)
SOON = dt.timedelta(hours=4)


def _classes(*names: str) -> str:
    return " ".join(name for name in names if name)


# ── signs ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@register.simple_tag
def icon(name: str, label: str = "", **attributes) -> SafeString:
    """An icon of the sprite; `class="s"` small, `class="l"` large. Silent for screen readers without a `label`."""
    return format_html(
        '<svg class="{}" {}><use href="{}#{}"/></svg>',
        _classes("i", attributes.get("class", ""), "flip" if name in FLIPPED else ""),
        format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"'),
        static("vendor/icons.svg"),
        name,
    )


@register.simple_tag
def pill(text, tone: str = "", icon_name: str = "", **attributes) -> SafeString:
    """A small label. `tone`: red, amber, green, blue, violet, solid, line or nothing (gray)."""
    name = attributes.get("icon", icon_name)
    return format_html(
        '<span class="{}">{}{}</span>', _classes("pill", tone), icon(name, **{"class": "s"}) if name else "", text
    )


@register.simple_tag
def dot(tone: str = "") -> SafeString:
    """A coloured point before a word; never alone."""
    return format_html('<span class="{}"></span>', _classes("dot", tone))


@register.simple_tag
def bar(percent, tone: str = "") -> SafeString:
    """A horizontal meter; the number belongs beside it as text."""
    width = 0 if percent is None else min(100, max(0, float(percent)))
    return format_html(
        '<svg class="{}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="6"/></svg>',
        _classes("bar", tone),
        f"{width:g}",
    )


@register.simple_tag
def avatar(who, label: bool = False) -> SafeString:
    """Initials in a circle, in a colour that stays the same. `label=True` where no name stands beside it."""
    if not who:
        name, initials, tone = gettext("Nobody"), "–", "none"
    else:
        name = str(who)
        words = name.split("@")[0].replace(".", " ").replace("·", " ").split()
        initials = "".join(word[0] for word in (words[:1] + words[1:][-1:]))[:2].upper()
        tone = ("", "b1", "b2", "b3")[(getattr(who, "pk", None) or sum(map(ord, name))) % 4]
    sound = (
        format_html('role="img" aria-label="{}" title="{}"', name, name) if label else mark_safe('aria-hidden="true"')
    )
    return format_html('<span class="{}" {}>{}</span>', _classes("ava", tone), sound, initials)


@register.simple_tag
def deadline(due_at: dt.datetime | None, paused=False, now: dt.datetime | None = None) -> SafeString:
    """The pill of a time limit: over (red), less than four hours left (amber), later (gray), paused, or none."""
    if paused:
        return pill(gettext("Paused"), "line num", "player-pause")
    if due_at is None:
        return pill(gettext("No limit"), "line")
    left = due_at - (now or timezone.now())
    if left < dt.timedelta(0):
        return pill(clocked(due_at, gettext("%(time)s over") % {"time": duration(left)}), "solid num", "alert-triangle")
    text = gettext("%(time)s left") % {"time": duration(left)}
    return pill(clocked(due_at, text), "amber num" if left < SOON else "num", "clock")


# ── lists of things ────────────────────────────────────────────────────────────────────────────────────────────────
@register.inclusion_tag("ui/tabs.html")
def tabs(items, label: str) -> dict:
    """Views side by side: each item has label, url, and may have count and current."""
    return {"items": items, "label": label}


@register.inclusion_tag("ui/segments.html")
def segments(items, label: str) -> dict:
    """A small switch between a few views: each item has label, url and current."""
    return {"items": items, "label": label}


@register.inclusion_tag("ui/chips.html")
def chips(items, clear_url: str = "") -> dict:
    """The filters that are on: each item has label and url (the page without it)."""
    return {"items": items, "clear_url": clear_url}


@register.inclusion_tag("ui/stages.html")
def stages(steps) -> dict:
    """The lifecycle in one line: each step has label and state: done, current or empty."""
    return {"steps": steps}


@register.inclusion_tag("ui/track.html")
def track(steps) -> dict:
    """The customer's progress: each step has label, state (done, current or empty), and may have note and icon."""
    return {"steps": steps}


@register.inclusion_tag("ui/trace.html")
def trace(events) -> dict:
    """An order's trail: each event has title, and may have text, at, url, and tone: sus, bad or todo."""
    return {"events": events}


@register.inclusion_tag("ui/progress.html")
def progress(step: int, steps: int) -> dict:
    """Where one is in a form of several pages."""
    return {"step": step, "steps": steps, "all": [n < step for n in range(steps)]}


@register.inclusion_tag("ui/photo.html")
def photo(src: str, label: str, url: str = "", note: str = "", alt: str = "") -> dict:
    """A piece of evidence in a grid (`<div class="ev">`)."""
    return {"src": src, "label": label, "url": url or src, "note": note, "alt": alt}


@register.inclusion_tag("ui/shot.html")
def shot(
    place: str, label: str, hint: str = "", *, how: str = "", icon: str = "camera", photos=(), camera: bool = False
) -> dict:
    """A place for photos in a customer's form, with a drawing of what it should show and `how` to take it.

    `static/photos.js` sends them at once, without it the form does. `icon` is for the place "other"; with
    "photo-plus" the label says what to do, and what was added has its own file's name.
    """
    shown = {"place": place, "label": label, "hint": hint, "how": how, "icon": icon}
    return shown | {"photos": photos, "camera": camera}


@register.inclusion_tag("ui/pager.html")
def pager(previous_url: str = "", next_url: str = "", label: str = "") -> dict:
    """Newer and older; an empty address leaves its side out."""
    return {"previous_url": previous_url, "next_url": next_url, "label": label}


@register.inclusion_tag("ui/toast.html", takes_context=True)
def toast(context, text: str, undo_url: str = "", undo_until: dt.datetime | None = None) -> dict:
    """A dark line with what was just done and, while it can be, Undo."""
    return {"text": text, "undo_url": undo_url, "undo_until": undo_until, "csrf_token": context.get("csrf_token")}


# ── pieces with a content ──────────────────────────────────────────────────────────────────────────────────────────
def _slug(title) -> str:
    return f"h{zlib.crc32(str(title).encode()):x}"


@register.simple_block_tag
def panel(content, title="", note="", url="", url_label="", **attributes) -> str:
    """A white box with a heading: `{% panel "Order trail" note="3 events" %}…{% endpanel %}`."""
    return get_template("ui/panel.html").render(
        {
            "content": content,
            "title": title,
            "note": note,
            "url": url,
            "url_label": url_label,
            "class": attributes.get("class", ""),
            "id": attributes.get("id") or (_slug(title) if title else ""),
        }
    )


@register.simple_block_tag
def emptystate(content, title, text="", icon="mood-smile") -> str:
    """Nothing here, why, and what next: the content holds the buttons."""
    return get_template("ui/empty.html").render({"content": content, "title": title, "text": text, "icon": icon})


@register.simple_block_tag(takes_context=True)
def confirm(context, content, *, id, title, action, button, tone="danger", cancel="") -> str:
    """A native dialog that posts to `action`, the content inside its form. `{% opens id %}` goes on its button."""
    return get_template("ui/confirm.html").render(
        {
            "content": content,
            "id": id,
            "title": title,
            "action": action,
            "button": button,
            "tone": tone,
            "cancel": cancel,
            "csrf_token": context.get("csrf_token"),
        }
    )


@register.simple_tag
def opens(dialog: str) -> SafeString:
    """Attributes of a button that opens a dialog: a popover by itself, a modal with the script."""
    return format_html('popovertarget="{}" data-dialog="{}" aria-haspopup="dialog"', dialog, dialog)


# ── forms ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@register.inclusion_tag("ui/field_group.html")
def field(bound_field) -> dict:
    """A form's field with label, help and error, the same as a line of `{{ form.as_div }}`."""
    return {"field": bound_field}


def _error_target(bound_field) -> str:
    """The id that a line of the error summary leads to: the first choice of a group, else the field."""
    identifier = bound_field.auto_id
    return (
        f"{identifier}_0" if bound_field.use_fieldset and hasattr(bound_field.field.widget, "choices") else identifier
    )


@register.inclusion_tag("ui/error_summary.html")
def error_summary(*forms) -> dict:
    """What to mend, on top of the page: focused when it appears, each line leads to its field."""
    problems = []
    for form in forms:
        if not form or not getattr(form, "is_bound", False):
            continue
        problems += [{"label": "", "text": text, "target": ""} for text in form.non_field_errors()]
        for bound_field in form:
            label = "" if bound_field.is_hidden else str(bound_field.label).rstrip("?؟: ")
            problems += [
                {"label": label, "text": text, "target": _error_target(bound_field)} for text in bound_field.errors
            ]
    return {"problems": problems}


@register.inclusion_tag("ui/tiles.html")
def tiles(bound_field, icons=None, hints=None, two: bool = False, heading: bool = False) -> dict:
    """A RadioSelect as large tiles; `icons` and `hints` are dictionaries by value."""
    options = [
        {
            "input": option,
            "value": option.data["value"],
            "icon": (icons or {}).get(str(option.data["value"]), ""),
            "hint": (hints or {}).get(str(option.data["value"]), ""),
        }
        for option in bound_field
    ]
    return {"field": bound_field, "options": options, "two": two, "heading": heading}


@register.simple_tag
def widget_attrs(widget: dict, css: str) -> SafeString:
    """The attributes of a form widget with our class added; used by the overridden widget templates."""
    attributes = {name: value for name, value in widget["attrs"].items() if value is not False and value is not None}
    invalid = "is-invalid" if str(attributes.get("aria-invalid", "")) == "true" else ""
    attributes["class"] = _classes(css, str(attributes.get("class", "")), invalid)
    return flatatt(attributes)


@register.filter
def native_name(code: str) -> str:
    """A language in its own words."""
    try:
        return get_language_info(code)["name_local"]
    except KeyError:
        return code


@register.filter
def initial(value) -> str:
    """The first letter of a name, for the logo."""
    return str(value).strip()[:1].upper() or "·"
