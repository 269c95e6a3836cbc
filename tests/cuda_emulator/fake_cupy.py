"""A stand-in for the `cupy` module whose kernels are run by the CPU emulation.

It has what autograph uses of CuPy, and is as strict: no conversion to or from NumPy arrays unless
asked for by name. NVRTC is left out: what is loaded is the source, which g++ compiles.
"""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from tests.cuda_emulator.devices import DeviceArray, check_launch, compile_for_cpu, run_kernel
from tests.cuda_emulator.signatures import signatures

ADAPTER = "autograph.backends.cuda.cupy_device"
KERNELS: list[str] = []
"""The names of the kernels that were run, in order."""


class Device:
    """A device; `with` makes it the current one."""

    compute_capability = "90"
    current = 0

    def __init__(self, number: int | None = None) -> None:
        self.id = Device.current if number is None else number
        self.before: list[int] = []

    def __enter__(self) -> Device:
        self.before.append(Device.current)
        Device.current = self.id
        return self

    def __exit__(self, *exception: object) -> None:
        Device.current = self.before.pop()


class ndarray(NDArrayOperatorsMixin, DeviceArray):
    """An array that only the module's functions reach the elements of."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, elements: np.ndarray, memory: np.ndarray) -> None:
        super().__init__(elements, memory)
        self.device = Device()
        self.data = SimpleNamespace(ptr=elements.ctypes.data)

    @property
    def ndim(self) -> int:
        return self.elements.ndim

    @property
    def size(self) -> int:
        return self.elements.size

    @property
    def flags(self) -> Any:
        flags = self.elements.flags
        return SimpleNamespace(c_contiguous=flags.c_contiguous, f_contiguous=flags.f_contiguous)

    @property
    def T(self) -> ndarray:
        return ndarray(self.elements.T, self.memory)

    def __len__(self) -> int:
        return len(self.elements)

    def __getitem__(self, key: Any) -> ndarray:
        parts = as_tuple(key)
        has_ellipsis = not parts or any(part is Ellipsis for part in parts)
        return self.view_of(self.elements[parts if has_ellipsis else (*parts, ...)])

    def __setitem__(self, key: Any, value: Any) -> None:
        self.elements[key] = elements_of(value)

    def view_of(self, elements: np.ndarray) -> ndarray:
        return ndarray(elements, self.memory)

    def reshape(self, *shape: Any) -> ndarray:
        return self.view_of(self.elements.reshape(*shape))

    def transpose(self, *axes: Any) -> ndarray:
        return self.view_of(self.elements.transpose(*axes))

    def fill(self, value: Any) -> None:
        self.elements.fill(value)

    def copy(self) -> ndarray:
        return array(self.elements)

    def get(self) -> np.ndarray:
        return self.elements.copy()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> ndarray:
        assert method == "__call__"
        result = ufunc(*map(elements_of, inputs))
        if "out" not in options:
            return array(result)
        (out,) = options["out"]
        out.elements[...] = result
        return out

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> ndarray:
        assert function is np.broadcast_to
        return self.view_of(function(self.elements, *args[1:], **options))


def as_tuple(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)


def elements_of(x: Any) -> Any:
    if isinstance(x, np.ndarray):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    return x.elements if isinstance(x, ndarray) else x


def empty(shape: Any, dtype: Any = float) -> ndarray:
    return ndarray.new(shape, dtype)  # type: ignore[return-value]


def array(host: Any, order: str = "K") -> ndarray:
    host = np.asarray(host)
    made = empty(host.shape, host.dtype)
    made.elements[...] = host
    return made


def asnumpy(x: ndarray) -> np.ndarray:
    assert isinstance(x, ndarray)
    return x.get()


def copyto(target: ndarray, source: ndarray) -> None:
    np.copyto(target.elements, elements_of(source))


def matmul(first: ndarray, second: ndarray, out: ndarray) -> None:
    np.matmul(first.elements, second.elements, out=out.elements)


class RawModule:
    """A module read from a file, which holds its source."""

    def __init__(self, path: str) -> None:
        self.source = Path(path).read_text(encoding="utf-8")

    def get_function(self, name: str) -> Any:
        signature = signatures(self.source)[name]
        function = getattr(compile_for_cpu(self.source), f"launch_{name}")
        function.restype = ctypes.c_char_p

        def kernel(grid: Sequence[int], block: Sequence[int], arguments: Sequence[Any]) -> None:
            (blocks,), (threads,) = grid, block
            check_launch(signature, blocks, threads, arguments)
            arrays = [x for x in arguments if isinstance(x, ndarray)]
            assert all(x.device.id == Device.current for x in arrays), "not on the current device"
            run_kernel(function, blocks, threads, arguments)
            assert all(x.is_intact() for x in arrays), f"{name} writes outside an array"
            KERNELS.append(name)

        return kernel


def _module() -> ModuleType:
    module = ModuleType("cupy")
    runtime = SimpleNamespace(driverGetVersion=lambda: 13000)
    stream = SimpleNamespace(synchronize=lambda: None)
    cuda = SimpleNamespace(Device=Device, runtime=runtime, get_current_stream=lambda: stream)
    for item in (ndarray, empty, array, asnumpy, copyto, matmul, RawModule):
        setattr(module, item.__name__, item)
    module.cuda = cuda  # type: ignore[attr-defined]
    return module


@contextmanager
def fake_cupy() -> Iterator[ModuleType]:
    """Have `import cupy` give the stand-in, and the adapter to CuPy use it."""
    module = _module()
    spec = importlib.util.find_spec(ADAPTER)
    assert spec is not None
    assert spec.loader is not None
    adapter = importlib.util.module_from_spec(spec)
    with replaced("cupy", module), replaced(ADAPTER, adapter):
        spec.loader.exec_module(adapter)
        adapter.nvrtc = SimpleNamespace(  # type: ignore[attr-defined]
            compile_source=lambda source, architecture, newest: source.encode()
        )
        KERNELS.clear()
        yield module


@contextmanager
def replaced(name: str, module: ModuleType) -> Iterator[None]:
    """Have imports of one name give a module; others that are imported meanwhile remain."""
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        yield
    finally:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before
