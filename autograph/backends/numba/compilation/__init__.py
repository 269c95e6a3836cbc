"""Everything that imports numba: the compilation of source, and the functions that source uses.

It is imported once something has to be compiled; machine code from the disk cache runs without it.
"""
