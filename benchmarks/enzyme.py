"""Enzyme, where it is installed: C++ loops, differentiated after optimisation, as JAX calls."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import llvmlite.binding

Function = Callable[..., Any]

IS_INSTALLED = importlib.util.find_spec("enzyme_ad") is not None
MISSING = "Enzyme is not installed: pip install 'autograph[bench-enzyme]', for Python 3.11."
SOURCE = Path(__file__).with_name("gradients.cpp")
COMPILER_OPTIONS = ("-O3", "-target-cpu", llvmlite.binding.get_host_cpu_name())


def load(name: str, static: tuple[int, ...]) -> Function:
    """Return a function of `gradients.cpp` for JAX; its static argument becomes a constant."""
    text = SOURCE.read_text(encoding="utf-8")

    def loss(*arguments: Any) -> Any:
        from enzyme_ad.jax import cpp_call

        steps = [arguments[position] for position in static]
        arrays = [
            jnp.asarray(a, float) for position, a in enumerate(arguments) if position not in static
        ]
        scalar = jax.core.ShapedArray((), jnp.float64)
        source = f"constexpr int STEPS = {sum(steps)};\n{text}"
        return cpp_call(
            *arrays, out_shapes=[scalar], source=source, fn=name, argv=COMPILER_OPTIONS
        )[0]

    return loss
