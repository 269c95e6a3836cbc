"""What is refused: plain functions that Python runs and autograph will not compile.

Each is registered with the words that its message must contain and the text at which its caret must
point. `docs/language.md` lists every one of them; whoever makes one work removes it here and there.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy import integrate, optimize, sparse, spatial, stats

LOCK = threading.Lock()


@dataclass(frozen=True)
class Refusal:
    """A function that is refused.

    Attributes:
        function: the plain function.
        make: returns fresh arguments on which plain Python runs it.
        says: a regular expression that the message matches.
        at: what the user's line has at the caret.
    """

    function: Callable[..., Any]
    make: Callable[[], tuple[Any, ...]]
    says: str
    at: str

    @property
    def name(self) -> str:
        return self.function.__name__


registry: list[Refusal] = []


def refused(
    make: Callable[[], tuple[Any, ...]], *, says: str, at: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function that is refused, at decoration or at its first call."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        registry.append(Refusal(function, make, says, at))
        return function

    return register


def vector() -> tuple[Any, ...]:
    return (np.array([1.0, -2.0, 3.0]),)


@refused(vector, says="generator cannot be returned.*compile the function that goes", at="def")
def generator(x):
    for value in x:
        yield value * 2


@refused(vector, says="dropped where it stands in a `try`.*generator.close", at="yield x[0]")
def generator_dropped_in_a_try(x):
    def items():
        try:
            yield x[0]
            yield x[1]
        finally:
            x[0] = 1.0

    values = items()
    return next(values)


@refused(vector, says="'total' of the generator items refers.*as arguments", at="next")
def function_of_a_generator_in_a_list(x):
    def items():
        scale = 2.0
        total = [lambda v: v * scale]
        for v in x:
            yield total[0](v)

    return next(items())


@refused(vector, says="a function that uses variables of a generator.*defaults", at="yield lambda")
def function_of_a_generator_is_yielded(x):
    def items():
        for k in range(3):
            yield lambda v: v * k

    values = items()
    scaled = next(values)
    next(values)
    return scaled(x[0])


@refused(vector, says="a function that uses variables of a generator is returned", at="yield from")
def function_of_a_generator_is_returned(x):
    def items():
        k = x[0]
        yield k
        return lambda v: v * k

    def around():
        scaled = yield from items()
        yield scaled(x[1])

    values = around()
    return next(values) + next(values)


@refused(
    vector, says="'k' is used by a function or.*made in the generator items.*a default", at="k)"
)
def function_of_a_generator_is_kept_outside(x):
    kept = []

    def items():
        for k in range(3):
            kept.append(lambda v: v * k)
            yield k

    values = items()
    next(values)
    next(values)
    return kept[0](x[0]) + kept[1](x[1])


@refused(vector, says="'k' is used by.*generator expression that was made.*make a list", at="k for")
def expression_of_a_generator_is_kept_outside(x):
    kept = {}

    def items():
        for k in range(3):
            kept[0] = (v * k for v in x)
            yield k

    values = items()
    next(values)
    scaled = kept[0]
    next(values)
    return sum(scaled)


@refused(vector, says="'k' is used by a function.*keep what changes outside", at="def put")
def function_sets_a_variable_of_a_generator(x):
    kept = []

    def items():
        k = x[0]

        def put(value):
            nonlocal k
            k = value

        kept.append(put)
        while True:
            yield k

    values = items()
    first = next(values)
    kept[0](x[1])
    return first + next(values)


@refused(vector, says="a yield in a `finally` clause.*after the `try`", at="yield 2.0")
def yields_in_a_finally_clause(x):
    def items():
        try:
            yield 1.0
        finally:
            yield 2.0

    values = items()
    first = next(values)
    return first + next(values) + next(values, 3.0) + x[0]


@refused(vector, says="unpacked into arguments.*pass the list itself", at="complex(")
def arguments_of_filtered(x):
    return complex(*[v for v in x if v > 0])


@refused(vector, says="async def is not supported", at="async def")
async def coroutine(x):
    return x


@refused(
    vector,
    says=r"what numpy.polynomial.polynomial.polyroots returns depends on the data",
    at="np.polynomial.polynomial.polyroots(x)",
)
def result_of_unforeseen_type(x):
    return x[0] * 2 + np.polynomial.polynomial.polyroots(x)


@refused(vector, says=r"errstate\(divide='call'\) is not supported.*divide='raise'", at="with")
def floating_point_errors_handled(x):
    with np.errstate(divide="call", call=print):
        return 1.0 / x


@refused(vector, says=r"np.seterr that has errors raise, in a branch.*np.errstate", at="np.seterr")
def floating_point_errors_raise_in_a_branch(x):
    y = 0.0
    if x[0] > 0:
        before = np.seterr(divide="raise")
        y = 1.0 / x[1]
        np.seterr(**before)
    return y


@refused(vector, says="__context__ of an exception is not supported", at="e.__context__")
def context_of_exception(x):
    try:
        try:
            raise KeyError
        except KeyError:
            raise ValueError from None
    except ValueError as e:
        return x, e.__context__ is None


@refused(vector, says=r"except\* is not supported.*single exceptions", at="try")
def exception_groups(x):
    try:
        y = x[0] / x[1]
    except* ValueError:
        y = 0.0
    return y


@refused(vector, says="`with` of lock is not supported.*written in Python", at="with")
def context_manager_not_in_python(x):
    with LOCK:
        return x * 2


@refused(vector, says="eval in a compiled function", at='eval("x + 1")')
def evaluates_text(x):
    return eval("x + 1") * 2


@refused(vector, says="the order of a set.*sorted", at="for v in")
def order_of_a_set_of_texts(x):
    total = []
    for v in {("a" if v > 0 else "b") for v in x}:
        total.append(v)
    return total


@refused(lambda: (1.5,), says="compare or index the values", at='f"{x}" ==')
def compares_a_text(x):
    return f"{x}" == "1.5"


@refused(lambda: (38,), says="append the parts to a list", at="text +=")
def text_added_to_by_many_loops(n):
    text = ""
    for value, letters in ((50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV")):
        while n >= value:
            text += letters
            n -= value
    return text


@refused(lambda: (iter([1.0, 2.0]),), says="'values' is an iterator.*pass a list", at="")
def uses_up_an_iterator(values):
    return [value * 2 for value in values]


@refused(lambda: (np.ones(9), 2), says="shares memory.*copy it first", at="")
def returns_a_halved_view(x, n):
    v = x
    for _ in range(n):
        v = v[::2]
    return v


@refused(lambda: (3,), says="text is made of a tuple that contains run-time.*its parts", at="print")
def prints_nested_tuples(n):
    node = None
    for k in range(n):
        node = (node, k)
    print(node)


@refused(lambda: (5,), says="cache_info in a compiled function; count", at="square.cache_info()")
def counts_of_a_cache(n):
    @functools.cache
    def square(k):
        return k * k

    return square(n) + square(n), square.cache_info().hits


@refused(lambda: (5,), says="'total' is assigned by add.*in a list of one item", at="add(")
def recursion_that_assigns_variables_of_its_parent(n):
    def outer(k):
        total = 1

        def add(j):
            nonlocal total
            if j > 0:
                total += outer(j - 1)
                add(j - 1)

        add(k)
        return total

    return outer(n)


@refused(lambda: (5, "x"), says="does not settle.*of one kind", at="def ")
def recursion_with_longer_texts(n, text):
    return text if n <= 0 else recursion_with_longer_texts(n - 1, text + "x")


@refused(vector, says="whether two views are one object.*keep in a variable", at="b is a")
def identity_of_views_after_a_branch(x):
    a = x[1:]
    b = a
    if x[0] > 0:
        b = x[1:]
    return b is a


@refused(vector, says="'Account'.* of this loop does not settle", at="for k in range")
def class_that_counts_is_defined_in_a_loop(x):
    totals = []
    for k in range(len(x)):

        class Account:
            total = 0.0

        Account.total += x[k]
        totals.append(Account.total)
    return totals


@refused(vector, says="whether two tuples are one object.*keep in a variable", at="best is start")
def identity_of_tuples_after_a_loop(x):
    best = start = (0.0, 0)
    for i in range(len(x)):
        if x[i] > best[0]:
            best = (x[i], i)
    return -1 if best is start else best[1]


@refused(vector, says="whether two numbers are one object.*with == or !=", at="least is first")
def identity_of_numbers_after_a_loop(x):
    least = first = 0.5
    for v in x:
        if v < least:
            least = v.item()
    return least is first


@refused(
    lambda: (np.random.Generator(np.random.Philox(1)),),
    says="random numbers by a Philox are not supported; use np.random.default_rng",
    at="rng.random",
)
def numbers_by_philox(rng):
    return rng.random()


@refused(
    lambda: (np.random.default_rng(1),),
    says="'hypergeometric' of a Generator is not supported.*there are .*normal.*draw other numbers",
    at="rng.hyper",
)
def hypergeometric_numbers(rng):
    return rng.hypergeometric(5, 4, 3)


@refused(vector, says=r"np.nditer with flags=\['external_loop'\].*np.ndenumerate", at="np.nditer")
def goes_through_parts_by_nditer(x):
    total = 0.0
    for part in np.nditer(x, flags=["external_loop"]):
        total += np.sum(part)
    return total


@refused(vector, says="float16 are not supported: .*float32 and float64", at="x.astype")
def half_precision(x):
    return x.astype(np.float16)


@refused(vector, says="perf_counter may return something else.*call it outside", at="time.perf")
def measures_time(x):
    start = time.perf_counter()
    return np.sum(x), time.perf_counter() - start > 0


class Holder:
    def __init__(self, x):
        self.x = x


@refused(vector, says="compare objects with `is`", at="id(holders[0])")
def identity_number_of_an_object_in_a_list(x):
    holders = []
    for k in range(len(x)):
        holders.append(Holder(k))
    return id(holders[0])


def overlapping_rows():
    whole = np.ones(20)
    return {k: whole[k:] for k in range(9)}, 3


@refused(
    overlapping_rows,
    says="chooses from 'rows', which holds things.*pass one array with another axis, or copies",
    at="",
)
def arrays_that_overlap_by_computed_key(rows, count):
    total = 0.0
    for k in range(count):
        total += rows[k % 9].sum()
    return total


def bodies_and_one_of_them():
    bodies = [Holder(np.ones(2)) for _ in range(9)]
    return bodies, bodies[3], 5


@refused(
    bodies_and_one_of_them,
    says="object or array in 'bodies', from which run-time values choose.*pass a copy",
    at="",
)
def object_of_a_list_has_another_name(bodies, body, count):
    for k in range(count):
        bodies[k % 9].x += 1.0
    return body.x


def rows_and_one_of_them():
    rows = [[1], [2, 3]]
    return rows, rows[1], 5


@refused(
    rows_and_one_of_them,
    says="object or array in 'rows', from which run-time values choose.*pass a copy",
    at="",
)
def row_of_a_table_has_another_name(rows, row, count):
    for k in range(count):
        rows[k % 2].append(k)
    return len(row)


class Settings:
    tolerance = 1e-9
    area = None


class Strict(Settings):
    pass


@refused(vector, says="'tolerance' of Strict, which inherits it.*tolerance = None", at="Strict")
def class_gets_an_attribute_that_it_inherits(x):
    Strict.tolerance = len(x)
    return x * Settings.tolerance


@refused(vector, says="Line is defined in the compiled function.*define the class outside", at="")
def object_of_a_local_class_is_returned(x):
    class Line:
        def __init__(self, slope):
            self.slope = slope

        def at(self, t):
            return self.slope * t

    return Line(x[0])


@refused(vector, says="a keyword of a class is not supported.*define the class outside", at="Meta)")
def local_class_with_a_metaclass(x):
    class Meta(type):
        pass

    class Line(metaclass=Meta):
        slope = 1.0

    return x * Line.slope


@refused(vector, says="such a statement in the body of a class.*compute it before", at="for k")
def local_class_with_a_loop(x):
    class Table:
        total = 0
        for k in range(3):
            total += k

    return x * Table.total


class Registered:
    found: ClassVar[list[type]] = []

    def __init_subclass__(cls):
        Registered.found.append(cls)


@refused(vector, says="deriving a class from Registered.*define it outside", at="Registered)")
def local_class_that_is_registered(x):
    class Line(Registered):
        slope = 2.0

    return x * Line.slope


def _made_here(value):
    class Point:
        def __init__(self, value):
            self.value = value

    return Point(value)


@refused(vector, says="whether an object is a Point.*more than once.*outside", at="type(other)")
def classes_of_two_calls_are_compared(x):
    one, other = _made_here(x[0]), _made_here(x[1])
    return isinstance(one, type(other))


@refused(vector, says="'area' of Settings.*function", at="Settings.area")
def class_gets_another_method(x):
    Settings.area = np.sum
    return Settings.area(x)


@refused(
    lambda: (np.ones((6, 2)),),
    says="used after an array that it was made from was changed.*x.copy()",
    at="tree.query",
)
def tree_of_points_that_move(points):
    tree = spatial.cKDTree(points)
    points += 1.0
    return tree.query(points)[0]


@refused(
    lambda: (sparse.csr_array(np.eye(3)), np.ones(3)),
    says="used after an array that it was made from was changed",
    at="a @ v",
)
def elements_of_a_sparse_matrix_are_set(a, v):
    a.data[:] = 2.0
    return a @ v


@refused(
    lambda: (sparse.csr_array(np.eye(3)),),
    says="an object of a library is changed by setdiag",
    at="matrix.setdiag",
)
def diagonal_of_a_sparse_matrix_is_set(matrix):
    matrix.setdiag(2.0)
    return matrix.sum()


@refused(lambda: (2.0,), says="rvs draws random numbers.*default_rng", at="stats.norm")
def sample_of_a_distribution(x):
    return stats.norm(x, 1.0).rvs()


@refused(
    lambda: (np.ones(3),), says="array2string returns depends on the data", at="np.array2string"
)
def text_of_an_array(x):
    return np.array2string(x)


@refused(
    lambda: (1.5,),
    says="vectorized=True of solve_ivp",
    at="integrate.solve_ivp",
)
def equation_of_many_states(a):
    return integrate.solve_ivp(lambda t, y: -a * y, (0.0, 1.0), [1.0], vectorized=True).t


@refused(
    lambda: (1.5,),
    says="random numbers without an integer as seed of differential_evolution.*seed=1",
    at="optimize.differential_evolution",
)
def evolution_of_parameters(a):
    return optimize.differential_evolution(lambda x: (x[0] - a) ** 2, [(0, 2)]).x


@refused(
    lambda: (1.5,),
    says="scipy.optimize.bracket is given what only.*call it outside",
    at="optimize.bracket",
)
def interval_around_a_minimum(a):
    return optimize.bracket(lambda x: (x - a) ** 2)


@refused(
    lambda: (2.0,),
    says="the integrand changes .* around it.*return what it computes",
    at="integrate.tplquad",
)
def integrand_keeps_a_history(a):
    seen = []

    def integrand(z, y, x):
        seen.append(x)
        return a * x

    return integrate.tplquad(integrand, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0)[0] + len(seen)


@refused(
    lambda: (2.0,),
    says="scipy.integrate.quad in a function that SciPy calls, and that changes.*not supported",
    at="integrate.quad",
)
def counts_roots_of_integrals(a):
    calls = [0]

    def missing(end):
        calls[0] += 1
        return integrate.quad(lambda x: x * x, 0.0, end)[0] - a

    return optimize.brentq(missing, 0.0, 9.0), calls[0]
