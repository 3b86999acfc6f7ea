"""Charts: drawn from what there is, escaped, linked, and told in words."""

import re
from xml.etree import ElementTree

import pytest

from aftersales.ui import charts
from aftersales.ui.charts import Bar, Mark, Point

MONTHS = [Point("Nov", 2.31, "/t?m=1"), Point("Dec", 2.58), Point("Jan", 1.42)]


def svg(html):
    return ElementTree.fromstring(re.search(r"<svg class=\"(?:chart|spark)\".*?</svg>", html, re.S).group())


def found(html, tag, css):
    return [each for each in svg(html).iter(tag) if each.get("class") == css]


def test_line_is_told_and_linked_and_has_a_table():
    html = charts.line(MONTHS, name="Complaints", target=1.2)
    assert svg(html).get("aria-label") == "Complaints fell from 2.31 in Nov to 1.42 in Jan. Target 1.20."
    assert svg(html).get("role") == "group"  # an image may hold no links
    assert [each.get("href") for each in svg(html).iter("a")] == ["/t?m=1"]
    assert html.count('scope="row"') == 3
    assert len(found(html, "circle", "p1")) == 3


def test_line_without_links_is_an_image():
    assert svg(charts.line([Point("Nov", 1), Point("Dec", 1)], name="A")).get("role") == "img"


def test_text_is_escaped():
    evil = "<script>\"&'"
    html = charts.line(
        [Point(evil, 1, 'x"onload="y'), Point("b", 2)],
        name=evil,
        marks=[Mark(0, evil, evil)],
        series=evil,
        compare=[1, 2],
        compared=evil,
    )
    html += charts.pareto([Bar(evil, 1, evil)], name=evil, unit=evil) + charts.spark([1, 2], name=evil)
    assert "<script" not in html
    assert 'x"onload' not in html
    svg(html)


def test_a_month_without_orders_leaves_a_gap():
    html = charts.line([Point("a", 1), Point("b", 2), Point("c", None), Point("d", 2), Point("e", 3)], name="A")
    assert len(found(html, "path", "s1")) == 2
    assert len(found(html, "circle", "p1")) == 4
    assert ">–<" in html


def test_compare_and_target_alone_draw_nothing():
    assert "<svg class" not in charts.line([Point("a", None)], name="A", compare=[3], target=2)


@pytest.mark.parametrize("points", [[], [Point("a", None)], [Point("a", float("nan"))]])
def test_empty_says_so(points):
    html = charts.line(points, name="Rate <1>")
    assert "Rate &lt;1&gt;" in html
    assert "chart" not in html


def test_one_point_stands_in_the_middle():
    html = charts.line([Point("Nov", 3)], name="A")
    assert svg(html).get("aria-label") == "A: 3.00 in Nov."
    assert not found(html, "path", "s1")
    (point,) = found(html, "circle", "p1")
    assert 300 < float(point.get("cx")) < 500


def test_zeros_lie_on_the_ground():
    html = charts.line([Point("a", 0), Point("b", 0)], name="A")
    assert {point.get("cy") for point in found(html, "circle", "p1")} == {"236.0"}
    assert "the same as" in svg(html).get("aria-label")


def test_big_numbers_keep_inside():
    html = charts.line([Point("a", 1_200_000), Point("b", 3_400_000)], name="A", digits=0)
    assert "3,400,000" in html
    for text in svg(html).iter("text"):
        if text.get("text-anchor") == "end":
            assert float(text.get("x")) - len(text.text) * 6 > 0


def test_many_months_do_not_print_every_name():
    html = charts.line([Point(f"January {year}", year) for year in range(60)], name="A")
    assert len(found(html, "circle", "p1")) == 60
    assert sum(1 for text in svg(html).iter("text") if "January" in (text.text or "")) < 12


def test_marks_outside_are_left_out_and_near_ones_do_not_meet():
    html = charts.line(
        MONTHS,
        name="A",
        marks=[Mark(0, "A long measure"), Mark(0, "Another one"), Mark(2, "At the end"), Mark(9, "Never")],
    )
    texts = found(html, "text", "mkt")
    assert [text.text for text in texts] == ["A long measure", "Another one", "At the end"]
    assert texts[0].get("y") != texts[1].get("y")
    assert texts[2].get("text-anchor") == "end"


def test_numbers_in_svg_stay_numbers_in_every_language():
    from django.utils import translation

    with translation.override("ar"):
        html = charts.line(MONTHS, name="A", target=1.2) + charts.pareto(
            [Bar("a", 2.5), Bar("b", 1)], name="P", digits=1
        )
    for match in re.findall(r' (?:x|y|cx|cy|x1|y2|d|width)="([^"]*)"', html):
        assert "," not in match
    assert 'direction="ltr"' in html


def test_pareto_sorts_and_counts_together():
    html = charts.pareto([Bar("few", 10), Bar("many", 70, "/t"), Bar("some", 20)], name="Problems", unit="tickets")
    assert [rect.get("class") for rect in svg(html).iter("rect")] == ["f1", "f1", "f2"]
    assert svg(html).get("aria-label") == "Problems. The first 2 of 3 make 90% of 100 tickets."
    assert html.index("many") < html.index("some") < html.index("few")
    assert found(html, "circle", "p3")[-1].get("cy") == "20.0"


@pytest.mark.parametrize("bars", [[], [Bar("a", 0), Bar("b", 0)]])
def test_pareto_of_nothing(bars):
    assert "<svg class" not in charts.pareto(bars, name="P")


def test_pareto_with_a_zero_among_them():
    assert len(list(svg(charts.pareto([Bar("a", 3), Bar("b", 0)], name="P")).iter("rect"))) == 2


@pytest.mark.parametrize(
    ("values", "lines", "points"),
    [
        ([], 0, 0),
        ([None], 0, 0),
        ([5], 0, 1),
        ([5, 5], 1, 1),
        ([1, None, 3, 4], 1, 1),
        ([1, 2, None, 3, 4, None], 2, 1),
    ],
)
def test_spark(values, lines, points):
    html = charts.spark(values)
    assert len(found(html, "path", "s1")) == lines
    assert len(found(html, "circle", "p1")) == points
    assert svg(html).get("aria-hidden") == "true"


def test_spark_with_a_name_is_told():
    assert svg(charts.spark([1, 3, 2], name="Rate")).get("aria-label") == "Rate: lowest 1.00, highest 3.00, last 2.00"


def test_level():
    assert [charts.level(value, 1.2) for value in (None, 0, 0.01, 0.2, 0.21, 1.2, 9)] == [
        "k0",
        "k0",
        "k1",
        "k1",
        "k2",
        "k6",
        "k6",
    ]
    assert charts.level(1, 0) == "k0"


@pytest.mark.parametrize(
    ("most", "last"), [(0, 1), (0.4, 0.4), (1, 1), (2.58, 3), (99, 100), (142, 150), (3_400_000, 4_000_000)]
)
def test_ticks(most, last):
    steps = charts.ticks(most)
    assert steps[0] == 0
    assert steps[-1] == last or steps[-1] >= most
    assert len(steps) <= 7
