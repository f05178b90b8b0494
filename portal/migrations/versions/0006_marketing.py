"""who asked for letters, who objected, and campaigns"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("person", sa.LargeBinary(length=32), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("provenance", sa.String(length=40), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("touched", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_contact")),
        sa.UniqueConstraint("person", name=op.f("uq_contact_person")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_contact_touched"), "contact", ["touched"])
    op.create_table(
        "subscription",
        sa.Column("contact_number", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_number"], ["contact.number"],
            name=op.f("fk_subscription_contact_number"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_number", "scope", name=op.f("pk_subscription")),
    )  # fmt: skip
    op.create_table(
        "consent",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("person", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("wording", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_consent")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_consent_person"), "consent", ["person"])
    op.create_table(
        "suppression",
        sa.Column("person", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("person", "scope", name=op.f("pk_suppression")),
    )
    op.create_table(
        "campaign",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("per_hour", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("tested", sa.BigInteger(), nullable=True),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("complaints", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_campaign")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    for table in ("campaign", "suppression", "consent", "subscription", "contact"):
        op.drop_table(table)
