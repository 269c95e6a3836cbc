"""What the wide random programs are made of: features of Python and NumPy, written as templates.

In a template `{N}` stands for a number, `{I}` for an integer, `{C}` for a condition, `{V}` for a
vector as long as `x`, `{W}` for the name of one, `{M}` for a mask of that length, `{E}` for an
element, `{S}` for a slice, `{k}` and `{e}` for an integer and a float that a loop defines, `{A}`
for an assignment operator. A line `{block}` stands for statements, `{simple}` for one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    """Something that a program may use throughout.

    Attributes:
        helpers: Functions and classes before the program.
        start: Statements at its beginning.
        statements: Templates of what it may do.
        results: What it may return.
        vectors: Names of further vectors, with the slices of a whole one that they are.
    """

    helpers: str = ""
    start: str = ""
    statements: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    vectors: tuple[tuple[str, str], ...] = ()


FEATURES = {
    "exceptions": Feature(
        helpers="""
class Unfit(ValueError):
    def __init__(self, place):
        super().__init__("unfit", place)
        self.place = place


def checked(v, k):
    if k > 2:
        raise Unfit(k)
    return v[k]
""",
        statements=(
            "try:\n    {simple}\n    t0 = x[{I}]\nexcept IndexError:\n    {block}",
            "try:\n    {block}\nexcept (IndexError, ValueError):\n    {simple}\n"
            "else:\n    {simple}",
            "try:\n    {block}\nfinally:\n    {simple}",
            "try:\n    t1 = checked({V}, {I})\nexcept Unfit as error:\n    i0 = error.place\n"
            "except IndexError:\n    {simple}\nfinally:\n    i1 += 1",
            "try:\n    i1 = {I} // {I}\nexcept ZeroDivisionError:\n    {simple}",
            "if {C}:\n    raise ValueError('given up', i0)",
            "assert {C}, i1",
            "for {k} in range(3):\n    try:\n        if {C}:\n            break\n        {block}\n"
            "    finally:\n        i0 += 1",
        ),
    ),
    "lists": Feature(
        start="found = []\nrows = [x * 1.0, y * 2.0]\nplaces = [0, n]",
        statements=(
            "found.append({N})",
            "for {e} in {V}:\n    if {C}:\n        found.append({e})",
            "for {k} in range({I}):\n    found.append({N})\n    {simple}",
            "if found:\n    t0 = found[-1]",
            "if len(found) > 1:\n    t1 = found.pop()",
            "found = [{e} * 2 for {e} in {V} if {e} > {N}]",
            "t1 = sum(found)",
            "i0 = len(found)",
            "rows[{I} % 2] = {V} + 0.0",
            "rows[{I} % 2][:1] += {N}",
            "rows[0], rows[1] = rows[1], rows[0]",
            "v0 = rows[{I} % 2]",
            "places[{I} % 2] {A} {I}",
            "i1 = places[-1]",
            "v1 = np.array([{N} for {k} in range(len(x))])",
            "for {k}, row in enumerate(rows):\n    row[{k}:] *= 0.5\n    {simple}",
        ),
        results=("found, t0", "rows, i0", "places, found", "len(found), v1"),
    ),
    "dicts": Feature(
        helpers="""
def stepped(state, rate):
    state["w"] -= rate * 0.5
    state["steps"] += 1
    return {**state, "b": rate}
""",
        start="state = {'w': x * 1.0, 'b': s, 'steps': 0}\nbest = state\npair = (v1, t1)",
        statements=(
            "state['w'] {A} {V}",
            "state['b'] = {N}",
            "state['w'][{I} % max(len(x), 1):] += {N}",
            "state = stepped(state, {N})",
            "if {C}:\n    best = state",
            "if {C}:\n    state = {'w': {V} + 0.0, 'b': t0, 'steps': i0}",
            "pair = (pair[0] * 0.5, {N})",
            "v0, t0 = pair",
            "for name in ('b', 'steps'):\n    state[name] += 1",
            "t1 = state['b'] + best['steps']",
            "for name, value in state.items():\n    if name == 'b':\n        t0 = value",
        ),
        results=("state, best is state", "best['w'], state['b']", "pair"),
    ),
    "closures": Feature(
        start="""count = 0
