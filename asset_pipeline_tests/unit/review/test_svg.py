"""Charts are well-formed XML whatever is in them, say in words what they show, and draw amounts where they belong."""

from datetime import datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_pipeline.ledger.database import utc_now
from asset_pipeline.review.svg import WIDTH, Bar, Limit, bar_chart, column_chart, far_limits, line_chart

EVIL = '</title><script>alert("1")</script>\x00\x1f\ud800&amp;\'<'
START: datetime = utc_now()
amounts = st.decimals(min_value=0, max_value=100, places=9)


def line(values, **changes):
    points = [(START + timedelta(hours=number), Decimal(value)) for number, value in enumerate(values)]
    return line_chart(points, **{"title": "Spent", "description": "in words"} | changes)


def parts(svg, kind):
    return [element for element in ElementTree.fromstring(svg).iter() if element.get("class") == kind]


def words(svg, kind):
    return [element.text for element in parts(svg, kind)]


def heights(svg):
    return [float(point.partition(",")[2]) for point in parts(svg, "chart-line")[0].get("points").split()]


@pytest.mark.parametrize("draw", [bar_chart, column_chart])
def test_hostile_names_stay_text(draw):
    svg = draw([Bar(EVIL, Decimal(1), EVIL)], title=EVIL, description=EVIL)
    root = ElementTree.fromstring(svg)
    assert {element.tag for element in root.iter()} <= {"svg", "title", "desc", "text", "rect", "line"}
    assert root.find("title").text.startswith('</title><script>alert("1")</script>')
    assert "<script" not in svg


def test_a_hostile_limit_stays_text():
    svg = line(["1"], limits=[Limit(Decimal(1), EVIL)])
    assert words(svg, "chart-limit-name")[0].startswith("</title><script>")


@given(st.lists(amounts, max_size=20), st.lists(amounts, max_size=2))
def test_any_amounts_give_a_chart_that_stays_inside_its_frame(values, limits):
    drawn = [Limit(one, "limit") for one in limits]
    bars = [Bar(str(one), one, str(one)) for one in values]
    for svg in (
        line(values, limits=drawn),
        column_chart(bars, title="t", description="d", limits=drawn),
        bar_chart(bars, title="t", description="d"),
    ):
        root = ElementTree.fromstring(svg)
        height = float(root.get("viewBox").split()[3])
        for element in root.iter():
            for name in ("x", "x1", "x2", "cx", "width"):
                assert -0.1 <= float(element.get(name, 0)) <= WIDTH + 0.1
            for name in ("y", "y1", "y2", "cy", "height"):
                assert -0.1 <= float(element.get(name, 0)) <= height + 0.1


def test_a_chart_is_an_image_with_a_title_and_a_description():
    root = ElementTree.fromstring(line(["1", "2"]))
    assert (root.get("role"), root.get("aria-label")) == ("img", "Spent. in words")
    assert [root.find(name).text for name in ("title", "desc")] == ["Spent", "in words"]


def test_nothing_has_a_style_of_its_own_so_that_the_page_can_be_dark():
    for element in ElementTree.fromstring(line(["1", "2"], limits=[Limit(Decimal(2), "limit")])).iter():
        assert not {"style", "fill", "stroke"} & set(element.attrib)


def test_twice_as_much_is_twice_as_high_and_money_goes_up_in_steps():
    tops = heights(line(["1", "2", "2"]))
    ground = 250 - 34
    assert [round((ground - top) / (ground - tops[0]), 2) for top in tops] == [1, 1, 2, 2, 2]


def test_a_limit_is_drawn_where_it_is_and_one_far_away_is_only_told():
    near, far = Limit(Decimal(4), "limit"), Limit(Decimal("4.01"), "limit")
    values = [Decimal(1)]
    assert words(line(["1"], limits=[near]), "chart-limit-name") == ["limit $4.00"]
    assert parts(line(["1"], limits=[far]), "chart-limit") == []
    assert far_limits(values, [near, far]) == [far]


def test_the_scale_is_in_round_amounts_from_nothing_up():
    assert words(line(["0.43"]), "chart-label")[:5] == ["$0.00", "$0.12", "$0.24", "$0.36", "$0.48"]
    assert words(line(["0.000001"]), "chart-label")[:2] == ["$0.00", "$0.0000003"]


def test_bars_write_their_amounts_as_they_were_given_and_are_as_long_as_these():
    svg = bar_chart(
        [Bar("a", Decimal("0.123456789"), "$0.123456789"), Bar("b", Decimal(0), "none")], title="t", description="d"
    )
    assert words(svg, "chart-value") == ["$0.123456789", "none"]
    assert [float(bar.get("width")) for bar in parts(svg, "chart-bar")] == [WIDTH]


def test_a_name_that_does_not_fit_is_cut_and_stands_in_full_in_the_bars_title():
    svg = bar_chart([Bar("m" * 100, Decimal(1), "$1.00")], title="t", description="d")
    assert words(svg, "chart-name") == ["m" * 38 + "…"]
    assert parts(svg, "chart-bar")[0].find("title").text == "m" * 100 + ": $1.00"


def test_many_days_name_only_some():
    bars = [Bar(f"{n}", Decimal(n), str(n)) for n in range(30)]
    assert words(column_chart(bars, title="t", description="d"), "chart-label")[5:] == [
        "0",
        "5",
        "10",
        "15",
        "20",
        "25",
    ]
