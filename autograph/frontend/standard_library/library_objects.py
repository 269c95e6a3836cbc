"""Objects of libraries as the program sees them: what it does with them is done when it runs."""

from __future__ import annotations

import operator
from typing import Any

from autograph.frontend.numpy_api.library_calls import (
    call_object,
    is_method_of,
    method_called,
    read_attribute,
    refuse_change,
)
from autograph.frontend.numpy_api.library_objects import OfLibrary
from autograph.frontend.tracing.stand_in import StandIn
from autograph.ops.held_objects import held


class LibraryObject(StandIn, OfLibrary):
    """An object of a library: its kind, and the ticket by which compiled code knows it."""

    kind: Any
    ticket: Any

    @property
    def stands_for(self) -> type:  # type: ignore[override]
        kind: type = self.kind.of
        return kind

    def contents(self) -> tuple[Any, ...]:
        return (self.ticket,)

    @staticmethod
    def rebuilt(ticket: Any) -> Any:
        return held(ticket)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return method_called(self, "__call__", args, kwargs)

    def __getattr__(self, name: Any) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if is_method_of(self, name):
            return LibraryMethod(self, name)
        return read_attribute(self, name)

    def __setattr__(self, name: Any, value: Any) -> None:
        refuse_change(self, name)

    def __setitem__(self, key: Any, value: Any) -> None:
        refuse_change(self, "__setitem__")

    def __getitem__(self, key: Any) -> Any:
        return call_object(operator.getitem, self, key)

    def __len__(self) -> Any:
        return call_object(len, self)

    def __add__(self, other: Any) -> Any:
        return call_object(operator.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return call_object(operator.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return call_object(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return call_object(operator.sub, other, self)

    def __mul__(self, other: Any) -> Any:
        return call_object(operator.mul, self, other)

    def __rmul__(self, other: Any) -> Any:
        return call_object(operator.mul, other, self)

    def __truediv__(self, other: Any) -> Any:
        return call_object(operator.truediv, self, other)

    def __matmul__(self, other: Any) -> Any:
        return method_called(self, "__matmul__", (other,), {})

    def __rmatmul__(self, other: Any) -> Any:
        return method_called(self, "__rmatmul__", (other,), {})

    def __pow__(self, other: Any) -> Any:
        return call_object(operator.pow, self, other)

    def __neg__(self) -> Any:
        return call_object(operator.neg, self)

    def __abs__(self) -> Any:
        return call_object(abs, self)


class LibraryMethod(StandIn):
    """A method of such an object."""

    def __init__(self, owner: Any, name: Any) -> None:
        self.owner = owner
        self.name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return method_called(self.owner, self.name, args, kwargs)
