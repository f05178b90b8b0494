"""Laptops: how they are paired, what their owner ordered, what waits for them."""
