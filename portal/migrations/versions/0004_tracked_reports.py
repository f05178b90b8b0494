"""what people write who think that they are tracked"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "tracked_report",
        sa.Column("number", number, nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("contact", sa.String(length=254), nullable=False),
        sa.Column("fingerprint", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tracked_report")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_tracked_report_received"), "tracked_report", ["received"])


def downgrade() -> None:
    op.drop_table("tracked_report")
