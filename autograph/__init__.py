"""Compile and differentiate plain NumPy functions, loops and in-place updates included."""

from autograph.compiler import AutographWarning as AutographWarning
from autograph.compiler import compile as compile
from autograph.derivatives import grad as grad
from autograph.derivatives import value_and_grad as value_and_grad
from autograph.errors import AutographError as AutographError
from autograph.errors import NondifferentiableError as NondifferentiableError
from autograph.errors import UnsupportedError as UnsupportedError
from autograph.errors import UnsupportedSyntaxError as UnsupportedSyntaxError

__version__ = "0.1.0"
