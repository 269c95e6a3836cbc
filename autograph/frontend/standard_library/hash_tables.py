"""When a dict whose keys are known while tracing has to become a hash table."""

from __future__ import annotations

from typing import NoReturn

from autograph.frontend.tracing.tracer import tracer


def needs_hash_table(label: str) -> NoReturn:
    """Start again with hash tables for the dicts that have certain keys.

    Args:
        label: What identifies the keys.

    Raises:
        Restart: To make them hash tables.
    """
    tracer().require_hash_tables(label)
