"""Owners: how they sign in, and the sealed things only they can open."""
