"""Compiles generated source by numba to an object file with an entry of our own.

Enters: the text of a module that defines one function, and the types of its arguments. Leaves: an
object file in which a symbol is the entry that CPython can call. numba's own wrapper and its
dispatcher are not used: they need numba in the process that runs the code.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import llvmlite.binding as llvm
import numba
import numpy as np
from numba.core.codegen import JITCodeLibrary, RuntimeLinker, _parse_refprune_flags
from numba.core.compiler import CompilerBase
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.environment import Environment
from numba.core.errors import NumbaError
from numba.core.llvm_bindings import create_pass_builder
from numba.core.registry import cpu_target
from numba.core.typed_passes import (
    AnnotateTypes,
    IRLegalization,
    NativeLowering,
    NoPythonBackend,
    NopythonTypeInference,
    PreLowerStripPhis,
)
from numba.core.untyped_passes import (
    FixupArgs,
    GenericRewrites,
    IRProcessing,
    ReconstructSSA,
    TranslateByteCode,
)
from numba.np import numpy_support

from autograph.backends.numba import vocabulary
from autograph.backends.numba.argument_types import ArgumentType, ArrayType
from autograph.backends.numba.compilation import array_functions
from autograph.backends.numba.compilation.counting import with_counters
from autograph.backends.numba.compilation.elements import ElementLower
from autograph.backends.numba.compilation.entry import entry_name, write_entry
from autograph.backends.numba.compilation.loop_hints import write_hints
from autograph.backends.numba.compilation.memory import RUNTIME
from autograph.backends.numba.compilation.registries import few_registries
from autograph.backends.numba.compilation.signatures import remembered_signatures
from autograph.errors import InternalError

_ENVIRONMENT_PREFIX = "_ZN08NumbaEnv"
_UNRESOLVED_PREFIX = RuntimeLinker.PREFIX


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


class _Part(JITCodeLibrary):  # type: ignore[misc]
    """The library of a function that others call: it is optimised where it is linked to them."""

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
        return

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


class _Library(_Part):
    """The library of the entry, which is optimised but not linked into this process."""

    def _optimize_final_module(self) -> None:
        self._final_module.link_in(llvm.parse_assembly(RUNTIME))
        self._resolve_calls()
        JITCodeLibrary._optimize_final_module(self)

    def _resolve_calls(self) -> None:
        """Make calls of functions of themselves direct: numba looks them up in its process."""
        for variable in [*self._final_module.global_variables]:
            if variable.is_declaration and variable.name.startswith(_UNRESOLVED_PREFIX):
                called = variable.name.removeprefix(_UNRESOLVED_PREFIX)
                text = f'declare void @"{called}"()\n'
                text += f'@"{variable.name}" = linkonce_odr constant ptr @"{called}"\n'
                self._final_module.link_in(llvm.parse_assembly(text))

    def object_file(self) -> bytes:
        """Return the machine code."""
        self._ensure_finalized()
        data: bytes = self._codegen._tm.emit_object(self._final_module)
        return data


class _Lower(ElementLower):
    """Lowering that hints at loops."""

    def lower_function_body(self) -> Any:
        """Lower the body and say of its loops what the source says."""
        entry = super().lower_function_body()
        write_hints(self.function)
        return entry


class _EntryLower(_Lower):
    """Writes our entry in the place of numba's wrapper."""

    def create_cpython_wrapper(self, release_gil: bool = False) -> None:
        """Add the entry for the types of arguments that the compilation was asked for."""
        asked = self.metadata["autograph_types"]
        name = entry_name(self.fndesc.qualname)
        self.library.add_ir_module(write_entry(self.context, self.fndesc, asked, name))


@register_pass(mutates_CFG=True, analysis_only=False)
class _EntryLowering(NativeLowering):  # type: ignore[misc]
    _name = "autograph_entry_lowering"

    @property
    def lowering_class(self) -> Any:
        return _EntryLower

    def run_pass(self, state: Any) -> bool:
        state.library = _Library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        return bool(super().run_pass(state))


