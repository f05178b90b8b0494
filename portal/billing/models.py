"""What was bought, what a provider told of it, invoices, and what it is still to be asked."""

from sqlalchemy import Boolean, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, Id, Ms, Number


class Purchase(Base):
    """What somebody went to pay for; it has a license once it was paid.

    `net` and `gross` are one period's, in the currency's smallest unit.
    """

    __tablename__ = "purchase"

    id: Mapped[Id] = mapped_column(primary_key=True)
    account_id: Mapped[Id] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    provider: Mapped[str] = mapped_column(String(20))
    tier: Mapped[str] = mapped_column(String(20))
    bought: Mapped[int]
    period: Mapped[str] = mapped_column(String(10))
    currency: Mapped[str] = mapped_column(String(3))
    net: Mapped[int]
    gross: Mapped[int]
    tax_kind: Mapped[str] = mapped_column(String(20))
    tax_country: Mapped[str] = mapped_column(String(2))
    tax_rate: Mapped[int]
    vat_number: Mapped[str] = mapped_column(String(20))
    vies_reference: Mapped[str] = mapped_column(String(50), server_default="")
    promo: Mapped[str] = mapped_column(String(40))
    checkout: Mapped[str] = mapped_column(Text)
    subscription: Mapped[str | None] = mapped_column(String(100), unique=True)
    license_id: Mapped[Id | None]
    created: Mapped[Ms]


class BillingDetails(Base):
    """What an owner wants on her invoices, and what VIES said of her VAT number: `vies_valid` is
    None until it has answered, `vies_due` None where there is nothing to ask.
    """

    __tablename__ = "billing_details"

    account_id: Mapped[Id] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(String(2))
    vat_number: Mapped[str] = mapped_column(String(20))
    vies_valid: Mapped[bool | None] = mapped_column(Boolean)
    vies_asked: Mapped[Ms | None]
    vies_reference: Mapped[str] = mapped_column(String(50))
    vies_due: Mapped[Ms | None] = mapped_column(index=True)


class ProviderEvent(Base):
    """One message of a provider, in our words; the same one counts once. `done` when it had its
    effect, None while it waits for another one that has not come yet.
    """

    __tablename__ = "provider_event"

    provider: Mapped[str] = mapped_column(String(20), primary_key=True)
    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    said: Mapped[str] = mapped_column(Text)
    received: Mapped[Ms]
    done: Mapped[Ms | None] = mapped_column(index=True)


class Bill(Base):
    """An invoice or, where it `corrects` one, a credit note. Kept as long as the law wants it kept,
    longer than an account: so it hangs on none. Its `count` has no gap.
    """

    __tablename__ = "bill"
    __table_args__ = (UniqueConstraint("series", "year", "count"),)

    number: Mapped[str] = mapped_column(String(30), primary_key=True)
    series: Mapped[str] = mapped_column(String(10))
    year: Mapped[int]
    count: Mapped[int]
    issued: Mapped[Ms]
    purchase: Mapped[Id] = mapped_column(index=True)
    account: Mapped[Id] = mapped_column(index=True)
    event: Mapped[str] = mapped_column(String(100), unique=True)
    payment: Mapped[str] = mapped_column(String(100), index=True)
    corrects: Mapped[str | None] = mapped_column(String(30))
    buyer: Mapped[str] = mapped_column(Text)
    what: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    net: Mapped[int]
    tax: Mapped[int]
    tax_kind: Mapped[str] = mapped_column(String(20))
    tax_country: Mapped[str] = mapped_column(String(2))
    tax_rate: Mapped[int]
    vat_number: Mapped[str] = mapped_column(String(20))
    vies_reference: Mapped[str] = mapped_column(String(50), server_default="")

    @property
    def gross(self) -> int:
        return self.net + self.tax


class BillingCall(Base):
    """Something a provider is to be asked, written with the wish itself and asked until it answers.
    `key` makes the provider count it once.
    """

    __tablename__ = "billing_call"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  (SQLAlchemy reads it so)

    number: Mapped[Number]
    purchase_id: Mapped[Id] = mapped_column(
        ForeignKey("purchase.id", ondelete="CASCADE"), index=True
    )
    what: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(200), unique=True)
    said: Mapped[str] = mapped_column(Text)
    asked: Mapped[Ms]
    tries: Mapped[int]
    due: Mapped[Ms]
    done: Mapped[Ms | None]
    refused: Mapped[bool] = mapped_column(Boolean)


class PromoCode(Base):
    """So much less, for so many, until then; by the operator."""

    __tablename__ = "promo_code"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    percent: Mapped[int]
    most: Mapped[int]
    begins: Mapped[Ms]
    ends: Mapped[Ms]
    tiers: Mapped[str] = mapped_column(String(100))


class ShopOrder(Base):
    """An order of a shop elsewhere, by its reference: the same one gives one license."""

    __tablename__ = "shop_order"

    reference: Mapped[str] = mapped_column(String(60), primary_key=True)
    license_id: Mapped[Id] = mapped_column(ForeignKey("license.id", ondelete="CASCADE"), index=True)
    at: Mapped[Ms]
