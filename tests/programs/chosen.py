"""Arrays and objects chosen by indices and keys that only the running program knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.programs.corpus import floats, program


def vectors(*lengths: int) -> list[np.ndarray]:
    return [floats(n, seed=k) for k, n in enumerate(lengths)]


@program(lambda n: (floats(n), floats(n, seed=1), n + 0.5), sizes=(1, 4), layouts=())
def array_of_a_display(a, b, x):
    k = int(x) % 2
    return [a, b][k].sum() + (a, b)[k - 1][0] + {"a": a, "b": b}["b" if k else "a"][-1]


@program(
    lambda _: (*vectors(4, 4), np.array([0, 1, 1, -2])),
    lambda _: (*vectors(4, 4), np.array([0, 2])),
    sizes=(0,),
    layouts=(),
    raises=True,
)
def chosen_arrays_are_written_and_returned(a, b, ks):
    buffers = [a, b]
    for i in range(len(ks)):
        k = int(ks[i])
        buffers[k][i] = 10.0 * i
        buffers[k] *= 1.5
    return buffers[int(ks[0])], buffers


@program(lambda n: (floats(n), n), sizes=(3, 8), layouts=())
def two_buffers_take_turns(u, steps):
    buffers = [u.copy(), np.zeros_like(u)]
    for t in range(steps):
        front, back = buffers[t % 2], buffers[(t + 1) % 2]
        back[1:-1] = front[1:-1] + 0.1 * (front[2:] - 2 * front[1:-1] + front[:-2])
        back[0], back[-1] = front[0], front[-1]
    return buffers[steps % 2]


@program(lambda _: (floats(4), floats(2, 3), floats(5), [0, 2, 1, 2]), sizes=(0,), layouts=())
def arrays_of_unlike_shapes(a, b, c, order):
    things = (a, b, c, 2.5)
    total = 0.0
    for k in np.array(order):
        x = things[k]
        x *= 2.0
        total += x.mean() * np.size(x) + np.sum(things[3 - k])
    return total


@program(lambda _: (vectors(4, 4, 4), np.array([0, 2, 1, 2])), sizes=(0,), layouts=())
def arrays_of_a_list_change_places(xs, ks):
    for i in range(len(ks)):
        k = int(ks[i])
        xs[k], xs[0] = xs[0], xs[k]
        xs[0][i] += 1.0
    return xs[ks[1]]


@program(
    lambda _: ([floats(3, 4), floats(4, 4, seed=1), floats(4, 2, seed=2)], floats(3), np.array(3)),
    lambda _: ([floats(3, 4), floats(4, 4, seed=1), floats(4, 2, seed=2)], floats(3), np.array(0)),
    sizes=(0,),
    layouts=(),
)
def layers_up_to_a_depth(weights, x, depth):
    for layer in range(int(depth)):
        x = np.tanh(x @ weights[layer])
    return x


def state_and_weights(n):
    return floats(4), floats(4, 4), floats(4, 4, seed=1), floats(4, 4, seed=2), np.array(n)


@program(state_and_weights, sizes=(0, 2), layouts=(), gradient=(0, 2))
def loss_of_so_many_layers(x, first, second, third, depth):
    layers = [{"W": w, "b": w[0]} for w in (first, second, third)]
    for k in range(int(depth)):
        x = np.tanh(0.2 * layers[k]["W"] @ x + layers[k]["b"])
    return np.sum(x * x)


class Dense:
    def __init__(self, weights, bias):
        self.weights, self.bias = weights, bias

    def forward(self, x):
        return np.maximum(self.weights @ x + self.bias, 0.0)


class Scale:
    def __init__(self, factor):
        self.factor = factor

    def forward(self, x):
        self.factor *= 0.5
        return x * self.factor


@program(
    lambda _: ([Dense(floats(4, 4), floats(4)), Scale(0.5)], floats(4), np.array([0, 1, 1])),
    sizes=(0,),
    layouts=(),
)
def layers_of_unlike_classes(layers, x, order):
    for k in order:
        x = layers[k].forward(x)
    return x


@dataclass
class Body:
    x: np.ndarray
    v: np.ndarray
    mass: float


def bodies(count):
    return [Body(floats(2, seed=k), floats(2, seed=k + 9), 1.0 + k) for k in range(count)]


@program(lambda _: (bodies(3), np.array([0, 2, 2, 1]), 0.1), sizes=(0,), layouts=())
def bodies_picked_by_data(bodies, picks, dt):
    heaviest = bodies[0]
    for i in picks:
        bodies[i].x += dt * bodies[i].v
        bodies[i].mass *= 2.0
        if bodies[i].mass > heaviest.mass:
            heaviest = bodies[i]
    return heaviest


@program(
    lambda _: ({0: floats(9), 1: floats(5), 3: floats(3)}, np.array([3, 1, 0, 1])),
    lambda _: ({0: floats(9), 1: floats(5), 3: floats(3)}, np.array([3, 2])),
    sizes=(0,),
    layouts=(),
    raises=True,
)
def grids_by_their_level(grids, levels):
    total = 0.0
    for level in levels:
        g = grids[int(level)]
        g[1:-1] = 0.5 * (g[2:] + g[:-2])
        total += g.sum() + (grids.get(int(level) + 1) is None)
    return total


@program(lambda n: ({"a": floats(3), "b": floats(3, seed=1)}, n), sizes=(0, 2), layouts=())
def item_replaced_under_a_chosen_name(params, x):
    name = "a" if x > 1 else "b"
    params[name] = params[name] * 2
    return params[name]


@program(lambda n: ({"a": 1.0, "b": 2.0}, "abcab", n), sizes=(0, 2, 4), layouts=())
def known_keys_get_another_one(counts, word, k):
    letter = word[k]
    counts[letter] = 0.5
    return counts


@program(
    lambda _: (bodies(10), np.array([0, 9, 9, 1]), 0.1),
    lambda _: (bodies(14), np.array([0, 13, -1, 1]), 0.1),
    sizes=(0,),
    layouts=(),
)
def many_bodies_picked_by_data(bodies, picks, dt):
    heaviest, moved = bodies[0], []
    for i in picks:
        body = bodies[i]
        body.x += dt * body.v
        body.mass *= 2.0
        moved.append(body)
        if body.mass > heaviest.mass:
            heaviest = body
    for body in moved:
        body.v = body.x * 2
    return heaviest, moved


@program(
    lambda _: ([floats(k + 1, seed=k) for k in range(9)], np.array([2, 5, 0, 8])),
    lambda _: ([floats(k + 2, seed=k) for k in range(12)], np.array([2, 11, 0])),
    sizes=(0,),
    layouts=(),
)
def rows_of_many_lengths(rows, ks):
    total = 0.0
    for k in ks:
        total += rows[k].max()
        rows[k][0] = total
    return rows[ks[1]], total


@program(
    lambda _: (
        [{"W": floats(4, 4, seed=k), "b": floats(4, seed=k), "rate": 0.1} for k in range(10)],
        floats(4),
        np.array([0, 9, 1, 1]),
    ),
    sizes=(0,),
    layouts=(),
)
def many_layers_in_dicts(layers, x, order):
    for k in order:
        layer = layers[k]
        x = np.tanh(layer["rate"] * layer["W"] @ x + layer["b"])
        layer["b"] += 0.5
        layer["rate"] = layer["rate"] * 0.5
    return x, layers[order[1]]["b"]


@program(
    lambda _: ({2 * k: floats(3, k % 3 + 1, seed=k) for k in range(9)}, np.array([2, 16, 0, 2])),
    lambda _: ({2 * k: floats(3, k % 3 + 1, seed=k) for k in range(9)}, np.array([2, 5])),
    sizes=(0,),
    layouts=(),
    raises=True,
)
def matrices_by_their_number(matrices, numbers):
    column = matrices[0][:, 0]
    for k in numbers:
        matrices[int(k)] *= 2.0
        column = matrices[int(k)][:, 0]
        column[0] = k
    return column, matrices[int(numbers[0])] is matrices[2]


@program(lambda _: (bodies(9), bodies(10), np.array([0, 3, 8])), sizes=(0,), layouts=())
def bodies_of_two_lists(first, second, picks):
    best = first[0]
    for k in picks:
        body = first[k] if k % 2 else second[k]
        body.x[1] += body.mass
        if body.mass > best.mass:
            best = body
    return best


@program(lambda _: ([[1], [2, 3]], [[4], [5, 6]], 5), sizes=(0,), layouts=())
def lists_of_two_containers(first, second, count):
    total = 0
    for k in range(count):
        row = first[k % 2] if k % 3 else second[k % 2]
        row.append(k)
        total += len(row)
    return total


def records(count):
    return [{"name": f"n{k % 3}", "w": float(k), "on": k % 2 == 0} for k in range(count)]


@program(lambda _: (records(10), np.array([1, 9, 1])), sizes=(0,), layouts=())
def records_in_a_list(found, ks):
    total, letters = 0.0, 0
    for k in ks:
        record = found[k]
        for key in record:
            letters += len(key)
        if "w" in record and record["on"]:
            total += record["w"]
        if record["name"] == "n0":
            total += 100
        record["w"] = total + record.get("z", 0.5)
    return total, letters, found[ks[0]] is found[1], found[2]


@program(lambda _: ([{"w": k} for k in range(9)], np.array([1, 8, 1])), sizes=(0,), layouts=())
def key_is_taken_out_of_records(found, ks):
    for k in ks:
        if "w" in found[k]:
            found[k].pop("w")
    return len(found[1]) + len(found[2])


@dataclass
class Link:
    place: list
    parent: object
    tag: str

    def move(self, by):
        self.place[0] += by
        self.place.append(by)


def links(count):
    made = [Link([1.0 * k], None, "ab"[k % 2]) for k in range(count)]
    for k in range(1, count):
        made[k].parent = made[k // 2]
    return made


@program(
    lambda _: (links(9), np.array([1, 8, 5])),
    lambda _: (links(12), np.array([11, 8, 5])),
    sizes=(0,),
    layouts=(),
)
def objects_that_refer_to_each_other(found, ks):
    total = 0.0
    for k in ks:
        link = found[k]
        while link is not None:
            link.move(0.5)
            if link.tag == "a":
                total += link.place[0]
            link = link.parent
    return total, found[ks[0]].place
