"""The text of kernels: decisive lines, and that NVRTC takes them without a warning."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograph.backends.cuda import nvrtc
from autograph.backends.cuda.emit import emit
from autograph.backends.cuda.module import CudaModule
from autograph.backends.schedule import schedule
from autograph.ir.graph import Graph, Value
from autograph.ops import constant_of, control
from autograph.ops import elementwise as ew
from autograph.ops import reduction as red
from tests.backends import graphs
from tests.backends.graphs import add, graph, mul
from tests.backends.harness import param

ARCHITECTURES = ("sm_75", "sm_80", "sm_90", "sm_100")
STRICT = (*nvrtc.OPTIONS, nvrtc.WARNINGS_AS_ERRORS)

GRAPHS: dict[str, Callable[[], Graph]] = {
    f.__name__: f
    for f in (
        graphs.heat,
        graphs.jacobi,
        graphs.burgers,
        graphs.seidel,
        graphs.trisolv,
        graphs.newton,
        graphs.newton_array,
        graphs.logreg,
        graphs.branchy,
        graphs.edit_distance,
        graphs.softmax_loss,
        graphs.nbody,
    )
}


def module(g: Graph, ordered: bool = False) -> CudaModule:
    return emit(schedule(g, ordered=ordered))


def kernel_text(source: str, name: str) -> str:
    match = re.search(rf'extern "C" __global__ void [^\n]*\n{name}\(.*?\n\}}\n', source, re.DOTALL)
    assert match, source
    return match[0]


def assert_lines(text: str, expected: str) -> None:
    """Assert that lines follow each other in a text, whatever lies around them."""
    wanted = [line.strip() for line in expected.strip().splitlines()]
    found = [line.strip() for line in text.splitlines()]
    windows = (found[k : k + len(wanted)] for k in range(len(found)))
    assert wanted in windows, f"{expected}\nis not in\n{text}"


def test_elementwise_kernel() -> None:
    x, y, k = param("x", 1, np.float32), None, param("k", dtype=np.float32)
    y = param("y", dims=x.dims, dtype=np.float32)

    @graph(x, y, k, name="axpy")
    def g(x: Value, y: Value, k: Value) -> Any:
        return ew.exp(add(mul(k, x), y))

    source = module(g).source
    assert_lines(
        source,
        """
        extern "C" __global__ void __launch_bounds__(256)
        axpy_1(
        """,
    )
    text = kernel_text(source, "axpy_1")
    assert "const float* __restrict__ x," in text
    assert "const long long x_stride0" in text
    assert "const float k" in text
    assert_lines(
        text,
        """
        const long long i = point;
        const float t1 = x[i*x_stride0];
        const float t2 = k * t1;
        const float t3 = y[i*y_stride0];
        const float t4 = t2 + t3;
        t[i] = expf(t4);
        """,
    )


def test_shared_subexpressions_are_computed_once() -> None:
    x = param("x", 1)

    @graph(x)
    def g(x: Value) -> Any:
        s = ew.sin(x)
        return add(mul(s, s), ew.sin(x))

    assert module(g).source.count("sin(") == 1


def test_full_reduction_takes_two_kernels_and_no_atomics() -> None:
    x = param("x", 1)

    @graph(x, name="norm")
    def g(x: Value) -> Any:
        return red.sum_(mul(x, x), axes=(0,))

    made = module(g)
    assert [k.name for k in made.kernels] == ["norm_1_partials", "norm_1_combine"]
    assert "atomic" not in made.source
    first = kernel_text(made.source, "norm_1_partials")
    assert "double t = -0.0;" in first
    assert "__shared__ double t_shared[256];" in first
    assert_lines(
        first,
        """
        for (unsigned int width = 128; width > 0; width /= 2) {
          __syncthreads();
          if (threadIdx.x < width) {
            const double other = t_shared[threadIdx.x + width];
            t = t + other;
            t_shared[threadIdx.x] = t;
          }
        }
        if (threadIdx.x == 0) {
          t_partials[blockIdx.x] = t;
        }
        """,
    )
    assert "state->t = t;" in kernel_text(made.source, "norm_1_combine")


def test_axis_reduction_has_one_thread_per_result() -> None:
    x = param("x", 2)

    @graph(x, name="rows")
    def g(x: Value) -> Any:
        return red.max_(x, axes=(1,))

    made = module(g)
    assert [k.name for k in made.kernels] == ["rows_1"]
    text = kernel_text(made.source, "rows_1")
    assert re.search(r"for \(long long j = 0; j < x1; \+\+j\) \{", text)
    assert "t1 = np::maximum_f64(t1, t2);" in text
    assert "__device__ __forceinline__ double maximum_f64(double a, double b)" in made.source


def test_stencil_in_a_loop_on_the_host() -> None:
    made = module(graphs.heat())
    assert_lines(
        made.source,
        """
        //     heat_2<<<(u0 - 2) x (u1 - 2) points>>>
        //     swap u, u_next
        //   restore u
        """,
    )
    text = kernel_text(made.source, "heat_2")
    assert "double* u_next," in text
    assert "const double* __restrict__ u," in text
    assert re.search(r"np::quotient\(point, extent\)", text)
    assert re.search(r"u\[\(i\d* \+ 1\)\*u_stride0 \+ j\d*\*u_stride1\]", text)


def test_recurrences_run_in_a_single_thread() -> None:
    made = module(graphs.edit_distance())
    last = made.kernels[-1]
    assert "__launch_bounds__(1)" in kernel_text(made.source, last.name)


def test_loops_with_independent_iterations_run_in_parallel() -> None:
    a = param("a", 1)

    @graph(a, name="roots")
    def g(a: Value) -> Any:
        def body(i: Value, z: Value) -> Any:
            (x, _) = control.make_scan(
                None,
                [graphs.get(a, i)],
                lambda k, x: [mul(0.5, x)],
                condition=lambda x: ew.greater(x, 1.0),
            )
            return [graphs.set_(z, x, i)]

        return control.make_scan(a.dims[0], [graphs.zeros(a.dims[0])], body)

    made = module(g)
    assert "for (;;) {" in made.source
    assert all("__launch_bounds__(256)" in kernel_text(made.source, k.name) for k in made.kernels)


def test_names_of_functions_and_types_are_no_variables() -> None:
    x, exp, state = param("double", 1), param("exp"), param("state")

    @graph(x, exp, state, name="odd names!")
    def g(x: Value, exp: Value, state: Value) -> Any:
        return ew.exp(add(mul(x, exp), state))

    source = module(g).source
    assert "const double exp," not in source
    assert "odd_names" in source
    nvrtc.compile_source(source, "sm_90", STRICT)


def test_same_function_same_text() -> None:
    assert module(graphs.nbody()).source == module(graphs.nbody()).source


def test_indices_are_64_bits_wide() -> None:
    source = module(graphs.nbody()).source
    assert not re.search(r"(?<!unsigned )\bint\b", source)


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.skipif(not nvrtc.is_available(), reason="NVRTC is not installed")
def test_modules_compile_without_warnings(name: str, ordered: bool) -> None:
    made = module(GRAPHS[name](), ordered)
    for architecture in ARCHITECTURES:
        assert nvrtc.compile_source(made.source, architecture, STRICT)


def test_constants_of_all_kinds_compile() -> None:
    x = param("x", 1, np.float32)

    @graph(x)
    def g(x: Value) -> Any:
        filled = ew.switch(ew.isnan(x), constant_of(np.inf, np.float32), x)
        return ew.switch(ew.less(x, 0), constant_of(np.nan, np.float32), filled)

    assert "__int_as_float(0x7f800000)" in module(g).source
    nvrtc.compile_source(module(g).source, "sm_75", STRICT)


def test_index_arithmetic_of_row_major_buffers() -> None:
    x = param("x", 1)

    @graph(x, name="outer")
    def g(x: Value) -> Any:
        n = x.dims[0]
        a = graphs.zeros(n + 1, n, 3)
        return graphs.set_(a, x, slice(0, 1), slice(None), 2)

    source = module(g).source
    assert "t_stride0 = x0*3;" in source
