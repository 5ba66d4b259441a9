"""Names that are nearly right: the nearest known one, and products written without a sign."""

from __future__ import annotations

from collections.abc import Collection, Iterable

# Names longer than this are not compared: nobody mistypes them, and the time grows with the square.
_LONGEST = 40


def suggest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that was probably meant, or None.

    One slip is allowed in a name of three letters, two in one of six: a letter too many, missing,
    wrong, or two swapped. Of names as near, the one that begins alike longest; names that differ only in
    case are near at any length.

    >>> suggest("sqr", ["sqrt", "square", "sin"])
    'sqrt'
    """
    if len(name) > _LONGEST:
        return None
    allowed = len(name) // 3
    near: list[tuple[int, int, str]] = []
    for candidate in candidates:
        if candidate.lower() == name.lower():
            return candidate
        if abs(len(candidate) - len(name)) <= allowed:
            pairs = zip(name, candidate, strict=False)
            alike = next((i for i, (a, b) in enumerate(pairs) if a != b), len(name))
            near.append((_distance(name, candidate), -alike, candidate))
    best = min(near, default=None)
    return best[2] if best and best[0] <= allowed else None


def split_product(name: str, known: Collection[str]) -> str | None:
    """Return a name read as a product of known ones, or None.

    >>> split_product("xy", {"x", "y"})
    'x*y'
    """
    if len(name) > _LONGEST:
        return None
    ways: list[list[str] | None] = [[]] + [None] * len(name)
    for end in range(1, len(name) + 1):
        for start in range(end):
            way = ways[start]
            if way is not None and ways[end] is None and name[start:end] in known:
                ways[end] = [*way, name[start:end]]
    found = ways[-1]
    return "*".join(found) if found and len(found) > 1 else None


def _distance(a: str, b: str) -> int:
    """Count the slips between two words (Damerau's distance, each pair swapped once)."""
    before: list[int] = []
    above = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return above[-1]
