"""purchases, what providers told of them, invoices, and what providers are still to be asked"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ID = sa.LargeBinary(length=16)


def upgrade() -> None:
    op.create_table(
        "purchase",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account_id", _ID, nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("tier", sa.String(length=20), nullable=False),
        sa.Column("bought", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net", sa.Integer(), nullable=False),
        sa.Column("gross", sa.Integer(), nullable=False),
        sa.Column("tax_kind", sa.String(length=20), nullable=False),
        sa.Column("tax_country", sa.String(length=2), nullable=False),
        sa.Column("tax_rate", sa.Integer(), nullable=False),
        sa.Column("vat_number", sa.String(length=20), nullable=False),
        sa.Column("promo", sa.String(length=40), nullable=False),
        sa.Column("checkout", sa.Text(), nullable=False),
        sa.Column("subscription", sa.String(length=100), nullable=True),
        sa.Column("license_id", _ID, nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_purchase_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase")),
        sa.UniqueConstraint("subscription", name=op.f("uq_purchase_subscription")),
    )
    op.create_index(op.f("ix_purchase_account_id"), "purchase", ["account_id"])
    op.create_table(
        "provider_event",
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("provider", "id", name=op.f("pk_provider_event")),
    )
    op.create_index(op.f("ix_provider_event_done"), "provider_event", ["done"])
    _bills()
    op.create_table(
        "billing_call",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("purchase_id", _ID, nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=True),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchase.id"], name=op.f("fk_billing_call_purchase_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_billing_call")),
        sa.UniqueConstraint("key", name=op.f("uq_billing_call_key")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index(op.f("ix_billing_call_purchase_id"), "billing_call", ["purchase_id"])
    op.create_table(
        "promo_code",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("begins", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("tiers", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_promo_code")),
    )
    op.create_table(
        "shop_order",
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("license_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["license_id"], ["license.id"], name=op.f("fk_shop_order_license_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_shop_order")),
    )  # fmt: skip
    op.create_index(op.f("ix_shop_order_license_id"), "shop_order", ["license_id"])


def _bills() -> None:
    op.create_table(
        "bill",
        sa.Column("number", sa.String(length=30), nullable=False),
        sa.Column("series", sa.String(length=10), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("purchase", _ID, nullable=False),
        sa.Column("account", _ID, nullable=False),
        sa.Column("event", sa.String(length=100), nullable=False),
        sa.Column("payment", sa.String(length=100), nullable=False),
        sa.Column("corrects", sa.String(length=30), nullable=True),
        sa.Column("buyer", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net", sa.Integer(), nullable=False),
        sa.Column("tax", sa.Integer(), nullable=False),
        sa.Column("tax_kind", sa.String(length=20), nullable=False),
        sa.Column("tax_country", sa.String(length=2), nullable=False),
        sa.Column("tax_rate", sa.Integer(), nullable=False),
        sa.Column("vat_number", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_bill")),
        sa.UniqueConstraint("event", name=op.f("uq_bill_event")),
        sa.UniqueConstraint("series", "year", "count", name=op.f("uq_bill_series_year_count")),
    )
    for column in ("account", "payment", "purchase"):
        op.create_index(op.f(f"ix_bill_{column}"), "bill", [column])


def downgrade() -> None:
    for table in (
        "shop_order", "promo_code", "billing_call", "bill", "provider_event", "purchase",
    ):  # fmt: skip
        op.drop_table(table)
