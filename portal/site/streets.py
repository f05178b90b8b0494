"""The operator's street map, read in pieces by owners who chose so (docs/operations.md, "Streets").

Which piece is asked for says roughly where a laptop is. Nothing here is written down, and no cache
keeps it.
"""

from flask import Blueprint, Response, request, send_file

from portal import context
from portal.guards import owner_required
from portal.problems import Problem, not_found

MOST = 1024 * 1024  # the largest tile of a sound file is about half of it

blueprint = Blueprint("streets", __name__, url_prefix="/api/v1")


@blueprint.app_template_global("streets_offered")
def offered() -> bool:
    """Whether this portal has a street map."""
    return context.services().settings.tiles is not None


@blueprint.get("/streets")
@owner_required
def show_streets() -> Response:
    """A piece of the map file, as PMTiles readers ask for it."""
    path = context.services().settings.tiles
    if path is None or not path.is_file():
        raise not_found()
    _refuse_more_than_a_piece()
    answer = send_file(path, mimetype="application/vnd.pmtiles", conditional=True)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _refuse_more_than_a_piece() -> None:
    """Such files have gigabytes: nobody draws with all of them, and threads are few."""
    asked = request.range
    [piece] = asked.ranges if asked and len(asked.ranges) == 1 else [(0, None)]
    begin, end = piece
    if begin < 0 or end is None or end - begin > MOST:
        raise Problem(416, "too-large", f"Ask for one range of at most {MOST} bytes.")
