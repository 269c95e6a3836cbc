"""One first call in a process of its own: prints the seconds it took as JSON.

Run as `python -m benchmarks.first_call REQUEST`, a `Request` as JSON. Nothing but what the tool
needs is imported before the clock starts.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

TOOLS = ("autograph", "autograph, numba imported", "numba", "jax")
COMPILERS = ("autograph", "numba")
"""Those that compile Python's own loops."""
DIFFERENTIATORS = ("autograph", "jax")
MEGABYTE = 1e6
M_MMAP_THRESHOLD = -3
SETTLING = 0.2


@dataclass(frozen=True)
class Request:
    """What a process is to call.

    Attributes:
        tool: one of `TOOLS`.
        program: the function, as `module:name`.
        inputs: the function that makes its arguments for `size`, as `module:name`.
        size: the size of the arguments.
        static: arguments that JAX takes as static.
        argnums: arguments to differentiate by; the function itself is called where there are none.
        memory: whether to measure the memory that the gradient takes beyond the loss, too.
    """

    tool: str
    program: str
    inputs: str
    size: int
    static: tuple[int, ...] = ()
    argnums: tuple[int, ...] = ()
    memory: bool = False


def load(name: str) -> Callable[..., Any]:
    """Return the function that `module:name` stands for."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


def make_compiler(request: Request) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Import the tool; return what compiles a function, or its loss and gradient by `argnums`."""
    argnums = tuple(request.argnums)
    if request.tool.startswith("autograph"):
        if request.tool != "autograph":
            importlib.import_module("numba")
        autograph = importlib.import_module("autograph")
        if not argnums:
            return autograph.compile
        return lambda function: autograph.value_and_grad(function, argnums=argnums)
    if request.tool == "numba":
        return importlib.import_module("numba").njit(cache=True)
    jax = importlib.import_module("jax")

    def compile_and_wait(function: Callable[..., Any]) -> Callable[..., Any]:
        if argnums:
            function = jax.value_and_grad(function, argnums=argnums)
        compiled = jax.jit(function, static_argnums=tuple(request.static))
        return lambda *arguments: jax.block_until_ready(compiled(*arguments))

    jax.block_until_ready(jax.numpy.zeros(3) + 1.0)
    return compile_and_wait


def memory_of_process(entry: str) -> float:
    """Return an entry of the system's account of this process, in megabytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(entry):
            return int(line.split()[1]) * 1024 / MEGABYTE
    raise OSError(f"no {entry} in /proc/self/status")


def return_memory_at_once() -> None:
    """Have large blocks go back to the system when they are freed, where its allocator can."""
    if hasattr(library := ctypes.CDLL(None), "mallopt"):
        library.mallopt(M_MMAP_THRESHOLD, 1 << 17)  # the usual value, but fixed


def peak_of_call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> float:
    """Return by how many megabytes this process is larger while the function runs, at most."""
    function(*arguments)
    gc.collect()
    time.sleep(SETTLING)  # tools free memory in threads of their own, after a call has returned
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forgets the last peak
    before = memory_of_process("VmRSS")
    function(*arguments)
    return memory_of_process("VmHWM") - before


def memory_beyond_loss(request: Request, gradient: Callable[..., Any]) -> float | None:
    """Return the megabytes that the gradient takes beyond the loss, where the system tells."""
    loss = make_compiler(replace(request, argnums=()))(load(request.program))
    arguments = load(request.inputs)(request.size)
    try:
        return peak_of_call(gradient, arguments) - peak_of_call(loss, arguments)
    except (OSError, AttributeError):
        return None


def main() -> None:
    """Call once, then again, and print both times, and the memory if that is asked for."""
    request = Request(**json.loads(sys.argv[1]))
    if request.memory:
        return_memory_at_once()
    compiler = make_compiler(request)
    function = load(request.program)
    make_inputs = load(request.inputs)
    times = []
    compiled = None
    for _call in range(2):
        arguments = make_inputs(request.size)
        start = time.perf_counter()
        if compiled is None:
            compiled = compiler(function)
        compiled(*arguments)
        times.append(time.perf_counter() - start)
    del arguments
    memory = memory_beyond_loss(request, compiled) if request.memory else None
    print(json.dumps({"first": times[0], "second": times[1], "memory": memory}))


if __name__ == "__main__":
    main()
