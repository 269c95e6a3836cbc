"""Generators that go through others of their own function, as deep as the data say."""

from __future__ import annotations

import numpy as np

from tests.programs.corpus import floats, integers, program


class Node:
    """A node of a search tree."""

    def __init__(self, value):
        self.value = value
        self.left = None
        self.right = None


def insert(node, value):
    if node is None:
        return Node(value)
    if value < node.value:
        node.left = insert(node.left, value)
    else:
        node.right = insert(node.right, value)
    return node


def walk(node):
    if node is None:
        return
    yield from walk(node.left)
    yield node.value
    yield from walk(node.right)


@program(lambda n: (floats(n),), sizes=(1, 7))
def values_in_order(x):
    root = None
    for value in x:
        root = insert(root, value)
    smallest = next(walk(root))
    weighted = 0.0
    for rank, value in enumerate(walk(root)):
        if rank == 4:
            break
        weighted += rank * value
    return smallest, weighted


@program(lambda n: (np.arange(1, 2 * n, 2), np.arange(2, 2 * n + 1, 2), n), sizes=(1, 5))
def nodes_by_arrays_of_children(left, right, n):
    def below(node):
        if node < n:
            yield from below(left[node])
            yield node
            yield from below(right[node])

    return [node for node in below(0)]


@program(lambda n: (floats(n),), sizes=(1, 4))
def permutations_in_place(x):
    def arrangements(a, start):
        if start == len(a):
            yield a
        for k in range(start, len(a)):
            a[start], a[k] = a[k], a[start]
            yield from arrangements(a, start + 1)
            a[start], a[k] = a[k], a[start]

    best = -1.0
    for arranged in arrangements(x, 0):
        total = 0.0
        for k in range(len(arranged)):
            total += (-1) ** k * (k + 1) * arranged[k]
        best = max(best, total)
    return best


@program(lambda n: (n,), sizes=(0, 4))
def subsets_as_bits(n):
    def subsets(k):
        if k == 0:
            yield 0
            return
        for bits in subsets(k - 1):
            yield bits
            yield bits | (1 << (k - 1))

    return [bits for bits in subsets(n)]


@program(lambda n: (n, 2), sizes=(0, 5))
def left_when_found(n, wanted):
    def down(k):
        if k > 0:
            print("at", k)
            yield k
            yield from down(k - 1)

    total = 0
    for k in down(n):
        if k == wanted:
            break
        total = 2 * total + k
    else:
        total = -total
    return total


@program(lambda n: (n,), sizes=(0, 4))
def what_recursive_generators_return(n):
    def sums(k):
        if k == 0:
            return 0
        below = yield from sums(k - 1)
        yield k
        return below + k

    def outer():
        total = yield from sums(n)
        yield -total

    return [k for k in outer()]


class Tree:
    """A tree that is gone through by a loop."""

    def __init__(self, value, children):
        self.value = value
        self.children = children

    def __iter__(self):
        yield self.value
        for child in self.children:
            yield from child


@program(lambda n: (n,), sizes=(0, 3))
def tree_is_iterated(n):
    def build(k):
        return Tree(k, [build(j) for j in range(k)])

    return [value for value in build(n)]


@program(lambda n: (integers(n, low=0, high=5), 3), sizes=(2, 4))
def generators_in_a_list(x, rounds):
    def multiples(value):
        k = 0
        while k < rounds:
            yield value * k
            k += 1

    running = []
    for value in x:
        running.append(multiples(value))
    total = 0
    for _ in range(rounds):
        for one in running:
            total = 3 * total + next(one)
    return total
