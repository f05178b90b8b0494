"""What holds for every page: its header, its frame, its languages, for whoever comes with what."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from babel.messages.pofile import read_po
from flask import Flask
from jinja2.ext import babel_extract
from playwright.sync_api import Browser, Page, expect

from portal import problem_page
from tests.browser.front import begin, made_portal, press, sign_up, visit
from tests.browser.windows import watched

PORTAL = Path(problem_page.__file__).parent
ORDINARY = ["/", "/how-it-works", "/pricing", "/browser", "/tracked"]
FORMS = ["/sign-up", "/sign-in", "/forgotten"]
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types default"
)
LIGHT_DARK_PHONE = [("light", 1280), ("dark", 1280), ("light", 390)]


@pytest.fixture(scope="module")
def signed_in(browser: Browser, front: str) -> Iterator[Page]:
    with watched(browser) as page:
        sign_up(page, front, "frame@example.org")
        yield page


def test_every_answer_carries_the_exact_header(front: str) -> None:
    for path in [
        *ORDINARY,
        *FORMS,
        "/unlock",
        "/nothing",
        "/api/v1/portal-keys",
        "/static/build/x",
    ]:
        found = requests.get(front + path, allow_redirects=False, timeout=10).headers
        assert found["Content-Security-Policy"] == CSP, path
        assert found["X-Content-Type-Options"] == "nosniff"
        assert found["Referrer-Policy"] == "no-referrer"
        assert found["Cross-Origin-Opener-Policy"] == "same-origin"
        assert found["X-Frame-Options"] == "DENY"  # and frame-ancestors: no clickjacking
        assert "Strict-Transport-Security" not in found  # loopback has no certificate


def test_over_https_browsers_are_told_to_stay_there(app: Flask) -> None:
    answer = app.test_client().get("/", headers={"Host": "portal.example"})
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"


def test_only_the_password_worker_may_run_webassembly(front: str, build: Path) -> None:
    names = [path.name for path in build.glob("*.js")]
    assert len(names) > 5
    for name in names:
        found = requests.get(f"{front}/static/build/{name}", timeout=10).headers
        allowed = "'wasm-unsafe-eval'" in found["Content-Security-Policy"]
        assert allowed == name.startswith("argon.worker-"), name


def test_files_come_compressed_and_are_kept_for_good(front: str, build: Path) -> None:
    [style] = [path.name for path in build.glob("site-*.css")]
    for accepted in ("br", "gzip", "identity"):
        wanted = {"Accept-Encoding": accepted}
        answer = requests.get(f"{front}/static/build/{style}", headers=wanted, timeout=10)
        assert answer.headers.get("Content-Encoding", "identity") == accepted
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
        assert answer.headers["Vary"] == "Accept-Encoding"
    listing = requests.get(f"{front}/static/build/manifest.json", timeout=10)
    assert "immutable" not in listing.headers.get("Cache-Control", "")


@pytest.mark.parametrize(
    "name", ["../../cli.py", "..%2f..%2fcli.py", "%2e%2e/settings.py", "no.js"]
)
def test_nothing_but_the_build_is_served_as_a_file(app: Flask, name: str) -> None:
    assert app.test_client().get(f"/static/build/{name}").status_code == 404


@pytest.mark.parametrize(("scheme", "width"), LIGHT_DARK_PHONE)
def test_nobody_is_shut_out(browser: Browser, front: str, scheme: str, width: int) -> None:
    size = {"width": width, "height": 844}
    with watched(browser, color_scheme=scheme, viewport=size) as page:
        for path in [*ORDINARY, *FORMS]:
            page.goto(front + path)
            _is_accessible(page, width)
        begin(page, front, f"{scheme}-{width}@example.org")
        _is_accessible(page, width)
        press(page, "I have written it down")
        _is_accessible(page, width)


def _is_accessible(page: Page, width: int) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.get_by_role("heading", level=1).count() == 1
    for target in page.locator("button, .button, main input, nav a").filter(visible=True).all():
        box = target.bounding_box()
        small = target.get_attribute("type") == "checkbox"  # its label is the target
        assert box
        assert small or box["height"] >= 40


def test_the_unlock_page_shuts_nobody_out(signed_in: Page, front: str) -> None:
    signed_in.evaluate("indexedDB.deleteDatabase('homeward')")
    visit(signed_in, f"{front}/unlock")
    found = Axe().run(signed_in)
    assert found.violations_count == 0, found.generate_report()


def test_ordinary_pages_need_no_script(browser: Browser, front: str) -> None:
    with watched(browser, java_script_enabled=False) as page:
        for path in ORDINARY:
            answer = page.goto(front + path)
            assert answer
            assert page.get_by_role("heading", level=1).is_visible()
        page.goto(f"{front}/")
        page.get_by_role("link", name="Español").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Trae a casa")
        page.goto(f"{front}/pricing")  # the choice is remembered
        expect(page.get_by_role("heading", level=1)).to_have_text("Precios")


def test_whoever_feels_tracked_can_say_so_without_a_script(browser: Browser, front: str) -> None:
    with watched(browser, java_script_enabled=False, locale="es-ES") as page:
        page.goto(front)
        page.get_by_role("link", name="Creo que me rastrean").click()
        page.get_by_label("Qué ha pasado").fill("Sabe dónde estoy.")
        page.get_by_role("button", name="Enviar el aviso").click()
        expect(page.get_by_role("status").filter(has_text="Su aviso ha llegado")).to_be_visible()


def test_pages_with_keys_say_kindly_why_they_need_a_script(front: str) -> None:
    for path in FORMS:  # a browser driven from outside shows no <noscript>, so it is read here
        said = requests.get(front + path, timeout=10).text
        [without] = re.findall(r"<noscript>(.*?)</noscript>", said, re.DOTALL)
        assert "This page needs JavaScript." in without


def test_a_browser_that_cannot_hold_keys_is_told_so(browser: Browser, front: str) -> None:
    with watched(browser) as page:
        page.add_init_script("delete window.BroadcastChannel")
        page.route("**/sign-in-*.js", lambda route: route.fulfill(body=""))
        page.goto(f"{front}/sign-in")
        page.wait_for_url(f"{front}/browser")


def test_the_browsers_language_is_spoken_unless_another_was_chosen(front: str) -> None:
    def title(path: str, accepted: str) -> str:
        answer = requests.get(front + path, headers={"Accept-Language": accepted}, timeout=10)
        found = re.search(r'<html lang="(\w+)">.*<h1[^>]*>([^<]+)<', answer.text, re.DOTALL)
        assert found
        return f"{found[1]} {found[2]}"

    assert title("/pricing", "es-MX,es;q=0.9,en;q=0.5") == "es Precios"
    assert title("/pricing", "pl") == "en Pricing"
    assert title("/pricing?lang=en", "es") == "en Pricing"
    assert title("/pricing?lang=xx", "es") == "es Precios"


def test_an_error_of_a_script_is_said_in_spanish_too(browser: Browser, front: str) -> None:
    with watched(browser, locale="es-ES") as page:
        visit(page, f"{front}/sign-in")
        press(page, "Iniciar sesión")
        expect(page.get_by_role("alert")).to_contain_text("no es una dirección de correo")
        visit(page, f"{front}/sign-up")
        page.get_by_label("Correo electrónico").fill("corto@example.org")
        page.get_by_label("Contraseña").fill("corto")
        press(page, "Crear cuenta")
        expect(page.get_by_role("alert").first).to_contain_text("tiene 5 caracteres")


def test_every_sentence_has_its_spanish() -> None:
    said = {text for pair in problem_page.SENTENCES.values() for text in pair}
    templates = [path for path in (PORTAL / "templates").rglob("*.*") if path.is_file()]
    for path in templates:
        with path.open("rb") as file:
            for _, _, text, _ in babel_extract(file, ["_", "gettext", "ngettext"], [], {}):
                said.add(_first(text))
    for path in (PORTAL / "templates").glob("**/*sentences.html"):
        text = path.read_text("utf-8")
        said |= set(re.findall(r'^  "(.+)",$', text, re.MULTILINE))
    known: set[str] = set()
    for catalog in (PORTAL / "translations" / "es").glob("*.po"):
        with catalog.open("rb") as file:
            known |= {_first(entry.id) for entry in read_po(file, locale="es") if entry.string}
    assert len(said) > 80
    assert said - {""} <= known, sorted(said - known)


def _first(text: str | Sequence[str | None] | None) -> str:
    """The sentence, or its singular."""
    return text if isinstance(text, str) else next(iter(text or ()), None) or ""


def test_a_translation_keeps_every_fact_of_its_sentence() -> None:
    for catalog in (PORTAL / "translations" / "es").glob("*.po"):
        with catalog.open("rb") as file:
            for entry in read_po(file, locale="es"):
                spanish = entry.string if isinstance(entry.string, str) else entry.string[0]
                assert _facts(_first(entry.id)) == _facts(spanish), entry.id


def _facts(sentence: str) -> set[str]:
    return set(re.findall(r"{\w+}|%\(\w+\)s", sentence))


@pytest.fixture(scope="module")
def app(build: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A portal that believes it is on https, with one page that always fails."""
    folder, url = tmp_path_factory.mktemp("https"), "https://portal.example"
    with made_portal(folder, build, PUBLIC_URL=url) as made:
        made.add_url_rule("/broken", view_func=lambda: 1 // 0, endpoint="broken")
        yield made


def test_a_failure_is_a_page_without_a_trace(app: Flask) -> None:
    answer = app.test_client().get("/broken")
    assert answer.status_code == 500
    assert answer.mimetype == "text/html"
    assert "Nothing of yours is lost" in answer.text
    assert "ZeroDivision" not in answer.text
    assert answer.headers["Content-Security-Policy"] == CSP


def test_people_get_pages_and_programs_get_documents(app: Flask) -> None:
    client = app.test_client()
    page, document = client.get("/devices/zz"), client.get("/api/v1/zz")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert (document.status_code, document.mimetype) == (404, "application/problem+json")
    assert client.post("/pricing").mimetype == "text/html"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_can_neither_sign_out_nor_sign_in(app: Flask, site: str) -> None:
    client = app.test_client()
    for path in ("/sign-out", "/api/v1/login", "/api/v1/accounts", "/api/v1/account/password"):
        assert client.post(path, headers={"Sec-Fetch-Site": site}).status_code == 403


@pytest.mark.parametrize(
    "text", ["{{7*7}}", "<img/src=x>", "javascript:alert(1)", "\"'><script>1</script>"]
)
def test_an_address_never_becomes_markup(app: Flask, text: str) -> None:
    client = app.test_client()
    for path, query in [("/", {"lang": text}), ("/sign-in", {"next": text}), (f"/{text}", {})]:
        said = client.get(path, query_string=query | {text: text}).text
        assert "49" not in re.sub(r"/static/build/[^\"]+", "", said)
        assert "<img" not in said
        assert "<script>" not in said
        assert 'href="javascript:' not in said
