"""The pages of last resort: whole without any context, as Django draws them when nothing else works."""

import pytest
from django.template.loader import render_to_string


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500"])
def test_an_error_page_is_whole_without_a_context(name):
    page = render_to_string(f"{name}.html")
    assert page.count("<html") == page.count("<h1>") == page.count("</html>") == 1
    heading = page.split("<h1>")[1].split("</h1>")[0]
    assert heading and f"<title>{heading}</title>" in page
