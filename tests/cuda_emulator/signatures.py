"""The params of kernels, read from the source text: what a launch has to pass."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

C_TYPES = {
    "bool": np.bool_,
    "signed char": np.int8,
    "short": np.int16,
    "int": np.int32,
    "long long": np.int64,
    "unsigned char": np.uint8,
    "unsigned short": np.uint16,
    "unsigned int": np.uint32,
    "unsigned long long": np.uint64,
    "float": np.float32,
    "double": np.float64,
    "State": np.int64,
}

KERNEL = re.compile(
    r'extern "C" __global__ void __launch_bounds__\((\d+)\)\n(\w+)\(\n(.*?)\)\n\{\n(.*?)\n\}',
    re.DOTALL,
)
PARAM = re.compile(r"\s*(const )?([a-zA-Z ]+?)(\*?)( __restrict__)? (\w+)")


@dataclass(frozen=True)
class Param:
    """A declared param: its name, what it is or points to, and whether it may be written."""

    name: str
    dtype: np.dtype
    pointer: bool
    writable: bool


@dataclass(frozen=True)
class Signature:
    """A kernel as declared."""

    name: str
    threads: int
    params: tuple[Param, ...]
    barriers: bool


def signatures(source: str) -> dict[str, Signature]:
    found = {}
    for threads, name, params, body in KERNEL.findall(source):
        declared = []
        for text in params.split(","):
            match = PARAM.fullmatch(text)
            assert match, text
            const, type_, star, _, param = match.groups()
            dtype = np.dtype(C_TYPES[type_])
            declared.append(Param(param, dtype, bool(star), bool(star) and not const))
        found[name] = Signature(name, int(threads), tuple(declared), "__syncthreads" in body)
    return found
