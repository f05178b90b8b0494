"""the email before a change"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_email",
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("email_norm", sa.String(length=254), nullable=False),
        sa.Column("account_salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kdf_m", sa.Integer(), nullable=False),
        sa.Column("kdf_t", sa.Integer(), nullable=False),
        sa.Column("kdf_p", sa.Integer(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(length=32), nullable=False),
        sa.Column("slot_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("slot_sealed", sa.LargeBinary(length=92), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_former_email_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_former_email")),
        sa.UniqueConstraint("email_norm", name=op.f("uq_former_email_email_norm")),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("former_email")
