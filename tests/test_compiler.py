"""What a call of a compiled function does around the compiled code: dispatch, guards, replay."""

import threading

import numpy as np
import pytest

import autograph as ag

SCALE = 2.0
TABLE = np.arange(4.0)


@ag.compile
def scaled_sum(x, y=1.0):
    """Sum of scaled squares."""
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i] * y
    return total


@ag.compile
def shift_in_place(x):
    for i in range(1, len(x)):
        x[i] = x[i] + x[i - 1]
    return x


def test_a_compiled_function_keeps_name_and_doc():
    assert scaled_sum.__name__ == "scaled_sum"
    assert scaled_sum.__doc__ == "Sum of scaled squares."


def test_defaults_and_keywords():
    x = np.arange(3.0)
    assert scaled_sum(x) == 5.0
    assert scaled_sum(x, 2.0) == 10.0
    assert scaled_sum(x, y=2.0) == 10.0
    assert scaled_sum(y=2.0, x=x) == 10.0
    with pytest.raises(TypeError):
        scaled_sum(x, z=1.0)
    with pytest.raises(TypeError):
        scaled_sum()


def test_sizes_never_recompile_but_dtype_and_ndim_do():
    @ag.compile
    def double(x):
        return x * 2

    for n in (5, 1, 0, 100):
        np.testing.assert_array_equal(double(np.arange(float(n))), np.arange(float(n)) * 2)
    assert double.stats()["specialisations"] == 1
    assert double(np.ones(3, np.float32)).dtype == np.float32
    assert double.stats()["specialisations"] == 2
    assert double(np.ones((2, 2))).shape == (2, 2)
    assert double.stats()["specialisations"] == 3
    double(np.arange(3.0))
    assert double.stats()["specialisations"] == 3
    assert double.stats()["calls"] == 7


def test_small_sizes_of_slices_compile_at_most_once_more():
    @ag.compile
    def inner(x):
        x[1:-1] += x[2:] - x[:-2]
        return x.sum()

    for n in (10, 2, 1, 0, 3, 1, 10, 0):
        x, plain = np.arange(float(n)) ** 2, np.arange(float(n)) ** 2
        assert inner(x) == inner.__autograph_wrapped__(plain)
        np.testing.assert_array_equal(x, plain)
    assert inner.stats()["specialisations"] <= 2
    assert inner.stats()["replays"] == 0


def test_python_and_numpy_scalars_are_told_apart():
    @ag.compile
    def add(x, a):
        return x + a

    x = np.ones(2, np.float32)
    assert add(x, 1.0).dtype == np.float32
    assert add(x, np.float64(1.0)).dtype == np.float64
    assert add(x, 1).dtype == np.float32
    assert type(add(1, 2)) is int
    assert type(add(1, 2.0)) is float
    assert type(add(np.float32(1), 2)) is np.float32


def test_globals_are_read_at_call_time(monkeypatch):
    @ag.compile
    def use(x):
        return x * SCALE + TABLE.sum()

    module = __name__
    x = np.ones(2)
    np.testing.assert_array_equal(use(x), [8.0, 8.0])
    monkeypatch.setattr(f"{module}.SCALE", 3.0)
    np.testing.assert_array_equal(use(x), [9.0, 9.0])
    monkeypatch.setattr(f"{module}.TABLE", np.ones(7))
    np.testing.assert_array_equal(use(x), [10.0, 10.0])
    TABLE[0] += 5  # the array that the module's variable names now
    np.testing.assert_array_equal(use(x), [15.0, 15.0])


def test_closure_cells_are_read_at_call_time():
    factor = 2.0

    @ag.compile
    def scale(x):
        return x * factor

    assert scale(3.0) == 6.0
    factor = 5.0
    assert scale(3.0) == 15.0


def test_the_same_array_twice_and_overlapping_arguments():
    @ag.compile
    def add_into(a, b):
        a += b
        a += b
        return b

    plain = add_into.__autograph_wrapped__
    base, expected = np.arange(6.0), np.arange(6.0)
    assert add_into(base, base) is base
    plain(expected, expected)
    np.testing.assert_array_equal(base, expected)
    add_into(base[:3], base[3:])
    plain(expected[:3], expected[3:])
    np.testing.assert_array_equal(base, expected)
    add_into(base[0:4], base[1:5])
    plain(expected[0:4], expected[1:5])
    np.testing.assert_array_equal(base, expected)
    add_into(base[::2], base[1::2])  # interleaved: their ranges meet
    plain(expected[::2], expected[1::2])
    np.testing.assert_array_equal(base, expected)
    assert add_into.stats()["replays"] == 0
    add_into(base[3:], base[:3])
    plain(expected[3:], expected[:3])
    np.testing.assert_array_equal(base, expected)


