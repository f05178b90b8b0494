"""letters that wait, and what is needed to write them"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "mail",
        sa.Column("number", number, nullable=False),
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=True),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("letter", sa.String(length=40), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failed", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_mail_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_mail")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_mail_account_id"), "mail", ["account_id"])
    op.create_index(op.f("ix_mail_due"), "mail", ["due"])
    op.create_table(
        "known_browser",
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("browser", sa.String(length=40), nullable=False),
        sa.Column("last_used", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_known_browser_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "browser", name=op.f("pk_known_browser")),
    )  # fmt: skip
    op.create_index(op.f("ix_known_browser_last_used"), "known_browser", ["last_used"])
    op.add_column(
        "account", sa.Column("language", sa.String(length=2), nullable=False, server_default="en")
    )


def downgrade() -> None:
    op.drop_column("account", "language")
    op.drop_table("known_browser")
    op.drop_table("mail")
