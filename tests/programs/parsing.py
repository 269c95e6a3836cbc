"""Texts that are taken apart: words, lines, numbers; where only the running program knows them."""

import numpy as np

from tests.programs.corpus import program

ROW = " 12, -7 ,0x1f,1_0, zz,+99999,-0 ,"
NUMBERS = "1.5, -2e3 ,inf,0.1,3.141592653589793,zz,1e-320,5e-1_0,1e23,.5,5.,1e400,9007199254740993"


def parts_of(text, *bounds):
    """Return makers of calls with a text and where its part begins and ends."""
    return [lambda n, b=b: (text, *b) for b in bounds]


@program(*parts_of("alpha, beta ,,gamma  delta", (0, 26), (7, 13), (4, 4)), sizes=(1,))
def words_of_parts(s, i, j):
    part = s[i:j]
    return part.split(","), part.split(), part.rsplit(None, 1), part.split(",", maxsplit=1)


@program(*parts_of("a=b=c\n d \r\ne", (0, 12), (5, 6), (3, 3)), sizes=(1,))
def pieces_of_parts(s, i, j):
    part = s[i:j]
    return part.splitlines(), part.partition("="), part.rpartition("="), part.rsplit("=", 1)


@program(*parts_of("-- axle --\t", (0, 11), (2, 10), (0, 2)), sizes=(1,))
def ends_of_parts(s, i, j):
    part = s[i:j]
    stripped = part.strip(), part.strip("- \t"), part.lstrip("-"), part.rstrip()
    return stripped, part.removeprefix("--"), part.removesuffix("--"), part.ljust(13, "*")


@program(*parts_of("-12.5 km", (0, 5), (6, 8)), sizes=(1,))
def laid_out_parts(s, i, j):
    part = s[i:j]
    return part.rjust(9), part.center(8, "."), part.zfill(7), f"{part!r:>9}"


@program(*parts_of("The DNA strand 3'", (0, 17), (4, 7)), sizes=(1,))
def capitals_of_parts(s, i, j):
    part = s[i:j]
    tests = part.istitle(), part.isprintable(), part.isidentifier()
    return part.title(), part.capitalize(), part.swapcase(), part.isdecimal(), tests


@program(*parts_of("GATTACA", (0, 7), (2, 5)), sizes=(1,))
def translated_parts(s, i, j):
    other = s[i:j].translate(str.maketrans("ACGT", "TGCA", "N"))
    return other, other[::-1].translate({65: "<A>", 84: None, 67: 71})


@program(*parts_of("banana", (0, 6), (1, 4)), sizes=(1,))
def places_in_parts(s, i, j):
    part = s[i:j]
    places = part.find("a", 2), part.rfind("an"), part.rfind("a", 0, 3), part.find("n", 0, -2)
    return places, part.count("an"), part.replace("a", "oo", 2), part.replace("", "-")


@program(*parts_of(ROW, (0, len(ROW)), (0, 3)), sizes=(1,))
def integers_in_a_row(s, i, j):
    found, refused = [], []
    for part in s[i:j].split(","):
        try:
            found.append(int(part))
        except ValueError as error:
            refused.append(str(error))
    return found, refused


@program(*parts_of("ff 0b11 -077 z", (0, 2), (3, 7)), sizes=(1,))
def integers_of_other_bases(s, i, j):
    part = s[i:j]
    return int(part, 16), int(part, base=36)


@program(*parts_of(NUMBERS, (0, len(NUMBERS)), (0, 3)), sizes=(1,))
def floats_in_a_row(s, i, j):
    found = []
    for part in s[i:j].split(","):
        try:
            found.append(float(part))
        except ValueError as error:
            print(error)
    return found


@program(*parts_of("moon; 7\r\nearth;81\n", (0, 18), (9, 17)), sizes=(1,))
def masses_in_lines(s, i, j):
    names, total = [], 0
    for line in s[i:j].splitlines():
        name, _, mass = line.partition(";")
        names.append(name.upper())
        total += int(mass)
    return names, total


@program(
    lambda n: (">seq1 first\nACGT\nac\n\n>seq2\nGGC-\n",),
    sizes=(1,),
)
def sequences_of_a_file(text):
    sequences, name = {}, ""
    for line in text.splitlines():
        line = line.strip()
        if line.startswith(">"):
            name = line[1:].split()[0]
            sequences[name] = ""
        elif line:
            sequences[name] += line.upper().replace("-", "")
    return sequences, {k: (v.count("G") + v.count("C")) / len(v) for k, v in sequences.items()}


@program(lambda n: (12321, 30), lambda n: (-45, 12), sizes=(1,))
def digits_of_numbers(n, count):
    total, largest = 0, 0
    for digit in str(abs(n)):
        total += int(digit)
    for k in range(10, count):
        text = str(k * (k + 1))
        if text == text[::-1]:
            largest = k * (k + 1)
    return total, len(str(n)), f"{n}" in ("-45", "12"), largest


@program(lambda n: (np.arange(7) * 5 - 9,), sizes=(1,), layouts=())
def keys_of_two_numbers(x):
    counts = {}
    for k in range(len(x)):
        key = f"{x[k] % 3},{k % 2}"
        counts[key] = counts.get(key, 0) + 1
    return counts
