"""What lives on the server: stores what it cannot read, passes on what it cannot sign."""

from flask import Flask

from portal import db, guards, problems
from portal.context import Clock, Services, Wake, attach, system_clock, wake_nobody
from portal.settings import Settings


def create_app(
    settings: Settings, *, clock: Clock = system_clock, wake: Wake = wake_nobody
) -> Flask:
    """The table of contents. Raises NotDurable, NotMigrated rather than serve and lose."""
    engine = db.make_engine(settings)
    db.assert_migrated(engine)
    app = Flask("portal", static_folder=None)
    attach(app, Services(settings, engine, clock, settings.receipt_key, wake))
    problems.register_handlers(app)
    guards.guard(app)
    db.close_sessions_of(app)
    return app
