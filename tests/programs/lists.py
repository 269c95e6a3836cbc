"""Lists that get longer and shorter in loops and branches."""

import bisect

import numpy as np

from tests.programs.corpus import floats, integers, program, signed


class Bag:
    def __init__(self):
        self.items = []

    def put(self, value):
        if value > 0:
            self.items.append(value)


@program(lambda n: (signed(n),), gradient=(0,))
def appended_then_summed(x):
    squares = []
    for value in x:
        squares.append(value * value)
    return np.sum(np.array(squares))


@program(lambda n: (signed(n),), sizes=(0, 1, 7), layouts=())
def positives_are_kept(x):
    kept = []
    for value in x:
        if value > 0:
            kept.append(value)
    return np.array(kept), len(kept), kept


@program(lambda n: (signed(4), n), sizes=(1, 3), layouts=(), rtol=1e-12, gradient=(0,))
def intermediates_are_stacked(x, n):
    states = [x]
    for k in range(n):
        states.append(np.sin(states[-1]) * (k + 1))
    total = 0.0
    for state in states:
        total = total + np.sum(state)
    return np.sum(np.stack(states)) * total


@program(lambda n: (signed(7), 1.0), sizes=(0,), layouts=(), rtol=1e-12, gradient=(0,))
def only_large_ones_count(x, limit):
    kept = []
    for value in x:
        if np.abs(value) > limit:
            kept.append(value * value)
    return sum(kept) + 0.5 * len(kept) + np.sum(x)


@program(lambda n: (signed(5), 0.01), sizes=(0,), layouts=())
def steps_until_small(x, tolerance):
    steps = []
    rest = x[0] * 10
    while np.abs(rest) > tolerance:
        rest *= 0.93
        steps.append(rest)
    return np.array(steps), len(steps)


@program(lambda n: (n,), sizes=(0, 3, 30), layouts=())
def pairs_in_two_loops(n):
    pairs = []
    for i in range(n):
        for j in range(i):
            if (i + j) % 2:
                pairs.append((i, j * 0.5))
    return pairs, len(pairs)


@program(lambda n: (n,), sizes=(3, 200), layouts=())
def primes_by_trial(n):
    found = []
    for k in range(2, n):
        for p in found:
            if p * p > k:
                found = found + [k]
                break
            if k % p == 0:
                break
        else:
            found = found + [k]
    return found


@program(lambda n: (n,), sizes=(0, 1, 12), layouts=())
def fibonacci_numbers(n):
    numbers = [0, 1]
    while len(numbers) < n:
        numbers.append(numbers[-1] + numbers[-2])
    return numbers


@program(lambda n: (signed(n),), sizes=(0, 9), layouts=())
def stack_of_numbers(x):
    stack = [1.0, 2.0]
    for value in x:
        if value > 0:
            stack.append(value)
        elif len(stack) > 1:
            first = stack.pop()
            stack.append(first + stack.pop())
    return stack, max(stack), min(stack)


@program(lambda n: (signed(9),), sizes=(0,), layouts=())
def queue_of_three(x):
    queue, total = [], 0.0
    for value in x:
        queue.append(value)
        if len(queue) > 3:
            total += queue.pop(0)
    queue.insert(1, 7.0)
    queue.reverse()
    return total, queue


@program(lambda n: (signed(4), n), sizes=(0, 4), layouts=())
def unlike_items(x, n):
    items, words = [None], []
    for k in range(n):
        items.append(x[k] if x[k] > 0 else k)
        words.append("positive" if x[k] > 0 else "negative")
    return items, words


@program(lambda n: (signed(2), 1.0), lambda n: (signed(2), -1.0), sizes=(1,), layouts=())
def changed_in_one_branch(x, c):
    items = [x[0], x[1]]
    alias = items
    if c > 0:
        alias.append(c)
        alias[0] = 5.0
    else:
        items.pop()
    return len(items), items[-1], alias is items, alias


@program(lambda n: (integers(6, low=0, high=6), n), sizes=(0, 6), layouts=())
def run_time_positions(k, n):
    marks = [0] * 6
    for i in range(n):
        marks[k[i]] += i
    weights = [3, 1, 2]
    return marks, weights[k[0] % 3], (0.5, 1.5)[k[1] % 2], marks[1:-1], marks[::-2]


@program(lambda n: (signed(6), n), sizes=(0, 6), layouts=())
def list_of_a_moment(x, n):
    total = 0.0
    for i in range(n):
        before = []
        for j in range(i):
            before.append(x[j])
        total += sum(before) + len(before)
    return total


