"""what stands on invoices, and what VIES said of a VAT number"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "billing_details",
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("vat_number", sa.String(length=20), nullable=False),
        sa.Column("vies_valid", sa.Boolean(), nullable=True),
        sa.Column("vies_asked", sa.BigInteger(), nullable=True),
        sa.Column("vies_reference", sa.String(length=50), nullable=False),
        sa.Column("vies_due", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_billing_details_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_billing_details")),
    )
    op.create_index(op.f("ix_billing_details_vies_due"), "billing_details", ["vies_due"])
    for table in ("purchase", "bill"):
        proof = sa.Column("vies_reference", sa.String(length=50), nullable=False, server_default="")
        op.add_column(table, proof)


def downgrade() -> None:
    for table in ("bill", "purchase"):
        with op.batch_alter_table(table) as changing:
            changing.drop_column("vies_reference")
    op.drop_index(op.f("ix_billing_details_vies_due"), "billing_details")
    op.drop_table("billing_details")
