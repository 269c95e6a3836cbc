"""The code that prepares a call: it tests the premises of a trace and reads its inputs.

Enters: what a trace read outside the function. Leaves: generated functions, since a loop over the
premises would cost more than most calls.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from autograph.frontend import Argument, Names, Traced, parameter

GENERATED = str(Path(__file__).with_name("generated"))
"""Where tracebacks say that generated code is: in this package, so not in the user's code."""

_PREPARE = """
def prepare(arguments):
    {unpacking}
    try:
        if not ({tests}):
            return None
        return [{values}]
    except Exception:
        return None
"""

_DIRECT = """
def direct_call({parameters}):
    {fits}
    if fits:
        try:
            results = entry({values})
        except mismatch:
            pass
        else:
            if results[0] == 0:
                return {result}
    return slow(({arguments}), {{}})
"""

_FITS = """try:
        fits = {tests}
    except Exception:
        fits = False"""


class Result(Struct, frozen=True):
    """How a call gets what it returns from the results of an entry.

    Attributes:
        position: The result that is returned as it is.
        value: The value of a param, or of an object from outside, that is returned.
        nothing: Whether None is returned.
    """

    position: int | None = None
    value: int | None = None
    nothing: bool = False


class Direct(Struct, frozen=True):
    """What a generated call needs to go straight to a compiled entry.

    Attributes:
        entry: The compiled entry; it refuses arrays of another dtype, number of axes or layout.
        mismatch: What the entry raises for what it was not compiled for.
        types: The types of the values of the params of the graph.
        result: What is returned, if that is simple.
        finish: Makes what is returned from the results and the values of the params.
    """

    entry: Callable[..., Any]
    mismatch: tuple[type[Exception], ...]
    types: tuple[type, ...]
    result: Result
    finish: Callable[..., Any]


class Preparation:
    """Tests the premises of a trace and reads its inputs.

    Args:
        traced: The trace.
        count: The number of arguments of a call, one for each parameter.

    Attributes:
        prepare: Takes the arguments; returns the values of the params and then, in reverse order,
            of the objects that are returned as they are; None if a premise does not hold.
    """

    def __init__(self, traced: Traced, count: int) -> None:
        self._names = Names()
        self._parameters = [parameter(k) for k in range(count)]
        self._sources = [entry.source for entry in traced.inputs]
        self._values = [source.text(self._names) for source in self._sources]
        self._returned = [source.text(self._names) for source in reversed(traced.returned)]
        self._tests = [premise.text(self._names) for premise in traced.premises]
        unpacking = f"{', '.join(self._parameters)}, = arguments" if count else "pass"
        text = _PREPARE.format(
            unpacking=unpacking,
            tests=" and ".join(self._tests) or "True",
            values=", ".join([*self._values, *self._returned]),
        )
        self.prepare: Callable[[Sequence[Any]], list[Any] | None] = self._define(text, "prepare")

    def _define(self, text: str, name: str, **scope: Any) -> Any:
        """Return the function that a text defines."""
        scope |= self._names.objects
        exec(builtins.compile(text, GENERATED, "exec"), scope)
        return scope[name]

    def direct_call(self, direct: Direct, slow: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that calls a compiled entry if the premises hold, else `slow`.

        It is generated with explicit parameters because `*args` alone would cost as much as all
        the rest of a call.
        """
        tests, read = list(self._tests), []
        for k, (source, kind) in enumerate(zip(self._sources, direct.types, strict=True)):
            variable = self._values[k]
            if not isinstance(source, Argument):
                variable, text = f"v{k}", self._values[k]
                tests.append(f"type({variable} := {text}) is {self._names.of(kind)}")
            else:
                tests.insert(k, f"type({variable}) is {self._names.of(kind)}")
            read.append(variable)
        condition = " and ".join(tests) or "True"
        is_safe = not self._tests and all(isinstance(s, Argument) for s in self._sources)
        text = _DIRECT.format(
            parameters=", ".join(self._parameters),
            fits=f"fits = {condition}" if is_safe else _FITS.format(tests=condition),
            values=", ".join(read),
            result=self._result(direct.result, [*read, *self._returned]),
            arguments="".join(f"{p}, " for p in self._parameters),
        )
        scope: dict[str, Any] = {"entry": direct.entry, "finish": direct.finish, "slow": slow}
        scope["mismatch"] = direct.mismatch
        made: Callable[..., Any] = self._define(text, "direct_call", **scope)
        return made

    def _result(self, result: Result, values: Sequence[str]) -> str:
        """Return the expression of what is returned."""
        if result.position is not None:
            return f"results[{result.position + 1}]"
        if result.value is not None:
            return values[result.value]
        return (
            "None" if result.nothing else f"finish(results, ({''.join(v + ', ' for v in values)}))"
        )
