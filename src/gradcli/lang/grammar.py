"""The grammar as tables: read `grammar/expression.lark`, let lark analyse it once, and keep the result.

lark makes the LALR table; `parser` runs it. The table is plain data kept in the user's cache directory,
so that a start neither analyses the grammar nor imports lark. The cache is never needed: whatever is
wrong with it, the table is built again.
"""

from __future__ import annotations

import functools
import marshal
import os
import re
import sys
from binascii import crc32
from collections.abc import Mapping
from typing import Any, NamedTuple

_HERE = os.path.dirname(os.path.abspath(__file__))
_PLACES = (
    os.path.join(_HERE, "..", "grammar", "expression.lark"),  # in a wheel
    os.path.join(_HERE, "..", "..", "..", "grammar", "expression.lark"),  # in a checkout
)


class Rule(NamedTuple):
    """A rule to reduce by: how many symbols it takes, what it gives, and what becomes of their values.

    `plan` says which of the values are kept: `(index, spread)`, the index None where an optional part is
    absent, `spread` where the value is a list to be joined in; it is None where all are kept as they are.
    `action` names the function that makes the value: "" keeps the list, None passes the one value on.
    """

    origin: str
    size: int
    plan: tuple[tuple[int | None, bool], ...] | None
    action: str | None


class Tables(NamedTuple):
    """A grammar ready to run.

    `pattern` matches the next token and names its kind; `keywords` are the names that are kinds of their
    own. `states` maps a kind to the next state, or to `~rule` where a rule is to be reduced.
    """

    pattern: str
    keywords: dict[str, str]
    ignored: tuple[str, ...]
    states: tuple[dict[str, int], ...]
    rules: tuple[Rule, ...]
    start: int
    end: int


@functools.cache
def tables() -> Tables:
    """Return the tables of the language, from the cache where it is good."""
    grammar = read()
    key = (grammar, sys.hexversion, os.path.getmtime(__file__))
    path = _cache_path()
    kept = _load(path, key)
    if kept is None:
        kept = build(grammar)
        _save(path, key, kept)
    return kept


def read() -> str:
    """Return the text of the grammar."""
    for place in _PLACES:
        if os.path.exists(place):
            with open(place, encoding="utf-8") as file:
                return file.read()
    raise FileNotFoundError("grammar/expression.lark is missing from this installation of gradcli")


def build(grammar: str) -> Tables:
    """Analyse a grammar with lark."""
    from lark import Lark
    from lark.grammar import Rule as LarkRule
    from lark.lexer import PatternStr, TerminalDef

    made = Lark(grammar, parser="lalr", start="program", lexer="basic", maybe_placeholders=True)
    data, memo = made.memo_serialize([TerminalDef, LarkRule])
    table = data["parser"]["parser"]
    numbers = {key: number for number, key in enumerate(k for k, v in memo.items() if v["__type__"] == "Rule")}
    kinds = table["tokens"]
    states = tuple(
        {kinds[k]: ~numbers[target["@"]] if reduces else target for k, (reduces, target) in row.items()}
        for _, row in sorted(table["states"].items())
    )
    # The longest match wins, as in lark: the order of the alternatives sees to it.
    terminals = sorted(made.terminals, key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name))
    keywords = {t.pattern.value: t.name for t in terminals if t.pattern.value.isalpha()}
    pattern = "|".join(
        f"(?P<{t.name}>{re.escape(t.pattern.value) if isinstance(t.pattern, PatternStr) else t.pattern.value})"
        for t in terminals
        if t.name not in keywords.values()
    )
    return Tables(
        pattern=pattern + "|(?P<STRAY>.)",
        keywords=keywords,
        ignored=tuple(made.ignore_tokens),
        states=states,
        rules=tuple(_rule(memo[key]) for key in numbers),
        start=table["start_states"]["program"],
        end=table["end_states"]["program"],
    )


def _rule(rule: Mapping[str, Any]) -> Rule:
    """Say in our terms what lark would do with the children of a rule."""
    symbols, options = rule["expansion"], rule["options"]
    absent = options["empty_indices"] or (False,) * len(symbols)
    plan: list[tuple[int | None, bool]] = []
    rest = iter(enumerate(symbols))
    for missing in absent:
        if missing:
            plan.append((None, False))
            continue
        index, symbol = next(rest)
        if not symbol.get("filter_out"):
            plan.append((index, symbol["__type__"] == "NonTerminal" and symbol["name"].startswith("_")))
    origin = rule["origin"]["name"]
    action = "" if origin.startswith("_") else rule["alias"] or origin
    if options["expand1"] and not rule["alias"] and len(plan) == 1:
        action = None
    whole = plan == [(i, False) for i in range(len(symbols))]
    return Rule(origin, len(symbols), None if whole else tuple(plan), action)


def _cache_path() -> str:
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(home, "gradcli", f"expression.{sys.implementation.cache_tag}")


def _load(path: str, key: tuple[Any, ...]) -> Tables | None:
    try:
        with open(path, "rb") as file:
            checksum, content = file.read(4), file.read()
        if crc32(content).to_bytes(4, "big") != checksum:
            return None
        found, kept = marshal.loads(content)
        if found != key:
            return None
        made = Tables(*kept)
        return made._replace(rules=tuple(Rule(*rule) for rule in made.rules))
    except (OSError, ValueError, EOFError, TypeError):
        return None


def _save(path: str, key: tuple[Any, ...], made: Tables) -> None:
    if not os.path.isabs(path):
        return
    content = marshal.dumps((key, [[tuple(rule) for rule in part] if part is made.rules else part for part in made]))
    draft = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(draft, "wb") as file:
            file.write(crc32(content).to_bytes(4, "big") + content)
        os.replace(draft, path)
    except OSError:
        return
