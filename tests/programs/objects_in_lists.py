"""Lists of unknown length that hold objects, dicts, and lists that other names change."""

import heapq
from dataclasses import dataclass, field

import numpy as np

from tests.programs.corpus import floats, program, signed


class Particle:
    def __init__(self, x, v):
        self.x = x
        self.v = v

    def move(self, dt):
        self.x += self.v * dt


@dataclass
class Point:
    x: float
    y: float


@dataclass(order=True)
class Event:
    time: float
    kind: int
    data: float = field(default=0.0, compare=False)


class Node:
    def __init__(self, value):
        self.value = value
        self.left = None
        self.right = None
        self.children = []


@program(lambda n: (floats(n), 3), sizes=(0, 5), layouts=())
def particles_move(x, steps):
    particles = []
    for k, start in enumerate(x):
        particles.append(Particle(start, 0.5 * k))
    for _ in range(steps):
        for p in particles:
            p.move(0.1)
    return sum([p.x for p in particles])


@program(lambda n: (n,), sizes=(0, 5), layouts=())
def points_are_returned(n):
    points, others = [], []
    for k in range(n):
        point = Point(1.0 * k, 0.0)
        points.append(point)
        if k % 2:
            others.append(point)
    for point in others:
        point.y += 1.0
    return points, others, [p is q for p in points for q in others]


@program(lambda n: (signed(n),), sizes=(0, 6), layouts=())
def records_of_results(x):
    records = []
    for k, value in enumerate(x):
        records.append({"id": k, "value": value, "sign": "+" if value > 0 else "-"})
    total = 0.0
    for record in records:
        record["value"] *= 2
        if record["sign"] == "+":
            total += record["value"]
    return total, records, [key for record in records for key in record]


@program(lambda n: (n,), sizes=(0, 4), layouts=())
def records_filled_in_later(n):
    records = []
    for k in range(n):
        record = {}
        record["k"] = k
        record["square"] = k * k
        records.append(record)
    return records, [len(record) for record in records], [r.get("cube", 0) for r in records]


@program(lambda n: (floats(2 * n).reshape(n, 2), 3), sizes=(0, 4), layouts=())
def objects_hold_arrays_and_lists(x, steps):
    nodes = []
    for row in x:
        node = Node(row.copy())
        node.left = np.zeros(2)
        nodes.append(node)
    for _ in range(steps):
        for node in nodes:
            node.left = node.left - 0.1 * node.value
            node.value = node.value + 0.1 * node.left
            node.children.append(node.value[0])
    return [node.value for node in nodes], [node.children for node in nodes]


@program(lambda n: (np.arange(n) * 7 % 11,), sizes=(0, 6), layouts=())
def sorted_by_a_tree(x):
    nodes = []
    root = None
    for value in x:
        new = Node(value)
        nodes.append(new)
        if root is None:
            root = new
            continue
        at = root
        while True:
            if value < at.value:
                if at.left is None:
                    at.left = new
                    break
                at = at.left
            else:
                if at.right is None:
                    at.right = new
                    break
                at = at.right
    found, path = [], []
    at = root
    while path or at is not None:
        while at is not None:
            path.append(at)
            at = at.left
        at = path.pop()
        found.append(at.value)
        at = at.right
    return found


@program(lambda n: (n,), sizes=(20,), layouts=())
def events_in_a_heap(n):
    rng = np.random.default_rng(1)
    queue = []
    for k in range(3):
        heapq.heappush(queue, Event(rng.exponential(), k, 1.0 * k))
    total, kinds = 0.0, []
    while queue and len(kinds) < n:
        event = heapq.heappop(queue)
        total += event.data * event.time
        kinds.append(event.kind)
        later = event.time + rng.exponential()
        heapq.heappush(queue, Event(later, (event.kind + 1) % 4, event.data + 1))
    return total, kinds, len(queue)


