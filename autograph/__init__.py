"""Compile and differentiate plain NumPy functions, loops and in-place updates included."""

from autograph.garbage import collection_paused

with collection_paused():  # All that modules make lives on.
    from autograph.checking import check_grads as check_grads
    from autograph.compiler import AutographWarning as AutographWarning
    from autograph.compiler import compile as compile
    from autograph.custom import checkpoint as checkpoint
    from autograph.custom import custom_gradient as custom_gradient
    from autograph.derivatives import grad as grad
    from autograph.derivatives import hessian as hessian
    from autograph.derivatives import hvp as hvp
    from autograph.derivatives import jacfwd as jacfwd
    from autograph.derivatives import jacobian as jacobian
    from autograph.derivatives import jacrev as jacrev
    from autograph.derivatives import value_and_grad as value_and_grad
    from autograph.directions import jvp as jvp
    from autograph.directions import linearize as linearize
    from autograph.directions import stop_gradient as stop_gradient
    from autograph.directions import vjp as vjp
    from autograph.directions import vmap as vmap
    from autograph.errors import AutographError as AutographError
    from autograph.errors import ConvergenceError as ConvergenceError
    from autograph.errors import NondifferentiableError as NondifferentiableError
    from autograph.errors import UnsupportedError as UnsupportedError
    from autograph.errors import UnsupportedSyntaxError as UnsupportedSyntaxError
    from autograph.solvers.differential import odeint as odeint
    from autograph.solvers.equations import fixed_point as fixed_point
    from autograph.solvers.equations import root as root
    from autograph.solvers.equations import solution as solution
    from autograph.solvers.minimization import minimize as minimize

__version__ = "0.1.0"