def test_strided_fortran_and_readonly_arguments():
    @ag.compile
    def clear(x):
        x[0] = 0.0
        return x.sum()

    base = np.arange(12.0).reshape(3, 4)
    for x in (base.copy(), base.copy(order="F"), base.copy()[:, ::2], base.copy()[::-1]):
        plain = x.copy()
        assert clear(x) == clear.__autograph_wrapped__(plain)
        np.testing.assert_array_equal(x, plain)
    frozen = base.copy()
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        clear(frozen)
    np.testing.assert_array_equal(frozen, base)


def test_arrays_without_axes_are_read_and_written():
    @ag.compile
    def read(x, y):
        return x * y

    @ag.compile
    def clear(x):
        x[...] = 0.0

    assert read(np.array(2.0), 3.0) == 6.0
    x = np.array(2.0)
    clear(x)
    assert x == 0.0


def test_returned_argument_is_the_same_object():
    x = np.arange(4.0)
    assert shift_in_place(x) is x
    np.testing.assert_array_equal(x, [0.0, 1.0, 3.0, 6.0])


def test_errors_are_pythons_own_and_leave_what_numpy_leaves():
    @ag.compile
    def fill(x, n):
        for i in range(n):
            x[i] = i
        return x

    x = np.full(3, -1.0)
    with pytest.raises(IndexError, match="index 3 is out of bounds for axis 0 with size 3"):
        fill(x, 5)
    np.testing.assert_array_equal(x, [0.0, 1.0, 2.0])
    assert fill.stats()["replays"] == 1
    np.testing.assert_array_equal(fill(np.full(3, -1.0), 2), [0.0, 1.0, -1.0])


def test_wrong_shapes_raise_what_numpy_raises():
    @ag.compile
    def add(a, b):
        return a + b

    add(np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="could not be broadcast"):
        add(np.ones(3), np.ones(4))
    np.testing.assert_array_equal(add(np.ones(3), np.ones(1)), [2.0, 2.0, 2.0])
    np.testing.assert_array_equal(add(np.ones(1), np.ones(2)), [2.0, 2.0])
    np.testing.assert_array_equal(add(np.ones(1), np.ones(1)), [2.0])


def test_gradient_leaves_arguments_alone():
    @ag.compile
    def loss(x):
        x *= 2
        return (x * x).sum()

    x = np.arange(3.0)
    value, gradient = ag.value_and_grad(loss)(x)
    assert value == 20.0
    np.testing.assert_allclose(gradient, 8 * np.arange(3.0))
    np.testing.assert_array_equal(x, np.arange(3.0))


def test_gradients_of_numbers_have_their_types():
    def area(a, b):
        return a * b

    assert ag.grad(area, argnums=(0, 1))(2.0, 3.0) == (3.0, 2.0)
    assert type(ag.grad(area)(2.0, 3.0)) is float
    assert type(ag.grad(area)(np.float32(2.0), np.float32(3.0))) is np.float32


@pytest.mark.parametrize(
    ("fn", "args", "message"),
    [
        (lambda x: x, (np.ones(2),), "returns"),
        (lambda n: n * 1.0, (3,), "float argument"),
        (lambda x: x > 0, (1.0,), "returns"),
    ],
)
def test_gradients_that_make_no_sense_are_refused(fn, args, message):
    with pytest.raises(ag.NondifferentiableError, match=message):
        ag.grad(fn)(*args)


def test_show_prints_every_stage():
    x = np.arange(3.0)
    texts = {
        stage: shift_in_place.show(stage, x) for stage in ("python", "graph", "optimized", "loops")
    }
    texts["numba"] = shift_in_place.show("numba", x)
    assert all(texts.values())
    with pytest.raises(ValueError, match="stages are"):
        shift_in_place.show("assembler", x)


def test_explain_says_what_is_written():
    text = shift_in_place.explain(np.arange(3.0))
    assert "written in the caller's memory: x" in text
    assert "loop nest" in text


def test_threads_share_a_compiled_function():
    @ag.compile
    def work(x):
        s = 0.0
        for i in range(len(x)):
            s += x[i]
        return s

    found = []
    threads = [
        threading.Thread(target=lambda k=k: found.append(work(np.full(100, float(k)))))
        for k in range(4)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(found) == [0.0, 100.0, 200.0, 300.0]


def test_methods_and_lambdas():
    class Model:
        @ag.compile
        def apply(self, x):
            return x * 2

    np.testing.assert_array_equal(Model().apply(np.ones(2)), [2.0, 2.0])
    assert ag.compile(lambda x: x + 1)(1.0) == 2.0
