"""Fills the HTML templates, with everything from outside escaped."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alerts.escape import one_line, readable, web_link
from alerts.language import ENGLISH, Language


def fill(name: str, words: Language = ENGLISH, **values: Any) -> str:
    """Gives the template `name` of `alerts/templates` filled with `values`. A value that is missing is an error.

    Templates say their own words by `say` and `count`, as `words` has them.
    """
    return _environment().get_template(name).render(say=words.say, count=words.count, words=words, **values)


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(line=one_line, readable=readable, link=web_link)
    return environment
