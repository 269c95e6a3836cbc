"""Solvers in plain NumPy, compiled with what calls them, differentiated by what they solve.

Enters: a function and where to begin. Leaves: where an equation holds, where a function is least,
or what a differential equation leads to. The functions here are traced like the user's own.
"""

from autograph.solvers import scipy_differential as scipy_differential
from autograph.solvers import scipy_equations as scipy_equations
from autograph.solvers import scipy_integrals as scipy_integrals
from autograph.solvers import scipy_least_squares as scipy_least_squares
from autograph.solvers import scipy_minimization as scipy_minimization
from autograph.solvers import scipy_searches as scipy_searches
