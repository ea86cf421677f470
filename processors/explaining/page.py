"""An explained article as one page that needs nothing else: no script, no outside resource."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from processors.explaining.outline import Outline


def as_html(outline: Outline) -> str:
    """The page. Everything from the article is escaped."""
    return _template().render(outline=outline)


@cache
def _template() -> Template:
    source = (files("processors.explaining") / "page.html").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(source)
