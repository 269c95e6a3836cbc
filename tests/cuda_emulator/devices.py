"""`RecordingDevice` checks and records launches; `EmulatedDevice` runs them, compiled by g++."""

from __future__ import annotations

import ctypes
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.cuda_emulator.signatures import Signature, signatures

HEADER = Path(__file__).with_name("cuda_on_cpu.h")
FLAGS = [
    "-std=c++17",
    "-O1",
    "-ffp-contract=off",
    "-fno-strict-aliasing",
    "-fwrapv",
    "-Wall",
    "-Werror",
    "-Wno-address",
    "-Wno-tautological-compare",
    "-Wno-unused-function",
    "-shared",
    "-fPIC",
]
REDZONE = 256
POISON = 0xFF


def has_compiler() -> bool:
    return shutil.which("g++") is not None


class DeviceArray:
    """Memory of the stand-in device: poisoned when new, with guarded rims, no NumPy array."""

    def __init__(self, elements: np.ndarray, memory: np.ndarray) -> None:
        self.elements = elements
        self.memory = memory

    @classmethod
    def new(cls, shape: Sequence[int], dtype: Any) -> DeviceArray:
        dtype = np.dtype(dtype)
        size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        memory = np.full(size + 2 * REDZONE, POISON, np.uint8)
        inner = memory[REDZONE : REDZONE + size]
        return cls(inner.view(dtype).reshape(tuple(shape)), memory)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.elements.shape

    @property
    def dtype(self) -> np.dtype:
        return self.elements.dtype

    @property
    def strides(self) -> tuple[int, ...]:
        return self.elements.strides

    def __getitem__(self, key: Any) -> DeviceArray:
        return DeviceArray(self.elements[key], self.memory)

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        raise TypeError("implicit conversion of a device array")

    def is_intact(self) -> bool:
        return bool(
            np.all(self.memory[:REDZONE] == POISON) and np.all(self.memory[-REDZONE:] == POISON)
        )


@dataclass
class RecordedLaunch:
    name: str
    blocks: int
    threads: int
    arguments: list[Any]


@dataclass
class RecordingDevice:
    """Keeps memory and checks launches as strictly as a kernel would need it; runs nothing."""

    launches: list[RecordedLaunch] = field(default_factory=list)
    loads: int = 0
    waits: int = 0
    architecture: str = "sm_90"

    def is_array(self, x: object) -> bool:
        return isinstance(x, DeviceArray)

    def address(self, array: DeviceArray) -> int:
        return array.elements.ctypes.data

    def empty(self, shape: Sequence[int], dtype: Any) -> DeviceArray:
        assert all(extent >= 0 for extent in shape)
        return DeviceArray.new(shape, dtype)

    def zero(self, array: DeviceArray) -> None:
        array.elements[...] = 0

    def copy(self, target: DeviceArray, source: DeviceArray) -> None:
        assert target.shape == source.shape
        assert target.dtype == source.dtype
        target.elements[...] = source.elements

    def from_host(self, array: np.ndarray) -> DeviceArray:
        found = DeviceArray.new(array.shape, array.dtype)
        found.elements[...] = array
        return found

    def to_host(self, array: DeviceArray) -> np.ndarray:
        self.waits += 1
        return array.elements.copy()

    def reshape(self, array: DeviceArray, shape: Sequence[int]) -> DeviceArray:
        found = array.elements.reshape(tuple(shape))
        assert not found.size or np.shares_memory(found, array.elements)
        return DeviceArray(found, array.memory)

    def transpose(self, array: DeviceArray) -> DeviceArray:
        assert len(array.shape) == 2
        return DeviceArray(array.elements.T, array.memory)

    def matmul(self, out: DeviceArray, first: DeviceArray, second: DeviceArray) -> None:
        assert not np.shares_memory(out.elements, first.elements)
        assert not np.shares_memory(out.elements, second.elements)
        np.matmul(first.elements, second.elements, out=out.elements)

    def load(self, source: str, names: Sequence[str]) -> Mapping[str, Any]:
        self.loads += 1
        declared = signatures(source)
        assert list(declared) == list(names), (list(declared), names)
        return {name: (declared[name], None) for name in names}

    def launch(self, kernel: Any, blocks: int, threads: int, arguments: Sequence[Any]) -> None:
        signature, function = kernel
        check_launch(signature, blocks, threads, arguments)
        self.launches.append(RecordedLaunch(signature.name, blocks, threads, list(arguments)))
        if function is not None:
            run_kernel(function, blocks, threads, arguments)
            for argument in arguments:
                if isinstance(argument, DeviceArray):
                    assert argument.is_intact(), f"{signature.name} writes outside an array"

    def synchronize(self) -> None:
        self.waits += 1


def check_launch(signature: Signature, blocks: int, threads: int, arguments: Sequence[Any]) -> None:
    assert blocks >= 1
    assert threads == signature.threads
    assert len(arguments) == len(signature.params)
    written = []
    for param, argument in zip(signature.params, arguments, strict=True):
        where = f"{param.name} of {signature.name}"
        if param.pointer:
            assert isinstance(argument, DeviceArray), where
            if param.writable:
                written.append(argument)
        else:
            assert isinstance(argument, np.generic), where
        assert argument.dtype == param.dtype, f"{where}: {argument.dtype}"
    for param, argument in zip(signature.params, arguments, strict=True):
        if param.pointer and not param.writable and argument.elements.size:
            others = [w for w in written if w is not argument]
            assert not any(np.shares_memory(argument.elements, w.elements) for w in others)


def run_kernel(function: Any, blocks: int, threads: int, arguments: Sequence[Any]) -> None:
    cells = []
    for argument in arguments:
        pointer = isinstance(argument, DeviceArray)
        value = np.uint64(argument.elements.ctypes.data) if pointer else argument
        cells.append(np.array(value))
    slots = (ctypes.c_void_p * len(cells))(*(cell.ctypes.data for cell in cells))
    failure = function(blocks, threads, slots)
    assert failure is None, failure.decode()


@lru_cache(maxsize=256)
def compile_for_cpu(source: str) -> ctypes.CDLL:
    declared = signatures(source)
    exports = [f"EMULATED({s.name}, {str(s.barriers).lower()})" for s in declared.values()]
    text = "\n".join([f'#include "{HEADER}"', '#line 1 "module.cu"', source, *exports, ""])
    name = hashlib.sha256(text.encode() + HEADER.read_bytes()).hexdigest()[:24]
    with tempfile.TemporaryDirectory(prefix="autograph-emulator-") as folder:
        path = Path(folder) / f"{name}.so"
        command = ["g++", *FLAGS, "-x", "c++", "-o", str(path), "-"]
        done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
        assert done.returncode == 0, f"{done.stderr}\n{source}"
        return ctypes.CDLL(str(path))


class EmulatedDevice(RecordingDevice):
    """Runs kernels on the CPU, every thread of every block."""

    def load(self, source: str, names: Sequence[str]) -> Mapping[str, Any]:
        declared = super().load(source, names)
        library = compile_for_cpu(source)
        found = {}
        for name, (signature, _) in declared.items():
            function = getattr(library, f"launch_{name}")
            function.restype = ctypes.c_char_p
            found[name] = (signature, function)
        return found
