"""How long other readers take: JSON in ({dialect, schemas, records}), one line of NDJSON out for each that is installed."""
import json
import sys
import time
from importlib import metadata


def sqlglot_lineage(dialect, schemas):
    from sqlglot import exp, parse
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope
    from sqlglot.schema import MappingSchema

    known = MappingSchema(schemas, dialect=dialect)

    def read(record):
        for whole in parse(record["query"], dialect=dialect):
            query = whole.expression if isinstance(whole, (exp.Insert, exp.Create)) else whole
            if not isinstance(query, exp.Query):
                continue
            if whole is not query and whole.args.get("with_") and not query.args.get("with_"):
                query.set("with_", whole.args["with_"])
            where = {"db": record["schema"], "catalog": record["database"]}
            qualified = qualify(query, schema=known, dialect=dialect, validate_qualify_columns=False, **where)
            scope = build_scope(qualified)
            for name in dict.fromkeys(each.alias_or_name for each in qualified.selects):
                lineage(name, qualified, schema=known, scope=scope, dialect=dialect, copy=False)

    return read


def sqlglot_parse(dialect, schemas):
    from sqlglot import parse

    return lambda record: parse(record["query"], dialect=dialect)


def openlineage(dialect, schemas):
    from openlineage_sql import parse

    def read(record):
        found = parse([record["query"]], dialect=dialect, default_schema=record["schema"])
        if found is None or found.errors:
            raise ValueError("refused")

    return read


def sqllineage(dialect, schemas):
    from sqllineage.runner import LineageRunner

    def read(record):
        LineageRunner(record["query"], dialect="non-validating").get_column_lineage()

    return read


def datahub(dialect, schemas):
    from datahub.sql_parsing._models import _TableName
    from datahub.sql_parsing.schema_resolver import SchemaResolver
    from datahub.sql_parsing.sqlglot_lineage import sqlglot_lineage as parse

    resolver = SchemaResolver(platform=dialect)
    for database, inner in schemas.items():
        for schema, tables in inner.items():
            for table, columns in tables.items():
                urn = resolver.get_urn_for_table(_TableName(database=database, db_schema=schema, table=table))
                resolver.add_raw_schema_info(urn, columns)

    def read(record):
        found = parse(
            record["query"], schema_resolver=resolver, default_db=record["database"], default_schema=record["schema"]
        )
        if found.debug_info.table_error:
            raise ValueError("refused")

    return read


PEERS = [
    ("DataHub, sqlglot_lineage", "acryl-datahub", datahub),
    ("sqlglot, lineage of all columns", "sqlglot", sqlglot_lineage),
    ("sqlglot, parsing alone", "sqlglot", sqlglot_parse),
    ("openlineage-sql, no schemas", "openlineage-sql", openlineage),
    ("sqllineage, no schemas", "sqllineage", sqllineage),
]


def measure(name, package, make, given):
    try:
        version = metadata.version(package)
        read = make(given["dialect"], given["schemas"])
    except (ImportError, metadata.PackageNotFoundError):
        return
    failed = 0
    read({**given["records"][0], "query": "select a from t"})
    start = time.process_time()
    for record in given["records"]:
        try:
            read(record)
        except Exception:
            failed += 1
    ms = (time.process_time() - start) * 1000
    print(json.dumps({"name": f"{name} ({version})", "ms": ms / len(given["records"]), "failed": failed}), flush=True)


given = json.load(sys.stdin)
for peer in PEERS:
    measure(*peer, given)
