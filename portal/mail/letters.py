"""A letter in its reader's language: plain text, so that there is nothing to load and to track.

Service letters stand in templates/mail/service and have a subject and a body, and nothing that
promotes; marketing ones stand apart and carry the way out of them (RFC 8058).
"""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.words import catalog

TEMPLATES = Path(__file__).parent.parent / "templates"
_WIDTH = 72


@dataclass(frozen=True, slots=True)
class Written:
    subject: str
    text: str


def write(letter: str, language: str, said: Mapping[str, object]) -> Written:
    """`letter` is the template's path below templates/mail, as “service/email_changed”."""
    template = _environment(language).get_template(f"mail/{letter}.txt")
    context = template.new_context(dict(said))
    subject = "".join(template.blocks["subject"](context))
    return Written(" ".join(subject.split()), _wrapped(template.render(said)))


@lru_cache
def _environment(language: str) -> Environment:
    # Plain text: a quoted sign must arrive as it is. Nothing a stranger wrote is ever said.
    made = Environment(  # noqa: S701
        loader=FileSystemLoader(TEMPLATES), extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    words = catalog(language)
    made.install_gettext_callables(words.ugettext, words.ungettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters["moment"] = lambda ms: _moment(ms, language)
    made.filters["first"] = _first_sentence
    return made


def _moment(ms: int, language: str) -> str:
    when = format_datetime(datetime.fromtimestamp(ms / 1000, UTC), "long", locale=language)
    return when.replace("\u202f", " ").replace("\xa0", " ")  # some mail programs show a box


def _first_sentence(text: str) -> str:
    return text.partition(". ")[0].rstrip(".")


def _wrapped(text: str) -> str:
    """Paragraphs at a width that every program shows; an address is never broken."""
    return "\n".join(
        textwrap.fill(line, _WIDTH, break_long_words=False, break_on_hyphens=False)
        for line in text.strip().splitlines()
    )
