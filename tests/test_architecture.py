"""The shape of the code: imports go one way, and files and functions stay readable."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "autograph"
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70

# Each layer may import from those with a lower number; equal numbers never meet.
LAYERS = {
    "disk_cache": 0,
    "errors": 0,
    "ir": 1,
    "ops": 2,
    "frontend": 3,
    "autodiff": 3,
    "opt": 3,
    "backends": 3,
    "pipeline": 4,
    "device_arrays": 4,
    "explain": 5,
    "finished": 5,
    "floating_point": 5,
    "garbage": 5,
    "preparation": 5,
    "rooms": 5,
    "signature": 5,
    "target": 6,
    "callbacks": 7,
    "specialise": 8,
    "compiled": 9,
    "compiler": 10,
    "linearized": 10,
    "transformed": 11,
    "custom": 12,
    "derivatives": 12,
    "directions": 12,
    "checking": 13,
    "solvers": 13,
    "__init__": 14,
}

# The folders of the frontend, likewise; what lies beside them is above all.
FRONTEND_LAYERS = {
    "symbols": 0,
    "arrays": 1,
    "conversion": 1,
    "numpy_api": 2,
    "tracing": 3,
    "standard_library": 4,
    "flow": 4,
    "language": 5,
    "transforms": 6,
    "callbacks": 7,
}
ABOVE_FRONTEND = 8

LOADS_NUMBA = "imports numba, which takes longer than everything else at the first call"
IMPORTS_LLVM = "slow to import, and only needed where machine code does not become an image"

# Imports inside functions, each with why it cannot stand at the top of its file.
IMPORTS_IN_FUNCTIONS = {
    ("backends/numba/compilation/array_functions.py", "numba.np.arraymath"): (
        "imported while nothing looks for a BLAS"
    ),
    ("frontend/conversion/imports.py", "name"): "imports what the user's function imports",
    (
        "backends/numba/code_cache.py",
        "autograph.backends.numba.compilation.compiler",
    ): LOADS_NUMBA,
    ("backends/numba/object_code.py", "llvmlite.binding"): IMPORTS_LLVM,
    ("backends/numba/surroundings.py", "llvmlite.binding"): IMPORTS_LLVM,
    ("backends/numba/surroundings.py", "package"): LOADS_NUMBA,
    ("backends/numba/compilation/registries.py", "f'numba.{name}'"): (
        "imported where numba itself imports it: once something is compiled"
    ),
    (
        "backends/numba/symbols.py",
        "scipy.linalg.cython_lapack",
    ): "slow to import, only linear algebra needs it",
    (
        "backends/numba/vocabulary.py",
        "f'{_FOLDER}.{MODULES[name]}'",
    ): LOADS_NUMBA,
    ("backends/cuda/device.py", "autograph.backends.cuda.cupy_device"): "cupy is optional",
    (
        "autodiff/formulas.py",
        "scipy.special",
    ): "slow to import, and few programs use its functions",
    (
        "frontend/conversion/convert.py",
        "astor",
    ): "only used for printing; warns on newer versions of Python",
    ("ops/define.py", "scipy.special"): "slow to import, and few programs use its functions",
    (
        "ops/linear_algebra.py",
        "scipy.linalg.lapack",
    ): "slow to import, only linear algebra needs it",
    (
        "ops/linear_algebra.py",
        "scipy.linalg",
    ): "slow to import, only linear algebra needs it",
    ("pipeline.py", "autograph.backends.cuda.emit"): "only used where CUDA code is asked for",
    ("target.py", "autograph.backends.cuda.device"): "only used for CuPy arrays",
    ("target.py", "autograph.backends.cuda.execute"): "only used for CuPy arrays",
}

# Modules that only the files named may import, to keep `import autograph` quick or possible.
HEAVY_IMPORTS = {
    "cupy": "backends/cuda/",
    "numba": "backends/numba/compilation/",
    "llvmlite": "backends/numba/compilation/",
}

FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


@dataclass(frozen=True)
class Import:
    """One imported module, and whether the statement stands inside a function."""

    module: str
    line: int
    in_function: bool
    for_types_only: bool


def label(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> str | None:
    """Return the layer that a module of the package belongs to, None for other packages."""
    parts = module.split(".")
    if parts[0] != PACKAGE.name:
        return None
    return parts[1] if len(parts) > 1 else "__init__"


def own_layer(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


MODULES = frozenset(map(module_name, FILES))


def imports_of(path: Path) -> Iterator[Import]:
    yield from walk_imports(TREES[path], path, in_function=False, for_types_only=False)


def walk_imports(
    node: ast.AST, path: Path, in_function: bool, for_types_only: bool
) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            for module in imported_modules(child, path):
                yield Import(module, child.lineno, in_function, for_types_only)
        if isinstance(child, ast.Call) and (module := module_imported_by_call(child)):
            yield Import(module, child.lineno, in_function, for_types_only)
        inside = in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        for_types = for_types_only or is_type_checking(child)
        yield from walk_imports(child, path, inside, for_types)


def module_imported_by_call(call: ast.Call) -> str | None:
    """Return the module that `importlib.import_module("...")` names."""
    if not ast.unparse(call.func).endswith("import_module"):
        return None
    name = call.args[0]
    return name.value if isinstance(name, ast.Constant) else ast.unparse(name)


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def imported_modules(statement: ast.Import | ast.ImportFrom, path: Path) -> list[str]:
    """Return full names; `from autograph.ops import control` names `autograph.ops.control`."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    base = statement.module or ""
    if statement.level:
        package = (PACKAGE.name, *path.relative_to(PACKAGE).parent.parts)
        kept = package[: len(package) - statement.level + 1]
        base = ".".join([*kept, base]) if base else ".".join(kept)
    return [
        full if (full := f"{base}.{alias.name}") in MODULES or base == PACKAGE.name else base
        for alias in statement.names
    ]


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", FILES, ids=label)
def test_imports_go_one_way(path: Path) -> None:
    layer = own_layer(path)
    assert layer in LAYERS, f"{label(path)} belongs to no layer"
    for imported in imports_of(path):
        target = layer_of(imported.module)
        if target is None or target == layer:
            continue
        assert target in LAYERS, f"{label(path)}:{imported.line} imports {imported.module}"
        assert LAYERS[target] < LAYERS[layer], (
            f"{label(path)}:{imported.line} ({layer}) imports {imported.module} ({target})"
        )


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("frontend/**/*.py")), ids=label)
def test_imports_in_the_frontend_go_one_way(path: Path) -> None:
    folder = path.relative_to(PACKAGE / "frontend").parts[0]
    own = FRONTEND_LAYERS.get(folder, ABOVE_FRONTEND)
    for imported in imports_of(path):
        parts = imported.module.split(".")
        if parts[:2] == [PACKAGE.name, "frontend"] and len(parts) > 2 and parts[2] != folder:
            assert FRONTEND_LAYERS.get(parts[2], ABOVE_FRONTEND) < own or own == ABOVE_FRONTEND, (
                f"{label(path)}:{imported.line} ({folder}) imports {imported.module}"
            )


