"""When a dict whose keys are known while tracing has to become a hash table."""

from __future__ import annotations

from typing import NoReturn

from autograph.frontend.symbols.decisions import IN_CONTAINERS
from autograph.frontend.tracing.tracer import tracer


def needs_hash_table(label: str) -> NoReturn:
    """Start again with hash tables for the dicts that have certain keys.

    Args:
        label: What identifies the keys.

    Raises:
        Restart: To make them hash tables.
    """
    raise tracer().needs_stand_in(tracer().next_record_origin(label) or IN_CONTAINERS)
