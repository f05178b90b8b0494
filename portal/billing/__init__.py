"""Buying, canceling and getting money back: what happened at a provider becomes licenses."""
