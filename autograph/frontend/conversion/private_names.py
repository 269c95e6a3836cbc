"""Private names: `__name` in the body of a class stands for `_Class__name`.

Python's compiler replaces them; converted code is compiled outside the class, so they are replaced
before.
"""

from __future__ import annotations

from typing import Any

import gast


def mangled(name: str, class_name: str) -> str:
    """Return what a name in the body of a class stands for."""
    class_name = class_name.lstrip("_")
    is_private = name.startswith("__") and not name.endswith("__") and "." not in name
    return f"_{class_name}{name}" if is_private and class_name else name


class _Mangler(gast.NodeTransformer):  # type: ignore[misc]
    """Replaces the private names under a node."""

    def __init__(self, class_name: str) -> None:
        self.class_name = class_name

    def generic_visit(self, node: gast.AST) -> gast.AST:
        for field, value in gast.iter_fields(node):
            if field in ("id", "attr", "arg", "name", "asname", "rest") and isinstance(value, str):
                setattr(node, field, mangled(value, self.class_name))
            elif field in ("names", "kwd_attrs"):
                is_name = isinstance(value, list) and all(isinstance(x, str) for x in value)
                if is_name:
                    setattr(node, field, [mangled(x, self.class_name) for x in value])
        result: gast.AST = super().generic_visit(node)
        return result

    def visit_ClassDef(self, node: gast.ClassDef) -> gast.AST:
        """Leave the body of another class alone: it has private names of its own."""
        node.name = mangled(node.name, self.class_name)
        for field in ("bases", "keywords", "decorator_list"):
            setattr(node, field, [self.visit(part) for part in getattr(node, field)])
        return node


def replace_private_names(root: Any, class_name: str) -> None:
    """Replace the private names in a function, of a class or with classes in it.

    The function keeps its own name.
    """
    for inner in [node for node in gast.walk(root) if isinstance(node, gast.ClassDef)]:
        mangler = _Mangler(inner.name)
        inner.body = [mangler.visit(statement) for statement in inner.body]
    if not class_name.lstrip("_"):
        return
    name = getattr(root, "name", None)
    _Mangler(class_name).visit(root)
    if name is not None:
        root.name = name
