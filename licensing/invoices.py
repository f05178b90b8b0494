"""Invoices and credit notes: what stands on them. That numbers have no gap is the database's work.

Amounts are in the currency's smallest unit; a yen has none smaller, so nothing is divided by 100
here.
"""

from dataclasses import dataclass

from licensing.tax import Tax


@dataclass(frozen=True, slots=True)
class Line:
    """`minor` is net, for all of `quantity`."""

    text: str
    quantity: int
    minor: int
    tax: Tax

    @property
    def tax_minor(self) -> int:
        return self.tax.of(self.minor)


@dataclass(frozen=True, slots=True)
class Invoice:
    """`issued` in ms. A credit note names what it `corrects`, and its lines are negative."""

    number: str
    issued: int
    currency: str
    lines: tuple[Line, ...]
    corrects: str | None = None

    @property
    def net(self) -> int:
        return sum(line.minor for line in self.lines)

    @property
    def tax(self) -> int:
        return sum(line.tax_minor for line in self.lines)

    @property
    def gross(self) -> int:
        return self.net + self.tax


def number(series: str, year: int, count: int) -> str:
    """The `count`-th of its series and year: "INV-2026-000001"."""
    return f"{series}-{year}-{count:06d}"


def credit(invoice: Invoice, number: str, issued: int, gross: int | None = None) -> Invoice:
    """A credit note for all of an invoice, or for `gross` of it at its first line's rate."""
    part = invoice.gross if gross is None else gross
    if not 0 < part <= invoice.gross:
        raise ValueError(f"{part} of {invoice.gross} cannot be credited")
    lines = _all(invoice) if part == invoice.gross else _some(invoice, part)
    return Invoice(number, issued, invoice.currency, lines, corrects=invoice.number)


def _all(invoice: Invoice) -> tuple[Line, ...]:
    return tuple(Line(line.text, line.quantity, -line.minor, line.tax) for line in invoice.lines)


def _some(invoice: Invoice, gross: int) -> tuple[Line, ...]:
    net = round(invoice.net * gross / invoice.gross)
    first = invoice.lines[0]
    return (Line(first.text, 1, -net, first.tax),)
