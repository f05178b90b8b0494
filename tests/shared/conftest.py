"""Hypothesis without clocks and without a folder of its own."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "homeward", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("homeward")
