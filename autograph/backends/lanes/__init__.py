"""Runs the iterations of a loop side by side whose own loops each stop when their data say so."""
