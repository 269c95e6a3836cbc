"""Variables of loops and branches that change their types, vanish, or trade places."""

from __future__ import annotations

import numpy as np

from tests.programs.corpus import program, signed


@program(lambda n: (signed(n), n - 1), sizes=(1, 4))
def index_reassigned_in_body(x, n):
    i, total = -7, 0.0
    for i in range(n):
        total += x[i]
        i = i * 2
    return i, total


@program(lambda n: (signed(n),), sizes=(0, 1, 7))
def row_of_largest_sum(x):
    best = None
    for k in range(len(x)):
        row = x * (k + 1)
        if best is None or row.sum() > best.sum():
            best = row
    return best


@program(lambda n: (signed(n),), sizes=(0, 9))
def climbs_through_all_numbers(x):
    total = False
    for value in x:
        if value > 0.8:
            total = total + 1j
        elif value > 0.3:
            total = total + 0.5
        elif value > 0:
            total = total + 1
        else:
            total = True
    return total


@program(lambda n: (signed(5), n), sizes=(0, 1, 2, 3))
def returns_of_unlike_type(x, n):
    if n == 0:
        return None
    if n == 1:
        return x[0]
    if n == 2:
        return x * 2
    return x, n, "more"


@program(lambda n: (signed(n), n - 2), sizes=(1, 5))
def defined_in_one_branch_used_later(x, n):
    if n > 0:
        double = x * 2
    total = x.sum()
    if n > 0:
        total += double[0]
        del double
    return total


@program(lambda n: (signed(n), n - 2), sizes=(1,), raises=True)
def deleted_in_one_branch(x, n):
    double = x * 2
    if n < 0:
        del double
    return double.sum()


@program(lambda n: (signed(5), n), sizes=(0, 3, 4))
def arrays_trade_places(x, n):
    other = x * 2
    for k in range(n):
        x, other = other, x
        x[0] += k
    return x, other


@program(lambda n: (signed(n), signed(n)[::-1].copy()), sizes=(1, 6))
def arrays_trade_places_by_data(x, y):
    low, high = np.zeros(len(x)), np.ones(len(x))
    for k in range(len(x)):
        if x[k] > y[k]:
            low, high = high, low
        low[k] += x[k]
    return low, high


@program(lambda n: (signed(6), signed(6), n - 1), sizes=(0, 3))
def view_chosen_then_written(x, y, n):
    part = x[1:] if n > 0 else y[::2]
    part[0] = 9.0
    part *= 2
    return part.sum()


@program(lambda n: (signed(9), n), sizes=(0, 3))
def state_named_by_text(x, n):
    state, total = "first", 0.0
    for k in range(n):
        if state == "first":
            total, state = total + x[k], "middle"
        elif state == "middle":
            total, state = total - x[k], "last"
        else:
            total *= 2
    return total, state


@program(lambda n: (signed(n),), sizes=(0, 1, 7))
def record_outlives_what_replaces_it(x):
    trial = record = None
    for k in range(len(x)):
        if trial is None or x[k] > 0:
            trial = x - k
        if x[k] > 0.5:
            record = trial
        trial[k] += 1.0
    return trial, record, trial is record


@program(lambda n: (signed(n), 0.4), sizes=(1, 7))
def first_guess_made_in_the_loop_is_returned(x, limit):
    guess = None
    for value in x:
        for _ in range(2):
            if guess is None:
                guess = x - value
        if value > limit:
            return guess


@program(lambda n: (signed(n),), sizes=(0, 1, 7))
def best_settings_of_a_search(x):
    settings = {"weights": x * 1, "tries": 0}
    best = settings
    for k in range(len(x)):
        if x[k] > 0:
            settings = {"weights": settings["weights"] + k, "tries": settings["tries"] + 1}
        if x[k] > 0.6:
            best = settings
        settings["weights"][k] *= 2.0
        best["tries"] += 1
    return best["weights"], best["tries"], settings["weights"], settings["tries"]


@program(lambda n: (signed(n),), sizes=(1, 7))
def three_arrays_of_a_list_trade_places(x):
    kept = [x * 1, x * 2, x * 3]
    for k in range(len(x)):
        if x[k] > 0:
            kept[0], kept[1] = kept[1], kept[0]
        if x[k] > 1:
            kept[2] = kept[0]
        if x[k] < -1:
            kept[1] = x + k
        kept[0][k] += 10.0
    return kept, kept[0] is kept[2]
