"""Types of what is in generated source.

Enters: a function of generated source, and the types of its arguments. Leaves: the type of each
variable, and of each expression with what computes it. numba's own type inference solves equations
between all parts of a function; in generated source a variable has its type where it is assigned
first, so that it is enough to go through it in order, once in almost all cases.
"""

from __future__ import annotations

import ast
import builtins
import operator
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType, ModuleType
from typing import Any

from msgspec import Struct
from numba.core import types
from numba.core.errors import TypingError
from numba.core.types.containers import BaseTuple
from numba.core.types.misc import StringLiteral, literal, unliteral

from autograph.backends.numba.compilation.instructions import result_of
from autograph.errors import InternalError

OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    **{ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul},
    **{ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod},
    **{ast.Pow: operator.pow, ast.LShift: operator.lshift, ast.RShift: operator.rshift},
    **{ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor},
    **{ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert},
    **{ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le},
    **{ast.Gt: operator.gt, ast.GtE: operator.ge},
}
RANGES = ("range", "independent", "independent_rest")
"""What loops go through: integers in order, and iterations that do not depend on each other."""
NOTHING = object()


class UnknownSourceError(InternalError):
    """A source has what generated source has not."""


class Callee(Struct, frozen=True):
    """What computes an expression.

    Attributes:
        function: numba's type of a function, the name of one that the source defines, or a kind of
            operation that is one instruction.
        signature: The types that it takes and returns.
    """

    function: Any
    signature: Any


class Resolver:
    """Finds which function is meant, once for the same types.

    Args:
        typing_context: numba's.
        scope: What the names of the source stand for outside of its functions.
    """

    def __init__(self, typing_context: Any, scope: Mapping[str, Any]) -> None:
        self.context = typing_context
        self.scope = scope
        self._types: dict[int, Any] = {}
        self._found: dict[tuple[Any, tuple[Any, ...]], Any] = {}

    def type_of(self, value: Any) -> Any:
        """Return numba's type of something that is known while compiling."""
        if id(value) not in self._types:
            try:
                self._types[id(value)] = self.context.resolve_value_type(value)
            except ValueError as error:
                raise UnknownSourceError(str(error)) from error
        return self._types[id(value)]

    def signature(self, function: Any, args: Sequence[Any]) -> Any:
        """Return the types that a function takes and returns, None if it does not take these."""
        key = function, tuple(args)
        if key not in self._found:
            try:
                self._found[key] = self.context.resolve_function_type(function, tuple(args), {})
            except TypingError:
                self._found[key] = None
        return self._found[key]

    def outside(self, name: str) -> Any:
        """Return what a name stands for outside of the functions."""
        found = self.scope.get(name, NOTHING)
        return getattr(builtins, name, NOTHING) if found is NOTHING else found


