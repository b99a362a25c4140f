"""Ways to break a function on purpose: comparisons moved or turned round, conditions dropped, and/or, plus/minus, counts shifted."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType

_MOVED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_SWAPPED: dict[type[ast.operator], type[ast.operator]] = {
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Div: ast.Mult,
}
_SIGNS = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Div: "/",
    ast.Mult: "*",
    ast.And: "and",
    ast.Or: "or",
}
_TEXTS = ("finding", "percent", "plain", "Place", "label", "unit_of", "place_text", "factor_text", "_found", "about")
"""Calls that write messages: what stands in them is the business of the tests of messages."""

_NAMES_OF_TEXTS = ("names", "english", "zh", "en", "texts", "where_en", "shown")


@dataclass(frozen=True)
class CodeMutant:
    """A changed function: `name` is what SURVIVORS.md lists; it holds no line numbers, so that edits elsewhere do not move it."""

    function: str
    name: str
    code: CodeType


def mutants(source: str, file: str) -> Iterator[CodeMutant]:
    """Every mutant of every function of a file; names told apart by a count where the same change is made twice."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    seen: dict[str, int] = {}
    for index, node in enumerate(ast.walk(tree)):
        function = _function(node, parents)
        if not function or _is_text(node, parents):
            continue
        if isinstance(node, ast.Constant) and not isinstance(parents[node], (ast.Compare, ast.BinOp)):
            continue  # a number that is neither compared nor reckoned with fills a gap or counts what was looked at
        for change, apply in _changes(node):
            name = f"{function}: {ast.unparse(_line(node, parents))[:90]} → {change}"
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                name += f" ({seen[name]})"
            changed = copy.deepcopy(tree)
            apply(next(n for i, n in enumerate(ast.walk(changed)) if i == index))
            code = _code(compile(ast.fix_missing_locations(changed), file, "exec"), function)
            yield CodeMutant(function, name, code)


def _function(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> str:
    """Qualified name of the outermost function around a node of a body; "" elsewhere."""
    names: list[str] = []
    inside = False
    child = node
    while child in parents:
        parent = parents[child]
        if isinstance(parent, ast.FunctionDef):
            if child not in parent.body:
                return ""
            names, inside = [parent.name], True
        elif isinstance(parent, ast.ClassDef):
            names.insert(0, parent.name)
        child = parent
    return ".".join(names) if inside else ""


def _is_text(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    while node in parents:
        parent = parents[node]
        if isinstance(parent, ast.Call):
            called = parent.func.attr if isinstance(parent.func, ast.Attribute) else getattr(parent.func, "id", "")
            if called in _TEXTS and node is not parent.func:
                return True
        if isinstance(parent, (ast.JoinedStr, ast.Raise, ast.Slice)):
            return True
        if isinstance(parent, ast.AnnAssign) and node is not parent.value:
            return True
        if isinstance(parent, ast.keyword) and parent.arg == "strict":
            return True
        if isinstance(parent, ast.Assign) and getattr(parent.targets[0], "id", "") in _NAMES_OF_TEXTS:
            return True
        node = parent
    return False


def _line(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> ast.AST:
    """The smallest statement or condition around a node, for its name."""
    while node in parents and not isinstance(node, ast.stmt):
        node = parents[node]
    if isinstance(node, (ast.If, ast.While)):
        return node.test
    return node.iter if isinstance(node, ast.For) else node


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    if isinstance(node, ast.Compare):
        for place, op in enumerate(node.ops):
            for other in _MOVED.get(type(op), ()):
                text = ast.unparse(node)
                yield f"{_SIGNS[type(op)]} {_SIGNS[other]} in {text[:50]}", _compare(place, other)
    elif isinstance(node, ast.BoolOp):
        other_bool = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{_SIGNS[type(node.op)]} becomes {_SIGNS[other_bool]}", _set("op", other_bool())
    elif isinstance(node, ast.BinOp) and type(node.op) in _SWAPPED:
        other_op = _SWAPPED[type(node.op)]
        yield f"{_SIGNS[type(node.op)]} becomes {_SIGNS[other_op]} in {ast.unparse(node)[:50]}", _set("op", other_op())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.Invert)):
        yield f"not dropped before {ast.unparse(node.operand)[:50]}", _positive
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield f"{node.value} becomes {node.value + 1}", _set("value", node.value + 1)
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield f"{node.value} becomes {not node.value}", _set("value", not node.value)
    elif isinstance(node, (ast.If, ast.IfExp)) and not isinstance(node.test, (ast.Compare, ast.BoolOp, ast.UnaryOp)):
        yield f"if {ast.unparse(node.test)[:50]} turned round", _turned
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield "if of the comprehension dropped", _set("ifs", [])


def _compare(place: int, other: type[ast.cmpop]) -> Callable[[ast.AST], None]:
    def apply(node: ast.AST) -> None:
        assert isinstance(node, ast.Compare)
        node.ops[place] = other()

    return apply


def _set(name: str, value: object) -> Callable[[ast.AST], None]:
    return lambda node: setattr(node, name, value)


def _positive(node: ast.AST) -> None:
    assert isinstance(node, ast.UnaryOp)
    node.operand = ast.UnaryOp(node.op, node.operand)


def _turned(node: ast.AST) -> None:
    assert isinstance(node, (ast.If, ast.IfExp))
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _code(module: CodeType, qualified: str) -> CodeType:
    """The code object of a function or method in a compiled module."""
    for name in qualified.split("."):
        module = next(c for c in module.co_consts if isinstance(c, CodeType) and c.co_name == name)
    return module