def bump(by):
    nonlocal count, t0
    count += by
    if count > 4:
        return t0
    t0 = t0 + by
    v1[:1] += by
    return count
double = lambda v: v * count + t1""",
        statements=(
            "t1 = bump({I})",
            "bump({N})",
            "count = {I}",
            "v1 = v1 + double({N})",
            "t0 = double({N})",
        ),
        results=("count, t0, v1",),
    ),
    "generators": Feature(
        helpers="""
def climbs(v):
    for k in range(len(v) - 1):
        if v[k] < v[k + 1]:
            yield k, v[k + 1] - v[k]


def halved(t):
    while t > 1:
        yield t
        t = t / 2
""",
        statements=(
            "for {k}, {e} in climbs({V}):\n    {block}",
            "for {e} in halved(min({N}, 100)):\n    {block}",
            "t0 = sum({e} for {k}, {e} in climbs({V}))",
            "t0 = max({e} * 2 for {e} in {V}) if len(x) else 0.5",
            "if any({e} > {N} for {e} in {V}):\n    {block}",
        ),
    ),
    "objects": Feature(
        helpers="""
class Body:
    def __init__(self, place, mass):
        self.place = place
        self.mass = mass
        self.moves = 0

    def move(self, by):
        self.place += by
        self.moves += 1
        return self

    @property
    def moment(self):
        return self.mass * self.place.sum()
