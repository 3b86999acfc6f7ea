"""The layers inside an app and the few things that nobody may do, read from the source.

Between apps `lint-imports` checks the same order with all indirect imports (`pyproject.toml`).
"""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
APPS = {
    "aftersales.tenants": ROOT / "aftersales/tenants",
    "aftersales.orders": ROOT / "aftersales/orders",
    "tickets": ROOT / "tickets",
    "evidence": ROOT / "evidence",
    "papers": ROOT / "papers",
    "analytics": ROOT / "analytics",
}
ORDER = list(APPS)
# What a layer may not import of its own app. Tasks, commands and views stand at the top.
FORBIDDEN = {
    "models": {"actions", "queries", "forms", "views", "urls", "tasks"},
    "workflow": {"actions", "queries", "forms", "views", "urls", "tasks"},
    "rules": {"actions", "queries", "forms", "views", "urls", "tasks"},
    "queries": {"actions", "forms", "views", "urls", "tasks"},
    "actions": {"forms", "views", "urls", "tasks"},
    "forms": {"views", "urls", "tasks"},
    "tasks": {"views", "urls", "forms"},
    "views": {"urls", "tasks"},
}
WRITES = {
    "save", "create", "bulk_create", "update", "bulk_update", "delete", "get_or_create", "update_or_create",
    "select_for_update", "set", "add", "remove", "clear",
}  # fmt: skip
# Of WRITES, what many other objects have too: counted only after `.objects` or a queryset's `filter()`.
COMMON = {"update", "set", "add", "remove", "clear", "create", "save", "delete"}

# Tasks of many transactions: they enter the organization themselves, again for each.
IN_PIECES = {
    "aftersales.orders.tasks.run_import": "progress is seen while it runs, and a killed worker's part is kept",
    "tickets.tasks.try_rules": "progress is seen while it runs, and the draft can be changed meanwhile",
    "papers.tasks.make": "the paper is drawn and stored between two short transactions, not inside one",
    "evidence.tasks.process": "the object store is asked between two short transactions, not inside one",
    "evidence.tasks.arrive": "the same",
    "evidence.tasks.verify_all": "reads every byte: far longer than a transaction may be open",
}


@cache
def sources() -> dict[Path, ast.Module]:
    found = {}
    for folder in {*APPS.values(), ROOT / "aftersales"}:
        for path in folder.rglob("*.py"):
            if "migrations" not in path.parts:
                found[path] = ast.parse(path.read_text(), str(path))
    return found


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def app_of(name: str) -> str | None:
    return next((app for app in APPS if name == app or name.startswith(app + ".")), None)


def imports(path: Path, tree: ast.Module) -> set[str]:
    """Return the full names that a file imports, those inside functions too, those for type checkers alone not."""
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    names: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            names |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                base = ".".join([*parts[: len(parts) - node.level + 1], *filter(None, [base])])
            names |= {base, *(f"{base}.{each.name}" for each in node.names)}
    return names


def layer_of(name: str, app: str) -> str:
    return name.removeprefix(app).strip(".").partition(".")[0]


def files(*layers: str):
    for path, tree in sources().items():
        app = app_of(module_of(path))
        if app and layer_of(module_of(path), app) in layers:
            yield path, tree


# ── imports ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_app_imports_only_those_to_its_right():
    wrong = []
    for path, tree in sources().items():
        app = app_of(module_of(path))
        for name in imports(path, tree):
            other = app_of(name)
            if app and other and ORDER.index(other) > ORDER.index(app):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_a_layer_imports_only_those_below_it():
    wrong = []
    for path, tree in sources().items():
        app = app_of(module_of(path))
        layer = layer_of(module_of(path), app) if app else ""
        for name in imports(path, tree):
            if app and app_of(name) == app and layer_of(name, app) in FORBIDDEN.get(layer, ()):
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_the_ui_knows_no_product():
    for path, tree in sources().items():
        if module_of(path).startswith("aftersales.ui"):
            assert not {name for name in imports(path, tree) if app_of(name) not in (None, "aftersales.tenants")}, path


