"""The arrows of the design may not turn round, and a few doors stay shut: read from the source, without running it."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = [  # from the ground up: a folder imports its own floor and those below; page folders are added on top
    {"theme", "notation", "charts"},
    {"core"},
    {"components", "shell"},
]
SHARED = set().union(*FLOORS)
PAGES = {path.stem for path in (ROOT / "pages").glob("*.py")}


@cache
def parse(source: str, path: str) -> ast.AST:
    """The source of the file at `path`, with its relative imports made absolute."""
    tree = ast.parse(source, path)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            folders = Path(path).parts[: -node.level]
            node.module, node.level = ".".join([*folders, *([node.module] if node.module else [])]), 0
    return tree


@cache
def nodes(tree: ast.AST) -> list[ast.AST]:
    """All of a tree, looked through once for all rules."""
    return list(ast.walk(tree))


def imports(tree: ast.AST) -> Iterator[str]:
    """The dotted name of everything imported: `from a import b` may mean the module a.b, and is given as `a.b`.
    `import_module("a")` and `__import__("a")` count too."""
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and _name(node.func) in ("import_module", "__import__"):
            yield from (a.value if isinstance(a, ast.Constant) else "something computed" for a in node.args[:1])


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def within(name: str, *modules: str) -> bool:
    """Whether a dotted name is one of the modules or something in it."""
    return any(name == module or name.startswith(module + ".") for module in modules)


def imports_besides(*allowed: str) -> Callable[[ast.AST], list[str]]:
    return lambda tree: [name for name in imports(tree) if not within(name, *allowed, *sys.stdlib_module_names)]


def imports_of(*forbidden: str) -> Callable[[ast.AST], list[str]]:
    return lambda tree: [name for name in imports(tree) if within(name, *forbidden)]


def above(folder: str) -> set[str]:
    """The folders of the dashboard that this one may not import: those on higher floors, and other pages' folders."""
    if folder in PAGES:
        return PAGES - {folder}
    floor = next(number for number, folders in enumerate(FLOORS) if folder in folders)
    return PAGES.union(*FLOORS[floor + 1 :])


def session_state(tree: ast.AST) -> list[str]:
    def mentions(node: ast.AST) -> bool:
        named = _name(node) or (node.name if isinstance(node, ast.alias) else getattr(node, "value", None))
        return named == "session_state"

    return [f"session_state, line {node.lineno}" for node in nodes(tree) if mentions(node)]


def streamlit_internals(tree: ast.AST) -> list[str]:
    """Imports of Streamlit other than as a whole, and `st.` with a name in it that begins with an underscore."""
    modules = [name for name in imports_of("streamlit")(tree) if name != "streamlit"]
    names = [ast.unparse(node) for node in nodes(tree) if isinstance(node, ast.Attribute)]
    private = [name for name in names if re.fullmatch(r"(st|streamlit)\.(.+\.)?_\w+", name)]
    return [name for name in modules if not within(name, "streamlit.components")] + private


def pickles(tree: ast.AST) -> list[str]:
    modules = imports_of("pickle", "_pickle", "cloudpickle", "dill", "shelve")(tree)
    allowed = [
        f"allow_pickle, line {node.value.lineno}"
        for node in nodes(tree)
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False"
    ]
    return modules + allowed


@dataclass(frozen=True)
class Rule:
    """What may not stand in the files that match, with a source that breaks the rule and one that keeps it."""

    says: str
    files: tuple[str, ...]
    offences: Callable[[ast.AST], list[str]]
    breaking: tuple[str, ...]
    keeping: str
    but: tuple[str, ...] = ()

    def holds_for(self, path: str) -> bool:
        return any(fnmatch(path, f) for f in self.files) and not any(fnmatch(path, f) for f in self.but)


