"""Compiles generated source to an object file with an entry of our own.

Enters: the text of a module that defines one function, and the types of its arguments. Leaves: an
object file in which a symbol is the entry that CPython can call. What the source says is written as
LLVM code by `FunctionWriter`; what it calls is numba's, as is the way from there to machine code.
numba's own wrapper and its dispatcher are not used: they need numba in the process that runs the
code.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import CodeType
from typing import Any, NamedTuple

import llvmlite.binding as llvm
import numba
import numpy as np
from numba.core.codegen import JITCodeLibrary, _parse_refprune_flags
from numba.core.compiler import Flags, _make_subtarget
from numba.core.compiler_lock import global_compiler_lock
from numba.core.environment import Environment
from numba.core.errors import NumbaError
from numba.core.llvm_bindings import create_pass_builder
from numba.core.registry import cpu_target
from numba.core.targetconfig import ConfigStack
from numba.np import numpy_support

from autograph.backends.numba import vocabulary
from autograph.backends.numba.argument_types import ArgumentType, ArrayType
from autograph.backends.numba.compilation import array_functions, array_objects
from autograph.backends.numba.compilation.entry import entry_name, write_entry
from autograph.backends.numba.compilation.memory import runtime
from autograph.backends.numba.compilation.program import Program
from autograph.backends.numba.compilation.registries import few_registries
from autograph.backends.numba.compilation.source_types import UnknownSourceError
from autograph.errors import InternalError

_ENVIRONMENT_PREFIX = "_ZN08NumbaEnv"


class ObjectFile(NamedTuple):
    """What the compilation leaves.

    Attributes:
        data: The contents of the object file.
        entry: The symbol of the entry.
        is_portable: Whether other processes can run it, too.
        symbols: What the machine code refers to outside.
        llvm_ir: The optimised LLVM code as text.
    """

    data: bytes
    entry: str
    is_portable: bool
    symbols: list[str]
    llvm_ir: str


def numba_type(asked: ArgumentType) -> Any:
    """Return numba's type of an argument."""
    item = numpy_support.from_dtype(np.dtype(asked.dtype))
    if not isinstance(asked, ArrayType):
        return item
    return numba.types.Array(
        item, asked.ndim, asked.layout, readonly=not asked.writeable, aligned=asked.aligned
    )


class _Library(JITCodeLibrary):  # type: ignore[misc]
    """The library of the entry, which is optimised but not linked into this process."""

    def _optimize_functions(self, ll_module: Any) -> None:
        """Put variables into registers; all else is done once, when the parts are together."""
        ll_module.data_layout = self._codegen._data_layout
        for function in ll_module.functions:
            if not function.is_declaration:
                passes = llvm.newpassmanagers.create_new_function_pass_manager()
                passes.add_simplify_cfg_pass()
                passes.add_sroa_pass()
                passes.add_instruction_combine_pass()
                passes.add_simplify_cfg_pass()
                passes.add_refprune_pass(_parse_refprune_flags())
                passes.run(function, create_pass_builder(self._codegen._tm, opt=3))

    def _optimize_final_module(self) -> None:
        self._final_module.link_in(llvm.parse_assembly(runtime()))
        super()._optimize_final_module()

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def object_file(self) -> bytes:
        """Return the machine code."""
        self._ensure_finalized()
        data: bytes = self._codegen._tm.emit_object(self._final_module)
        return data


@global_compiler_lock  # type: ignore[untyped-decorator]
def compile_function(
    source: str,
    name: str,
    filename: str,
    unique_name: str,
    asked: Sequence[ArgumentType],
    fastmath: frozenset[str],
    namespace: Mapping[str, Any],
) -> ObjectFile:
    """Return the object file of a generated function.

    Args:
        source: Text of a module that defines the function.
        name: The function's name.
        filename: Where messages say that the source is.
        unique_name: A name that no other function in any process has.
        asked: The types of its arguments.
        fastmath: LLVM's fast-math flags for every floating-point operation of the function.
        namespace: Names that the source uses besides those of `vocabulary`.

    Raises:
        InternalError: If the source does not define the function, or has what sources have not.
        numba.core.errors.NumbaError: If numba cannot compile what it calls.
    """
    array_functions.load()
    tree = ast.parse(source)
    scope = _run(tree, filename, namespace)
    if scope.get(name) is None:
        raise InternalError(f"the generated source defines no function {name}")

    def written(registries: AbstractContextManager[None]) -> Any:
        with registries:
            return _write(tree, scope, name, filename, unique_name, asked, fastmath)

    try:
        library = written(few_registries(cpu_target.target_context))
    except (NumbaError, NotImplementedError, UnknownSourceError):
        library = written(nullcontext())  # it may need a part of numba that is not loaded
    library.finalize()
    module = library._final_module
    kept = [
        Environment._memo[variable.name].consts
        for variable in module.global_variables
        if variable.name.startswith(_ENVIRONMENT_PREFIX) and variable.name in Environment._memo
    ]
    return ObjectFile(
        library.object_file(),
        entry_name(unique_name),
        not (library.has_dynamic_globals or any(kept)),
        [
            declared.name
            for declared in (*module.functions, *module.global_variables)
            if declared.is_declaration and not declared.name.startswith("llvm.")
        ],
        str(module),
    )


def _write(
    tree: ast.Module,
    scope: Mapping[str, Any],
    name: str,
    filename: str,
    unique_name: str,
    asked: Sequence[ArgumentType],
    fastmath: frozenset[str],
) -> _Library:
    """Return the library of a function of a source and of its entry."""
    flags = Flags()
    options = {"nopython": True, "error_model": "numpy", "fastmath": set(fastmath) or False}
    cpu_target.options.parse_as_flags(flags, options)
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()
    context = _make_subtarget(cpu_target.target_context, flags)
    library = _Library(context.codegen(), unique_name)
    module = library.create_ir_module(unique_name)

    def symbol(function: str) -> str:
        return unique_name if function == name else f"{unique_name}_{function}"

    with ConfigStack().enter(flags), context.push_code_library(library):
        program = Program(tree, scope, context, module, symbol, filename)
        descriptor = program.write(name, tuple(map(numba_type, asked)))
        context.post_lowering(module, library)
        library.add_ir_module(module)
        entry = write_entry(context, descriptor, asked, entry_name(unique_name))
        library.add_ir_module(entry)
        library.add_llvm_module(llvm.parse_assembly(array_objects.FUNCTIONS))
    return library


def machine() -> tuple[str, str, str]:
    """Return what numba compiles for: triple, processor and its features."""
    found: tuple[str, str, str] = cpu_target.target_context.codegen().magic_tuple()
    return found


def _run(tree: ast.Module, filename: str, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the names of a source stand for, those that it defines among them."""
    code = compile(tree, filename, "exec")
    used = set(_names_used(code))
    scope = {**vocabulary.load(used), **{k: v for k, v in KNOWN.items() if k in used}}
    scope |= {**namespace, "__name__": __name__}
    exec(code, scope)
    return scope


#: Modules that sources may use.
KNOWN = {"np": np, "math": math}


def _names_used(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_used(constant)
