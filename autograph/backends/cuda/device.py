"""What the host plan asks of a device, so that CuPy is named in one adapter only.

A device array is any object with `shape`, `dtype` and `strides` (in bytes) like NumPy's. All calls
except `to_host` and `synchronize` may return before the device has done what they ask, in order.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np

from autograph.ir.types import DType

Array: TypeAlias = Any
LoadedKernel: TypeAlias = Any


def byte_range(address: int, array: Array) -> tuple[int, int]:
    """Return the lowest address of an array, and the one past its highest.

    Args:
        address: The address of its first element.
        array: The array.
    """
    low = high = address
    if 0 in array.shape:
        return low, high
    for extent, stride in zip(array.shape, array.strides, strict=True):
        low, high = low + min((extent - 1) * stride, 0), high + max((extent - 1) * stride, 0)
    return low, high + array.dtype.itemsize


class Device(Protocol):
    """A CUDA device, or a stand-in for one."""

    @property
    def architecture(self) -> str:
        """What NVRTC calls the device's architecture, such as `sm_90`."""

    def is_array(self, x: object) -> bool:
        """Return whether an object is an array in the device's memory."""

    def address(self, array: Array) -> int:
        """Return the address of an array's first element."""

    def empty(self, shape: Sequence[int], dtype: DType) -> Array:
        """Return a new row-major array with any contents."""

    def zero(self, array: Array) -> None:
        """Fill an array with zeros."""

    def copy(self, target: Array, source: Array) -> None:
        """Copy elements between device arrays of equal shape."""

    def from_host(self, array: np.ndarray[Any, Any]) -> Array:
        """Return a new row-major device array with the elements of a NumPy array."""

    def to_host(self, array: Array) -> np.ndarray[Any, Any]:
        """Wait for the device, and return a NumPy array with the elements of a device array."""

    def reshape(self, array: Array, shape: Sequence[int]) -> Array:
        """Return a row-major array under another shape, in the same memory."""

    def transpose(self, array: Array) -> Array:
        """Return a matrix with its axes exchanged, in the same memory."""

    def matmul(self, out: Array, first: Array, second: Array) -> None:
        """Write the product of two matrices."""

    def load(self, source: str, names: Sequence[str]) -> Mapping[str, LoadedKernel]:
        """Compile a module and return its kernels by name."""

    def launch(
        self, kernel: LoadedKernel, blocks: int, threads: int, arguments: Sequence[Any]
    ) -> None:
        """Run a kernel; arguments are device arrays and NumPy scalars of the declared types."""

    def synchronize(self) -> None:
        """Wait until the device has done everything asked so far."""


def cupy_device() -> Device:
    """Return the current CUDA device through CuPy, which is imported only now.

    Raises:
        ImportError: If CuPy is not installed.
    """
    try:
        adapter = importlib.import_module("autograph.backends.cuda.cupy_device")
    except ImportError as error:
        raise ImportError(
            "CUDA devices are reached through CuPy, which is not installed: pip install "
            "'autograph[cuda12]' or 'autograph[cuda13]'"
        ) from error
    device: Device = adapter.CupyDevice()
    return device
