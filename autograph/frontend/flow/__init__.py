"""Branches and loops on run-time values."""