@program(lambda n: (signed(n),), sizes=(0, 7), layouts=())
def list_of_an_object(x):
    bag = Bag()
    for value in x:
        bag.put(value)
    return bag.items, len(bag.items)


@program(lambda n: (floats(3),), sizes=(0,), layouts=())
def arrays_are_joined(x):
    parts = []
    for value in x:
        parts.append(np.array([value, -value]))
    return np.concatenate(parts), np.vstack(parts), np.stack(parts, axis=1), np.mean(parts)


@program(lambda n: (n,), sizes=(0, 4), layouts=())
def integers_or_nothing(n):
    numbers = []
    for k in range(n):
        numbers.append(k)
    return np.array(numbers)


@program(lambda n: (signed(5), 0.4), lambda n: (signed(5), 9.0), sizes=(0,), layouts=())
def returned_from_within(x, limit):
    seen = []
    for value in x:
        seen.append(value)
        if value > limit or len(seen) > 3:
            return seen
    return None


@program(lambda n: (signed(5),), sizes=(0,), layouts=())
def extended_and_deleted(x):
    items = []
    for value in x:
        items.extend([value, -value])
        items += [0.0]
    del items[0]
    items.remove(0.0)
    return items, items.index(0.0), items.count(0.0), 0.0 in items, x[0] in items


@program(lambda n: (signed(n),), sizes=(0, 6), layouts=(), rtol=1e-12)
def comprehensions_that_filter(x):
    value = 10.0
    kept = [value for value in x if value > 0]
    pairs = [x[i] * j for i in range(len(x)) for j in range(i) if x[j] > 0]
    return np.array(kept), value, len(kept), pairs, sum(v for v in x if v < 0)


@program(lambda n: (signed(n),), sizes=(1, 6), layouts=(), rtol=1e-12)
def generators_are_consumed(x):
    found = any(v > 1 for v in x), all(v > -10 for v in x)
    return found, sum(v * v for v in x), max(abs(v) for v in x), list(v > 0 for v in x)


@program(lambda n: (signed(6), 5), sizes=(1,), layouts=())
def comprehensions_of_all_kinds(x, n):
    table = {k: x[k] * 2 for k in range(3)}
    grid = [[i * j for i in range(3)] for j in range(2)]
    late = [lambda: i for i in range(3)]
    sums = [a + b for a, b in zip(x, x[::-1], strict=True)]
    signs = [i if v > 0 else -i for i, v in enumerate(x) if i < n]
    return table, {k % 2 for k in range(5)}, grid, [f() for f in late], sums, signs


@program(lambda n: (signed(n),), sizes=(0, 5), layouts=(), rtol=1e-12, gradient=(0,))
def differentiated_comprehension(x):
    squares = [v * v for v in x if v > 0]
    return np.sum(np.array(squares)) + sum(v * k for k, v in enumerate(x)) + 0.0 * np.sum(x)


@program(lambda n: (signed(n),), lambda n: (-floats(n),), sizes=(0, 5), layouts=())
def truth_of_a_list(x):
    kept = [value for value in x if value > 0]
    word = "some" if kept else "none"
    count = 0
    while kept:
        kept.pop()
        count += 1
    return word, count, not kept


@program(lambda n: (np.array([3.0, -1.0, 2.0, 3.0, 0.5, -4.0, 2.0])[:n],), sizes=(0, 1, 7))
def sorted_in_all_ways(x):
    by_size = sorted(range(len(x)), key=lambda k: abs(x[k]), reverse=True)
    return sorted(x), sorted(x, reverse=True), by_size


@program(lambda n: (np.array([3.0, -1.0, 2.0, 3.0, 0.5]), n), sizes=(2,))
def sorts_lists_in_place(x, n):
    items = [float(x[k]) * n for k in range(5)]
    items.sort()
    pairs = [(x[k], k) for k in range(5)]
    pairs.sort(key=lambda p: p[0], reverse=True)
    kept = [v for v in x if v > 0]
    kept.sort()
    names = sorted(["b", "a"], key=len)
    return items, pairs, kept, names, max(range(5), key=lambda k: x[k]), min(kept, key=lambda v: -v)


@program(lambda n: (floats(2), n), sizes=(0, 1, 3))
def extended_by_one_of_two(x, n):
    items = [x[0]]
    more = [1.0, x[1]] if n > 1 else [2.0]
    items += more
    items += [x[0]] if n > 0 else []
    return items


