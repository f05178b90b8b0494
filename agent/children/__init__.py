"""The short-lived programs of the sensors that may hang.

A folder of their own, so that a program that runs twelve times an hour loads nothing but its work:
no keys, no settings, no plan.
"""