@register_pass(mutates_CFG=True, analysis_only=False)
class _RoutineLowering(NativeLowering):  # type: ignore[misc]
    _name = "autograph_routine_lowering"

    @property
    def lowering_class(self) -> Any:
        return _Lower

    def run_pass(self, state: Any) -> bool:
        """Lower a function, and let numba know it by a built-in function that nobody calls."""
        state.library = _Part(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        super().run_pass(state)
        made = state["cr"]
        known_as: Any = [].append
        state.targetctx.insert_user_function(known_as, made.fndesc, [state.library])
        state["cr"] = made._replace(cfunc=known_as)
        return True


def _passes(asked: Sequence[ArgumentType]) -> list[type[Any]]:
    """Return those of numba's passes that generated source needs.

    It has no closures, no `with`, nothing to be inlined before it is typed, and no expressions of
    whole arrays. Its variables have one type each, but for those that hold now a fresh array and
    now an argument, which may be laid out otherwise: these are told apart by single assignment.
    """
    parts = [TranslateByteCode, FixupArgs, IRProcessing, GenericRewrites, NopythonTypeInference]
    fresh = [ArrayType(x.dtype, x.ndim) for x in asked if isinstance(x, ArrayType)]
    if fresh != [x for x in asked if isinstance(x, ArrayType)]:
        parts[-1:] = [ReconstructSSA, NopythonTypeInference, PreLowerStripPhis]
    return [*parts, IRLegalization, AnnotateTypes, _EntryLowering, NoPythonBackend]


class _RoutineCompiler(CompilerBase):  # type: ignore[misc]
    """Compiles the functions that the entry calls, which get arrays of several layouts."""

    def define_pipelines(self) -> list[Any]:
        passes = PassManager("autograph_routine")
        for kind in (
            *(TranslateByteCode, FixupArgs, IRProcessing, GenericRewrites, ReconstructSSA),
            *(NopythonTypeInference, PreLowerStripPhis, IRLegalization, AnnotateTypes),
            *(_RoutineLowering, NoPythonBackend),
        ):
            passes.add_pass(kind, kind.__name__)
        passes.finalize()
        return [passes]


def _compiler_for(asked: Sequence[ArgumentType]) -> type[Any]:
    """Return the row of numba's passes that ends with our entry for arguments of these types."""

    class Compiler(CompilerBase):  # type: ignore[misc]
        def define_pipelines(self) -> list[Any]:
            self.state.metadata["autograph_types"] = asked
            passes = PassManager("autograph")
            for kind in _passes(asked):
                passes.add_pass(kind, kind.__name__)
            passes.finalize()
            return [passes]

    return Compiler


def _compile(function: Any, fastmath: frozenset[str], asked: Sequence[ArgumentType]) -> Any:
    """Return what numba makes of a function."""
    dispatcher = _compiled(function, fastmath, pipeline_class=_compiler_for(asked))
    return dispatcher._compiler.compile(tuple(map(numba_type, asked)), None)


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
        InternalError: If the source does not define the function.
        numba.core.errors.NumbaError: If numba cannot compile it.
    """
    array_functions.load()
    function = _define(source, name, filename, unique_name, fastmath, namespace)
    context = cpu_target.target_context
    try:
        with few_registries(context), remembered_signatures(context.typing_context):
            result = _compile(function, fastmath, asked)
    except (NumbaError, NotImplementedError):  # it may need a part of numba that is not loaded
        result = _compile(function, fastmath, asked)
    library = result.library
    library.finalize()
    module = library._final_module
    kept = [
        Environment._memo[variable.name].consts
        for variable in module.global_variables
        if variable.name.startswith(_ENVIRONMENT_PREFIX) and variable.name in Environment._memo
    ]
    return ObjectFile(
        library.object_file(),
        entry_name(result.fndesc.qualname),
        not (library.has_dynamic_globals or result.lifted or any(kept)),
        [
            declared.name
            for declared in (*module.functions, *module.global_variables)
            if declared.is_declaration and not declared.name.startswith("llvm.")
        ],
        str(module),
    )


def machine() -> tuple[str, str, str]:
    """Return what numba compiles for: triple, processor and its features."""
    found: tuple[str, str, str] = cpu_target.target_context.codegen().magic_tuple()
    return found


def _compiled(function: FunctionType, fastmath: frozenset[str], **options: Any) -> Any:
    """Return what compiles a function for the arguments that it is called with."""
    return numba.njit(
        error_model="numpy",
        fastmath=set(fastmath) or False,
        nogil=True,
        no_cfunc_wrapper=True,
        **options,
    )(function)


def _define(
    source: str,
    name: str,
    filename: str,
    unique_name: str,
    fastmath: frozenset[str],
    namespace: Mapping[str, Any],
) -> Any:
    """Run the source, with the names that it uses, and return the function of a name.

    The other functions that it defines are compiled when that one is, which calls them.
    """
    code = compile(with_counters(ast.parse(source)), filename, "exec")
    used = set(_names_used(code))
    scope = {**vocabulary.load(used), **{k: v for k, v in KNOWN.items() if k in used}}
    scope |= {**namespace, "__name__": __name__}
    exec(code, scope)
    function: Any = scope.get(name)
    if function is None:
        raise InternalError(f"the generated source defines no function {name}")
    for defined, made in [*scope.items()]:
        if isinstance(made, FunctionType) and made.__code__.co_filename == filename:
            made.__qualname__ = unique_name if made is function else f"{unique_name}_{defined}"
            if made is not function:
                scope[defined] = _compiled(
                    made, fastmath, no_cpython_wrapper=True, pipeline_class=_RoutineCompiler
                )
    return function


#: Modules that sources may use.
KNOWN = {"np": np, "math": math}


def _names_used(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_used(constant)
