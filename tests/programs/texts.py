"""Texts that are looked into: sequences of letters, where only the running program knows them."""

from collections import Counter, defaultdict

import numpy as np

from tests.programs.corpus import program

GENES = "ACGTTGCAACGTTAGC"


def texts(*given):
    """Return makers of calls with these arguments."""
    return [lambda n, a=a: a for a in given]


@program(*texts(("GATTACA", "GCATGCU"), ("", "A")), sizes=(1,))
def aligned_globally(a, b):
    n, m = len(a), len(b)
    score = np.zeros((n + 1, m + 1), int)
    score[:, 0] = -np.arange(n + 1)
    score[0] = -np.arange(m + 1)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            same = 1 if a[i - 1] == b[j - 1] else -1
            best = max(score[i - 1, j] - 1, score[i, j - 1] - 1)
            score[i, j] = max(score[i - 1, j - 1] + same, best)
    x = y = ""
    i, j = n, m
    while i > 0 or j > 0:
        if i > 0 and j > 0 and score[i, j] > max(score[i - 1, j], score[i, j - 1]) - 1:
            x, y = a[i - 1] + x, b[j - 1] + y
            i, j = i - 1, j - 1
        elif i > 0 and score[i, j] == score[i - 1, j] - 1:
            x, y, i = a[i - 1] + x, "-" + y, i - 1
        else:
            x, y, j = "-" + x, b[j - 1] + y, j - 1
    return x, y, int(score[n, m])


@program(*texts((GENES, 3), ("AC", 3)), sizes=(1,))
def words_are_counted(s, k):
    counts = Counter(s[i : i + k] for i in range(len(s) - k + 1))
    return counts.most_common(2), "ACG" in counts


@program(*texts((GENES,)), sizes=(1,))
def places_of_pairs(s):
    where = defaultdict(list)
    for i in range(len(s) - 1):
        where[s[i : i + 2]].append(i)
    return {w: k for w, k in where.items() if len(k) > 1}


@program(*texts((GENES * 6,)), sizes=(1,))
def reverse_complement(s):
    other = {"A": "T", "C": "G", "G": "C", "T": "A"}
    strand = ""
    for c in s:
        strand = other[c] + strand
    return strand, "".join(other[c] for c in reversed(s)) == strand


@program(*texts(("ATGGCCGCCTAAATG",)), sizes=(1,))
def protein(s):
    table = {"ATG": "M", "GCC": "A", "TAA": "*", "TAG": "*", "AAA": "K", "CCC": "P"}
    found = ""
    for i in range(0, len(s) - 2, 3):
        letter = table[s[i : i + 3]]
        if letter == "*":
            break
        found += letter
    return found


@program(*texts(("3+41*2",), ("7",)), sizes=(1,))
def calculator(s):
    number, before, terms = 0, "+", []
    for i in range(len(s) + 1):
        c = s[i] if i < len(s) else "+"
        if c.isdigit():
            number = number * 10 + int(c)
            continue
        if before == "+":
            terms.append(number)
        else:
            terms[-1] = terms[-1] * number
        number, before = 0, c
    return sum(terms)


@program(lambda n: (np.array([72, 105, 33, 126]), 3), sizes=(1,))
def shifted_letters(x, k):
    letters = []
    for v in x:
        letters.append(chr((int(v) - 32 + k) % 95 + 32))
    secret = "".join(letters)
    return secret, secret[::-1], secret[1:3], len(secret)


@program(*texts((GENES, 1, 5), (GENES, 13, 16)), sizes=(1,))
def methods_of_parts(s, i, j):
    c = s[i:j]
    found = c.lower(), c.isalpha(), c.find("T"), c.replace("G", "--"), c.count("T"), len(c)
    tests = c.startswith("CG"), c.endswith(("A", "C")), "T" in c, c in ("CGTT", "AGC"), c < "D"
    return found, tests, c[::-1] * 2, f"<{c}>", sorted(c), [ord(letter) for letter in c]


@program(*texts((GENES, 0, 3), (GENES, 3, 7)), sizes=(1,))
def letters_in_containers(s, i, j):
    counts = {"A": 1, "G": 2}
    if s[i] in counts:
        counts[s[i]] += 5
    known = {"A": 1, "T": 2}.get(s[i], 0)
    pair = [s[i], s[j]]
    return pair == ["A", "T"], pair.count("T"), "ACGT".index(s[j]), known, counts, tuple(pair)


@program(*texts((GENES, 3), (GENES, 30)), sizes=(1,))
def missing_letters(s, i):
    found = []
    for k in range(i, i + 3):
        try:
            found.append({"A": 1, "C": 2}[s[k]])
        except KeyError:
            found.append(-1)
        except IndexError:
            found.append(-2)
    return found


@program(*texts((GENES, 2)), sizes=(1,))
def words_in_order(s, k):
    words = []
    for i in range(0, len(s) - k + 1, k):
        words.append(s[i : i + k])
    words.sort()
    return words, max(words), len(set(words))


@program(*texts(("the quick brown fox jumps over the lazy dog " * 2,)), sizes=(1,))
def words_by_hand(s):
    words, word = [], ""
    for c in s:
        if c == " ":
            words.append(word)
            word = ""
        else:
            word += c
    return words


@program(*texts((12, 2), (255, 16), (0, 8)), sizes=(1,))
def digits_of(n, base):
    digits = "0123456789abcdef"
    text = ""
    while n > 0:
        text = digits[n % base] + text
        n //= base
    return text or "0"


@program(*texts((GENES, 4, 1)), sizes=(1,))
def mutations(s, n, seed):
    rng = np.random.default_rng(seed)
    for _ in range(n):
        i = int(rng.integers(len(s)))
        s = s[:i] + "ACGT"[int(rng.integers(4))] + s[i + 1 :]
    return s


@program(*texts(("aÄb", 0), ("aÄb", 1)), sizes=(1,), replays=True)
def letters_beyond_ascii(s, i):
    return s[i].upper(), s[i] == "Ä"
