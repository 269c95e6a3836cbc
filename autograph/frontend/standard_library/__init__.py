"""Containers and algorithms of Python's standard library, written in plain Python to be traced."""