@program(lambda n: (signed(n),), sizes=(0, 1, 7), layouts=())
def kept_in_order(x):
    kept = []
    for value in x:
        if value > 0:
            kept.append(value)
    by_distance = sorted(kept, key=lambda value: abs(value - 0.5))
    return sorted(kept), sorted(kept, reverse=True), by_distance, kept


@program(lambda n: (integers(n),), sizes=(0, 7), layouts=())
def pairs_sorted_in_place(x):
    pairs = []
    for k in range(len(x)):
        if x[k] != 0:
            pairs.append((k, int(x[k]) % 2))
    pairs.sort(key=lambda pair: pair[1], reverse=True)
    return pairs


@program(lambda n: (floats(n) + 1.0,), sizes=(1, 2, 5), layouts=(), raises=True)
def first_middle_last(x):
    kept = []
    for value in x:
        if value > 0:
            kept.append(value)
    first, *middle, last = kept
    *most, end = kept
    return first, middle, last, most, end


@program(lambda n: (np.arange(n),), sizes=(0, 7), layouts=())
def compared_as_lists(x):
    odd, others = [], []
    for value in x:
        if value % 2:
            odd.append(int(value))
        if value % 4 != 0:
            others.append(int(value))
    shorter = others[: len(odd)]
    return odd == others, odd != [1, 3], odd < others, odd >= shorter, [1, 3, 5] == odd


@program(lambda n: (np.arange(n), 2), sizes=(0, 9), layouts=())
def parts_replaced_and_deleted(x, k):
    items = []
    for value in x:
        if value % 2 == 0:
            items.append(int(value))
    items[1:3] = [7, 8, 9]
    items[len(items) :] = range(k)
    del items[0]
    del items[2:k]
    items[k:k] = items
    items.insert(1, 5)
    items.reverse()
    items[-2:] = []
    return items, items.count(7), 5 in items


@program(lambda n: (np.arange(n) * 5 % 7,), sizes=(0, 6), layouts=())
def tuples_of_unknown_length(x):
    found = []
    for limit in x:
        smaller = []
        for value in x:
            if value < limit:
                smaller.append(int(value))
        key = tuple(smaller)
        if key not in found:
            found.append(key)
    longest = ()
    for key in found:
        if len(key) > len(longest):
            longest = key
    return found, longest, longest[1:], longest + longest


def area(points):
    total = 0.0
    for k in range(len(points)):
        x, y = points[k]
        u, v = points[(k + 1) % len(points)]
        total += x * v - u * y
    return 0.5 * total


@program(lambda n: (np.array([[0.0, 0], [2, 0], [2, 2], [0, 2]]), 0.5), sizes=(4,), layouts=())
def polygon_clipped(polygon, left):
    points = [(p[0], p[1]) for p in polygon]
    for a, b, c in [(1.0, 0.0, left), (-1.0, -1.0, -3.0)]:
        kept = []
        for k in range(len(points)):
            p, q = points[k], points[(k + 1) % len(points)]
            here, there = a * p[0] + b * p[1] - c, a * q[0] + b * q[1] - c
            if here >= 0:
                kept.append(p)
            if here * there < 0:
                s = here / (here - there)
                kept.append((p[0] + s * (q[0] - p[0]), p[1] + s * (q[1] - p[1])))
        points = kept
    return points, area(points)


@program(lambda n: (signed(n),), sizes=(0, 1, 7), layouts=())
def tuples_become_rows(x):
    points = []
    for k, value in enumerate(x):
        if value > 0:
            points.append((k, value, (value * value, 1)))
    flat = [(k, a, *pair) for k, a, pair in points]
    table = np.array(flat)
    return table, np.asarray([(k, k + 1) for k, _, _ in points], dtype=float).sum(axis=0)


@program(lambda n: (signed(n),), sizes=(1, 6), layouts=(), gradient=(0,))
def length_of_a_polygon(x):
    corners = []
    for value in x:
        corners.append((value, np.sin(value)))
        if value < 0:
            corners.append((0.5, value * value))
    return np.sum(np.hypot(*np.diff(np.array(corners), axis=0).T)) + corners[0][1]


def _positions_but(x, left_out):
    return [k for k in range(len(x)) if x[k] != left_out]


@program(lambda n: (np.arange(n + 2.0),), sizes=(0, 1, 4), layouts=("strided",))
def lists_found_are_indices(x):
    free = _positions_but(x, 1.0)
    outer = np.outer(x, x)
    y = x.copy()
    y[free] += x[free]
    y[_positions_but(x, 2.0)] = -1.0
    return y, outer[np.ix_(free, free)], outer[free][:, free], np.delete(x, free), np.take(x, free)


