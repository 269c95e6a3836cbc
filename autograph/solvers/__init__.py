"""Solvers in plain NumPy, compiled with what calls them, differentiated by what they solve.

Enters: a function and where to begin. Leaves: where an equation holds, where a function is least,
or what a differential equation leads to. The functions here are traced like the user's own.
"""
