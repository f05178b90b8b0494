"""surveys, and what was answered"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    question = sa.Column("question", sa.String(length=10), nullable=False, server_default="")
    with op.batch_alter_table("campaign") as campaign:
        campaign.add_column(question)
    with op.batch_alter_table("campaign") as campaign:
        campaign.alter_column("question", server_default=None)
    op.add_column("contact", sa.Column("surveyed", sa.BigInteger(), nullable=True))
    op.create_table(
        "survey_answer",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("campaign_number", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.LargeBinary(length=32), nullable=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answered", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_number"], ["campaign.number"],
            name=op.f("fk_survey_answer_campaign_number"), ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_survey_answer")),
        sa.UniqueConstraint(
            "campaign_number", "person", name=op.f("uq_survey_answer_campaign_number_person")
        ),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index(op.f("ix_survey_answer_person"), "survey_answer", ["person"])


def downgrade() -> None:
    op.drop_table("survey_answer")
    with op.batch_alter_table("contact") as contact:
        contact.drop_column("surveyed")
    with op.batch_alter_table("campaign") as campaign:
        campaign.drop_column("question")
