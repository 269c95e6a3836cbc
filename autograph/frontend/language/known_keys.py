"""Which of the known keys, or positions, of a container a run-time key is.

Enters: a container whose keys are known, and a key that only the running program knows. Leaves: the
known keys as alternatives. So the items need not lie in columns: they may be arrays of any shapes,
objects of any classes, functions, and a dict with a few texts as keys needs no hash table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograph.frontend.arrays.slices import index_form, position
from autograph.frontend.flow.control import condition_of, fork, value_if
from autograph.frontend.language import letters, lists, stand_ins
from autograph.frontend.language.text import Text
from autograph.frontend.symbols.condition import FALSE, TRUE, Condition, all_of, any_of
from autograph.frontend.symbols.growing import Growing
from autograph.frontend.symbols.leaves import is_number
from autograph.frontend.symbols.symbolic import Number, form_of, value_of_form
from autograph.frontend.symbols.union import Union, alternatives, narrow
from autograph.frontend.tracing.escape import require_pools
from autograph.frontend.tracing.tracer import tracer
from autograph.ir.affine import Affine
from autograph.ops.elementwise import equal

KEY_ERROR = "KeyError: a key"
NEW_KEY = "a dict with known keys gets another one"
"""What happens where a key is none of the known keys: of a lookup, and of an assignment."""

FEW_TEXTS = 8
"""With so many known keys a text is compared, one after the other."""


# ---------------------------------------------------------------- keys


def _cases(owner: Any, key: Any, few: int) -> list[tuple[Condition, Any]]:
    """Return the keys that a key may be, with the conditions; none where a table is needed."""
    if type(owner) not in (dict, set, frozenset, list, tuple) or not 0 < len(owner) <= few:
        return []
    known = dict.fromkeys(owner)
    found = [(_equals(key, k), k) for k in known]
    if any(when is None for when, _ in found):
        return []
    possible = [(when, k) for when, k in found if when is not None and when.known is not False]
    return _apart(possible)


def _equals(key: Any, known: Any) -> Condition | None:
    """Return the condition that a key equals a known one; None if it cannot be compared."""
    key = narrow(key)
    if isinstance(key, Union):
        parts = [(when, _equals(part, known)) for when, part in alternatives(key)]
        if any(same is None for _, same in parts):
            return None
        return any_of(all_of([when, same]) for when, same in parts if same is not None)
    if isinstance(key, tuple):
        if type(known) is not tuple or len(known) != len(key):
            return FALSE
        same = [_equals(a, b) for a, b in zip(key, known, strict=True)]
        return None if None in same else all_of(x for x in same if x is not None)
    if isinstance(key, Text):
        return condition_of(letters.compared("eq", key, known)) if type(known) is str else FALSE
    if isinstance(key, Number):
        return _equals_number(key, known)
    try:
        return TRUE if hash(key) == hash(known) and key == known else FALSE
    except TypeError:
        return None


def _equals_number(key: Number, known: Any) -> Condition | None:
    if not is_number(known):
        return None if isinstance(known, Number) else FALSE
    form, other = form_of(key), form_of(known)
    if form is None or other is None:
        return condition_of(key == known)
    return _is_at(form, other)


def _is_at(form: Affine, other: Affine) -> Condition:
    """Return the condition that two forms are equal: the same one whenever it is asked for."""
    facts = tracer().facts
    difference = facts.canonical(form - other)
    if difference.constant is not None:
        return FALSE if difference.constant else TRUE
    if facts.positive(difference) or facts.negative(difference):
        return FALSE
    return Condition(
        facts.once(
            ("is at", facts.canonical(form), other),
            lambda: equal(value_of_form(form), value_of_form(other)),
        )
    )


def _apart(cases: Sequence[tuple[Condition, Any]]) -> list[tuple[Condition, Any]]:
    """Return cases of which each knows that it excludes the others."""
    conditions = [when for when, _ in cases]
    return [
        (
            Condition(
                when.atom,
                when.negated,
                (*when.if_true, *(~other for other in conditions if other != when)),
                when.if_false,
            ),
            k,
        )
        for when, k in cases
    ]


def is_run_time(key: Any) -> bool:
    """Return whether a key is one of several, or is or has in it what only the program knows."""
    key = narrow(key)
    if isinstance(key, tuple):
        return any(map(is_run_time, key))
    return isinstance(key, Union | Text) or (isinstance(key, Number) and not _is_constant(key))


def _is_constant(key: Number) -> bool:
    return key.form is not None and tracer().facts.canonical(key.form).constant is not None


def known_key(owner: Any, key: Any, missing: str = KEY_ERROR) -> Any:
    """Return the known keys of a dict that a key may be; any other key as it is.

    Args:
        owner: What the key is of.
        key: The key.
        missing: What happens if it is none of them.
    """
    if type(owner) is not dict:
        return key
    cases = _cases(owner, key, FEW_TEXTS if isinstance(narrow(key), Text) else stand_ins.MOST)
    if not cases:
        return key
    found = any_of(when for when, _ in cases)
    if found.known is False:
        tracer().fail(missing)
    if found.known is None:
        tracer().check(found.value(), missing)
        tracer().learn(found)
    return narrow(Union(tuple(cases)))


def positions(owner: list[Any] | tuple[Any, ...], key: Any, error: str | None = None) -> Any:
    """Return the positions in a list or tuple that a run-time index may mean, as alternatives."""
    if error is None:
        error = lists.OUT_OF_LIST if isinstance(owner, list) else lists.OUT_OF_TUPLE
    at = position(index_form(key), Affine(len(owner)), error)
    cases = [(_is_at(at, Affine(k)), k) for k in range(len(owner))]
    possible = [case for case in cases if case[0].known is not False]
    if not possible:
        tracer().fail(error)
    return narrow(Union(tuple(_apart(possible))))


def is_chosen(owner: Any, key: Any) -> bool:
    """Return whether a run-time key has to choose among the items of a container as they are."""
    key = narrow(key)
    if not stand_ins.is_run_time(key) or stand_ins.may_be_known(key):
        return False
    is_given = tracer().outside.container_of(owner) is not None
    return len(owner) <= (stand_ins.FEW if is_given else stand_ins.MOST)


def key_in(owner: Any, key: Any) -> Any:
    """Return the known keys of a dict that a key may be; any other key as it is."""
    key_now = narrow(key)
    if isinstance(key_now, Text):
        chosen = known_key(owner, key)
        if chosen is not key:
            return chosen
    stand_ins.require_for(owner, key_now)
    chooses = type(owner) is dict and is_chosen(owner, key_now)
    return known_key(owner, key) if chooses else key


def spread(items: Any, key: Any) -> Growing | None:
    """Return the items of a list in columns, if they are alike, or a key cannot be known."""
    found = lists.spread(items)
    if found is None and stand_ins.is_run_time(key):
        require_pools(items)
        if all(map(lists.fits, items)):
            return lists.in_columns(items)
        insist = not stand_ins.may_be_known(key) and len(items) > stand_ins.FEW
        tracer().require_columns(items, *items, insist=insist)
    return found


def is_known(owner: Any, key: Any) -> bool:
    """Return whether a key is sure to be one of the known keys of a dict."""
    return any_of(when for when, _ in _cases(owner, key, stand_ins.MOST)).known is True


def contains(owner: Any, key: Any) -> Condition | None:
    """Return whether a text is among a few known ones, None if that is not what is asked."""
    text = narrow(key)
    cases = _text_cases(owner, text)
    return any_of(when for when, _ in cases) if cases else None


def get(owner: dict[Any, Any], key: Any, default: Any = None) -> Any:
    """Return `owner.get(key, default)`; `NotImplemented` where a table is needed."""
    cases = _text_cases(owner, narrow(key))
    if not cases and not all(map(lists.fits, owner.values())) and is_chosen(owner, key):
        cases = _cases(owner, key, stand_ins.MOST)
    if not cases:
        return NotImplemented
    there = any_of(when for when, _ in cases)
    one = narrow(Union(tuple(cases)))
    return value_if(there, lambda: merged(fork(one, owner.__getitem__)), lambda: default)


def _text_cases(owner: Any, key: Any) -> list[tuple[Condition, Any]]:
    if not isinstance(key, Text) or not all(type(k) is str for k in owner):
        return []
    return _cases(owner, key, FEW_TEXTS)


def merged(found: Any) -> Any:
    """Return texts of one length that a key chooses among as one text."""
    content = narrow(found)
    if not isinstance(content, Union) or not letters.can_be_spelled(content):
        return found
    codes = narrow(letters.with_codes(content, lambda codes: codes))
    return found if isinstance(codes, Union) else letters.of_codes(codes)
