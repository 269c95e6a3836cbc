"""Loops over ranges as loops with a test, in the syntax tree of generated source.

numba's range objects and their iterators become about a hundred LLVM instructions for each loop,
which LLVM then removes. A counter and a test become a dozen::

    for i in range(a, n):               counter, stop = a, n
        x[i] = 0.0                      while counter < stop:
                                            i = counter
                                            counter += 1
                                            x[i] = 0.0
"""

from __future__ import annotations

import ast
import itertools

#: Ranges of iterations that do not depend on each other.
INDEPENDENT = ("independent", "independent_rest")


def with_counters(tree: ast.Module) -> ast.Module:
    """Return a tree in which loops over ranges of a known step are loops with a test."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    changed: ast.Module = _Counters(names).visit(tree)
    return ast.fix_missing_locations(changed)


class _Counters(ast.NodeTransformer):
    """Rewrites loops.

    Args:
        taken: The names that the tree uses.
    """

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._numbers = itertools.count()

    def visit_For(self, loop: ast.For) -> ast.stmt | list[ast.stmt]:
        self.generic_visit(loop)
        bounds = _bounds(loop)
        if bounds is None or not isinstance(loop.target, ast.Name):
            return loop
        start, stop, step = bounds
        counter, end = self._fresh("counter"), self._fresh("stop")
        beyond = ast.Lt() if step > 0 else ast.Gt()
        next_one = ast.BinOp(_read(counter), ast.Add(), ast.Constant(step))
        made: list[ast.stmt] = [
            _assigned(counter, start),
            _assigned(end, stop),
            ast.While(
                ast.Compare(_read(counter), [beyond], [_read(end)]),
                [
                    _assigned(loop.target.id, _read(counter)),
                    _assigned(counter, next_one),
                    *_marked(loop),
                ],
                [],
            ),
        ]
        for statement in made:
            ast.copy_location(statement, loop)
        return made

    def _fresh(self, base: str) -> str:
        while (name := f"{base}_{next(self._numbers)}") in self._taken:
            continue
        return name


def _marked(loop: ast.For) -> list[ast.stmt]:
    """Return the body of a loop, with marks at both ends if its iterations are independent."""
    call, target = loop.iter, loop.target
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Name)
    assert isinstance(target, ast.Name)
    if call.func.id not in INDEPENDENT:
        return loop.body
    begin, end = (
        ast.Expr(ast.Call(_read(name), [_read(target.id)], []))
        for name in ("begin_independent", f"end_{call.func.id}")
    )
    return [begin, *loop.body, end]


def _read(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _assigned(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _bounds(loop: ast.For) -> tuple[ast.expr, ast.expr, int] | None:
    """Return the start, stop and step of a loop over a range, None if it is another loop."""
    call = loop.iter
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or loop.orelse:
        return None
    if call.func.id not in ("range", *INDEPENDENT) or call.keywords:
        return None
    start: ast.expr = ast.Constant(0)
    if len(call.args) == 1:
        return start, call.args[0], 1
    if len(call.args) == 2:
        return call.args[0], call.args[1], 1
    try:
        step = ast.literal_eval(call.args[2])
    except (ValueError, IndexError):
        return None
    return (call.args[0], call.args[1], step) if isinstance(step, int) and step else None
