"""Library functions that run in turns with compiled code, which they call back.

What a function of the program changes around it is state of the program. So the library function
runs in a thread of its own, and stops where it calls a function; the program, which is in a loop,
takes the arguments, computes, answers, and waits for the next call.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from autograph.ops.callback import CallbackStopped


class Proxy(Struct, frozen=True):
    """Stands for a function of the program among the arguments.

    Attributes:
        first: Number of the first of its ways among those of all functions.
        kinds: For each way, the types of its arguments; None for arrays.
        attributes: What the library finds as attributes of the function.
    """

    first: int
    kinds: tuple[tuple[Any, ...], ...]
    attributes: tuple[tuple[str, Any], ...] = ()


class Start(Struct, frozen=True):
    """Begins to run a library function.

    Attributes:
        function: The function.
    """

    function: Callable[..., Any]

    def __call__(self, *args: Any, **kwargs: Any) -> Conversation:
        """Return what the program talks to."""
        return Conversation(self.function, args, kwargs)


class Conversation:
    """A library function that runs in turns with the program."""

    def __init__(self, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self._asked, self._answered = threading.Lock(), threading.Lock()
        self._asked.acquire()
        self._answered.acquire()
        self._request: tuple[int, Sequence[Any]] | None = None
        self._reply: Any = None
        self._outcome: Any = None
        self._error: BaseException | None = None
        self._is_abandoned = False
        self._arrays: dict[int, Any] = {}
        args, kwargs = self._with_functions(args), self._with_functions(kwargs)
        context = contextvars.copy_context()

        def run() -> None:
            try:
                self._outcome = context.run(function, *args, **kwargs)
            except BaseException as error:
                self._error = error
            self._request = None
            if not self._is_abandoned:
                self._asked.release()

        threading.Thread(target=run, daemon=True).start()

    def _with_functions(self, x: Any) -> Any:
        if isinstance(x, Proxy):
            return self._function(x)
        if isinstance(x, dict):
            return {key: self._with_functions(part) for key, part in x.items()}
        return type(x)(map(self._with_functions, x)) if type(x) in (list, tuple) else x

    def _function(self, proxy: Proxy) -> Callable[..., Any]:
        def ask(*args: Any) -> Any:
            for k, kinds in enumerate(proxy.kinds):
                if len(kinds) == len(args) and all(map(_fits, args, kinds)):
                    return self._ask(proxy.first + k, args)
            raise CallbackStopped("a function is called with arguments of other types")

        for name, x in proxy.attributes:
            setattr(ask, name, x)
        return ask

    def _ask(self, way: int, args: Sequence[Any]) -> Any:
        if self._is_abandoned:
            raise CallbackStopped
        self._request = way, args
        self._asked.release()
        self._answered.acquire()
        if self._is_abandoned:
            raise CallbackStopped
        return self._reply

    # ------------------------------------------------------------ asked by the program

    def wait(self) -> tuple[int, Sequence[Any]]:
        """Return which function is called how, and the arguments; -1 when the end is reached."""
        self._asked.acquire()
        if self._error is not None:
            raise self._error
        return (-1, ()) if self._request is None else self._request

    def answer(self, reply: Any, changed: Sequence[Any], key: int) -> None:
        """Go on with what a function returned.

        Args:
            reply: What it returned.
            changed: What its arguments contain now, None for those that it did not change.
            key: What tells an array around the function from others if it returned one, else 0.
        """
        assert self._request is not None
        for x, content in zip(self._request[1], changed, strict=True):
            if content is not None:
                x[...] = content
        if key:  # It is the same array each time, which the library may hold.
            content, reply = reply, self._arrays.setdefault(key, np.array(reply))
            reply[...] = content
        self._reply = reply if key else _copied(reply)
        self._answered.release()

    def outcome(self) -> Any:
        """Return what the library function returned."""
        return self._outcome

    def abandon(self) -> None:
        """End the library function, of which nobody waits for the outcome any more."""
        self._is_abandoned = True
        if self._answered.locked():
            self._answered.release()


def _copied(x: Any) -> Any:
    """Return what lies in memory that compiled code will use again, elsewhere."""
    if type(x) in (list, tuple):
        return type(x)(map(_copied, x))
    return np.array(x) if isinstance(x, np.ndarray) else x


def _fits(x: Any, kind: Any) -> bool:
    return type(x) is np.ndarray if kind is None else type(x) in kind


class Wait(Struct, frozen=True):
    """Waits for a conversation to ask.

    Attributes:
        forms: For each way, for each argument, whether it may be of two types of numbers; None
            for arrays.
        dtypes: For each way, the dtypes of the arguments.
    """

    forms: tuple[tuple[bool | None, ...], ...]
    dtypes: tuple[tuple[Any, ...], ...]

    def __call__(self, conversation: Conversation, shapes: Sequence[Any]) -> tuple[Any, ...]:
        """Return which way it is, then the arguments of all ways: zeros for the others."""
        number, args = conversation.wait()
        found: list[Any] = [np.int64(number)]
        for way, (forms, dtypes) in enumerate(zip(self.forms, self.dtypes, strict=True)):
            given = args if way == number else (0,) * len(forms)
            parts = zip(given, forms, dtypes, shapes[way], strict=True)
            for x, form, dtype, shape in parts:
                if form is not None:
                    found.append(np.asarray(x, dtype))
                    found += [np.bool_(type(x) is float)] if form else []
                elif way != number:
                    found.append(np.zeros(tuple(shape), dtype))
                elif x.shape != tuple(shape) or x.dtype != dtype:
                    raise CallbackStopped("an array of another shape than expected")
                else:
                    found.append(x)
        return tuple(found)


def answered(conversation: Conversation, reply: Any, changed: Any, key: int) -> int:
    """Go on with what a function of the program returned."""
    conversation.answer(reply, changed, key)
    return 0


def outcome(conversation: Conversation, last: int) -> Any:
    """Return what a library function returned, after the last question: that there is none."""
    return conversation.outcome()
