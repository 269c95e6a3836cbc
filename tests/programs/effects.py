"""Programs that print, and texts with run-time values in them."""

import warnings

import numpy as np

from tests.programs.corpus import floats, integers, program, signed


def log(*parts, level=0):
    print("  " * level, *parts, sep="")


@program(lambda n: (signed(n),), sizes=(0, 1, 5))
def prints_in_order(x):
    print("start", len(x))
    for k, value in enumerate(x):
        if value > 0:
            print("positive", k, value, sep="|", end=";\n")
        else:
            print(f"{k:02d} {value:+.3e} {value!r:>26}")
    print()
    print(f"{np.sum(x):.3f}", end="")
    return np.sum(x)


@program(lambda n: (signed(2, 3), integers(3)), sizes=(1,))
def prints_arrays(x, k):
    print(x, k, x[0] > 0, x.T, x.shape, x.dtype)
    x *= 2
    print("then", x, (k[0], float(k[1])), [x[0, 0], True], {"a": k[2]})
    return x


@program(lambda n: (signed(3), 7), lambda n: (signed(3), 1), sizes=(1,), layouts=())
def prints_before_it_ends(x, n):
    print("before")
    for i in range(min(n, 3)):
        print("i =", i, x[i])
    if n > 5:
        log("many", n, level=2)
        return n
    return x[n]


@program(lambda n: (signed(6), n), sizes=(0, 6), layouts=())
def prints_in_while(x, n):
    k = 0
    while k < n:
        log(k, ": ", x[k] if x[k] > 0 else None, level=1)
        if x[k] > 1.5:
            print("stop")
            break
        k += 1
    else:
        print("end")
    return k


@program(
    lambda n: (3, 2.5, True, np.float32(1.5), np.int8(7)),
    lambda n: (-3, 1e300, False, np.float32(0.1), np.int8(-7)),
    sizes=(1,),
)
def texts_of_numbers(n, f, b, s, k):
    name = f"{n} {f} {b} {s} {k} {n:03d} {f!r:>8} {n + 1} {s:.2f}"
    text = str(n) + "/" + str(f) + repr(s) + "%d %6.2f %s|" % (n, f, s)  # noqa: UP031
    text += "{} {:.3f} {1!r}".replace("{1!r}", "{!r}").format(n, f, k)
    return name, text, ", ".join([str(n), "two", f"{f}"]), isinstance(name, str)


@program(lambda n: (floats(4), n), sizes=(0, 4), layouts=())
def list_of_texts(x, n):
    lines = ["head"]
    for k in range(n):
        lines.append(f"line {k}: {x[k]:.2f}" if k % 2 else "even")
    return lines, len(lines)


@program(lambda n: (signed(n),), sizes=(0, 7))
def warns_of_large_values(x):
    total = 0.0
    for k in range(len(x)):
        if x[k] > 0.5:
            warnings.warn(f"element {k} is {x[k]:.2f}", UserWarning)
            print("large at", k)
        total += x[k]
    warnings.warn("the sum is small" if total < 100 else "the sum is large")
    return total


@program(lambda n: (signed(n),), sizes=(7,))
def warns_of_one_class(x):
    warnings.warn(DeprecationWarning("use something else"))
    if x[0] > 100:
        warnings.warn("never")
    return x


@program(lambda n: (signed(n),), sizes=(0, 1, 4), layouts=())
def text_grows_in_a_loop(x):
    line = "<"
    longest = line
    for k, v in enumerate(x):
        if v > 0:
            line += f"{k}:{v:.2f}"
        else:
            line = line + "-"
        line += ","
        if k == 1:
            longest = line
    return line + ">", longest


@program(lambda n: (n,), sizes=(0, 1, 38))
def roman_numeral(n):
    text = ""
    for value, letters in ((10, "X"), (9, "IX"), (1, "I")):
        while n >= value:
            text += letters
            n -= value
    return text


@program(lambda n: (signed(n),), sizes=(0, 1, 4), layouts=())
def table_of_products(x):
    head = f"{len(x)} rows"
    for k in range(len(x)):
        head += f" {x[k]:+.1e}"
    print(head)
    body = ""
    for i, v in enumerate(x):
        for k in range(i):
            body += f"{v * k:8.3f}"
        body += "\n"
    print(body, end="")
    return body


@program(lambda n: (signed(n), 0.0), sizes=(0, 1, 5), layouts=())
def parts_are_joined(x, limit):
    parts = []
    for v in x:
        if v > limit:
            parts.append(f"{v:.3f}")
        else:
            parts.append("low")
    print(", ".join(parts))
    kept = "; ".join(parts)
    parts.append("end")
    return kept, " ".join(f"{v:.1f}" for v in x), "".join(parts)


@program(lambda n: (signed(2), n), sizes=(0, 3))
def text_chosen_by_data(x, n):
    name = f"high {x[0]:.2f}" if x[0] > x[1] else f"low {x[1]:.2f}"
    name += "!" if x[0] > 0 else "?"
    print(name, n)
    return name
