"""first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("email_norm", sa.String(length=254), nullable=False),
        sa.Column("account_salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kdf_m", sa.Integer(), nullable=False),
        sa.Column("kdf_t", sa.Integer(), nullable=False),
        sa.Column("kdf_p", sa.Integer(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(length=32), nullable=False),
        sa.Column("recovery_verifier", sa.LargeBinary(length=32), nullable=False),
        sa.Column("owner_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("owner_opening_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("recovery_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("ak_gen", sa.BigInteger(), nullable=False),
        sa.Column("directory_version", sa.BigInteger(), nullable=False),
        sa.Column("directory_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email_norm", name=op.f("uq_account_email_norm")),
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "pairing",
        sa.Column("rid", sa.LargeBinary(length=16), nullable=False),
        sa.Column("offer", sa.LargeBinary(length=65), nullable=False),
        sa.Column("mac", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("orders", sa.LargeBinary(), nullable=True),
        sa.Column("orders_mac", sa.LargeBinary(length=32), nullable=True),
        sa.Column("device_id", sa.LargeBinary(length=16), nullable=True),
        sa.PrimaryKeyConstraint("rid", name=op.f("pk_pairing")),
    )
    op.create_table(
        "portal_key",
        sa.Column("public", sa.LargeBinary(length=32), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("public", name=op.f("pk_portal_key")),
    )
    op.create_table(
        "throttle",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle")),
    )
    op.create_table(
        "device",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("device_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("command_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("paired", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.Column("vault_epoch", sa.BigInteger(), nullable=False),
        sa.Column("vault_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("orders_serial", sa.BigInteger(), nullable=False),
        sa.Column("known_serial", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=True),
        sa.Column("last_heard", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_device_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_device")),
        sa.UniqueConstraint("id", name=op.f("uq_device_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_account_id"), ["account_id"], unique=False)

    op.create_table(
        "keyring_key",
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("kid", sa.LargeBinary(length=16), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(length=76), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_keyring_key_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "kind", "kid", name=op.f("pk_keyring_key")),
    )
    op.create_table(
        "sign_in",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("last_used", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_account_id"), ["account_id"], unique=False)

    op.create_table(
        "slot",
        sa.Column("account_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("type", sa.SmallInteger(), nullable=False),
        sa.Column("ak_gen", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(length=92), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_slot_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_slot")),
    )
    op.create_table(
        "attachment",
        sa.Column(
            "device",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("idx", sa.SmallInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device"], ["device.number"], name=op.f("fk_attachment_device"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("device", "sha256", name=op.f("pk_attachment")),
    )
    op.create_table(
        "command",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("device_number", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("signer", sa.LargeBinary(length=16), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_number"],
            ["device.number"],
            name=op.f("fk_command_device_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_command")),
        sa.UniqueConstraint("device_number", "id", name=op.f("uq_command_device_number_id")),
        sa.UniqueConstraint(
            "device_number",
            "signer",
            "counter",
            name=op.f("uq_command_device_number_signer_counter"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "fork",
        sa.Column(
            "device",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("chain_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("skeleton", sa.LargeBinary(length=204), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device"], ["device.number"], name=op.f("fk_fork_device"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("device", "chain_hash", name=op.f("pk_fork")),
    )
    op.create_table(
        "head",
        sa.Column(
            "device",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("chain_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("receipt", sa.LargeBinary(length=184), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("day_bytes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device"], ["device.number"], name=op.f("fk_head_device"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_head")),
    )
    op.create_table(
        "orders",
        sa.Column("device_number", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_number"],
            ["device.number"],
            name=op.f("fk_orders_device_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("device_number", "serial", name=op.f("pk_orders")),
    )
    op.create_table(
        "report",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "device",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("skeleton", sa.LargeBinary(length=204), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.Column("sighting", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device"], ["device.number"], name=op.f("fk_report_device"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("day", "device", "seq", name=op.f("pk_report")),
    )
    op.create_table(
        "theft",
        sa.Column("device_number", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.Column("opened_serial", sa.BigInteger(), nullable=False),
        sa.Column("closed_serial", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_number"],
            ["device.number"],
            name=op.f("fk_theft_device_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("device_number", "id", name=op.f("pk_theft")),
    )
    with op.batch_alter_table("theft", schema=None) as batch_op:
        batch_op.create_index(
            "ix_theft_open",
            ["device_number"],
            unique=True,
            sqlite_where=sa.text("closed IS NULL"),
            postgresql_where=sa.text("closed IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("theft", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_theft_open",
            sqlite_where=sa.text("closed IS NULL"),
            postgresql_where=sa.text("closed IS NULL"),
        )

    op.drop_table("theft")
    op.drop_table("report")
    op.drop_table("orders")
    op.drop_table("head")
    op.drop_table("fork")
    op.drop_table("command")
    op.drop_table("attachment")
    op.drop_table("slot")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_account_id"))

    op.drop_table("sign_in")
    op.drop_table("keyring_key")
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_device_account_id"))

    op.drop_table("device")
    op.drop_table("throttle")
    op.drop_table("portal_key")
    op.drop_table("pairing")
    op.drop_table("audit")
    op.drop_table("account")
