"""The pieces, one by one."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone, translation

from aftersales.ui.templatetags import ui, values

NOW = dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.UTC)


def draw(source, **values):
    return engines["django"].from_string(source).render(values)


def after(**parts):
    return NOW + dt.timedelta(**parts)


@pytest.mark.parametrize(
    ("due", "text", "css"),
    [
        (after(minutes=-47, seconds=-5), "47 min over", "pill solid num"),
        (after(days=-2, hours=-1), "2 d 1 h over", "pill solid num"),
        (after(hours=1, minutes=25), "1 h 25 left", "pill amber num"),
        (after(hours=2, minutes=5), "2 h 05 left", "pill amber num"),
        (after(hours=4), "4 h 00 left", "pill num"),
        (after(days=1, hours=2), "1 d 2 h left", "pill num"),
        (after(days=3), "3 d left", "pill num"),
        (after(days=20, hours=5), "20 d left", "pill num"),
        (NOW, "0 min left", "pill amber num"),
    ],
)
def test_deadline(due, text, css):
    html = draw("{% deadline due now=now %}", due=due, now=NOW)
    assert text in html
    assert f'class="{css}"' in html
    assert f'datetime="{due:%Y-%m-%dT%H:%M:%SZ}"' in html


def test_deadline_paused_or_none():
    assert "Paused" in draw("{% deadline due paused=True %}", due=NOW)
    assert "No limit" in draw("{% deadline None %}")


def test_times_are_the_readers():
    with timezone.override("Asia/Shanghai"):
        html = draw("{% when value now=now %}", value=after(hours=-1), now=NOW)
        assert ">17:00</time>" in html
        assert "CST" in html
        assert ">20 Nov, 06:00</time>" in draw("{% when value now=now %}", value=after(hours=-36), now=NOW)
        assert ">21 Nov 2025</time>" in draw("{% when value now=now %}", value=after(days=-365), now=NOW)
    assert draw("{% when None %}{% ago None %}") == "––"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (after(seconds=-30), "just now"),
        (after(minutes=-5), "5 min ago"),
        (after(hours=2), "in 2 h 00"),
        (after(days=-3), "3 d ago"),
    ],
)
def test_ago(value, text):
    assert f">{text}</time>" in draw("{% ago value now=now %}", value=value, now=NOW)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (Decimal("39.9"), "EUR", "€39.90"),
        (Decimal("1234567.005"), "EUR", "€1,234,567.01"),
        (Decimal("-8"), "USD", "−$8.00"),
        (10, "SAR", "SAR\xa010.00"),
        (Decimal("799"), "JPY", "¥799"),
        (Decimal("1.5"), "KWD", "KWD\xa01.500"),
        (None, "EUR", "–"),
        (Decimal("0"), "CNY", "CN¥0.00"),
    ],
)
def test_money(amount, currency, text):
    expected = f'<bdi class="num">{text}</bdi>'
    assert draw("{{ amount|money:currency }}", amount=amount, currency=currency) == expected
    assert draw("{% money amount currency %}", amount=amount, currency=currency) == expected


def test_percent():
    assert (
        draw("{% percent 94.21 1 %} {% percent -3 0 sign=True %} {% percent 3 sign=True %} {% percent None %}")
        == "94.2% −3% +3% –"
    )
    with translation.override("ar"):
        assert values.percent(-3) == "\N{LEFT-TO-RIGHT MARK}−3%"


def test_icon():
    html = draw('{% icon "inbox" class="s" %}')
    assert html == '<svg class="i s" aria-hidden="true"><use href="/static/vendor/icons.svg#inbox"/></svg>'
    assert 'role="img" aria-label="Locked &amp; bolted"' in draw(
        '{% icon "lock" label=label %}', label="Locked & bolted"
    )
    assert 'class="i flip"' in draw('{% icon "chevron-right" %}')


def test_pieces_escape_what_people_wrote():
    evil = "<q>&"
    thing = {"label": evil, "url": evil, "title": evil, "text": evil, "note": evil, "count": evil}
    html = draw(
        "{% pill e %}{% avatar e label=True %}{% tabs items label=e %}{% chips items clear_url='#' %}{% stages items %}"
        "{% track items %}{% trace items %}{% photo e e note=e alt=e %}{% toast e %}{{ 1|money:e }}"
        "{% panel e note=e %}{{ e }}{% endpanel %}{% emptystate e text=e %}{{ e }}{% endemptystate %}"
        "{% confirm id='x' title=e action=e button=e %}{{ e }}{% endconfirm %}",
        e=evil,
        items=[thing],
    )
    assert "<q>" not in html
    assert "&lt;q&gt;&amp;" in html
    assert "&amp;lt;" not in html


def test_bar_stays_in_its_box():
    assert 'width="78.5"' in draw("{% bar 78.5 'red' %}")
    assert 'width="100"' in draw("{% bar 180 %}")
    assert 'width="0"' in draw("{% bar None %}")


@pytest.mark.parametrize(
    ("who", "initials"),
    [
        ("Ana Costa", "AC"),
        ("ana.costa@example.com", "AC"),
        ("Foshan Oakline Trading", "FT"),
        ("陈丽", "陈"),
        ("x", "X"),
        (None, "–"),
    ],
)
def test_avatar(who, initials):
    assert f">{initials}</span>" in draw("{% avatar who %}", who=who)


def test_avatar_keeps_its_colour():
    one = SimpleNamespace(pk=6)
    assert draw("{% avatar one %}", one=one) == draw("{% avatar one %}", one=one)
    assert "b2" in draw("{% avatar one %}", one=one)


class Form(forms.Form):
    name = forms.CharField(help_text="As on the invoice.")
    note = forms.CharField(widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(choices=[("a", "Supplier"), ("b", "Carrier")], widget=forms.RadioSelect)
    team = forms.ChoiceField(choices=[("1", "Warehouse")], required=False)
    open = forms.BooleanField(label="Takes tickets", required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self):
        if self.data.get("name") == "both":
            raise forms.ValidationError("Not together.")


def test_form_has_bootstrap_classes_labels_and_help():
    html = str(Form().as_div())
    assert '<label class="form-label" for="id_name">Name</label>' in html.replace("\n", "")
    assert 'aria-describedby="id_name_helptext"' in html
    assert 'id="id_name_helptext"' in html
    assert html.count("(optional)") == 2  # the note and the team, not the box
    assert 'class="form-control"' in html
    assert 'class="form-select"' in html
    assert 'class="form-check-input"' in html
    assert '<input type="hidden" name="secret" id="id_secret">' in html
    assert "errsum" not in html


def test_form_errors_are_summed_up_and_described():
    html = str(Form({"open": "on"}).as_div())
    assert "2 things to fix" in html
    assert '<a href="#id_name">Name: This field is required.</a>' in html
    assert '<a href="#id_kind_0">' in html  # the first choice, which can take the focus
    assert 'id="id_kind_0"' in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_error"' in html
    assert "is-invalid" in html


def test_errors_of_the_whole_form_are_in_the_summary():
    html = str(Form({"name": "both", "kind": "a"}).as_div())
    assert "1 thing to fix" in html
    assert "Not together." in html


def test_field_and_tiles():
    form = Form({"kind": "b"})
    assert draw("{% field form.name %}", form=form).startswith('<div class="field">')
    html = draw(
        "{% tiles form.kind icons=icons hints=hints two=True heading=True %}",
        form=form,
        icons={"a": "bolt"},
        hints={"b": "Half"},
    )
    assert html.count('type="radio"') == 2
    assert "#bolt" in html
    assert "<small>Half</small>" in html
    assert "<h1>Kind</h1>" in html
    assert html.count(" checked") == 1


def test_confirm_posts_with_a_token():
    html = draw(
        "{% confirm id='gone' title='Go?' action='/go' button='Go' %}<p>{{ word }}</p>{% endconfirm %}"
        "<button {% opens 'gone' %}>",
        word="Really",
        csrf_token="abc",
    )
    assert 'action="/go"' in html
    assert 'name="csrfmiddlewaretoken" value="abc"' in html
    assert "<p>Really</p>" in html
    assert 'popovertarget="gone" data-dialog="gone"' in html


def test_tabs_show_a_count_of_zero_and_none_without_one():
    html = draw(
        "{% tabs items label='Views' %}",
        items=[{"label": "A", "url": "#", "count": 0, "current": True}, {"label": "B", "url": "#"}],
    )
    assert '<span class="n num">0</span>' in html
    assert html.count('class="n num"') == 1
    assert html.count("aria-current") == 1


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize(
    "template", ["base.html", "plain.html", "404.html", "403.html", "403_csrf.html", "400.html", "500.html"]
)
def test_pages_stand_alone(template, language):
    from django.contrib.auth.models import AnonymousUser
    from django.template.loader import render_to_string

    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with translation.override(language):
        html = render_to_string(template, request=request if template in {"base.html", "plain.html"} else None)
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in html
    assert ("bootstrap.rtl" in html) == (language == "ar")
    assert html.count('id="main"') == 1


def test_small_filters():
    assert ui.initial("  luma") == "L"
    assert ui.native_name("ar") == "العربيّة"
    assert ui.native_name("xx-none") == "xx-none"
