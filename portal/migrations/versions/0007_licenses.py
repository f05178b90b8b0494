"""licenses, what happened to them, and a seat for every laptop that is paired already"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "license",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("tier", sa.String(length=20), nullable=False),
        sa.Column("bought", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("claimed", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_license_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_license")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_license_key_hash")),
    )
    op.create_index(op.f("ix_license_account_id"), "license", ["account_id"])
    op.create_table(
        "license_fact",
        sa.Column("license_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["license_id"], ["license.id"], name=op.f("fk_license_fact_license_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("license_id", "id", name=op.f("pk_license_fact")),
    )  # fmt: skip
    op.create_table(
        "seat",
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("device_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("free_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_seat_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "slot", name=op.f("pk_seat")),
        sa.UniqueConstraint("device_id", name=op.f("uq_seat_device_id")),
    )
    op.execute(
        "INSERT INTO seat (account_id, slot, device_id, taken)"
        " SELECT account_id, ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY number), id,"
        " paired"
        " FROM device WHERE revoked IS NULL"
    )


def downgrade() -> None:
    op.drop_table("seat")
    op.drop_table("license_fact")
    op.drop_table("license")
