"""sqlglot's answers for run.ts: NDJSON in ({dialect, sql, schema}), NDJSON out ({tables, columns, error})."""
import json
import sys

from sqlglot import exp, parse_one
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

NAMES = {"sqlserver": "tsql"}


def leaves(node):
    """Columns of tables that a node comes from."""
    return sorted(
        {
            f"{each.expression.name}.{each.name.split('.')[-1]}".lower().replace('"', "").replace("`", "")
            for each in node.walk()
            if not each.downstream and isinstance(each.expression, exp.Table)
        }
    )


def answer(dialect, sql, schema):
    whole = parse_one(sql, dialect=dialect)
    if isinstance(whole, exp.Command):
        raise ValueError("read as an opaque command")
    query = whole.expression if isinstance(whole, (exp.Insert, exp.Create)) else whole
    ctes = {cte.alias.lower() for cte in whole.find_all(exp.CTE)}
    if not query.args.get("with_") and whole is not query and whole.args.get("with_"):
        query.set("with_", whole.args["with_"])
    tables = sorted({table.name.lower() for table in query.find_all(exp.Table)} - ctes)
    try:
        qualified = qualify(query.copy(), schema=schema, dialect=dialect)
        scope = build_scope(qualified)
        names = [each.alias_or_name for each in qualified.selects]
        if len(set(names)) < len(names):
            return {"tables": tables, "columns": None, "error": None}
        columns = [leaves(lineage(name, qualified, schema=schema, scope=scope, dialect=dialect, copy=False)) for name in names]
        return {"tables": tables, "columns": columns, "error": None}
    except Exception as error:  # its own errors are of many classes
        return {"tables": tables, "columns": None, "error": f"columns: {type(error).__name__}: {error}"[:200]}


for line in sys.stdin:
    given = json.loads(line)
    try:
        found = answer(NAMES.get(given["dialect"], given["dialect"]), given["sql"], given["schema"])
    except Exception as error:
        found = {"tables": None, "columns": None, "error": f"{type(error).__name__}: {error}"[:200]}
    print(json.dumps(found))
