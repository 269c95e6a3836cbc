"""The numba backend: loop nests become compiled machine code.

Only the folder `compilation` imports numba, because that is slow; it is imported once something has
to be compiled that is not in the disk cache.
"""
