"""what is counted, and who is not"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("uncounted", sa.BigInteger(), nullable=True))
    op.create_table(
        "metric_count",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("metric", sa.String(length=10), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "metric", "part", name=op.f("pk_metric_count")),
    )


def downgrade() -> None:
    op.drop_table("metric_count")
    with op.batch_alter_table("account") as account:
        account.drop_column("uncounted")
