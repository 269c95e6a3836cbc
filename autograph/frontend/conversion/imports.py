"""Imports inside functions: assignments of what is imported.

Enters: a function. Leaves: the same with an assignment for each name that an import binds.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import gast

from autograph.frontend.conversion.quote import place

_MARK = "import "


class _Replacer(gast.NodeTransformer):  # type: ignore[misc]
    def visit_Import(self, node: gast.Import) -> list[gast.stmt]:
        """Replace `import a.b`, which binds `a`, and `import a.b as c`, which binds `a.b`."""
        return [
            _assignment(x.asname or x.name.partition(".")[0], node, x.name, "", not x.asname)
            for x in node.names
        ]

    def visit_ImportFrom(self, node: gast.ImportFrom) -> list[gast.stmt]:
        """Replace `from a import b as c`."""
        module = "." * (node.level or 0) + (node.module or "")
        return [_assignment(x.asname or x.name, node, module, x.name, False) for x in node.names]


def replace_imports(root: gast.FunctionDef) -> None:
    """Replace the imports in a function."""
    root.body = _Replacer().visit(gast.Module(body=root.body, type_ignores=[])).body


def _assignment(target: str, at: gast.stmt, module: str, name: str, top: bool) -> gast.stmt:
    source = gast.Name(
        id=f"{_MARK}{module} {name} {'top' if top else ''}",
        ctx=gast.Load(),
        annotation=None,
        type_comment=None,
    )
    bound = gast.Name(id=target, ctx=gast.Store(), annotation=None, type_comment=None)
    result = gast.Assign(targets=[bound], value=source, type_comment=None)
    for node in (source, bound, result):
        place(node, at)
    return result


def import_call(node: gast.Name) -> str | None:
    """Return the call that imports what an assignment needs, None for another name."""
    if not node.id.startswith(_MARK):
        return None
    module, name, top = node.id.removeprefix(_MARK).split(" ")
    return f"ag__.imported({module!r}, {name!r}, {bool(top)})"


def imported(module: str, name: str, top: bool, namespace: dict[str, Any]) -> Any:
    """Return what an import in a module of a certain namespace binds."""
    package = namespace.get("__package__")
    found = _module(module, package)
    if top:
        return _module(module.partition(".")[0], None)
    if not name:
        return found
    if isinstance(found, ModuleType) and not hasattr(found, name):
        return _module(f"{module}.{name}", package)
    return getattr(found, name)


def _module(name: str, package: str | None) -> ModuleType:
    return importlib.import_module(name, package)
