"""The pages' words in the visitor's language, from the catalogs in translations/.

Every subject may have its own: translations/<language>/<subject>.po. They are read together.
"""

from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, request

from portal.context import services

LANGUAGES = {"en": "English", "es": "Español"}  # as each calls itself
_FOLDER = Path(__file__).parent / "translations"
_COOKIE = "language"
_YEAR_S = 365 * 24 * 3600


def speak(app: Flask) -> None:
    """Choose the language before each request; give templates `_`, and `language`."""
    app.before_request(_choose)
    app.after_request(_remember)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    # newstyle: what a sentence quotes is escaped as everywhere else.
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals |= {"language": language, "languages": LANGUAGES}


def language() -> str:
    """The two letters of this request's language."""
    found: str = g.get("language", "en")
    return found


def gettext(sentence: str) -> str:
    return catalog(language()).ugettext(sentence)


def ngettext(one: str, many: str, number: int) -> str:
    return catalog(language()).ungettext(one, many, number)


def _choose() -> None:
    """What was asked for in the address, or chosen before, or what the browser prefers."""
    asked = (request.args.get("lang"), request.cookies.get(_COOKIE))
    preferred = request.accept_languages.best_match(list(LANGUAGES), "en")
    g.language = next((one for one in asked if one in LANGUAGES), preferred)


def _remember(answer: Response) -> Response:
    if request.args.get("lang") in LANGUAGES:
        answer.set_cookie(
            _COOKIE, language(), max_age=_YEAR_S, secure=services().settings.https, httponly=True,
            samesite="Lax",
        )  # fmt: skip
    return answer


@lru_cache
def catalog(code: str) -> NullTranslations:
    """All catalogs of a language as one; English stands in the templates themselves."""
    found = NullTranslations()
    for path in sorted((_FOLDER / code).glob("*.po")):
        compiled = BytesIO()
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=code, abort_invalid=True))
        compiled.seek(0)
        read = Translations(compiled)
        read.add_fallback(found)
        found = read
    return found
