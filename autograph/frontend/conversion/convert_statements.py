"""Conversion of statements: every block becomes a nested function, every jump a completion code.

A block shares the variables of its function as closure cells (`nonlocal`), so the variables that it
may change are exactly the cells of its closure. It returns a completion code: None or 0 where it
runs to its end, else one of `completion`'s codes, and whoever calls it acts on that.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gast

from autograph.frontend.conversion.convert_classes import ClassConverter
from autograph.frontend.conversion.convert_expressions import OPERATORS, is_loop
from autograph.frontend.conversion.convert_patterns import match_text
from autograph.frontend.conversion.quote import constant, expression, name, place, statements
from autograph.frontend.conversion.resumption import (
    Delegated,
    Due,
    EnteredLoop,
    EnteredWith,
    Keep,
    Received,
    Refusal,
    Resumption,
    kept_in,
    prepare,
)
from autograph.frontend.conversion.scopes import (
    assigned_in_expressions,
    bound_names,
    function_scope,
    is_generator,
    leaves,
    parameters,
    setter_of,
)
from autograph.frontend.conversion.yields import yields_in
from autograph.frontend.symbols.completion import BREAK, CONTINUE, RETURN

BLOCKS = (
    *("body", "then", "else", "loop", "test", "assign"),
    *("try", "except", "finally", "with", "resume"),
)
"""What names of blocks start with; a number and the ending follow."""
ENDING = "__"

PACKAGE = str(Path(__file__).parents[2])
"""Where the definitions are that are traced in the place of library functions."""

SUBJECT = "subject"
"""What names of the subjects of `match` statements start with."""


def is_block(code_name: str) -> bool:
    """Return whether a code object of this name is a block of its function."""
    return code_name.endswith(ENDING) and code_name.split("_")[0] in BLOCKS


class StatementConverter(ClassConverter):
    """Converts statements; each visit returns the statements that take the place of one."""

    def __init__(self, filename: str, free_names: frozenset[str]) -> None:
        super().__init__(free_names)
        self.filename = filename
        self._count = 0
        self._before: list[gast.stmt] = []

    def body(self, body: Sequence[gast.stmt]) -> list[gast.stmt]:
        """Convert a list of statements."""
        converted: list[gast.stmt] = []
        around = self._before
        for statement in body:
            self._before = []
            result = self.visit(statement)
            converted += self._before
            converted += result if isinstance(result, list) else [result]
        self._before = around
        return converted

    # ------------------------------------------------------------ blocks

    def block(
        self, kind: str, body: list[gast.stmt], at: gast.AST, parameter: str = ""
    ) -> tuple[str, list[gast.stmt]]:
        """Return the name of a new block and the statements that define it."""
        block = self._fresh(kind)
        scope = self.scopes[-1]
        shared = [*sorted(bound_names(body) & (scope.local | scope.nonlocal_)), "return__"]
        text = f"def {block}({parameter}):\n    nonlocal {', '.join(shared)}\n    _body"
        return block, statements(text, at, _body=self.body(body) or [gast.Pass()])

    def optional_block(
        self, kind: str, body: list[gast.stmt], at: gast.AST
    ) -> tuple[str, list[gast.stmt]]:
        """Return a new block, or the block that does nothing if there are no statements."""
        return self.block(kind, body, at) if body else ("ag__.nothing", [])

    def _fresh(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count}{ENDING}"

    def _then_leave(self, call: str, at: gast.AST, **parts: Any) -> list[gast.stmt]:
        """Return statements that run a construct, and leave the block if it says so."""
        return statements(f"code__ = {call}\nif code__: return code__", at, **parts)

    # ------------------------------------------------------------ functions

    def visit_FunctionDef(self, node: gast.FunctionDef) -> gast.AST:
        """Convert a function definition: its body becomes a block."""
        yields = is_generator(node)
        self.visit_defaults(node.args)
        node.decorator_list = [self.visit(d) for d in node.decorator_list]
        node.returns, node.type_params = None, []
        end = [] if isinstance(node.body[-1], gast.Return) else [gast.Return(value=None)]
        for statement in end:
            place(statement, node.body[-1])
        node.body += end
        if yields:
            node.body = prepare(node.body, self._fresh)
        kept = kept_in(node.body) if yields else set()
        setters = _setters(node, assigned_in_expressions(node.body) | kept)
        scope = function_scope(node)
        scope.local |= kept
        self.scopes.append(scope)
        goes_on, resumption = self._resumption(node) if yields else ("", [])
        body, definition = self.block("body", node.body, node)
        self.scopes.pop()
        variables = sorted(scope.local - {a.id for a in parameters(node.args)})
        # A bare annotation makes a name local, and so a cell that blocks share, without binding it.
        declared = statements("\n".join(f"{v}: None" for v in [*variables, "return__"]), node)
        call = f"generator({body}, {goes_on})" if yields else f"function({body}, lambda: return__)"
        run = statements(f"return ag__.{call}", node)
        node.body = [*declared, *setters, *resumption, *definition, *run]
        return node

    def _resumption(self, node: gast.FunctionDef) -> tuple[str, list[gast.stmt]]:
        """Return the block that goes on after a yield, and its definition."""
        resumption = Resumption(node.body)
        block, definition = self.block("resume", resumption.statements(), node)
        points = range(1, len(yields_in(node.body)) + 1)
        guarded = {point for point in points if resumption.is_guarded(point)}
        made = (gast.FunctionDef, gast.Lambda, gast.GeneratorExp)
        nodes = [inner for statement in node.body for inner in gast.walk(statement)]
        has_functions = any(isinstance(inner, made) for inner in nodes)
        return f"{block}, {guarded or ()}, {has_functions}", definition

    def visit_GeneratorExp(self, node: gast.GeneratorExp) -> gast.AST:
        """Convert a generator expression: it calls a generator function defined before it."""
        is_mapping = len(node.generators) == 1 and not node.generators[0].ifs and is_loop(node)
        if is_mapping or not self.scopes[-1].is_function:
            return self.visit_comprehension_expression(node)
        function, iterable = self._fresh("genexpr"), "iterable__"
        first = self.visit(node.generators[0].iter)
        node.generators[0].iter = name(iterable, node)
        body: gast.stmt = gast.Expr(value=gast.Yield(value=node.elt))
        for part in reversed(node.generators):
            for condition in reversed(part.ifs):
                body = gast.If(test=condition, body=[body], orelse=[])
            body = gast.For(
                target=part.target, iter=part.iter, body=[body], orelse=[], type_comment=None
            )
        assigned = assigned_in_expressions([body])
        outer = [gast.Nonlocal(names=sorted(assigned))] if assigned else []
        (definition,) = statements(f"def {function}({iterable}): _body", node, _body=[*outer, body])
        self._before.append(self.visit(definition))
        return expression(f"{function}(_x)", node, _x=first)

    def visit_Nonlocal(self, node: gast.Nonlocal) -> list[gast.stmt]:
        """Drop the declaration: blocks make their own."""
        return []

    def visit_Yield(self, node: gast.Yield) -> gast.AST:
        """Convert a `yield`."""
        value = constant(None, node) if node.value is None else self.visit(node.value)
        return expression(f"ag__.yield_(_v, {node.point})", node, _v=value)

    def visit_YieldFrom(self, node: gast.YieldFrom) -> gast.AST:
        """Convert a `yield from`."""
        call = f"ag__.yield_from({self.site(node)}, _v, {node.point}, {setter_of(node.kept)})"
        return expression(call, node, _v=self.visit(node.value))

    def visit_Received(self, node: Received) -> gast.AST:
        """Convert what a `yield` gives when the generator is taken up."""
        return expression("ag__.received()", node)

    def visit_Delegated(self, node: Delegated) -> gast.AST:
        """Convert what a `yield from` gives when the generator is taken up."""
        return expression(f"ag__.delegated(_v, {node.point})", node, _v=name(node.kept, node))

    def visit_Return(self, node: gast.Return) -> list[gast.stmt]:
        """Convert a return."""
        value = constant(None, node) if node.value is None else self.visit(node.value)
        return statements(f"return__ = _v\nreturn {RETURN}", node, _v=value)

    # ------------------------------------------------------------ control flow

    def visit_If(self, node: gast.If) -> list[gast.stmt]:
        """Convert an `if`."""
        test = self.test(node.test)
        then, then_definition = self.block("then", node.body, node)
        orelse, else_definition = self.optional_block("else", node.orelse, node)
        run = self._then_leave(f"ag__.if_(_t, {then}, {orelse})", node, _t=test)
        return [*then_definition, *else_definition, *run]

    def visit_Match(self, node: gast.Match) -> list[gast.stmt]:
        """Convert a `match`: each case is an `if`, the cases behind it are its `else`."""
        subject, before = node.subject, []
        if not (isinstance(subject, gast.Name) and subject.id.startswith(SUBJECT)):
            temporary = f"{SUBJECT}{self._fresh('')}"
            before = statements(f"{temporary} = _v", node, _v=self.visit(subject))
            subject = name(temporary, node)
        case, *others = node.cases
        text, parts = match_text(case.pattern, self)
        test = expression(f"ag__.match(_s, {text})", case.pattern, _s=subject, **parts)
        if case.guard is not None:
            parts = {"_m": test, "_g": self.test(case.guard)}
            test = expression("ag__.test_and(_m, lambda: _g)", case.guard, **parts)
        rest: list[gast.stmt] = []
        if others:
            rest = [gast.Match(subject=subject, cases=others)]
            place(rest[0], node)
        then, then_definition = self.block("then", case.body, node)
        orelse, else_definition = self.optional_block("else", rest, node)
        run = self._then_leave(f"ag__.if_(_t, {then}, {orelse})", case.pattern, _t=test)
        return [*before, *then_definition, *else_definition, *run]

    def visit_For(self, node: gast.For) -> list[gast.stmt]:
        """Convert a `for` loop."""
        if getattr(node, "goes_on", False):
            text = f"ag__.kept(lambda: {node.kept}, {setter_of(node.kept)})"
            iterable = expression(text, node.iter)
        else:
            is_held = isinstance(node.iter, gast.Name | gast.Attribute | gast.Subscript)
            iterable = self.visit(node.iter)
            if is_held and not self.filename.startswith(PACKAGE):
                iterable = expression("ag__.held(_t)", node.iter, _t=iterable)
        body = [self._assignment(node.target), *node.body]
        loop, definition = self.block("loop", body, node, "item__")
        orelse, else_definition = self.optional_block("else", node.orelse, node)
        index = node.target.id if isinstance(node.target, gast.Name) else ""
        call = f"ag__.for_({self.site(node)}, _t, {loop}, {orelse}, {index!r})"
        return [*definition, *else_definition, *self._then_leave(call, node, _t=iterable)]

    def visit_While(self, node: gast.While) -> list[gast.stmt]:
        """Convert a `while` loop."""
        test = self._fresh("test")
        definition = statements(f"def {test}():\n    return _t", node.test, _t=self.test(node.test))
        loop, loop_definition = self.block("loop", node.body, node)
        orelse, else_definition = self.optional_block("else", node.orelse, node)
        call = f"ag__.while_({self.site(node)}, {test}, {loop}, {orelse})"
        run = self._then_leave(call, node)
        return [*definition, *loop_definition, *else_definition, *run]

    def visit_Refusal(self, node: Refusal) -> list[gast.stmt]:
        """Convert the refusal to go through a generator step by step."""
        return statements(f"ag__.refuse({node.message!r})", node)

    def visit_Due(self, node: Due) -> list[gast.stmt]:
        """Convert statements that run if a generator was entered at one of some points."""
        block, definition = self.block("then", node.body, node)
        call = f"ag__.if_(ag__.entered_at({node.points}), {block}, ag__.nothing)"
        return [*definition, *self._then_leave(call, node)]

    def visit_EnteredLoop(self, node: EnteredLoop) -> list[gast.stmt]:
        """Convert a loop in which a generator may be entered."""
        rest, definition = self.block("loop", node.rest, node)
        loop, loop_definition = self.block("loop", [node.loop], node)
        points = tuple(sorted(node.points))
        run = self._then_leave(f"ag__.entered_loop({points}, {rest}, {loop})", node)
        return [*definition, *loop_definition, *run]

    def visit_Keep(self, node: Keep) -> list[gast.stmt]:
        """Convert the keeping of what a loop goes through."""
        keep = f"ag__.keep(_t, {setter_of(node.kept)})"
        return statements(keep, node, _t=self.visit(node.value))

    def site(self, node: gast.AST) -> str:
        """Return the place of a node, as source text."""
        return repr((self.filename, node.lineno, node.col_offset))

    def visit_Break(self, node: gast.Break) -> list[gast.stmt]:
        """Convert a break."""
        return statements(f"return {BREAK}", node)

    def visit_Continue(self, node: gast.Continue) -> list[gast.stmt]:
        """Convert a continue."""
        return statements(f"return {CONTINUE}", node)

    # ------------------------------------------------------------ exceptions

    def visit_Assert(self, node: gast.Assert) -> list[gast.stmt]:
        """Convert an assert."""
        test = self.test(node.test)
        if node.msg is None:
            return statements("ag__.require_true(_t)", node, _t=test)
        return statements(
            "ag__.require_true(_t, lambda: _m)", node, _t=test, _m=self.visit(node.msg)
        )

    def visit_Raise(self, node: gast.Raise) -> list[gast.stmt]:
        """Convert a raise."""
        if node.exc is None:
            return statements("return ag__.raise_()", node)
        kind = node.exc.func if isinstance(node.exc, gast.Call) else node.exc
        parts = {"_k": self.visit(copy.deepcopy(kind)), "_v": self.visit(node.exc)}
        cause = ""
        if node.cause is not None:
            cause, parts["_c"] = ", lambda: _c", self.visit(node.cause)
        return statements(f"return ag__.raise_(lambda: _k, lambda: _v{cause})", node, **parts)

    def visit_Try(self, node: gast.Try) -> list[gast.stmt]:
        """Convert a `try`."""
        body, definitions = self.block("try", node.body, node)
        clauses, classes = [], {}
        for k, handler in enumerate(node.handlers):
            bind = []
            if handler.name is not None:
                bind = [self._assignment(place(handler.name, handler))]
            block, definition = self.block("except", [*bind, *handler.body], handler, "item__")
            definitions += definition
            kinds = "None"
            if handler.type is not None:
                kinds, classes[f"_k{k}"] = f"lambda: _k{k}", self.visit(handler.type)
            variable = f"lambda: {handler.name.id}" if handler.name else "None"
            clauses.append(f"({kinds}, {block}, {variable})")
        orelse, else_definition = self.optional_block("else", node.orelse, node)
        final, final_definition = self.optional_block("finally", node.finalbody, node)
        parts = f"{body}, [{', '.join(clauses)}], {orelse}, {final}"
        call = f"ag__.try_({parts}, overrides={leaves(node.finalbody)})"
        run = self._then_leave(call, node, **classes)
        return [*definitions, *else_definition, *final_definition, *run]

    def visit_With(self, node: gast.With) -> list[gast.stmt]:
        """Convert a `with`; several items are nested ones."""
        item, *rest = node.items
        body = node.body
        if rest:
            body = [gast.With(items=rest, body=body, type_comment=None)]
            place(body[0], node)
        bind = [self._assignment(item.optional_vars)] if item.optional_vars else []
        manager = self.visit(item.context_expr)
        keep = f", {setter_of(node.kept)}" if hasattr(node, "kept") else ""
        block, definition = self.block("with", [*bind, *body], node, "item__")
        call = f"ag__.with_(_m, {block}{keep})"
        return [*definition, *self._then_leave(call, node, _m=manager)]

    def visit_EnteredWith(self, node: EnteredWith) -> list[gast.stmt]:
        """Convert the rest of the body of a `with`."""
        block, definition = self.block("with", node.body, node)
        call = f"ag__.entered_with({node.kept}, {block})"
        return [*definition, *self._then_leave(call, node)]

    def _assignment(self, target: gast.expr) -> gast.Assign:
        """Return the assignment of a block's parameter to a target."""
        assign = gast.Assign(targets=[target], value=name("item__", target), type_comment=None)
        place(assign, target)
        return assign

    # ------------------------------------------------------------ assignment

    def visit_Assign(self, node: gast.Assign) -> list[gast.stmt]:
        """Convert an assignment."""
        value = node.value
        if isinstance(value, gast.Tuple) and isinstance(node.targets[0], gast.Tuple):
            value = self.key(value)
        elif not (isinstance(value, gast.Name) and value.id == "item__"):
            value = self.visit(value)
        if len(node.targets) == 1:
            return self.store(node.targets[0], value, node)
        temporary = self._temporary()
        stores = statements(f"{temporary} = _v", node, _v=value)
        for target in node.targets:
            stores += self.store(target, name(temporary, node), node)
        return stores

    def visit_AnnAssign(self, node: gast.AnnAssign) -> list[gast.stmt]:
        """Convert an annotated assignment."""
        if node.value is None:
            return []
        return self.store(node.target, self.visit(node.value), node)

    def store(self, target: gast.expr, value: gast.expr, at: gast.AST) -> list[gast.stmt]:
        """Return statements that store the value of a converted expression in a target."""
        if isinstance(target, gast.Name):
            assign = gast.Assign(targets=[target], value=value, type_comment=None)
            place(assign, at)
            return [assign]
        if isinstance(target, gast.Subscript):
            parts = {"_o": self.visit(target.value), "_k": self.key(target.slice), "_v": value}
            return statements("ag__.set_item(_o, _k, _v)", target, **parts)
        if isinstance(target, gast.Attribute):
            parts = {"_o": self.visit(target.value), "_v": value}
            return statements(f"ag__.set_attribute(_o, {target.attr!r}, _v)", target, **parts)
        if isinstance(target, gast.Starred):
            return self.store(target.value, expression("ag__.new(_v)", at, _v=value), at)
        return self._store_items(target, value, at)

    def _store_items(
        self, target: gast.Tuple | gast.List, value: gast.expr, at: gast.AST
    ) -> list[gast.stmt]:
        temporaries = [self._temporary() for _ in target.elts]
        starred = [isinstance(e, gast.Starred) for e in target.elts]
        after = len(starred) - starred.index(True) - 1 if any(starred) else -1
        names = ["*" * star + t for star, t in zip(starred, temporaries, strict=True)]
        before = len(starred) - after - 1 if any(starred) else len(starred)
        text = f"{', '.join(names)}, = ag__.unpack(_v, {before}, {after})"
        stores = statements(text, at, _v=value)
        for temporary, element in zip(temporaries, target.elts, strict=True):
            stores += self.store(element, name(temporary, element), element)
        return stores

    def _temporary(self) -> str:
        self._count += 1
        return f"temporary_{self._count}__"

    def visit_AugAssign(self, node: gast.AugAssign) -> list[gast.stmt]:
        """Convert an augmented assignment."""
        how = OPERATORS[type(node.op)]
        target, value = node.target, self.visit(node.value)
        if isinstance(target, gast.Name):
            old = self.visit(name(target.id, target))
            return statements(
                f"{target.id} = ag__.augment({how!r}, _x, _v)", node, _x=old, _v=value
            )
        if isinstance(target, gast.Attribute):
            call = f"ag__.augment_attribute({how!r}, _o, {target.attr!r}, lambda: _v)"
            return statements(call, node, _o=self.visit(target.value), _v=value)
        parts = {"_o": self.visit(target.value), "_k": self.key(target.slice), "_v": value}
        return statements(f"ag__.augment_item({how!r}, _o, _k, lambda: _v)", node, **parts)

    def visit_Delete(self, node: gast.Delete) -> list[gast.stmt]:
        """Convert a deletion; that of a variable stays."""
        deletions: list[gast.stmt] = []
        for target in node.targets:
            if isinstance(target, gast.Attribute):
                call = f"ag__.delete_attribute(_o, {target.attr!r})"
                deletions += statements(call, node, _o=self.visit(target.value))
            elif isinstance(target, gast.Subscript):
                parts = {"_o": self.visit(target.value), "_k": self.key(target.slice)}
                deletions += statements("ag__.delete_item(_o, _k)", node, **parts)
            else:
                deletion = gast.Delete(targets=[target])
                place(deletion, node)
                deletions.append(deletion)
        return deletions

    def visit_Expr(self, node: gast.Expr) -> gast.AST:
        """Convert an expression statement."""
        node.value = self.visit(node.value)
        return node


def _setters(node: gast.FunctionDef, variables: set[str]) -> list[gast.stmt]:
    """Return the definitions of what assigns variables where only expressions may stand."""
    definitions: list[gast.stmt] = []
    for variable in sorted(variables):
        text = (
            f"def {setter_of(variable)}(item__):\n"
            f"    nonlocal {variable}\n    {variable} = item__\n    return item__"
        )
        definitions += statements(text, node)
    return definitions


def convert_definition(
    node: gast.FunctionDef, filename: str, free_names: frozenset[str]
) -> gast.FunctionDef:
    """Return the converted definition of a function; `node` is used up."""
    return StatementConverter(filename, free_names).visit(node)