# ── writing ────────────────────────────────────────────────────────────────────────────────────────────────────────
def writes(tree: ast.AST) -> list[str]:
    """Return the calls that write to the database, as far as their form tells."""
    found = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES):
            continue
        owner = ast.unparse(node.func.value)
        of_rows = ".objects" in owner or ".filter(" in owner or ".all()" in owner
        is_row = node.func.attr in ("save", "delete") and not owner.endswith(("session", "storage", "cache", "form"))
        if node.func.attr not in COMMON or of_rows or is_row:
            found.append(f"line {node.lineno}: {owner}.{node.func.attr}()")
    return found


@pytest.mark.parametrize("layer", ["views", "forms", "queries", "rules"])
def test_only_actions_write(layer):
    wrong = [f"{path.relative_to(ROOT)} {each}" for path, tree in files(layer) for each in writes(tree)]
    assert not wrong, "\n".join(wrong)


def test_the_search_for_writes_finds_them():
    for line in (
        "Ticket.objects.create(x=1)", "ticket.save()", "self.instance.delete()", "T.objects.filter(a=1).update(b=2)",
        "rows.get_or_create(a=1)", "Ticket.objects.select_for_update()", "found.save(update_fields=['a'])",
    ):  # fmt: skip
        assert writes(ast.parse(line)), line
    for line in ("context.update(a=1)", "seen.add(1)", "session.delete()", "words.remove('a')", "form.save"):
        assert not writes(ast.parse(line)), line


# ── what nobody may do ─────────────────────────────────────────────────────────────────────────────────────────────
def test_no_scope_is_switched_off():
    wrong = [
        str(path.relative_to(ROOT))
        for path, tree in sources().items()
        if any(name.endswith("scopes_disabled") for name in imports(path, tree))
        or any(isinstance(node, ast.Attribute) and node.attr == "scopes_disabled" for node in ast.walk(tree))
    ]
    assert not wrong


def test_no_row_is_read_past_the_scope():
    """Raw SQL and the base manager ask no scope; row-level security would answer, but nothing of Python's wall."""
    wrong = []
    for path, tree in sources().items():
        for node in ast.walk(tree):
            is_raw = (
                isinstance(node, ast.Attribute) and node.attr == "raw" and ast.unparse(node.value).endswith("objects")
            )
            if is_raw or (isinstance(node, ast.Attribute) and node.attr in ("_base_manager", "_default_manager")):
                wrong.append(f"{path.relative_to(ROOT)} line {node.lineno}: {node.attr}")
    assert not wrong, "\n".join(wrong)


def test_a_picture_is_opened_in_one_place():
    """Everywhere else a decoder would meet bytes that nobody bounded (`evidence/sandbox` has the limits)."""
    # The barcodes' picture is our own copy, fresh out of the sandbox.
    allowed = {ROOT / "evidence/sandbox/photo.py", ROOT / "evidence/intake/barcodes.py"}
    for path, tree in sources().items():
        opened = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Image.open", "PIL.Image.open")
        ]
        assert not opened or path in allowed, path
        for call in opened:
            assert any(each.arg == "formats" for each in call.keywords), f"{path} line {call.lineno}: name the formats"


def test_every_model_has_an_organization_or_a_reason():
    from django.apps import apps

    from aftersales.tenants.base import TenantModel
    from aftersales.tenants.walls import EXEMPT

    for label in ("tenants", "orders", "tickets", "evidence", "papers", "analytics"):
        for model in apps.get_app_config(label).get_models():
            assert issubclass(model, TenantModel) or model._meta.db_table in EXEMPT, model


def test_every_task_enters_an_organization_or_sweeps():
    """A task takes ids only. Without TenantTask it begins from no argument, and loops over the organizations."""
    for path, tree in files("tasks"):
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef):
                continue
            marks = [ast.unparse(mark) for mark in node.decorator_list]
            if any("shared_task" in mark for mark in marks):
                is_tenant = any("TenantTask" in mark for mark in marks)
                arguments = [each.arg for each in node.args.args if each.arg != "self"]
                name = f"{module_of(path)}.{node.name}"
                assert not arguments or arguments[0] == "organization_id", f"{name}: {arguments}"
                assert is_tenant or not arguments or name in IN_PIECES, f"{name}: {arguments}"


@pytest.mark.parametrize("limit", [400])
def test_files_stay_readable(limit):
    long = {str(p.relative_to(ROOT)): n for p in sources() if (n := len(p.read_text().splitlines())) > limit}
    assert not long, long