class SourceTypes:
    """The types in one function.

    Args:
        resolver: Finds functions.
        function: The function.
        arguments: The types of its arguments.
        callee: Returns what types another function of the source has for some arguments.

    Attributes:
        variables: The type of each variable.
        of: The type of each expression.
        callees: What computes calls and operations.
        result: The type of what the function returns.
        assigned: The variables that are given values in the function.
    """

    def __init__(
        self,
        resolver: Resolver,
        function: ast.FunctionDef,
        arguments: Sequence[Any],
        callee: Callable[[str, tuple[Any, ...]], Any],
    ) -> None:
        self._resolver, self._function, self._callee = resolver, function, callee
        names = [argument.arg for argument in function.args.args]
        self.variables: dict[str, Any] = dict(zip(names, arguments, strict=True))
        self.of: dict[ast.expr, Any] = {}
        self.callees: dict[Any, Callee] = {}
        self.result: Any = None
        found = (n for n in ast.walk(function) if isinstance(n, ast.Name))
        self.assigned = {n.id for n in found if isinstance(n.ctx, ast.Store)}

    def infer(self) -> None:
        """Go through the function until no type changes any more."""
        known: Any = None
        self._again = True
        while self._again:
            self._again = False
            self._block(self._function.body)
            now = dict(self.variables), self.result
            if self._again and now == known:
                raise UnknownSourceError(f"{self._function.name} has variables without a type")
            known = now
        if self.result is None:
            self.result = types.none

    # ------------------------------------------------------------ statements

    def _block(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=[target], value=value):
                self._assign(target, self._type(value))
            case ast.AugAssign(target=ast.Name() | ast.Subscript() as target, op=op, value=value):
                result = self._operation(statement, op, [self._type(target), self._type(value)])
                if isinstance(target, ast.Name):
                    self._give(target.id, result)
            case ast.Expr(value=value):
                self._type(value)
            case ast.Return(value=ast.expr() as value):
                self._return(self._type(value))
            case ast.Raise(exc=ast.Call(args=args)):
                for arg in args:
                    self._type(arg)
            case _:
                self._control(statement)

    def _control(self, statement: ast.stmt) -> None:
        match statement:
            case ast.If(test=test, body=body, orelse=orelse):
                self._type(test)
                self._block([*body, *orelse])
            case ast.While(test=test, body=body, orelse=orelse):
                self._type(test)
                self._block([*body, *orelse])
            case ast.For(
                target=ast.Name(id=name),
                iter=ast.Call(func=ast.Name(id=kind), args=bounds),
                body=body,
                orelse=[],
            ) if kind in RANGES:
                for bound in bounds:
                    self._type(bound)
                self._give(name, types.int64)
                self._block(body)
            case ast.Pass() | ast.Break() | ast.Continue():
                pass
            case _:
                raise UnknownSourceError(f"not in generated source: {ast.unparse(statement)}")

    def _return(self, kind: Any) -> None:
        if kind is not None:
            merged = kind if self.result is None else self._merged(self.result, kind)
            self._again |= self.result is not None and merged != self.result
            self.result = merged

    def _assign(self, target: ast.expr, kind: Any) -> None:
        match target:
            case ast.Name(id=name):
                self._give(name, kind)
            case ast.Subscript():
                self._type(target)
            case ast.Tuple(elts=parts):
                if kind is not None and (
                    not isinstance(kind, BaseTuple) or len(kind) != len(parts)
                ):
                    raise UnknownSourceError(ast.unparse(target))
                for k, part in enumerate(parts):
                    self._assign(part, None if kind is None else kind[k])
            case _:
                raise UnknownSourceError(ast.unparse(target))

    def _give(self, name: str, kind: Any) -> None:
        """Note that a variable is given a value of a type, None if that is not known yet."""
        if kind is None:
            return
        kind = unliteral(kind)
        known = self.variables.get(name)
        if known is None:
            self.variables[name] = kind
        elif (merged := self._merged(known, kind)) != known:
            self.variables[name] = merged
            self._again = True

    def _merged(self, first: Any, second: Any) -> Any:
        if first == second:
            return first
        merged = self._resolver.context.unify_types(first, second)
        if merged is None:
            raise UnknownSourceError(f"{first} and {second}")
        return merged

    # ------------------------------------------------------------ expressions

    def _variable(self, name: str) -> Any:
        found = self.variables.get(name)
        self._again |= found is None
        return found

    def _type(self, node: ast.expr) -> Any:
        """Return the type of an expression, None if it is not known yet."""
        kind = self.of[node] = self._find(node)
        return kind

    def _find(self, node: ast.expr) -> Any:
        known = self.known(node)
        if known is not NOTHING:
            return _type_of_constant(known) or self._resolver.type_of(known)
        match node:
            case ast.Name(id=name):
                return self._variable(name)
            case ast.BinOp(left=left, op=op, right=right):
                return self._operation(node, op, [self._type(left), self._type(right)])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self._type(operand)
                return types.boolean
            case ast.UnaryOp(op=sign, operand=operand):
                return self._operation(node, sign, [self._type(operand)])
            case ast.Compare() | ast.BoolOp() | ast.IfExp():
                return self._choice(node)
        return self._compound(node)

    def _choice(self, node: ast.Compare | ast.BoolOp | ast.IfExp) -> Any:
        match node:
            case ast.Compare(left=left, ops=ops, comparators=others):
                kinds = [self._type(x) for x in (left, *others)]
                for k, op in enumerate(ops):
                    self._operation((node, k), op, kinds[k : k + 2])
                return types.boolean
            case ast.BoolOp(values=values):
                for value in values:
                    self._type(value)
                return types.boolean
            case ast.IfExp(test=test, body=first, orelse=second):
                self._type(test)
                kinds = [x for x in map(self._type, (first, second)) if x is not None]
                return self._merged(kinds[0], kinds[-1]) if kinds else None

    def _compound(self, node: ast.expr) -> Any:
        match node:
            case ast.Tuple(elts=parts):
                kinds = [self._type(part) for part in parts]
                return None if None in kinds else BaseTuple.from_types(tuple(kinds))
            case ast.Subscript(value=value, slice=index):
                return self._subscript(node, self._type(value), index)
            case ast.Attribute(value=value, attr=name):
                kind = self._type(value)
                return None if kind is None else self._resolver.context.resolve_getattr(kind, name)
            case ast.Call(func=function, args=args, keywords=[]):
                return self._call(node, function, args)
        raise UnknownSourceError(f"not in generated source: {ast.unparse(node)}")

    def known(self, node: ast.expr) -> Any:
        """Return what an expression stands for if that is known while compiling, else `NOTHING`."""
        match node:
            case ast.Constant(value=value):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                value = self.known(operand)
                is_number = isinstance(value, int | float) and not isinstance(value, bool)
                return -value if is_number else NOTHING
            case ast.Name(id=name) if name not in self.variables and name not in self.assigned:
                return self._resolver.outside(name)
            case ast.Attribute(value=value, attr=name):
                found = self.known(value)
                return getattr(found, name) if isinstance(found, ModuleType) else NOTHING
        return NOTHING

    def _subscript(self, node: ast.expr, kind: Any, index: ast.expr) -> Any:
        position = self.known(index)
        if isinstance(kind, BaseTuple) and isinstance(position, int):
            return kind[position]
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        kinds = [self._type(part) for part in parts]
        if kind is None or None in kinds:
            return None
        negative = (isinstance(n := self.known(part), int) and n < 0 for part in parts)
        if (
            not isinstance(kind, types.Array)
            or len(parts) != kind.ndim
            or not all(isinstance(unliteral(x), types.Integer) for x in kinds)
            or any(negative)
        ):
            raise UnknownSourceError(ast.unparse(node))
        return kind.dtype

    def _operation(self, key: Any, op: ast.AST, kinds: Sequence[Any]) -> Any:
        if None in kinds:
            return None
        kinds = tuple(map(unliteral, kinds))
        simple = result_of(type(op), kinds)
        if simple is not None:
            self.callees[key] = Callee(type(op), simple(*kinds))
            return simple
        function = self._resolver.type_of(OPERATORS[type(op)])
        signature = self._resolver.signature(function, kinds)
        if signature is None:
            raise UnknownSourceError(f"{type(op).__name__} of {kinds}")
        self.callees[key] = Callee(function, signature)
        return signature.return_type

    def _call(self, node: ast.expr, function: ast.expr, args: Sequence[ast.expr]) -> Any:
        kinds = [self._type(arg) for arg in args]
        if None in kinds:
            return None
        plain = [x if isinstance(x, StringLiteral) else unliteral(x) for x in kinds]
        called = self.known(function)
        if isinstance(called, FunctionType) and isinstance(function, ast.Name):
            result = self._callee(function.id, tuple(plain))
            self._again |= result is None
            self.callees[node] = Callee(function.id, result and result(*plain))
            return result
        kind = self._type(function) if called is NOTHING else self._resolver.type_of(called)
        signature = self._resolver.signature(kind, plain)
        if signature is None:
            exact = [_literal(self.known(arg)) or x for arg, x in zip(args, plain, strict=True)]
            signature = self._resolver.signature(kind, exact)
        if signature is None or len(signature.args) != len(args):
            raise UnknownSourceError(ast.unparse(node))
        self.callees[node] = Callee(kind, signature)
        return signature.return_type


def _literal(value: Any) -> Any:
    return literal(value) if isinstance(value, bool | int | str) else None


def _type_of_constant(value: Any) -> Any:
    """Return the type of a number or text that is written out, None for anything else."""
    match value:
        case bool():
            return types.boolean
        case int():
            return types.int64 if value < 2**63 else types.uint64
        case float():
            return types.float64
        case str():
            return literal(value)
    return None
