"""Numbers of invoices and credit notes. That they have no gap is the database's work."""


def number(series: str, year: int, count: int) -> str:
    """The `count`-th of its series and year: "INV-2026-000001"."""
    return f"{series}-{year}-{count:06d}"
