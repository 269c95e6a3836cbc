"""What is known of integers while tracing: bounds, guards on the arguments, equalities of sizes.

Enters: bounds of loop indices, sizes and computed integers, conditions of branches, passed checks.
Leaves: proofs of `form >= 0` and `form == 0`; guards over entry symbols, where a wanted condition
cannot be proved but holds for the arguments of this trace; and the substitution that the guarded
equalities amount to.

Everything known is a form that is not negative. A proof subtracts multiples of known forms until a
constant that is not negative is left, and eliminates the latest symbol first: inner loop indices
go before outer ones, computed integers before what they were computed from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Container, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from autograph.frontend.symbols.known import KnownInScope
from autograph.frontend.symbols.magnitude import COUNTABLE, LARGEST, ORDINARY, Magnitudes
from autograph.ir.affine import Affine, AffineLike
from autograph.ir.graph import Guard, Value
from autograph.ir.types import ArrayType

T = TypeVar("T")

ELIMINATIONS = 8
"""How many known forms one proof may combine."""

ATTEMPTS = 400
"""How many forms one proof may look at: what is not proved by then is taken as unproved."""


class Facts:
    """Proves and assumes conditions on affine forms.

    Args:
        refused: Texts of the guards that must not be assumed.
        unbounded: Names of entry symbols of which no inequality must be assumed.
        stretches: Whether computed sizes may be 1 in some calls and more in others.

    Attributes:
        hints: The value of each entry symbol in the call that is traced.
        guards: What has been assumed of the entry symbols.
        substitution: Entry symbols that guarded equalities replace, and by what.
        meanings: By a truth value that was emitted, the condition that it is the value of.
        computed_at_entry: Symbols that were computed from entry symbols in the entry graph.
        magnitudes: How large integers can be.
        blamed: Symbols for whose size a check had to be emitted.
        sizes_in_doubt: Whether a computed size was taken not to be 1.
    """

    def __init__(
        self,
        refused: Container[str] = (),
        unbounded: Container[str] = (),
        *,
        stretches: bool = False,
    ) -> None:
        self.hints: dict[Value, int] = {}
        self.guards: list[Guard] = []
        self.substitution: dict[Value, Affine] = {}
        self.computed_at_entry: set[Value] = set()
        self.stretches = stretches
        self.sizes_in_doubt = False
        self.meanings: dict[Value, object] = {}
        self._refused = refused
        self._unbounded = unbounded
        self._estimates: dict[Value, int] = {}
        self._scopes = [KnownInScope()]
        self.magnitudes = Magnitudes(self._known_about, self.nonnegative, self._checked_bound)
        self.blamed: set[Value] = set()
        self._positions = 0
        self._unproved: set[Affine] = set()

    # ------------------------------------------------------------ what is told

    def enter(self, symbol: Value, hint: int, *, is_size: bool) -> None:
        """Declare an entry symbol: the size of an argument's axis, or an integer argument."""
        self.hints[symbol] = int(hint)
        self.magnitudes.arguments.add(symbol)
        if is_size:
            self._know(Affine.of(symbol), self._scopes[0])
            self.magnitudes.limits[symbol] = COUNTABLE

    def enter_computed(self, symbol: Value) -> None:
        """Declare a size at entry of which nothing is assumed, as it may differ in every call."""
        self.computed_at_entry.add(symbol)
        self._know(Affine.of(symbol) - 1, self._scopes[0])

    def bound(
        self, symbol: Value, lower: AffineLike | None = None, upper: AffineLike | None = None
    ) -> None:
        """Declare inclusive bounds of a symbol, known until the scope ends."""
        if lower is not None:
            self.learn(Affine.of(symbol) - lower)
        if upper is not None:
            self.learn(Affine.of(upper) - symbol)

    def learn(self, form: Affine) -> None:
        """Take `form >= 0` as known until the scope ends."""
        form = _tightened(self.canonical(form))
        if form.terms and not self.nonnegative(form):
            self._know(form, self._scopes[-1])

    def _know(self, form: Affine, scope: KnownInScope) -> None:
        scope.add(form)
        self._unproved.clear()

    def learn_condition(self, condition: Value, truth: bool) -> None:
        """Take a bool scalar, as far as it is affine, as known to be `truth` in this scope."""
        node = condition.node
        if node is None:
            return
        name = node.op.name
        if name in ("logical_not", "invert"):
            self.learn_condition(node.operands[0], not truth)
        elif (name in _CONJUNCTIONS and truth) or (name in _DISJUNCTIONS and not truth):
            for operand in node.operands:
                self.learn_condition(operand, truth)
        elif name in _COMPARISONS and all(_is_integer(v) for v in node.operands):
            a, b = (Affine.of(v) for v in node.operands)
            self._learn_comparison(_COMPARISONS[name][not truth], a, b)

    def _learn_comparison(self, relation: str, a: Affine, b: Affine) -> None:
        if relation in ("<", "<=", "=="):
            self.learn(b - a - (relation == "<"))
        if relation in (">", ">=", "=="):
            self.learn(a - b - (relation == ">"))
        if relation == "!=":
            for difference in (a - b, b - a):
                if self.nonnegative(difference):
                    self.learn(difference - 1)

    def push(self, scope: KnownInScope | None = None) -> None:
        """Start a scope, or take up one that ended: what is learnt holds until `pop`."""
        self._scopes.append(scope or KnownInScope())
        if self._scopes[-1].known:
            self._unproved.clear()

    def pop(self) -> KnownInScope:
        """End the innermost scope, and return it so that it can be taken up again."""
        return self._scopes.pop()

    @contextmanager
    def at_entry(self) -> Iterator[None]:
        """Forget, inside, everything but what is known in the entry graph."""
        scopes = self._scopes
        self._scopes = scopes[:2]
        try:
            yield
        finally:
            self._scopes = scopes
            self._unproved.clear()

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` returned for this key before, if in a scope that is still open."""
        for scope in self._scopes:
            if key in scope.memo:
                return scope.memo[key]  # type: ignore[return-value]
        made = make()
        self._scopes[-1].memo[key] = made
        return made

    def remembered(self, kind: str) -> Iterator[tuple[Any, Any]]:
        """Yield what `once` returned for keys `(kind, ...)` in scopes that are still open."""
        for scope in self._scopes:
            for key, made in scope.memo.items():
                if isinstance(key, tuple) and key[0] == kind:
                    yield key, made

    # ------------------------------------------------------------ what can be proved

    def canonical(self, form: AffineLike) -> Affine:
        """Return the form over the representatives of symbols known to be equal."""
        return Affine.of(form).substitute(self.substitution)

    def nonnegative(self, form: AffineLike) -> bool:
        """Return whether `form >= 0` can be proved."""
        form = self.canonical(form)
        if not form.terms:
            return form.const >= 0
        # What could not be proved by more than is known now cannot be proved now, either.
        if form in self._unproved:
            return False
        if any(form in scope.proved for scope in self._scopes):
            return True
        proved = self._provable(form, ELIMINATIONS, set())
        (self._scopes[-1].proved if proved else self._unproved).add(form)
        return proved

    def _provable(self, form: Affine, depth: int, seen: set[Affine]) -> bool:
        form = _tightened(form)
        if not form.terms:
            return form.const >= 0
        if depth == 0 or form in seen or len(seen) >= ATTEMPTS:
            return False
        seen.add(form)
        return any(self._provable(less, depth - 1, seen) for less in self._reductions(form))

    def positive(self, form: AffineLike) -> bool:
        """Return whether `form >= 1` can be proved."""
        return self.nonnegative(Affine.of(form) - 1)

    def negative(self, form: AffineLike) -> bool:
        """Return whether `form < 0` can be proved."""
        return self.positive(-Affine.of(form))

    def zero(self, form: AffineLike) -> bool:
        """Return whether `form == 0` can be proved."""
        form = self.canonical(form)
        if not form.terms:
            return form.const == 0
        return self.nonnegative(form) and self.nonnegative(-form)

    def equal(self, a: AffineLike, b: AffineLike) -> bool:
        """Return whether two forms can be proved equal."""
        return self.zero(Affine.of(a) - b)

    def fits(self, form: AffineLike, limit: int = LARGEST) -> bool:
        """Return whether a form is sure to be between `-limit` and `limit`."""
        return self.magnitudes.of(self.canonical(form)) <= limit

    def note_fits(self, form: Affine, bound: int = LARGEST) -> None:
        """Take it as known, until the scope ends, that a form has at most this absolute value."""
        self._scopes[-1].memo[("fits", form)] = bound

    def _checked_bound(self, form: Affine) -> int | None:
        for scope in reversed(self._scopes):
            bound = scope.memo.get(("fits", form))
            if isinstance(bound, int):
                return bound
        return None

    def _known_about(self, symbol: Value) -> Iterator[Affine]:
        """Yield the forms with a symbol that are known not to be negative."""
        for scope in self._scopes:
            yield from scope.about.get(symbol, ())

    @contextmanager
    def positions(self) -> Iterator[None]:
        """Compute positions within an axis, inside: what leaves 64 bits there is out of bounds."""
        self._positions += 1
        try:
            yield
        finally:
            self._positions -= 1

    @property
    def in_positions(self) -> bool:
        """Whether positions are being computed."""
        return self._positions > 0

    def _reductions(self, form: Affine) -> Iterator[Affine]:
        """Yield forms free of the latest symbol; if one is nonnegative, so is `form`."""
        symbol, k = form.terms[-1]
        for known in self._known_about(symbol):
            multiple = known.coefficient(symbol)
            if multiple * k > 0:
                common = math.gcd(multiple, k)
                factor = abs(multiple) // common
                # An integer is nonnegative if `factor` times it is above `-factor`.
                yield form.combined(factor, known, -abs(k) // common) + (factor - 1)

    def upper_bound(
        self, form: AffineLike, is_visible: Callable[[Affine], bool], depth: int = 4
    ) -> Affine | None:
        """Return a form over visible symbols that is proved to be at least as large, or None."""
        form = self.canonical(form)
        hidden = [term for term in form.terms if not is_visible(Affine.of(term[0]))]
        if not hidden:
            return form
        symbol, k = hidden[-1]
        for known in self._known_about(symbol) if depth else ():
            multiple = known.coefficient(symbol)
            if multiple * k < 0 and k % multiple == 0:
                bound = self.upper_bound(form + known * abs(k // multiple), is_visible, depth - 1)
                if bound is not None:
                    return bound
        return None

    # ------------------------------------------------------------ what can be assumed

    def assume_nonnegative(self, form: AffineLike) -> bool:
        """Return whether `form >= 0` is proved, or assumed by a guard that holds for the hints."""
        form = self.canonical(form)
        if self.nonnegative(form):
            return True
        for sufficient in self._over_entry(form, ELIMINATIONS, set()):
            guard = Guard(_tightened(sufficient), ">=0")
            if self._may_assume(guard):
                self._record(guard)
                return True
        return False

    def assume_equal(self, a: AffineLike, b: AffineLike, *, insist: bool = False) -> bool:
        """Return whether `a == b` is proved, or assumed by a guard that holds for the hints.

        Args:
            a: A form.
            b: Another one.
            insist: Whether to assume it even if that guard has failed for another call.
        """
        difference = self.canonical(Affine.of(a) - b)
        if self.zero(difference):
            return True
        if not difference.terms or not self._is_over_entry(difference):
            return False
        guard = Guard(_primitive(difference), "==0")
        if not (guard.holds(self.hints) if insist else self._may_assume(guard)):
            return False
        self.guards.append(guard)
        self._unify(guard.form)
        return True

    def assume_unequal(self, a: AffineLike, b: AffineLike) -> bool:
        """Return whether `a != b` is known, or assumed by a guard that holds for the hints."""
        difference = self.canonical(Affine.of(a) - b)
        if not difference.terms:
            return difference.const != 0
        if not self._is_over_entry(difference):
            return False
        guard = Guard(_primitive(difference), "!=0")
        if not guard.holds(self.hints):
            return False
        if guard not in self.guards:
            self.guards.append(guard)
        return True

    def assume_fits(self, form: AffineLike, limit: int = LARGEST) -> bool:
        """Return whether `fits`, if need be by guards that the arguments have ordinary sizes."""
        form = self.canonical(form)
        if self.assume_ordinary(form, lambda some: self.magnitudes.of(form, some), limit):
            return True
        self.blamed |= self.magnitudes.origins(form)
        return False

    def assume_ordinary(
        self, form: Affine, measure: Callable[[Collection[Value]], int], limit: int = LARGEST
    ) -> bool:
        """Return whether something is within a limit, by guards if need be.

        Args:
            form: What depends on the same arguments.
            measure: Returns a bound, given the arguments that are assumed to have ordinary sizes.
            limit: What the bound must not exceed.
        """
        if measure(()) <= limit:
            return True
        sources = sorted(filter(self._may_bound, self.magnitudes.sources(form)), key=_by_id)
        if not sources or measure(sources) > limit:
            return False
        for symbol in list(sources):
            others = [s for s in sources if s is not symbol]
            if measure(others) <= limit:
                sources = others
        for symbol in sources:
            self.guards += self._ordinary(symbol)
            self.magnitudes.bounded.add(symbol)
        return True

    def _ordinary(self, symbol: Value) -> list[Guard]:
        """Return the guards that a symbol is of ordinary size."""
        bounds = [Affine(ORDINARY) - symbol]
        if not self.nonnegative(symbol):
            bounds.append(Affine.of(symbol) + ORDINARY)
        return [Guard(bound, ">=0") for bound in bounds]

    def _may_bound(self, symbol: Value) -> bool:
        guards = self._ordinary(symbol)
        return all(g.holds(self.hints) and str(g) not in self._refused for g in guards)

    def hint(self, form: AffineLike) -> int | None:
        """Return the value of the form in the traced call, if it is over entry symbols."""
        form = self.canonical(form)
        return form.evaluate(self.hints) if self._is_over_entry(form) else None

    def known_at_entry(self, form: Affine) -> bool:
        """Return whether the form can be computed in the entry graph."""
        return all(s in self.hints or s in self.computed_at_entry for s in form.symbols)

    def expect(self, symbol: Value, estimate: int | None) -> None:
        """Note what a computed integer is in the traced call: no guard can be made of it."""
        if estimate is not None:
            self._estimates[symbol] = estimate

    def estimate(self, form: AffineLike) -> int | None:
        """Return the value of the form in the traced call, as far as it can be told."""
        form = self.canonical(form)
        values = {**self._estimates, **self.hints} if self._estimates else self.hints
        if not all(symbol in values for symbol in form.symbols):
            return None
        return form.evaluate(values)

    def _is_over_entry(self, form: Affine) -> bool:
        return all(symbol in self.hints for symbol in form.symbols)

    def _may_assume(self, guard: Guard) -> bool:
        if guard.relation == ">=0" and any(s.label in self._unbounded for s in guard.form.symbols):
            return False
        return guard.holds(self.hints) and str(guard) not in self._refused

    def _over_entry(self, form: Affine, depth: int, seen: set[Affine]) -> Iterator[Affine]:
        """Yield forms over entry symbols whose being nonnegative makes `form` nonnegative."""
        if self._is_over_entry(form):
            yield form
        elif depth > 0 and form not in seen and len(seen) < ATTEMPTS:
            seen.add(form)
            for reduced in self._reductions(form):
                yield from self._over_entry(reduced, depth - 1, seen)

    def _record(self, guard: Guard) -> None:
        """Add a guard `form >= 0` in the place of those it implies."""
        self.guards[:] = [g for g in self.guards if g.relation != ">=0" or not _implies(guard, g)]
        self.guards.append(guard)
        self._know(guard.form, self._scopes[0])

    def _unify(self, difference: Affine) -> None:
        """Replace the latest symbol that occurs once in `difference == 0`, if there is one."""
        for symbol, k in reversed(difference.terms):
            if abs(k) == 1:
                solution = Affine.of(symbol) - difference * k
                break
        else:
            for known in (difference, -difference):
                self._know(known, self._scopes[0])
            return
        replaced = {symbol: solution}
        for other, form in self.substitution.items():
            self.substitution[other] = form.substitute(replaced)
        self.substitution[symbol] = solution
        for scope in self._scopes:
            scope.replace(lambda form: _tightened(form.substitute(replaced)))
        self._unproved.clear()


_COMPARISONS = {
    "less": ("<", ">="),
    "less_equal": ("<=", ">"),
    "greater": (">", "<="),
    "greater_equal": (">=", "<"),
    "equal": ("==", "!="),
    "not_equal": ("!=", "=="),
}
"""Name of an op -> the relation if it is true, the relation if it is false."""

_CONJUNCTIONS = ("logical_and", "bitwise_and")
_DISJUNCTIONS = ("logical_or", "bitwise_or")


def _by_id(symbol: Value) -> int:
    return symbol.id


def _is_integer(value: Value) -> bool:
    return value.type == ArrayType(np.dtype(np.int64))


def _tightened(form: Affine) -> Affine:
    """Return the form divided by what its coefficients have in common, rounded down."""
    common = math.gcd(*(k for _, k in form.terms))
    if common <= 1:
        return form
    return Affine(form.const // common, {symbol: k // common for symbol, k in form.terms})


def _primitive(form: Affine) -> Affine:
    """Return the multiple of the form with coprime integers, the latest symbol's positive."""
    common = math.gcd(form.const, *(k for _, k in form.terms))
    divisor = common if form.terms[-1][1] > 0 else -common
    return Affine(form.const // divisor, {symbol: k // divisor for symbol, k in form.terms})


def _implies(strong: Guard, weak: Guard) -> bool:
    difference = (weak.form - strong.form).constant
    return difference is not None and difference >= 0
