"""Literals stand for the same bits in C++."""

from __future__ import annotations

import numpy as np
import pytest

from autograph.backends.cuda.c_types import c_type, literal
from autograph.errors import UnsupportedError
from tests.cuda_emulator.devices import DeviceArray, EmulatedDevice, has_compiler

FLOATS = [0.0, -0.0, 1.0, -1.5, 0.1, 1e22, 1 / 3, np.inf, -np.inf, np.nan, 5e-324, 1e-310, 1.8e308]
SINGLES = [*FLOATS[:9], np.nan, 1e-45, 3.4e38, -1e-40, 16777217.0]
VALUES = [
    *map(np.float64, FLOATS),
    *(np.float32(x) for x in SINGLES),
    *(t(v) for t in (np.int8, np.int16, np.int32, np.int64) for v in (np.iinfo(t).min, -1, 0, 77)),
    *(t(np.iinfo(t).max) for t in (np.uint8, np.uint16, np.uint32, np.uint64, np.int64)),
    np.True_,
    np.False_,
]


@pytest.mark.skipif(not has_compiler(), reason="no g++")
def test_literals_have_the_bits_of_their_values() -> None:
    """Each one is also used as an operand, so that a missing pair of parentheses shows."""
    lines = [
        f"  {{ const {c_type(v.dtype)} v = {literal(v)}; *({c_type(v.dtype)}*)(out + 8*{k}) = v; }}"
        for k, v in enumerate(VALUES)
    ]
    head = 'extern "C" __global__ void __launch_bounds__(1)\nfill(\n    unsigned char* out)\n{\n'
    source = head + "\n".join(lines) + "\n}\n"
    device = EmulatedDevice()
    out = DeviceArray.new((8 * len(VALUES),), np.uint8)
    device.launch(device.load(source, ["fill"])["fill"], 1, 1, [out])
    for k, value in enumerate(VALUES):
        found = device.to_host(out)[8 * k : 8 * k + value.dtype.itemsize]
        if np.isnan(value):
            assert np.isnan(found.view(value.dtype)[0])
        else:
            assert found.tobytes() == value.tobytes(), literal(value)


def test_literals_are_typed() -> None:
    assert literal(np.float64(2)) == "2.0"
    assert literal(np.float32(0.1)).endswith("f")
    assert literal(np.int64(-3)) == "(-3LL)"
    assert literal(np.uint64(3)) == "3ULL"
    assert literal(np.float64(np.inf)) == "__longlong_as_double(0x7ff0000000000000LL)"


def test_unsupported_dtypes_are_refused() -> None:
    for dtype in (np.complex128, np.float16, np.longdouble):
        with pytest.raises(UnsupportedError, match="CUDA"):
            c_type(np.dtype(dtype))
