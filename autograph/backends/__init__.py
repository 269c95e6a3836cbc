"""Backends: a scheduler from graphs to loop nests, and one emitter per target.

Enters: an optimised entry graph. Leaves: a `LoopFunction` (module `loops`), which the packages
below turn into source text of their target. Nothing in the loop form belongs to one target.
"""
