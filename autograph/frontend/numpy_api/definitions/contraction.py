"""Sums of products over named axes, as products of matrices wherever they are such."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograph.frontend.numpy_api.defined import refuse


def einsum(subscripts: Any, *operands: Any, optimize: Any = False) -> Any:
    if not isinstance(subscripts, str):
        refuse("np.einsum with lists of axes; name all axes by letters")
    inputs, output = letters_of(spelled_out(subscripts, [np.ndim(x) for x in operands]))
    if len(inputs) != len(operands):
        raise ValueError("einstein sum subscripts string does not match the number of operands")
    arrays = [np.asarray(x) for x in operands]
    for letters, x in zip(inputs, arrays):
        if len(letters) != x.ndim:
            raise ValueError("einstein sum subscripts string has the wrong number of axes")
    repeated = len(set(inputs[0])) < len(inputs[0])
    if len(arrays) == 1 and repeated and set(inputs[0]) == set(output):
        refuse("np.einsum that returns a view of a diagonal; use np.diag")
    letters, total = inputs[0], arrays[0]
    for k, x in enumerate(arrays[1:]):
        wanted = "".join(inputs[k + 2 :]) + output
        letters, total = contracted(letters, total, inputs[k + 1], x, wanted)
    return arranged(letters, total, output)


def spelled_out(subscripts: Any, ranks: Any) -> Any:
    """Return subscripts with letters in the place of ellipses."""
    text = subscripts.replace(" ", "")
    left, arrow, output = text.partition("->")
    parts = left.split(",")
    if "..." not in text or len(parts) != len(ranks):
        return text
    if not arrow:
        letters = sorted(set(left) - {",", "."})
        output = "..." + "".join([x for x in letters if left.count(x) == 1])
    counts = [n - len(part.replace("...", "")) for part, n in zip(parts, ranks)]
    longest = max([n for part, n in zip(parts, counts) if "..." in part])
    free = "".join([x for x in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if x not in text])[:longest]
    filled = [part.replace("...", free[longest - n :]) for part, n in zip(parts, counts)]
    return ",".join(filled) + "->" + output.replace("...", free)


def letters_of(subscripts: Any) -> Any:
    """Return the axes of the operands and of the result, by letters."""
    text = subscripts.replace(" ", "")
    left, arrow, output = text.partition("->")
    if not arrow:
        output = "".join([x for x in sorted(set(left) - {","}) if left.count(x) == 1])
    return left.split(","), output


def arranged(letters: Any, x: Any, output: Any) -> Any:
    """Return an array with diagonals taken, axes summed over and put into order."""
    letters, x = without_repeats(letters, x)
    summed = tuple([k for k, letter in enumerate(letters) if letter not in output])
    if summed:
        x = np.sum(x, axis=summed, dtype=x.dtype)
        letters = "".join([letter for letter in letters if letter in output])
    order = tuple([letters.index(letter) for letter in output])
    if order == tuple(range(len(order))):
        return x
    return np.transpose(x, order)


def without_repeats(letters: Any, x: Any) -> Any:
    """Return an array with each letter once: the diagonals of axes named alike."""
    for letter in letters:
        if letters.count(letter) > 1:
            first = letters.index(letter)
            second = letters.index(letter, first + 1)
            at = np.arange(x.shape[first])
            moved = np.moveaxis(np.moveaxis(x, second, 0), first + 1, 0)
            x = moved[at, at]
            rest = letters[:first] + letters[first + 1 : second] + letters[second + 1 :]
            return without_repeats(letter + rest, x)
    return letters, x


def only(letters: Any, x: Any, others: Any) -> Any:
    """Return an array without the axes that occur nowhere else, summed over."""
    letters, x = without_repeats(letters, x)
    kept = "".join([letter for letter in letters if letter in others])
    return kept, np.asarray(arranged(letters, x, kept))


def contracted(la: Any, a: Any, lb: Any, b: Any, wanted: Any) -> Any:
    """Return the product of two arrays, summed over the axes that are not wanted any more."""
    la, a = only(la, a, lb + wanted)
    lb, b = only(lb, b, la + wanted)
    shared = [letter for letter in la if letter in lb]
    summed = "".join([letter for letter in shared if letter not in wanted])
    left = "".join([letter for letter in la if letter not in summed])
    right = "".join([letter for letter in lb if letter not in summed])
    outer = left + "".join([letter for letter in right if letter not in left])
    dtype = np.result_type(a.dtype, b.dtype)
    if len(summed) == len(shared) and summed and dtype.kind in "fc":
        return left + right, product(la, a, lb, b, left, summed, right)
    every = outer + summed
    terms = aligned(la, a, every) * aligned(lb, b, every)
    if not summed:
        return outer, terms
    axes = tuple(range(len(outer), len(every)))
    return outer, np.sum(terms, axis=axes, dtype=dtype)


def product(la: Any, a: Any, lb: Any, b: Any, left: Any, summed: Any, right: Any) -> Any:
    """Return a product over shared axes as one of matrices or vectors."""
    first, second = arranged(la, a, left + summed), arranged(lb, b, summed + right)
    shape = first.shape[: len(left)] + second.shape[len(summed) :]
    if len(left) <= 1 and len(summed) == 1 and len(right) <= 1:
        return np.dot(first, second)
    if len(left) > 1 or len(summed) > 1:
        first = np.copy(first).reshape(
            element_count(first.shape[: len(left)]), element_count(first.shape[len(left) :])
        )
    if len(right) > 1 or len(summed) > 1:
        rows, columns = (
            element_count(second.shape[: len(summed)]),
            element_count(second.shape[len(summed) :]),
        )
        second = np.copy(second).reshape(rows, columns)
    if first.ndim == 1:
        first = first.reshape((1, -1))
    if second.ndim == 1:
        second = second.reshape((-1, 1))
    return np.dot(first, second).reshape(shape)


def element_count(shape: Any) -> Any:
    count = 1
    for n in shape:
        count = count * n
    return count


def aligned(letters: Any, x: Any, every: Any) -> Any:
    """Return an array with its axes where they are among all, and ones elsewhere."""
    inside = "".join([letter for letter in every if letter in letters])
    x = arranged(letters, x, inside)
    index = tuple([slice(None) if letter in letters else np.newaxis for letter in every])
    return x[index]


ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    if isinstance(axes, (tuple, list)):
        first, second = axes
        first = list(first) if isinstance(first, (tuple, list)) else [first]
        second = list(second) if isinstance(second, (tuple, list)) else [second]
    else:
        first = [a.ndim - axes + k for k in range(int(axes))]
        second = [k for k in range(int(axes))]
    if len(first) != len(second):
        raise ValueError("shape-mismatch for sum")
    la = ALPHABET[: a.ndim]
    lb = list(ALPHABET[a.ndim : a.ndim + b.ndim])
    for j, k in zip(first, second):
        lb[k % b.ndim] = la[j % a.ndim]
    summed = [la[j % a.ndim] for j in first]
    right = "".join(lb)
    output = "".join([x for x in la + right if x not in summed])
    letters, total = contracted(la, a, right, b, output)
    return arranged(letters, total, output)


def kron(a: Any, b: Any) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    ndim = max(a.ndim, b.ndim)
    a, b = a.reshape((1,) * (ndim - a.ndim) + a.shape), b.reshape((1,) * (ndim - b.ndim) + b.shape)
    left, right, shape = [], [], []
    for n, m in zip(a.shape, b.shape):
        left += [n, 1]
        right += [1, m]
        shape.append(n * m)
    return np.copy(a.reshape(tuple(left)) * b.reshape(tuple(right))).reshape(tuple(shape))


def inner(a: Any, b: Any) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    return tensordot(a, b, (-1, -1))


def outer(a: Any, b: Any) -> Any:
    return np.multiply(np.asarray(a).flatten()[:, np.newaxis], np.asarray(b).flatten())


def vdot(a: Any, b: Any) -> Any:
    a, b = np.asarray(a).flatten(), np.asarray(b).flatten()
    if a.dtype.kind == "c":
        a = np.conjugate(a)
    return np.dot(a, b)
