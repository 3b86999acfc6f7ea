"""The browser, the live server and the database work together, and the watch over pages sees what is wrong."""

import json


def test_health_answers_in_a_real_browser(live, page):
    answer = page.goto(f"{live}/healthz")
    # No worker runs here, so the answer is 503; that it is an answer and names the database as there is the point.
    assert answer.status == 503
    assert json.loads(answer.text())["checks"]["database"]["ok"]


def test_the_watch_sees_what_is_wrong(luma, someone):
    page, watch = someone("nobody", phone=True, never=("Luma Home",))
    page.goto("/luma/")
    page.evaluate("""() => {
      const main = document.querySelector("main");
      main.insertAdjacentHTML("beforeend", '<img src="/static/gone.png"><p style="color: red">…</p>');
      document.querySelector("h1").className = "wide-one";
      document.querySelector("h1").append("x".repeat(200));
      console.error("oops");
      setTimeout(() => { throw new Error("broken"); });
    }""")
    watch.look(page, "here")
    found = "\n".join(watch.wrong)
    for word in (
        "policy: style-src",
        "404:",
        "axe: image-alt",
        "scrolls sideways",
        "shows: Luma Home",
        "console: oops",
        "broken",
    ):
        assert word in found, f"{word} is not among\n{found}"
