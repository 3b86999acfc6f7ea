"""The browser, the live server and the database work together."""

import json


def test_health_answers_in_a_real_browser(live, page):
    answer = page.goto(f"{live}/healthz")
    # No worker runs here, so the answer is 503; that it is an answer and names the database as there is the point.
    assert answer.status == 503
    assert json.loads(answer.text())["checks"]["database"]["ok"]