RULES = [
    Rule(
        "nnlib imports NumPy, the standard library and itself, but for the decoder of picture files",
        ("nnlib/*.py",),
        imports_besides("numpy", "nnlib"),
        (
            "import streamlit",
            "from dashboard.theme import LIGHT",
            "def late():\n    from pandas import DataFrame",
            "import numpyro",
            "import importlib\nimportlib.import_module('plotly')",
            "from ..dashboard import theme",
        ),
        "import gzip\nimport numpy as np\nfrom nnlib.layers import Dense\nfrom . import losses",
        but=("nnlib/picture_files.py", "nnlib/terminal.py"),  # of the command line, which draws its progress with tqdm
    ),
    Rule(
        "nnlib/picture_files.py may import Pillow besides",
        ("nnlib/picture_files.py",),
        imports_besides("numpy", "nnlib", "PIL", "pillow_heif"),
        ("import streamlit", "import cv2"),
        "from PIL import Image\nfrom nnlib.segmentation import Box",
    ),
    Rule(
        "only the command line of nnlib imports nnlib/picture_files.py",
        ("nnlib/*.py",),
        imports_of("nnlib.picture_files"),
        ("from nnlib.picture_files import read_picture", "from . import picture_files"),
        "from nnlib import preprocessing",
        but=("nnlib/__main__.py",),
    ),
    Rule(
        "a page's folder draws only in files named *_view.py",
        tuple(f"dashboard/{page}/*.py" for page in sorted(PAGES)),
        imports_of("streamlit"),
        ("import streamlit as st", "from streamlit.components import v2", "def late():\n    import streamlit"),
        "import plotly.graph_objects as go\nfrom dashboard.theme import Theme\nfrom nnlib.network import Network",
        but=("*_view.py",),
    ),
    *(
        Rule(
            f"dashboard/{folder} imports only the floors below it, and itself",
            (f"dashboard/{folder}.py", f"dashboard/{folder}/*.py"),
            imports_of("app", "pages", *(f"dashboard.{other}" for other in sorted(above(folder)))),
            ("import app", *(f"from dashboard.{other} import anything" for other in sorted(above(folder)))),
            f"from dashboard.{folder} import anything\nfrom dashboard.theme import Theme",
        )
        for folder in sorted(SHARED | PAGES)
    ),
    Rule(
        "pages never import each other, or app.py",
        ("pages/*.py",),
        imports_of("pages", "app"),
        ("from pages import shapes", "import pages.shapes", "from .shapes import table", "import app"),
        "import streamlit as st\nfrom dashboard.core import session",
    ),
    Rule(
        "only dashboard/core/session.py mentions session_state",
        ("app.py", "pages/*.py", "dashboard/*.py", "nnlib/*.py"),
        session_state,
        (
            "import streamlit as st\nst.session_state['epoch'] = 1",
            "from streamlit import session_state as state",
            "getattr(st, 'session_state').clear()",
        ),
        "from dashboard.core import session\nstate = session.current()  # session_state stays in there",
        but=("dashboard/core/session.py",),
    ),
    Rule(
        "only dashboard/core/streamlit_internals.py uses what Streamlit does not document",
        ("app.py", "pages/*.py", "dashboard/*.py"),
        streamlit_internals,
        (
            "from streamlit.runtime.scriptrunner import get_script_run_ctx",
            "import streamlit.runtime.caching",
            "from streamlit.delta_generator_singletons import context_dg_stack",
            "from streamlit import _main",
            "import streamlit as st\nst._main.write('first')",
            "import streamlit as st\nst.session_state._state.clear()",
        ),
        "import streamlit as st\nfrom streamlit.components import v2\nst.components.v2.component('map')\nself._st = st",
        but=("dashboard/core/streamlit_internals.py",),
    ),
    Rule(
        "nothing is pickled",
        ("*.py",),
        pickles,
        (
            "import pickle",
            "from pickle import loads",
            "np.load(file, allow_pickle=True)",
            "np.load(file, allow_pickle=trusted)",
        ),
        "np.load(file, allow_pickle=False)",
        but=("tests/nnlib/test_storage.py",),  # it builds the hostile files that must be refused
    ),
]

FOLDERS = ["home", "work", "tmp", "root", "Users"]
MACHINE_PATH = re.compile(rf"(?<![\w.~}})-])/({'|'.join(FOLDERS)})/|[A-Z]:\\Users\\")


def tracked() -> list[str]:
    """The files under version control, or, where there is none, all that are not hidden."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        if listed:
            return [path for path in listed.split("\0") if (ROOT / path).is_file()]
    except (OSError, subprocess.CalledProcessError):
        pass  # an unpacked archive
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts)]


def machine_paths(text: str) -> list[str]:
    return [f"line {i}: {line.strip()}" for i, line in enumerate(text.splitlines(), 1) if MACHINE_PATH.search(line)]


FILES = tracked()
SOURCES = [path for path in FILES if path.endswith(".py")]
every_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.says for rule in RULES])


@every_rule
def test_rule_is_kept(rule):
    offences = {
        path: rule.offences(parse((ROOT / path).read_text(encoding="utf-8"), path))
        for path in SOURCES
        if rule.holds_for(path)
    }
    assert {path: found for path, found in offences.items() if found} == {}


def test_no_rule_is_kept_only_because_its_files_moved_away():
    parts = ["app.py", "nnlib/*", "pages/*", "dashboard/core/session.py", "dashboard/core/streamlit_internals.py"]
    parts += [f"dashboard/{folder}[./]*" for folder in SHARED | PAGES]
    assert [part for part in parts if not any(fnmatch(path, part) for path in SOURCES)] == []


def test_every_file_of_the_dashboard_stands_on_a_floor():
    rooms = {path.split("/")[1].removesuffix(".py") for path in SOURCES if path.startswith("dashboard/")}
    assert rooms - SHARED - PAGES == {"__init__"}


@pytest.mark.parametrize(
    ("rule", "source"),
    [pytest.param(rule, source, id=f"{rule.says}: {source}") for rule in RULES for source in rule.breaking],
)
def test_rule_notices_what_breaks_it(rule, source):
    assert rule.offences(parse(source, rule.files[0]))


@every_rule
def test_rule_lets_pass_what_keeps_it(rule):
    assert rule.offences(parse(rule.keeping, rule.files[0])) == []


def test_no_file_holds_a_path_of_one_machine():
    offences = {}
    for path in FILES:
        try:
            offences[path] = machine_paths((ROOT / path).read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            continue  # not text
    assert offences
    assert {path: found for path, found in offences.items() if found} == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_paths_of_a_machine_are_noticed(folder):
    assert machine_paths(f"see\n  open('/{folder}/someone/data')") == [f"line 2: open('/{folder}/someone/data')"]


def test_other_paths_are_let_pass():
    assert machine_paths("https://example.org/home/page, ./work/x, $TMP/tmp/x, a/tmp/b, /usr/bin/env") == []
