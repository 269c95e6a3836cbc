"""Conversion of expressions: reads, calls, comparisons and short circuits become run-time calls."""

from __future__ import annotations

from typing import Any

import gast

from autograph.frontend.conversion.imports import import_call
from autograph.frontend.conversion.outer_variables import variable_name
from autograph.frontend.conversion.quote import constant, expression
from autograph.frontend.conversion.quote import name as placed_name
from autograph.frontend.conversion.scopes import Scope, parameters, setter_of

COMPARISONS: dict[type, str] = {
    gast.Lt: "lt",
    gast.LtE: "le",
    gast.Gt: "gt",
    gast.GtE: "ge",
    gast.Eq: "eq",
    gast.NotEq: "ne",
    gast.Is: "is_",
    gast.IsNot: "is_not",
    gast.In: "in_",
    gast.NotIn: "not_in",
}
OPERATORS = {
    gast.Add: "add",
    gast.Sub: "sub",
    gast.Mult: "mul",
    gast.Div: "truediv",
    gast.FloorDiv: "floordiv",
    gast.Mod: "mod",
    gast.Pow: "pow",
    gast.MatMult: "matmul",
    gast.BitAnd: "and_",
    gast.BitOr: "or_",
    gast.BitXor: "xor",
    gast.LShift: "lshift",
    gast.RShift: "rshift",
}
"""Names of the binary operators, as in module `operator`."""

UNARY = {gast.USub: "neg", gast.UAdd: "pos", gast.Invert: "invert"}
"""Names of the unary operators."""


