"""The device protocol over CuPy; the only module that imports it.

Modules are compiled here and loaded as cubins: CuPy would flush subnormal floats to zero, and the
driver may refuse PTX of a newer NVRTC. Launches go to CuPy's current stream.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cupy
import numpy as np

from autograph.backends.cuda import nvrtc
from autograph.backends.cuda.device import Array, LoadedKernel
from autograph.ir.types import DType


class CupyDevice:
    """CuPy's current device."""

    @property
    def architecture(self) -> str:
        """What NVRTC calls the device's architecture."""
        return f"sm_{cupy.cuda.Device().compute_capability}"

    def is_array(self, x: object) -> bool:
        """Return whether an object is a CuPy array."""
        return isinstance(x, cupy.ndarray)

    def address(self, array: Array) -> int:
        """Return the address of an array's first element."""
        return int(array.data.ptr)

    def empty(self, shape: Sequence[int], dtype: DType) -> Array:
        """Return a new row-major array with any contents."""
        return cupy.empty(tuple(shape), dtype)

    def zero(self, array: Array) -> None:
        """Fill an array with zeros."""
        array.fill(0)

    def copy(self, target: Array, source: Array) -> None:
        """Copy elements between device arrays of equal shape."""
        cupy.copyto(target, source)

    def from_host(self, array: np.ndarray[Any, Any]) -> Array:
        """Return a new row-major device array with the elements of a NumPy array."""
        return cupy.array(array, order="C")

    def to_host(self, array: Array) -> np.ndarray[Any, Any]:
        """Wait for the device, and return a NumPy array with the elements of a device array."""
        found: np.ndarray[Any, Any] = cupy.asnumpy(array)
        return found

    def reshape(self, array: Array, shape: Sequence[int]) -> Array:
        """Return a row-major array under another shape, in the same memory."""
        return array.reshape(tuple(shape))

    def transpose(self, array: Array) -> Array:
        """Return a matrix with its axes exchanged, in the same memory."""
        return array.T

    def matmul(self, out: Array, first: Array, second: Array) -> None:
        """Write the product of two matrices."""
        cupy.matmul(first, second, out=out)

    def load(self, source: str, names: Sequence[str]) -> Mapping[str, LoadedKernel]:
        """Compile a module for the device and return its kernels by name."""
        newest = cupy.cuda.runtime.driverGetVersion() // 1000
        cubin = nvrtc.compile_source(source, self.architecture, newest=newest)
        with tempfile.TemporaryDirectory(prefix="autograph-") as folder:
            path = Path(folder) / "module.cubin"
            path.write_bytes(cubin)
            module = cupy.RawModule(path=str(path))
            return {name: module.get_function(name) for name in names}

    def launch(
        self, kernel: LoadedKernel, blocks: int, threads: int, arguments: Sequence[Any]
    ) -> None:
        """Run a kernel on the current stream."""
        kernel((blocks,), (threads,), tuple(arguments))

    def synchronize(self) -> None:
        """Wait until the current stream has done everything asked so far."""
        cupy.cuda.get_current_stream().synchronize()
