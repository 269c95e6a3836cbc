"""Whether the caller has told NumPy to do more about floating-point errors than to warn of them.

Compiled code does not look for such errors: it neither warns of them nor raises. So where
`np.errstate` or `np.seterr` asks for anything but silence or warnings, plain Python runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy._core import umath

HARMLESS = ("ignore", "warn")


def _modes() -> Any:
    """Return the modes themselves, one object for equal ones."""
    modes = tuple(np.geterr().values())
    return _known_modes.setdefault(modes, modes)


_known_modes: dict[Any, Any] = {}

_variable = getattr(umath, "_extobj_contextvar", None)
state: Callable[[], Any] = _modes if _variable is None else _variable.get
"""Returns an object that stays the same as long as nobody changes how errors are treated."""


class Checked:
    """The last state found harmless.

    Attributes:
        state: What `state` returned then.
    """

    def __init__(self) -> None:
        self.state: Any = None

    def are_errors_wanted(self) -> bool:
        """Return whether any floating-point error is to raise, to be printed, logged or handled."""
        now = state()
        if now is self.state:
            return False
        if any(mode not in HARMLESS for mode in np.geterr().values()):
            return True
        self.state = now
        return False


checked = Checked()
