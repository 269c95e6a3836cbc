"""Generated source as one LLVM module.

Enters: the syntax tree of a source, what its names stand for, and the types of the arguments of the
function that is called from outside. Leaves: an LLVM module with that function and those that it
calls, one for each types of arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from numba.core import types
from numba.core.environment import Environment
from numba.core.funcdesc import FunctionDescriptor

from autograph.backends.numba.compilation.source_types import Resolver, SourceTypes
from autograph.backends.numba.compilation.writer import FunctionWriter

_Key = tuple[str, tuple[Any, ...]]


class Program:
    """The functions of a source.

    Args:
        tree: The source.
        scope: What its names stand for outside of the functions.
        context: numba's target context.
        module: The LLVM module that the functions are written to.
        symbol: Returns the name that a function has in machine code.
        filename: Where errors say that the source is.
    """

    def __init__(
        self,
        tree: ast.Module,
        scope: Mapping[str, Any],
        context: Any,
        module: Any,
        symbol: Callable[[str], str],
        filename: str,
    ) -> None:
        self._functions = {f.name: f for f in tree.body if isinstance(f, ast.FunctionDef)}
        self._context, self._module, self._symbol = context, module, symbol
        self._filename = filename
        self._resolver = Resolver(context.typing_context, scope)
        self._types: dict[_Key, SourceTypes] = {}
        self._descriptors: dict[_Key, FunctionDescriptor] = {}

    def write(self, name: str, arguments: tuple[Any, ...]) -> FunctionDescriptor:
        """Write a function and those that it calls; return numba's description of it."""
        self._result(name, arguments)
        return self._descriptor(name, arguments)

    def _result(self, name: str, arguments: tuple[Any, ...]) -> Any:
        """Return what a function returns, None if that is not known yet."""
        key = name, arguments
        if key not in self._types:
            found = SourceTypes(self._resolver, self._functions[name], arguments, self._result)
            self._types[key] = found
            found.infer()
        return self._types[key].result

    def _descriptor(self, name: str, arguments: tuple[Any, ...]) -> FunctionDescriptor:
        key = name, arguments
        if key not in self._descriptors:
            found, function = self._types[key], self._functions[name]
            symbol = self._symbol(name)
            made = self._descriptors[key] = FunctionDescriptor(
                native=True,
                modname=__name__,
                qualname=symbol,
                unique_name=symbol,
                doc="",
                typemap={},
                restype=types.none if found.result is None else found.result,
                calltypes={},
                args=tuple(argument.arg for argument in function.args.args),
                kws=(),
                mangler=self._context.mangler,
                argtypes=arguments,
            )
            self._write(function, found, made, is_called=len(self._descriptors) > 1)
        return self._descriptors[key]

    def _write(
        self, function: ast.FunctionDef, found: SourceTypes, made: Any, *, is_called: bool
    ) -> None:
        context = self._context.subtarget(environment=Environment.from_fndesc(made), fndesc=made)
        context.declare_env_global(self._module, context.get_env_name(made))
        target = context.declare_function(self._module, made)
        if is_called:
            target.linkage = "internal"
        writer = FunctionWriter(context, function, found, target, self._descriptor, self._filename)
        arguments = context.call_conv.decode_arguments(writer.builder, made.argtypes, target)
        writer.write(arguments)
