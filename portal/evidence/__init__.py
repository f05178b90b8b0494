"""Giving owners what their laptops sent, unopened."""