""",
        start="body = Body(x.copy(), s)\nother = body",
        statements=(
            "body.move({N})",
            "body.mass = {N}",
            "body.place[{I} % max(len(x), 1):] {A} {N}",
            "body.place = {V} + 0.0",
            "t0 = body.moment",
            "if {C}:\n    body = Body({V} + 0.0, t0)",
            "if {C}:\n    other = body",
            "body, other = other, body",
            "i0 = other.moves + (body is other)",
            "for {k} in range({I}):\n    body.move(0.5).mass += 1\n    {simple}",
        ),
        results=("body.place, other.mass, body is other", "body.moves, other.place"),
    ),
    "loops": Feature(
        statements=(
            "{k} = {I}\nwhile {k} < 5:\n    {k} += 1\n    if {C}:\n        break\n"
            "    {block}\nelse:\n    {simple}",
            "for {k}, {e} in enumerate({V}):\n    {block}",
            "for {e}, other_number in zip(x, {V}):\n    t0 += {e} * other_number\n    {simple}",
            "for {k} in reversed(range({I})):\n    {block}",
            "for row in a:\n    row[1:] {A} 0.5\n    {simple}",
            "for {k}, column in enumerate(a.T):\n    t1 += column.sum()\n    {simple}",
            "for {e} in {V}[::-1]:\n    {block}",
            "while (i0 := i0 + 1) < {I}:\n    {simple}",
            "match i0 % 3:\n    case 0:\n        {simple}\n    case 1 if {C}:\n        {block}\n"
            "    case _:\n        {simple}",
            "for {k} in [1, n, {I}]:\n    if {k} == i0:\n        continue\n    {simple}",
            "print('at', i0, i1)",
            "first, *others = (i0, {I}, i1)\ni1 = others[-1] - first",
        ),
    ),
    "selections": Feature(
        start="at = p % max(len(x), 1)",
        statements=(
            "{W}[{M}] {A} {N}",
            "{W}[{M}] = {W}[{M}] * 2",
            "{W}[at] {A} {V}",
            "{W}[at[1:]] {A} {N}",
            "v0 = {W}[at]",
            "t0 = {W}[{M}].sum()",
            "np.add.at({W}, at, {V})",
            "mask = {M}\nx[mask] = y[mask]",
            "mask = {M}\n{W}[~mask] -= np.count_nonzero(mask)",
            "at = np.argsort({V})",
            "for {k} in np.nonzero({M})[0]:\n    {simple}",
            "chosen = {W}[{M}]\nif len(chosen) > 1:\n    t1 = chosen[-1] - chosen[0]",
            "a[:, {M}] {A} {N}",
            "a[at % max(a.shape[0], 1)] {A} 1.0",
            "i0 = int(np.argmax(np.append({V}, {N})))",
            "v1 = np.where({M}, {V}, {V})",
        ),
        results=("at, x[at]", "{W}[{M}], t0"),
    ),
    "views": Feature(
        start="u = x[1:][::2]\nb = y[::-1]",
        vectors=(("b", ""), ("u", "1::2")),
        statements=(
            "u[::-1] += u",
            "u {A} {N}",
            "u[{S}] {A} {N}",
            "{W}[1:][:-1] {A} {N}",
            "{W}[::-1][{S}] {A} {W}[::-1][{S}]",
            "{W}[:-1] += {W}[1:]",
            "{W}[1:] -= {W}[:-1]",
            "{W}[::-1] = {W}",
            "u = {W}[1:][::2]",
            "if {C}:\n    b = {W}[::-1]",
            "b[-1:0:-1] *= 0.5",
            "{W}[n::-1] {A} {N}",
            "{W}[-2::-2] = {N}",
            "{W}[:2], {W}[-2:] = {W}[-2:].copy(), {W}[:2].copy()",
            "u = b[1:][::2]\nu[:1] = {N}",
        ),
        results=("u, b", "b[1:], x", "u[::-1], y"),
    ),
    "matrices": Feature(
        start="c = a.T\nflat = a.reshape(-1)\nlong = c.ravel()",
        statements=(
            "c[{I} % max(len(x), 1)] {A} {N}",
            "c *= {N}",
            "flat[{S}] {A} {N}",
            "long[{S}] {A} {N}",
            "a {A} {V}",
            "a[::-1] += a",
            "a[:, ::-1] = a",
            "c = (a * {N}).T",
            "c = a.T[::-1]",
            "flat = a.ravel()",
            "long = a[:, ::-1].ravel()",
            "v1 = c @ np.ones(a.shape[0])",
            "v0 = a.sum(axis=0) + {V}",
            "a += np.outer(np.arange(a.shape[0]), {V})",
            "t0 = (a @ {V}).sum()",
            "a -= a.mean()",
            "v1 = np.cumsum({V})",
            "v1[1:] = np.diff({V})",
            "v1 = np.concatenate([{W}[1:], {W}[:1]])",
            "v0 = np.sort({V})",
            "a[1:, :-1] {A} a[:-1, 1:]",
            "a.T[:2] {A} {N}",
            "v1 = np.max(a, axis=0, initial=-9.0)",
            "t1 = flat.sum() + c.size",
            "a = a[::-1].copy()",
        ),
        results=("c, flat", "a.T, long", "a[1:], c.T", "a.reshape(-1), t0", "flat[1:], a"),
    ),
    "dtypes": Feature(
        start="""f = x.astype(np.float32)
q = p.astype(np.int32)
big = p * 2**40
m = x > 0
z = x + 1j * y""",
        statements=(
            "f {A} {N}",
            "f[{S}] = {N}",
            "q {A} {I}",
            "q *= q",
            "q[{S}] = {I}",
            "q = q << 3",
            "big *= big",
            "big += p",
            "big -= np.int64({I})",
            "m = m & {M}",
            "m |= {M}",
            "m = ~m",
            "{W}[m] {A} {N}",
            "z *= 1j",
            "z {A} {N}",
            "z.imag[{S}] = {N}",
            "t0 = abs(z[:2]).sum()",
            "v0 = z.real",
            "t1 = f.sum() + q.sum()",
            "v1 = f + {V}",
            "p //= np.int64(2)",
            "p = p % 5 - q",
            "i0 = int(m.sum())",
            "t0 = np.float32({N}) * f[:1].sum()",
            "v1 = v1 * (q > {I})",
            "p ^= 5",
            "i1 = int(big[:1].sum() % 1000)",
            "f, v1 = f * f, v1 - f",
        ),
        results=("f, q, big", "m, z", "z.imag, f * 2", "q + f, p * m", "big, z * f"),
    ),
}
