"""What every answer says to a browser: nothing inline, nothing foreign, never in a frame."""

from flask import Flask, Response

from portal.context import services_of

_POLICY = (
    "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types default"
)
PAGE_POLICY = _POLICY.format(wasm="")
# Argon2id is WebAssembly: allowed to the one worker that runs it, never to a page.
WASM_POLICY = _POLICY.format(wasm=" 'wasm-unsafe-eval'")
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",  # what browsers before frame-ancestors understand
}
_TWO_YEARS = "max-age=63072000"


def protect(app: Flask) -> None:
    https = services_of(app).settings.https

    @app.after_request
    def harden(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        answer.headers.update(_ALWAYS)
        if https:
            answer.headers["Strict-Transport-Security"] = _TWO_YEARS
        if answer.mimetype == "text/html":
            # A page shows who is signed in; the back button must ask again after a sign-out.
            answer.headers.setdefault("Cache-Control", "no-store")
            answer.vary.update(("Cookie", "Accept-Language"))
        return answer
