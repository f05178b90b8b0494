"""Somebody thinks that a laptop reports about them: what to do, and a word to the operator."""
