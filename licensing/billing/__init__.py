"""Those who take money or orders, each behind the same names; only the portal comes here."""