@program(lambda n: (n,), sizes=(4,), layouts=())
def tree_of_children(n):
    root = Node(0)
    nodes = [root]
    for k in range(1, 3 * n):
        node = Node(k)
        nodes[(k - 1) // 2].children.append(node)
        nodes.append(node)
    total, stack = 0, [root]
    while stack:
        node = stack.pop()
        total = total * 3 % 1009 + node.value
        for child in node.children:
            stack.append(child)
    return total


@program(lambda n: (n,), sizes=(5,), layouts=())
def objects_in_a_ring(n):
    nodes = [Node(k) for k in range(n)]
    for k in range(n):
        nodes[k].left = nodes[(k + 1) % n]
    at, total = nodes[0], 0
    for _ in range(3 * n):
        total = total * 2 % 1009 + at.value
        at = at.left
    return total, nodes[1] in nodes, nodes.index(at), nodes.count(at)


@program(lambda n: (np.arange(n) // 3,), sizes=(0, 7), layouts=())
def runs_of_equal_items(x):
    runs, run = [], []
    for value in x:
        if run and run[-1] != value:
            runs.append(run)
            run = []
        run.append(value)
    if run:
        runs.append(run)
    return runs


@program(lambda n: (floats(n).cumsum(),), sizes=(1, 7), layouts=())
def groups_by_gaps(x):
    groups, group = [], [x[0]]
    for k in range(1, len(x)):
        if x[k] - x[k - 1] > 0.5:
            groups.append(group)
            group = []
        group.append(x[k])
    groups.append(group)
    return [sum(g) / len(g) for g in groups]


@program(lambda n: (floats(n), n), sizes=(3,), layouts=())
def dicts_in_a_growing_list(x, n):
    collected = []
    for k in range(n):
        collected.append({"value": x[k]})
    return collected


@program(lambda n: (n,), sizes=(3,), layouts=())
def changes_a_held_list(n):
    rows = []
    row = [0.0]
    for k in range(n):
        rows.append(row)
        row.append(1.0 * k)
    return rows


@program(lambda n: (n,), sizes=(3,), layouts=())
def changes_two_items_held_apart(n):
    rows = [[] for _ in range(n)]
    a = rows[0]
    b = rows[1]
    a.append(1)
    b.append(2)
    return rows


@program(lambda n: (n,), sizes=(3,), layouts=())
def changes_an_item_held_twice(n):
    rows = []
    for k in range(n):
        row = [k]
        rows.append(row)
        rows.append(row)
    rows[0].append(9)
    return rows


@program(lambda n: (n,), sizes=(3,), layouts=())
def changes_an_item_of_two_lists(n):
    row = [0]
    a = [row]
    b = [row]
    for k in range(n):
        a.append([k])
        b.append([k])
    a[0].append(5)
    return a, b


@program(lambda n: (n,), sizes=(3,), layouts=())
def changes_a_list_held_in_a_tuple(n):
    numbered = []
    for k in range(n):
        row = [k]
        numbered.append((k, row))
        row.append(3)
    return numbered


@program(lambda n: (n,), sizes=(3,), layouts=())
def changes_an_item_of_a_copied_list(n):
    a = [[k] for k in range(n)]
    b = a.copy()
    a[0].append(1)
    return a, b


@program(lambda n: (n,), sizes=(3,), layouts=())
def changes_a_grown_list_that_is_held(n):
    rows = []
    for k in range(n):
        row = []
        for j in range(k):
            row.append(j)
        rows.append(row)
        row.append(99)
    return rows


class Body:
    def __init__(self, x, m):
        self.x = x
        self.v = np.zeros(2)
        self.m = m


def bodies_at(x):
    bodies = []
    for k in range(len(x)):
        bodies.append(Body(x[k].copy(), 1.0 + k))
    return bodies


@program(lambda n: (floats(2 * n).reshape(n, 2), 3), sizes=(1, 4), layouts=())
def bodies_attract_each_other(x, steps):
    bodies = bodies_at(x)
    for _ in range(steps):
        for a in bodies:
            force = np.zeros(2)
            for b in bodies:
                if a is not b:
                    d = b.x - a.x
                    force += b.m * d / (1 + d @ d)
            a.v += 0.01 * force
        for a in bodies:
            a.x += a.v
            a.x[0] = abs(a.x[0])
    return np.array([a.x for a in bodies]), bodies[0].v


@program(lambda n: (floats(2 * n).reshape(n, 2),), sizes=(2, 4), layouts=())
def arrays_in_a_list_change(x):
    rows = []
    for row in x:
        rows.append(row * 2)
    for row in rows:
        row += 1
    rows[1] *= 2
    rows[0][1] = 7
    return rows


@program(lambda n: (floats(2 * n).reshape(n, 2),), sizes=(2,), layouts=())
def attribute_gets_another_array(x):
    bodies = bodies_at(x)
    before = bodies[0].x
    bodies[0].x = bodies[0].x + 1
    return before, bodies[0].x


@dataclass(frozen=True)
class Pair:
    a: int
    b: int


@program(lambda n: (np.arange(n) % 3,), sizes=(7,), layouts=())
def objects_as_keys(x):
    nodes = [Node(k) for k in range(len(x))]
    counts = {}
    for k in x:
        counts[nodes[k]] = counts.get(nodes[k], 0) + 1
    return len(counts), counts[nodes[1]], nodes[1] in counts, nodes[5] in counts


@program(lambda n: (np.arange(n) % 3,), sizes=(7,), layouts=())
def frozen_objects_as_keys(x):
    pairs, counts = [], {}
    for k in x:
        pair = Pair(int(k), 1)
        pairs.append(pair)
        counts[pair] = counts.get(pair, 0) + 1
    others = [k for k in range(len(pairs)) if pairs[k] != pairs[0]]
    return len(counts), counts[pairs[0]], Pair(7, 1) in counts, others


@program(lambda n: (np.arange(n) % 3,), sizes=(7,), layouts=())
def objects_in_lists_of_known_length(x):
    nodes = [Node(k) for k in range(len(x))]
    path = [nodes[1], nodes[2]]
    found = nodes[x[4]] in path, path.index(nodes[x[5]]), path.count(nodes[0])
    return found, [nodes[1]] == [nodes[x[1]]], (nodes[1], 2) == (nodes[x[2]], 2)


@program(lambda n: (floats(n), 0.5), sizes=(3,), layouts=())
def unequal_dataclasses(x, y):
    p, q = Point(x[0], y), Point(x[0], y)
    return p != q, p == q, p != Point(x[1], y), p is not q


class Link:
    __slots__ = ("following", "value")

    def __init__(self, value, following=None):
        self.value = value
        self.following = following


@program(lambda n: (signed(n),), sizes=(0, 1, 7))
def linked_list_is_reversed(x):
    head = None
    for value in x:
        head = Link(value, head)
    turned = None
    while head is not None:
        head.following, turned, head = turned, head, head.following
    found = []
    while turned is not None:
        found.append(turned.value)
        turned = turned.following
    return found


@program(lambda n: (signed(n), n), sizes=(1, 6), gradient=(0,))
def horner_along_a_chain(x, n):
    head = None
    for i in range(n):
        if x[i] > -0.5:
            head = Link(x[i], head)
    total = 0.0
    while head is not None:
        total = 0.5 * total + head.value
        head = head.following
    return total


class Mean:
    def __init__(self):
        self.sum = 0.0
        self.count = 0

    def __iadd__(self, value):
        self.sum += value
        self.count += 1
        return self


@program(lambda n: (signed(n),), sizes=(0, 6))
def object_that_adds_in_place(x):
    mean = Mean()
    for value in x:
        mean += value
    return mean.sum, mean.count
