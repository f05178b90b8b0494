"""Alembic's entry: the connection comes from portal/db.py, the tables from every subject."""

from alembic import context

import portal.accounts.models
import portal.audit.models
import portal.billing.models
import portal.devices.models
import portal.intake.models
import portal.licenses.models
import portal.mail.models
import portal.marketing.models
import portal.privacy.models
import portal.site.models
import portal.thefts.models
import portal.tracked.models  # noqa: F401  (imported so that their tables are known)
from portal.db import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters a table by making it anew
)
with context.begin_transaction():
    context.run_migrations()
