"""One first call in a process of its own: prints the seconds it took as JSON.

Run as `python -m benchmarks.first_call TOOL PROGRAM INPUTS SIZE`, the middle two as `module:name`.
Nothing but what the tool needs is imported before the clock starts.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

TOOLS = ("autograph", "autograph, numba imported", "numba", "jax")
COMPILERS = ("autograph", "numba")
"""Those that compile Python's own loops."""


def load(name: str) -> Callable[..., Any]:
    """Return the function that `module:name` stands for."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def make_compiler(tool: str, static: tuple[int, ...]) -> Callable[..., Callable[..., Any]]:
    """Import the tool and return its decorator."""
    if tool.startswith("autograph"):
        if tool != "autograph":
            importlib.import_module("numba")
        return importlib.import_module("autograph").compile
    if tool == "numba":
        return importlib.import_module("numba").njit(cache=True)
    jax = importlib.import_module("jax")

    def compile_and_wait(function: Callable[..., Any]) -> Callable[..., Any]:
        compiled = jax.jit(function, static_argnums=static)
        return lambda *arguments: jax.block_until_ready(compiled(*arguments))

    jax.block_until_ready(jax.numpy.zeros(3) + 1.0)
    return compile_and_wait


def main() -> None:
    """Call once, then again, and print both times."""
    tool, program, inputs, size, *static = sys.argv[1:]
    compiler = make_compiler(tool, tuple(map(int, static)))
    function = load(program)
    make_inputs = load(inputs)
    times = []
    compiled = None
    for _call in range(2):
        arguments = make_inputs(int(size))
        start = time.perf_counter()
        if compiled is None:
            compiled = compiler(function)
        compiled(*arguments)
        times.append(time.perf_counter() - start)
    print(json.dumps({"first": times[0], "second": times[1]}))


if __name__ == "__main__":
    main()
