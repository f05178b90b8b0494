"""What lives on the server: stores what it cannot read, passes on what it cannot sign."""

from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from portal import assets, db, frame, guards, headers, openapi, problems, words
from portal.accounts import account_pages as own_account_pages
from portal.accounts import api as accounts_api
from portal.accounts import pages as account_pages
from portal.accounts import security_api
from portal.accounts.portal_keys import announce_key
from portal.billing import api as billing_api
from portal.billing import details_pages, shop, withdrawal
from portal.billing import pages as billing_pages
from portal.context import Clock, Services, Wake, attach, system_clock, wake_nobody
from portal.devices import api as devices_api
from portal.devices import pages as device_pages
from portal.evidence import api as evidence_api
from portal.intake import api as intake_api
from portal.licenses import api as licenses_api
from portal.licenses import pages as license_pages
from portal.marketing import pages as marketing_pages
from portal.marketing import survey_pages
from portal.privacy import api as privacy_api
from portal.privacy import import_api, policy_pages, rights_pages
from portal.privacy import pages as privacy_pages
from portal.settings import Settings
from portal.site import api as site_api
from portal.site import counting, streets
from portal.site import pages as site_pages
from portal.thefts import api as thefts_api
from portal.tracked import pages as tracked_pages

_SUBJECTS = (
    accounts_api, devices_api, thefts_api, intake_api, evidence_api, site_api, openapi,
    account_pages, device_pages, site_pages, security_api, own_account_pages,
    streets, tracked_pages, marketing_pages, license_pages, privacy_pages,
    licenses_api, billing_api, billing_pages, details_pages, withdrawal, privacy_api, import_api,
    rights_pages, policy_pages, survey_pages,
)  # fmt: skip


def create_app(
    settings: Settings, *, clock: Clock = system_clock, wake: Wake = wake_nobody,
    build: Path = assets.BUILD,
) -> Flask:  # fmt: skip
    """The table of contents. Raises NotDurable, NotMigrated rather than serve and lose."""
    engine = db.make_engine(settings)
    try:
        db.assert_migrated(engine)
    except db.NotMigrated:
        engine.dispose()
        raise
    with Session(db.for_writing(engine)) as session:
        announce_key(session, settings.receipt_key.public, clock())
    app = Flask("portal", static_folder=None)
    attach(app, Services(settings, engine, clock, settings.receipt_key, wake))
    problems.register_handlers(app)
    headers.protect(app)
    words.speak(app)
    guards.guard(app)
    shop.attach(app, shop.open_shop(settings.billing))
    assets.attach(app, build)
    frame.frame(app)
    if settings.counts:
        counting.attach(app)
    db.close_sessions_of(app)
    for subject in _SUBJECTS:
        app.register_blueprint(subject.blueprint)
    return app
