"""Compiles generated source, at most once per machine.

Enters: the text of a module that defines one function, and the numba types of its arguments.
Leaves: a callable that runs its machine code, from the folder of `DiskCache` if any process has
compiled the same before.

What is stored is the machine code and the few names by which numba makes a Python callable of it.
An entry's key is a digest over all that decides what the machine code is: source, types, options,
versions, this package's own source, the processor and the C library. The function is renamed after
the key, because symbols of everything ever loaded share one table.

Names that the source may use: ``np``, ``math``, those of `vector_math.namespace` and
`huge_pages.namespace`, and whatever the caller adds.
"""

from __future__ import annotations

import functools
import hashlib
import json
import linecache
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any, NamedTuple

import llvmlite
import llvmlite.binding as llvm
import numba
import numba.core.runtime._nrt_python as c_runtime
import numpy as np
from numba.core.compiler_lock import global_compiler_lock
from numba.core.environment import Environment
from numba.core.registry import cpu_target

from autograph.backends.numba import huge_pages, symbols, vector_math
from autograph.backends.numba.disk_cache import DiskCache
from autograph.backends.numba.dispatch import ExactDispatcher
from autograph.errors import InternalError

_SCHEMA = 1
_ENVIRONMENT_PREFIX = "_ZN08NumbaEnv"
#: Settings of numba that change the machine code.
_SETTINGS = ("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "DEBUGINFO_DEFAULT", "BOUNDSCHECK")


@dataclass(frozen=True)
class CompileOptions:
    """How the machine code may differ from the source, operation by operation.

    Attributes:
        fastmath: LLVM's fast-math flags for every floating-point operation of the function, such as
            ``contract`` or ``reassoc``. None by default: the results are those of the source.
    """

    fastmath: frozenset[str] = frozenset()

    def numba_options(self) -> dict[str, Any]:
        """Return the keyword arguments of `numba.njit`."""
        return {
            "error_model": "numpy",
            "fastmath": set(self.fastmath) or False,
            "nogil": True,
            "no_cfunc_wrapper": True,
        }


class Compiled(NamedTuple):
    """A function that is ready to be called.

    Attributes:
        dispatcher: Runs the machine code if the arguments have exactly its types.
        from_cache: Whether nothing had to be compiled.
    """

    dispatcher: ExactDispatcher
    from_cache: bool


class _MachineCode(NamedTuple):
    """Machine code and what numba needs to call it.

    An environment belongs to each compiled function and lists the Python objects that it uses. Only
    dtypes of arrays are stored, by their names.
    """

    library: str
    function: str
    symbol: str
    parameters: list[str]
    environment: str
    environments: dict[str, list[str]]
    externals: list[str]
    object_code: bytes

    def pack(self) -> bytes:
        """Return the same as bytes: one line of JSON, then the object code."""
        head = json.dumps(self._replace(object_code=b"")._asdict() | {"object_code": ""})
        return head.encode() + b"\n" + self.object_code

    @classmethod
    def unpack(cls, data: bytes) -> _MachineCode:
        """Return what `pack` was applied to."""
        head, _, object_code = data.partition(b"\n")
        return cls(**(json.loads(head) | {"object_code": object_code}))


# LLVM never unloads machine code; what it refers to has to live as long.
_loaded: dict[str, ExactDispatcher] = {}
_environments: dict[str, Environment] = {}


@global_compiler_lock  # type: ignore[untyped-decorator]
def compile_source(
    source: str,
    name: str,
    signature: Sequence[Any],
    options: CompileOptions | None = None,
    namespace: Mapping[str, Any] | None = None,
) -> Compiled:
    """Return machine code for a generated function, compiling it if no process has done so yet.

    Args:
        source: Text of a module that defines the function.
        name: The function's name.
        signature: The numba types of its arguments.
        options: How to compile it.
        namespace: Further names that the source uses. What they stand for must be defined in this
            folder: the key contains the names and the folder's source.

    Raises:
        InternalError: If the source does not define the function.
        numba.core.errors.NumbaError: If numba cannot compile it.
    """
    options = options or CompileOptions()
    extra = dict(namespace or {})
    key = cache_key(source, name, signature, options, extra)
    if key in _loaded:
        return Compiled(_loaded[key], True)
    cache = DiskCache.default()
    filename = f"<autograph {name} {key[:12]}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    code = _read(cache, key)
    if code is not None:
        dispatcher = ExactDispatcher(name, code.parameters)
        dispatcher.insert(signature, _link(code))
    else:
        function = _define(source, name, filename, f"{name}_{key[:16]}", extra)
        result = _compile(function, tuple(signature), options)
        dispatcher = ExactDispatcher(name, result.fndesc.args)
        dispatcher.insert(signature, result.entry_point)
        dispatcher.overloads[tuple(signature)] = result
        machine_code = _extract(result)
        if machine_code is not None:
            cache.store(key, machine_code.pack())
    _loaded[key] = dispatcher
    return Compiled(dispatcher, code is not None)


def cache_key(
    source: str,
    name: str,
    signature: Sequence[Any],
    options: CompileOptions,
    namespace: Mapping[str, Any],
) -> str:
    """Return a digest over everything that decides what the machine code is."""
    chosen = {field.name: getattr(options, field.name) for field in fields(options)}
    parts = (
        *_machine(),
        name,
        *signature,
        *(f"{option}={sorted(value)}" for option, value in sorted(chosen.items())),
        *sorted(namespace),
        source,
    )
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()


@functools.cache
def _machine() -> tuple[object, ...]:
    """Return what does not change while the process runs."""
    codegen = cpu_target.target_context.codegen()
    own_source = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        own_source.update(path.read_bytes())
    return (
        _SCHEMA,
        sys.version,
        numba.__version__,
        llvmlite.__version__,
        np.__version__,
        *codegen.magic_tuple(),
        *(getattr(numba.config, setting) for setting in _SETTINGS),
        vector_math.fingerprint(),
        own_source.hexdigest(),
    )


def _define(
    source: str, name: str, filename: str, unique_name: str, namespace: Mapping[str, Any]
) -> Any:
    """Run the source, with the names that it uses, and return the function that it defines."""
    code = compile(source, filename, "exec")
    known = {**vector_math.namespace(), **huge_pages.namespace(), "np": np, "math": math}
    used = set(_names_used(code))
    scope = {used_name: known[used_name] for used_name in used & known.keys()}
    scope |= {**namespace, "__name__": __name__}
    exec(code, scope)
    function: Any = scope.get(name)
    if function is None:
        raise InternalError(f"the generated source defines no function {name}")
    function.__qualname__ = unique_name
    return function


def _names_used(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_used(constant)


def _compile(function: Any, signature: tuple[Any, ...], options: CompileOptions) -> Any:
    """Return numba's compile result."""
    dispatcher = numba.njit(**options.numba_options())(function)
    dispatcher.compile(signature)
    return dispatcher.overloads[signature]


def _extract(result: Any) -> _MachineCode | None:
    """Return the machine code of a compile result, or None if it only works in this process."""
    library = result.library
    module = library._final_module
    environments = {
        variable.name: _objects(variable.name)
        for variable in module.global_variables
        if variable.name.startswith(_ENVIRONMENT_PREFIX)
    }
    dtypes = [item for objects in environments.values() for item in objects]
    storable = all(isinstance(item, np.dtype) and item == np.dtype(item.str) for item in dtypes)
    if library.has_dynamic_globals or result.lifted or not storable:
        return None
    name, _, (object_code, _) = library.serialize_using_object_code()
    descriptor = result.fndesc
    return _MachineCode(
        library=name,
        function=descriptor.qualname,
        symbol=descriptor.llvm_cpython_wrapper_name,
        parameters=list(descriptor.args),
        environment=descriptor.env_name,
        environments={name: [d.str for d in dtypes] for name, dtypes in environments.items()},
        externals=[
            function.name
            for function in module.functions
            if function.is_declaration and not function.name.startswith("llvm.")
        ],
        object_code=object_code,
    )


def _objects(environment: str) -> list[Any]:
    """Return the Python objects of a live environment."""
    live = Environment._memo.get(environment)
    return [] if live is None else list(live.consts)


def _read(cache: DiskCache, key: str) -> _MachineCode | None:
    """Return the machine code under a key, or None if it is absent or could not run here."""
    data = cache.load(key)
    if data is None:
        return None
    _load_runtime()
    code = _MachineCode.unpack(data)
    # LLVM ends the process when it links code that calls what does not exist.
    return code if all(map(symbols.has_symbol, code.externals)) else None


@functools.cache
def _load_runtime() -> None:
    """Make what machine code calls known to LLVM's linker.

    numba's own initialisation does this too, but also compiles a module and imports its typing
    machinery, which costs more than all the rest of loading machine code.
    """
    symbols.load_libraries()
    for name, address in c_runtime.c_helpers.items():
        llvm.add_symbol(name if name.startswith("_") else f"NRT_{name}", address)


def _link(code: _MachineCode) -> Any:
    """Return a Python callable that runs machine code."""
    context = cpu_target.target_context
    codegen = context.codegen()
    # numba takes the names of the functions in the object code from a module of bitcode beside it.
    names = llvm.parse_assembly(f'define void @"{code.symbol}"() {{ ret void }}')
    contents = (code.object_code, names.as_bitcode())
    library = codegen.unserialize_library((code.library, "object", contents))
    for name, dtypes in code.environments.items():
        environment = Environment._memo.get(name)
        if environment is None:
            environment = Environment(globals())
            environment.env_name = name
            environment.consts.extend(map(np.dtype, dtypes))
        _environments[name] = environment
        codegen.set_env(name, environment)
    descriptor = SimpleNamespace(
        qualname=code.function,
        env_name=code.environment,
        llvm_cpython_wrapper_name=code.symbol,
        lookup_module=lambda: sys.modules[__name__],
    )
    return context.get_executable(library, descriptor, _environments[code.environment])