class ExpressionConverter(gast.NodeTransformer):  # type: ignore[misc]
    """Converts expressions in place.

    Args:
        free_names: Variables of enclosing functions that are not converted.
    """

    def __init__(self, free_names: frozenset[str]) -> None:
        self.free_names = free_names
        self.scopes: list[Scope] = []

    # ------------------------------------------------------------ names

    def visit_Name(self, node: gast.Name) -> gast.AST:
        """Convert the read of a variable."""
        if not isinstance(node.ctx, gast.Load):
            return node
        importing = import_call(node)
        if importing is not None:
            return expression(importing, node)
        outer = variable_name(node)
        if outer is not None:
            return expression(f"ag__.variable({outer!r})", node)
        if self._is_local(node.id):
            how = "load"
        else:
            how = "load_free" if node.id in self.free_names else "load_global"
        return expression(f"ag__.{how}(_x, {node.id!r})", node, _x=node)

    def _is_local(self, name: str) -> bool:
        """Return whether a function or class that is being converted binds a name."""
        classes = [scope.is_class for scope in self.scopes]
        seen = [*(not c for c in classes[:-1]), True]
        local = any(name in s.local for s, sees in zip(self.scopes, seen, strict=True) if sees)
        return local or (name == "__class__" and any(classes))

    def visit_Attribute(self, node: gast.Attribute) -> gast.AST:
        """Convert the read of an attribute."""
        return expression(f"ag__.attribute(_o, {node.attr!r})", node, _o=self.visit(node.value))

    def visit_Subscript(self, node: gast.Subscript) -> gast.AST:
        """Convert the read of an item."""
        parts = {"_o": self.visit(node.value), "_k": self.key(node.slice)}
        return expression("ag__.item(_o, _k)", node, **parts)

    def key(self, node: gast.expr) -> gast.expr:
        """Convert what stands in brackets: a tuple there is never nested without end."""
        plain = isinstance(node, gast.Tuple) and not any(
            isinstance(item, gast.Starred) for item in node.elts
        )
        found: gast.expr = self.generic_visit(node) if plain else self.visit(node)
        return found

    def visit_Slice(self, node: gast.Slice) -> gast.AST:
        """Convert a slice."""
        bounds = [
            self.visit(part) if part is not None else constant(None, node)
            for part in (node.lower, node.upper, node.step)
        ]
        return expression(
            "ag__.slice(_a, _b, _c)", node, **dict(zip(("_a", "_b", "_c"), bounds, strict=True))
        )

    # ------------------------------------------------------------ truth

    def test(self, node: gast.expr) -> gast.expr:
        """Convert an expression of which only the truth matters."""
        if isinstance(node, gast.BoolOp):
            values = [self.test(v) for v in node.values]
            return self._short_circuit(node, "test_", values)
        if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.Not):
            return expression("ag__.test_not(_x)", node, _x=self.test(node.operand))
        return self.visit(node)

    def visit_BoolOp(self, node: gast.BoolOp) -> gast.AST:
        """Convert `and` and `or`, whose value matters."""
        return self._short_circuit(node, "value_", [self.visit(v) for v in node.values])

    def _short_circuit(self, node: gast.BoolOp, prefix: str, values: list[gast.expr]) -> gast.expr:
        kind = "and" if isinstance(node.op, gast.And) else "or"
        parts = {f"_{k}": value for k, value in enumerate(values)}
        lazy = ", ".join(f"lambda: _{k}" for k in range(1, len(values)))
        return expression(f"ag__.{prefix}{kind}(_0, {lazy})", node, **parts)

    def visit_UnaryOp(self, node: gast.UnaryOp) -> gast.AST:
        """Convert `not`."""
        if isinstance(node.op, gast.Not):
            return expression("ag__.value_not(_x)", node, _x=self.test(node.operand))
        call = f"ag__.unary({UNARY[type(node.op)]!r}, _x)"
        return expression(call, node, _x=self.visit(node.operand))

    def visit_BinOp(self, node: gast.BinOp) -> gast.AST:
        """Convert a binary operator."""
        call = f"ag__.binary({OPERATORS[type(node.op)]!r}, _a, _b)"
        return expression(call, node, _a=self.visit(node.left), _b=self.visit(node.right))

    def visit_IfExp(self, node: gast.IfExp) -> gast.AST:
        """Convert a conditional expression."""
        return expression(
            "ag__.value_if(_t, lambda: _a, lambda: _b)",
            node,
            _t=self.test(node.test),
            _a=self.visit(node.body),
            _b=self.visit(node.orelse),
        )

    def visit_Compare(self, node: gast.Compare) -> gast.AST:
        """Convert a comparison or a chain of them."""
        left = self.visit(node.left)
        rights = [self.visit(c) for c in node.comparators]
        if len(rights) == 1:
            how = COMPARISONS[type(node.ops[0])]
            return expression(f"ag__.{how}(_a, _b)", node, _a=left, _b=rights[0])
        links = ", ".join(
            f"(ag__.{COMPARISONS[type(op)]}, lambda: _{k})" for k, op in enumerate(node.ops)
        )
        parts = {f"_{k}": right for k, right in enumerate(rights)}
        return expression(f"ag__.chain(_a, {links})", node, _a=left, **parts)

    def visit_NamedExpr(self, node: gast.NamedExpr) -> gast.AST:
        """Convert an assignment expression, which may come to stand in a lambda."""
        call = f"{setter_of(node.target.id)}(_v)"
        return expression(call, node, _v=self.visit(node.value))

    # ------------------------------------------------------------ texts

    def visit_JoinedStr(self, node: gast.JoinedStr) -> gast.AST:
        """Convert an f-string."""
        parts = {f"_{k}": self.visit(value) for k, value in enumerate(node.values)}
        return expression(f"ag__.joined([{', '.join(parts)}])", node, **parts)

    def visit_FormattedValue(self, node: gast.FormattedValue) -> gast.AST:
        """Convert a value in an f-string."""
        conversion = "" if node.conversion < 0 else chr(node.conversion)
        spec = constant("", node) if node.format_spec is None else self.visit(node.format_spec)
        parts = {"_v": self.visit(node.value), "_s": spec}
        return expression(f"ag__.field(_v, {conversion!r}, _s)", node, **parts)

    # ------------------------------------------------------------ calls and functions

    def visit_Call(self, node: gast.Call) -> gast.AST:
        """Convert a call."""
        if self._is_bare_super(node):
            first = next(scope.first for scope in reversed(self.scopes) if scope.first)
            parts = {
                "_c": placed_name("__class__", node),
                "_o": self.visit(placed_name(first, node)),
            }
            return expression("ag__.super(_c, _o)", node, **parts)
        node.args = [self._argument(a) for a in node.args]
        for keyword in node.keywords:
            convert = self.visit if keyword.arg else self._spread_items
            keyword.value = convert(keyword.value)
        if isinstance(node.func, gast.Attribute):
            name = constant(node.func.attr, node.func)
            node.args[:0] = [self.visit(node.func.value), name]
            node.func = expression("ag__.method", node)
        else:
            node.args.insert(0, self.visit(node.func))
            node.func = expression("ag__.call", node)
        return node

    def _argument(self, node: gast.expr) -> gast.expr:
        """Convert an argument of a call."""
        if not isinstance(node, gast.Starred):
            return self.visit(node)
        node.value = expression("ag__.spread_arguments(_x)", node, _x=self.visit(node.value))
        return node

    def _is_bare_super(self, node: gast.Call) -> bool:
        """Return whether a call is `super()`, which gets class and object from its function."""
        is_super = isinstance(node.func, gast.Name) and node.func.id == "super"
        in_class = "__class__" in self.free_names or any(s.is_class for s in self.scopes)
        return is_super and not node.args and in_class

    def visit_Lambda(self, node: gast.Lambda) -> gast.AST:
        """Convert a lambda."""
        self.visit_defaults(node.args)
        self.scopes.append(Scope({a.id for a in parameters(node.args)}))
        node.body = self.visit(node.body)
        self.scopes.pop()
        return node

    def visit_defaults(self, args: gast.arguments) -> None:
        """Convert default values and drop annotations."""
        args.defaults = [self.visit(d) for d in args.defaults]
        args.kw_defaults = [d and self.visit(d) for d in args.kw_defaults]
        for parameter in parameters(args):
            parameter.annotation = None

    # ------------------------------------------------------------ containers

    def visit_container(self, node: gast.expr) -> gast.expr:
        """Convert a display that makes a mutable object."""
        return expression("ag__.new(_x)", node, _x=self.generic_visit(node))

    visit_Set = visit_container

    def visit_List(self, node: gast.List) -> gast.expr:
        """Convert a display of a list, in which others may be unpacked."""
        if isinstance(node.ctx, gast.Load) and any(
            isinstance(item, gast.Starred) for item in node.elts
        ):
            parts = [self._part_of_list(item) for item in node.elts]
            return expression("ag__.display(_x)", node, _x=gast.Tuple(parts, gast.Load()))
        return self.visit_container(node)

    def visit_Tuple(self, node: gast.Tuple) -> gast.expr:
        """Convert a display of a tuple, in which lists may be unpacked."""
        if isinstance(node.ctx, gast.Load) and any(
            isinstance(item, gast.Starred) for item in node.elts
        ):
            parts = [self._part_of_list(item) for item in node.elts]
            listed = expression("ag__.display(_x)", node, _x=gast.Tuple(parts, gast.Load()))
            return expression("ag__.call(tuple, _x)", node, _x=listed)
        items = self.generic_visit(node)
        may_nest = isinstance(node.ctx, gast.Load) and len(node.elts) > 1
        return expression("ag__.tuple_(_x)", node, _x=items) if may_nest else items

    def _part_of_list(self, item: gast.expr) -> gast.expr:
        if isinstance(item, gast.Starred):
            return expression("ag__.listed(_x)", item, _x=self.visit(item.value))
        return expression("ag__.new([_x])", item, _x=self.visit(item))

    def visit_Dict(self, node: gast.Dict) -> gast.expr:
        """Convert a display of a dict, in which other dicts may be unpacked."""
        node.keys = [key and self.visit(key) for key in node.keys]
        node.values = [
            self.visit(value) if key else self._spread_items(value)
            for key, value in zip(node.keys, node.values, strict=True)
        ]
        return expression("ag__.new(_x)", node, _x=node)

    def _spread_items(self, value: gast.expr) -> gast.expr:
        """Convert what is unpacked into keyword arguments or items of a dict."""
        return expression("ag__.spread_items(_x)", value, _x=self.visit(value))

    def visit_comprehension_expression(self, node: Any) -> gast.AST:
        """Convert a comprehension: a loop over functions of the item, which collects."""
        if not is_loop(node):
            return self._at_trace_time(node)
        first = self.visit(node.generators[0].iter)
        self.scopes.append(Scope(_targets(node)))
        if isinstance(node, gast.GeneratorExp):
            result = self._generator(node, first)
        else:
            result = self._collected(node, first)
        self.scopes.pop()
        return result

    def _generator(self, node: gast.GeneratorExp, first: gast.expr) -> gast.expr:
        only = node.generators[0]
        if len(node.generators) > 1 or only.ifs:
            return self._collected(node, first)
        item = self._bound(only.target, self.visit(node.elt), node)
        return expression("ag__.mapped(_x, lambda item__: _i)", node, _x=first, _i=item)

    def _collected(self, node: Any, first: gast.expr) -> gast.expr:
        """Return the call that collects the items of a comprehension in a new container."""
        kind = {gast.DictComp: "dict", gast.SetComp: "set"}.get(type(node), "list")
        if kind == "dict":
            parts = {"_k": self.visit(node.key), "_v": self.visit(node.value)}
            step = expression("ag__.set_item(c__, _k, _v)", node, **parts)
        else:
            add = "append" if kind == "list" else "add"
            step = expression(f"ag__.method(c__, '{add}', _v)", node, _v=self.visit(node.elt))
        for k, generator in reversed(list(enumerate(node.generators))):
            for test in reversed(generator.ifs):
                parts = {"_t": self.test(test), "_s": step}
                step = expression("ag__.when(_t, lambda: _s)", test, **parts)
            step = self._bound(generator.target, step, generator.target)
            if k:
                parts = {"_x": self.visit(generator.iter), "_s": step}
                text = f"ag__.each({self.site(generator.iter)}, _x, lambda item__: _s)"
                step = expression(text, generator.iter, **parts)
        text = f"ag__.collect('{kind}', {self.site(node)}, _x, lambda c__, item__: _s)"
        return expression(text, node, _x=first, _s=step)

    def _bound(self, target: gast.expr, body: gast.expr, at: gast.AST, depth: int = 0) -> gast.expr:
        """Return an expression with the variables of a target bound to the parts of `item__`.

        Parts are named by their depth, too: those around a nested target are used within it.
        """
        if isinstance(target, gast.Name):
            return expression(f"(lambda {target.id}: _b)(item__)", at, _b=body)
        assert isinstance(target, gast.Tuple | gast.List)
        names = [f"part_{depth}_{k}__" for k in range(len(target.elts))]
        for name, part in zip(names, target.elts, strict=True):
            inner = self._bound(part, body, at, depth + 1)
            body = expression(f"(lambda item__: _b)({name})", at, _b=inner)
        text = f"(lambda {', '.join(names)}: _b)(*ag__.unpack(item__, {len(names)}, -1))"
        return expression(text, at, _b=body)

    def site(self, node: gast.AST) -> str:
        """Return the place of a node, as source text."""
        raise NotImplementedError

    def _at_trace_time(self, node: Any) -> gast.AST:
        """Convert a comprehension that runs at trace time over Python values."""
        first = self.visit(node.generators[0].iter)
        self.scopes.append(Scope(_targets(node)))
        for k, generator in enumerate(node.generators):
            source = first if k == 0 else self.visit(generator.iter)
            generator.iter = expression("ag__.iterate(_x)", generator.target, _x=source)
            generator.ifs = [
                expression("ag__.decide(_x)", condition, _x=self.test(condition))
                for condition in generator.ifs
            ]
        for field in ("elt", "key", "value"):
            if hasattr(node, field):
                setattr(node, field, self.visit(getattr(node, field)))
        self.scopes.pop()
        if isinstance(node, gast.GeneratorExp):
            return node
        return expression("ag__.new(_x)", node, _x=node)

    visit_ListComp = visit_SetComp = visit_comprehension_expression
    visit_DictComp = visit_GeneratorExp = visit_comprehension_expression

    def visit_Starred(self, node: gast.Starred) -> gast.AST:
        """Convert what is unpacked into items."""
        if isinstance(node.ctx, gast.Load):
            node.value = expression("ag__.spread(_x)", node, _x=self.visit(node.value))
        return node


def is_loop(node: Any) -> bool:
    """Return whether a comprehension can be a loop over functions of its items.

    Functions made in it would each see items of their own.
    """
    apart = (gast.Lambda, gast.Await)
    targets = [t for g in node.generators for t in gast.walk(g.target) if isinstance(t, gast.expr)]
    return not any(isinstance(part, apart) for part in gast.walk(node)) and all(
        isinstance(t, gast.Name | gast.Tuple | gast.List) for t in targets
    )


def _targets(node: Any) -> set[str]:
    """Return the variables that a comprehension binds."""
    return {
        name.id
        for generator in node.generators
        for name in gast.walk(generator.target)
        if isinstance(name, gast.Name)
    }
