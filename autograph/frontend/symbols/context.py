"""The tracer in charge, as the symbolic values see it.

Symbolic values (`symbolic`, `indexing`, ...) and the tracer need each other; the values know the
tracer by this protocol only, so that imports go one way: context <- values <- tracer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from autograph.errors import AutographError, Site, UnsupportedError
from autograph.frontend.symbols.frames import raised_in_package
from autograph.ir.graph import Value

if TYPE_CHECKING:
    from autograph.frontend.symbols.facts import Facts


class ProgramRaises(Exception):
    """The user's program raises here, whatever the values.

    Args:
        message: What happens; it starts with the name of the exception's class, if that is known.
        error: The exception, if it is known.
    """

    def __init__(self, message: str, error: Exception | None = None) -> None:
        super().__init__(message)
        self.error = error


class Leaves(Exception):
    """The block being traced ends here, in the middle of an expression.

    Args:
        completion: How it ends.
    """

    def __init__(self, completion: Any) -> None:
        super().__init__(completion)
        self.completion = completion


class TracerContext(Protocol):
    """What symbolic values may ask of the tracer.

    Attributes:
        facts: What is known about affine forms here, and the guards assumed so far.
    """

    facts: Facts

    @property
    def hints(self) -> dict[Value, int]:
        """Sizes and integer arguments of the traced call, by symbol."""

    floating_errors: Any
    """Which floating-point errors raise here."""

    has_changed_items: bool
    """Whether items of a list of unknown length were changed in place."""

    @property
    def site(self) -> Site | None:
        """The user's line that runs."""

    def at_entry(self) -> AbstractContextManager[None]:
        """Emit into the entry graph, where the results can be seen from everywhere."""

    def attempt(self) -> AbstractContextManager[None]:
        """Leave, if a refusal ends it, the regions entered inside, as if they had never been."""

    def new_cell(self, value: Value) -> Any:
        """Return a buffer cell born in the region being traced."""

    def write_cell(self, cell: Any, value: Value) -> None:
        """Give a buffer new contents; every in-place write comes through here."""

    def needs_pool(self, content: Any, otherwise: str = ...) -> BaseException:
        """Return what to raise where a list of unknown length is to hold an object, or a list.

        Args:
            content: What it is to hold.
            otherwise: The message if it cannot.
        """

    def stale(self, cell: Any) -> BaseException:
        """Return what to raise where a buffer is used that may have been changed as another one."""

    def check(self, condition: Value, message: str) -> None:
        """Emit a check: where it fails, the original Python replays and raises."""

    def fail(self, message: str) -> NoReturn:
        """End the block being traced: the program raises whenever it comes here."""

    def need_static(self, number: Any) -> Any:
        """Return the Python value of a number, or restart the trace so that it has one."""

    def catches(self, error: BaseException | type[BaseException]) -> bool:
        """Return whether a `try` around this place may catch an exception."""

    def tells(self, kind: type[BaseException]) -> bool:
        """Return whether the program may see the text of such an exception that is raised here."""

    def within_definition(self) -> AbstractContextManager[None]:
        """Be inside of what a function of NumPy is defined as: its exceptions are not told."""

    def truth_of(self, atom: Any) -> bool | None:
        """Return the truth of an atom of a condition in this region, if a branch decided it."""

    def place_in_memory(self, cell: Any) -> None:
        """Have an argument with gaps taken as a part of its memory, by starting the trace again."""

    def lift(self, array: Any) -> Any:
        """Return an ndarray found on the heap as a symbolic input."""

    def state_of(self, generator: Any) -> Any:
        """Return the state of a generator of random numbers, an array."""

    def make_generator(self, kind: type, state: Any) -> Any:
        """Return a new generator of random numbers in a state."""

    def fresh_generator(self) -> Any:
        """Return a generator whose state the system chooses anew for each call."""


_current: ContextVar[TracerContext] = ContextVar("current_tracer")


def current_tracer() -> TracerContext:
    """Return the tracer in charge.

    Raises:
        LookupError: If nothing is being traced.
    """
    return _current.get()


@contextmanager
def tracing(tracer: TracerContext) -> Iterator[None]:
    """Put a tracer in charge."""
    token = _current.set(tracer)
    try:
        yield
    finally:
        _current.reset(token)


def as_users(error: Exception) -> Exception:
    """Return an error marked as one that the user's program raises, not a fault of the tracer."""
    error.raised_for_user = True  # type: ignore[attr-defined]
    return error


def unsupported(message: str) -> UnsupportedError:
    """Return the error that says what cannot be staged, at the user's line."""
    tracer = _current.get(None)
    return UnsupportedError(message, tracer.site if tracer is not None else None)


def run(f: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Call something at trace time; an error of the call itself is the program's.

    Raises:
        ProgramRaises: If the call raises, which the original Python will do, too.
    """
    try:
        return f(*args, **kwargs)
    except (AutographError, Leaves, ProgramRaises, RecursionError):
        raise
    except Exception as error:
        traceback = error.__traceback__
        in_call_itself = traceback is not None and traceback.tb_next is None
        if in_call_itself or not raised_in_package(traceback):
            raise ProgramRaises(f"{type(error).__name__}: {error}", error) from error
        raise
