"""The numba backend: loop nests become compiled machine code.

This package is imported only once something is to be compiled, because importing numba is slow.
"""
