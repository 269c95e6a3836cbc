"""The attributes of generators and other iterators, which may lie in pools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograph.frontend.symbols.union import narrow
from autograph.frontend.tracing.escape import store_attribute
from autograph.frontend.tracing.journal import UNBOUND
from autograph.frontend.tracing.stand_in import StandIn
from autograph.frontend.tracing.tracer import tracer


def read(iterator: StandIn, name: str) -> Any:
    """Return an attribute of an iterator."""
    row = tracer().pools.row_of(iterator)
    found = vars(iterator).get(name, UNBOUND) if row is None else row.attribute(name)
    return narrow(found)


def write(iterator: StandIn, attributes: Mapping[str, Any]) -> None:
    """Change attributes of an iterator."""
    row = tracer().pools.row_of(iterator)
    if row is not None:
        for name, content in attributes.items():
            store_attribute(row, name, content)
        return
    tracer().log_object(iterator)
    vars(iterator).update(attributes)
