"""What lives on the server: stores what it cannot read, passes on what it cannot sign."""

from flask import Flask
from sqlalchemy.orm import Session

from portal import db, guards, problems
from portal.accounts import api as accounts
from portal.accounts.portal_keys import announce_key
from portal.context import Clock, Services, Wake, attach, system_clock, wake_nobody
from portal.devices import api as devices
from portal.settings import Settings
from portal.site import api as site
from portal.thefts import api as thefts


def create_app(
    settings: Settings, *, clock: Clock = system_clock, wake: Wake = wake_nobody
) -> Flask:
    """The table of contents. Raises NotDurable, NotMigrated rather than serve and lose."""
    engine = db.make_engine(settings)
    db.assert_migrated(engine)
    with Session(db.for_writing(engine)) as session:
        announce_key(session, settings.receipt_key.public, clock())
    app = Flask("portal", static_folder=None)
    attach(app, Services(settings, engine, clock, settings.receipt_key, wake))
    problems.register_handlers(app)
    guards.guard(app)
    db.close_sessions_of(app)
    for subject in (accounts, devices, thefts, site):
        app.register_blueprint(subject.blueprint)
    return app
