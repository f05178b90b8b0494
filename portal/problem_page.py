"""A refusal as a page: what happened and what to do, in the visitor's language."""

from flask import Response, render_template

from portal.words import gettext

# Status to title and sentence; English here, other languages in translations/.
SENTENCES = {
    400: (
        "This could not be read",
        "Something in the address or the form is not as it should be. Go back and try again.",
    ),
    403: (
        "This came from another site",
        "Another site sent your browser here to change something, so nothing was done. Start from"
        " the pages of this portal.",
    ),
    404: (
        "There is nothing here",
        "Perhaps the address was typed wrong, or what was here is gone, or it is not yours.",
    ),
    413: ("This was too much", "More was sent than this page takes. Nothing was stored."),
    429: ("That was too often", "Wait a minute, then try again."),
    500: (
        "Something is wrong with the portal",
        "Nothing of yours is lost: laptops keep their reports until they can send them. Try again"
        " in a few minutes; if it stays, tell the people who run this portal.",
    ),
    503: (
        "The portal is busy",
        "This could not be stored just now, and nothing was changed. Try again in a minute.",
    ),
}
_LIKE = {401: 403, 405: 400, 409: 400, 415: 400, 422: 400}


def page(status: int) -> Response:
    kind = _LIKE.get(status, status)
    title, sentence = SENTENCES.get(kind, SENTENCES[500 if status >= 500 else 400])
    said = {"title": gettext(title), "sentence": gettext(sentence)}
    return Response(render_template("site/problem.html", **said), status)
