"""A module that tests change: its names are read when compiled functions are called."""

import numpy as np

RATE = 2.0
TABLE = np.arange(4.0)


def scaled(x):
    return x * RATE


def failing(x):
    if len(x) > 2:
        return x[10]
    return 0.0


def refused(x):
    y = 1.0
    return y + np.polynomial.polynomial.polyroots(x)