@program(lambda n: (np.arange(n + 2.0),), sizes=(0, 4), layouts=(), rtol=1e-12)
def lists_found_are_operands(x):
    doubled = [2 * v for v in x if v != 1.0]
    x[1:] -= doubled
    x[:-1] = doubled
    sums = x[1:] + doubled, np.array(doubled) * 3.0, doubled - x[1:]
    both = np.array([doubled, doubled]), np.column_stack([_positions_but(x, x[-1]), doubled])
    return (
        sums,
        both,
        np.concatenate([x, doubled]),
        np.append(x, doubled),
        x[1:] @ np.array(doubled),
    )


@program(lambda n: (np.arange(n + 3),), sizes=(0, 3), layouts=())
def roots_of_a_growing_forest(labels):
    parent = [0]
    for label in labels:
        parent.append(len(parent))
        k = label % len(parent)
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        parent[-1] = int(k)
    return parent


def repeated_and_tested(x):
    found = [float(v) for v in x if v > 0]
    fixed = tuple(found)
    doubled = found
    doubled *= 2
    longer = fixed
    longer *= 3
    ones = (1, "a") * len(fixed)
    return found * 2, 2 * fixed, found * -1, doubled, longer, ones, bool(found), bool(fixed)


@program(lambda n: (signed(n), n - 2), sizes=(1, 2, 5), layouts=())
def repeated_in_place(x, times):
    kept = [v for v in x if v > 0]
    again = kept
    kept *= times
    pair = [1, 2]
    pair *= times
    return kept, again is kept, pair


@program(lambda n: (signed(n),), sizes=(0, 1, 8), layouts=())
def every_other_item_replaced_and_deleted(x):
    kept = [v for v in x if v > -0.9]
    kept[::2] = [0.0] * len(kept[::2])
    backwards = list(kept)
    backwards[::-1] = kept
    thinned = list(kept)
    del thinned[1::3]
    ends = [x * k for k in range(len(kept))]
    del ends[::-2]
    return kept, backwards, thinned, ends, kept[::-1], kept[1::2]


@program(lambda n: (signed(n),), sizes=(3, 8), layouts=(), raises=True)
def too_few_items_for_every_other(x):
    kept = [v for v in x if v > -2.0]
    kept[::2] = [1.0, 2.0]
    return kept


@program(lambda n: (signed(n), 3), sizes=(0, 3, 8), layouts=())
def running_medians(x, width):
    window, medians = [], []
    for k, v in enumerate(x):
        bisect.insort(window, v)
        if k >= width:
            del window[bisect.bisect_left(window, x[k - width])]
        medians.append(window[len(window) // 2])
    return np.array(medians), window


@program(lambda n: (signed(n), 2), sizes=(3, 9), layouts=())
def largest_taken_out_of_the_window(x, width):
    window, taken = [], []
    for k in range(len(x)):
        window.append(x[k])
        if k >= width:
            largest = 0
            while window[largest] != max(window):
                largest += 1
            taken.append(window.pop(largest))
    return taken, window


@program(lambda n: (signed(n), n % 4), sizes=(3, 4, 5, 6), layouts=())
def known_items_cut_where_the_data_say(x, k):
    letters, arrays = ["a", "b", "c"], [x[:2], x[1:], x * 2]
    head, tail = letters[:k], (1, 2.0, 3)[k:]
    changed, thinned = [1, 2, 3, 4], [1, 2, 3, 4]
    changed[k:] = [7, 8]
    del thinned[k::2]
    thinned.insert(k, 9)
    part = arrays[-k:]
    part[0][0] = 5.0
    return head, tail, changed, thinned, part, len(arrays[:k])


@program(lambda n: (n - 2,), sizes=(1, 2, 3, 5), layouts=())
def known_items_taken_out(k):
    found = []
    for at in (k, -k - 1, 7 * k):
        items = [1.0, 2.0]
        try:
            found.append(items.pop(at))
            del items[at]
        except IndexError as error:
            found.append(str(error))
    return found


@program(lambda n: (floats(n),), sizes=(0, 2, 7), layouts=())
def arrays_of_unlike_numbers(x):
    sums = np.array([sum(x[k] for k in range(j)) for j in range(len(x))])
    kept = np.array([0.5] + [v if v > 0.5 else 0 for v in x])
    kinds = [3]
    for v in x:
        if v > 0.6:
            kinds.append(2)
        elif v > 0.3:
            kinds.append(v > 0.4)
    return sums, kept, sum(kinds), np.array([*kinds, 1]), np.mean(kinds)