@pytest.mark.parametrize("path", FILES, ids=label)
def test_imports_stand_at_the_top(path: Path) -> None:
    for imported in imports_of(path):
        if imported.in_function:
            assert (label(path), imported.module) in IMPORTS_IN_FUNCTIONS, (
                f"{label(path)}:{imported.line} imports {imported.module} inside a function"
            )


def test_allowed_imports_in_functions_are_used() -> None:
    found = {(label(p), i.module) for p in FILES for i in imports_of(p) if i.in_function}
    assert set(IMPORTS_IN_FUNCTIONS) <= found


@pytest.mark.parametrize("path", FILES, ids=label)
def test_heavy_packages_stay_in_their_backend(path: Path) -> None:
    for imported in imports_of(path):
        home = HEAVY_IMPORTS.get(imported.module.split(".")[0])
        allowed = imported.in_function and (label(path), imported.module) in IMPORTS_IN_FUNCTIONS
        if home is not None and not imported.for_types_only and not allowed:
            assert label(path).startswith(home), f"{label(path)} imports {imported.module}"


def test_only_the_compiler_imports_what_imports_numba() -> None:
    folder = "autograph.backends.numba.compilation"
    for path in FILES:
        if not label(path).startswith("backends/numba/compilation/"):
            found = [i.module for i in imports_of(path) if not i.in_function]
            assert not [m for m in found if m.startswith(folder)], label(path)


@pytest.mark.parametrize("path", FILES, ids=label)
def test_files_are_short(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_FILE_LINES, f"{label(path)} has {lines} lines"


@pytest.mark.parametrize("path", FILES, ids=label)
def test_functions_are_short(path: Path) -> None:
    for function in functions_of(path):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        assert lines <= MAX_FUNCTION_LINES, (
            f"{label(path)}:{function.lineno} {function.name} has {lines} lines"
        )


def test_modules_do_not_import_in_a_circle() -> None:
    """Within a layer too; imports for type checking alone do not count."""
    graph = {name: set[str]() for name in MODULES}
    for path in FILES:
        for imported in imports_of(path):
            if not imported.for_types_only and not imported.in_function:
                graph[module_name(path)] |= {imported.module} & graph.keys()
    finished: set[str] = set()
    for name in sorted(graph):
        find_circle(name, graph, (), finished)


def find_circle(
    name: str, graph: dict[str, set[str]], trail: tuple[str, ...], finished: set[str]
) -> None:
    assert name not in trail, f"circle of imports: {' -> '.join([*trail, name])}"
    if name not in finished:
        for imported in sorted(graph[name]):
            find_circle(imported, graph, (*trail, name), finished)
        finished.add(name)
