"""What a browser test watches besides its own steps: policy, console, answers, accessibility, width, other's data."""

from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe

# Where each page's violations of the Content-Security-Policy are kept until they are read.
LISTEN = """
window.__refused = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__refused.push([event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber].join(" ")));
"""
AXE = Axe().axe_script
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Failed input and a lost race are answers; Chromium logs them as if they were errors.
ANSWERS = {409, 422}
SIDEWAYS = """() => {
  const wide = document.scrollingElement.scrollWidth - innerWidth;
  if (wide <= 0) return null;
  const edge = (e) => Math.max(e.getBoundingClientRect().right - innerWidth, -e.getBoundingClientRect().left);
  const culprit = [...document.body.querySelectorAll("*")].filter((e) => edge(e) > 0.5).pop();
  return `${wide} px too wide, at <${culprit?.tagName.toLowerCase()} class="${culprit?.className}">`;
}"""


@dataclass
class Watch:
    """Collects what is wrong on the pages of one browser context; `none()` asks at the end."""

    who: str
    never: tuple[str, ...] = ()  # words that no page may hold
    absent: tuple[str, ...] = ()  # addresses whose page says that there is nothing
    wrong: list[str] = field(default_factory=list)
    seen: int = 0

    def over(self, context: Any) -> "Watch":
        """Watch every page of the context from now on."""
        context.add_init_script(LISTEN)
        context.on("weberror", lambda error: self._note("script error", error.error))
        context.on("console", self._console)
        context.on("response", self._response)
        return self

    def _note(self, what: str, more: object, where: str = "") -> None:
        line = f"{self.who} {where} {what}: {more}"
        if line not in self.wrong:
            self.wrong.append(line)

    def _console(self, message: Any) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self._note("console", message.text, message.page.url if message.page else "")

    def _response(self, response: Any) -> None:
        if response.status >= 400 and response.status not in ANSWERS and not response.url.endswith(self.absent or "\n"):
            self._note(str(response.status), response.url)

    def look(self, page: Any, name: str = "", *, rules: tuple[str, ...] | None = None) -> None:
        """Look at a page as it stands: axe (TAGS, or only these rules), policy, width, words that must not be there."""
        where = f"{name or page.url} {page.viewport_size['width']}"
        self.seen += 1
        settle(page)
        for finding in violations(page, rules):
            self._note("axe", finding, where)
        for refused in page.evaluate("window.__refused.splice(0)"):
            self._note("policy", refused, where)
        if wide := page.evaluate(SIDEWAYS):
            self._note("scrolls sideways", wide, where)
        html = page.content() if self.never else ""
        for word in self.never:
            if word in html:
                self._note("shows", word, where)

    def none(self) -> None:
        """Fail unless nothing was wrong."""
        assert not self.wrong, f"{len(self.wrong)} findings on {self.seen} looks:\n" + "\n".join(self.wrong)


def settle(page: Any) -> None:
    """Wait until the page and what it fetches at once have come."""
    page.wait_for_load_state("load")
    page.locator("html:not(:has(.htmx-request))").wait_for(state="attached")


def violations(page: Any, rules: tuple[str, ...] | None = None) -> list[str]:
    """Return what axe finds, rule by rule, with the first elements; `rules` are all of TAGS unless given."""
    if rules == ():
        return []
    # Half a megabyte of script: read once for a page, not for each look at it.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    options = {"runOnly": only, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(document, options).then(result => result.violations)", options)
    return [
        f"{rule['id']} ({len(rule['nodes'])}) " + " | ".join(_node(node) for node in rule["nodes"][:3])
        for rule in found
    ]


def _node(node: dict[str, Any]) -> str:
    return f"{node['html'][:160]} — {' '.join(node.get('failureSummary', '').split())[:160]}"
