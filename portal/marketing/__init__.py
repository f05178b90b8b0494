"""News, offers and surveys: only to whoever asked twice, and never again once they object."""
