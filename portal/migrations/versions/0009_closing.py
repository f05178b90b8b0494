"""accounts that are to be gone, and files that nobody owns any more"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closing",
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("gone", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_closing_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_closing")),
    )
    op.create_index(op.f("ix_closing_gone"), "closing", ["gone"])
    op.create_table(
        "dropped_file",
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_dropped_file")),
    )


def downgrade() -> None:
    op.drop_table("dropped_file")
    op.drop_table("closing")
