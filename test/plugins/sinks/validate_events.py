"""Reads OpenLineage events, one a line, and builds each strictly from the typed classes of openlineage-python:
unknown keys, missing keys and wrong types fail. Prints one line of JSON: what it saw."""

import json
import sys
import typing
from enum import Enum

import attr
from openlineage.client import event_v2
from openlineage.client.generated import (
    base,
    column_lineage_dataset,
    dataset_type_dataset,
    hierarchy_dataset,
    job_type_job,
    lifecycle_state_change_dataset,
    lineage,
    schema_dataset,
    sql_job,
    symlinks_dataset,
)
from openlineage.client.serde import Serde

FACETS = {
    "sql": sql_job.SQLJobFacet,
    "jobType": job_type_job.JobTypeJobFacet,
    "lineage": lineage.LineageJobFacet,
    "schema": schema_dataset.SchemaDatasetFacet,
    "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet,
    "datasetType": dataset_type_dataset.DatasetTypeDatasetFacet,
    "symlinks": symlinks_dataset.SymlinksDatasetFacet,
    "hierarchy": hierarchy_dataset.HierarchyDatasetFacet,
    "lifecycleStateChange": lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet,
}
ENVELOPE = {"producer", "schemaURL", "_producer", "_schemaURL"}


def build(kind, value, where):
    origin = typing.get_origin(kind)
    if origin is typing.Union or str(origin) == "<class 'types.UnionType'>":
        options = [option for option in typing.get_args(kind) if option is not type(None)]
        if value is None and len(options) < len(typing.get_args(kind)):
            return None
        errors = []
        for option in options:
            try:
                return build(option, value, where)
            except (TypeError, ValueError) as error:
                errors.append(str(error))
        raise TypeError(f"{where}: none of {len(options)} forms: {errors}")
    if origin is typing.Literal:
        if value not in typing.get_args(kind):
            raise TypeError(f"{where}: {value!r}")
        return value
    if origin is list:
        check(isinstance(value, list), where, value)
        return [build(typing.get_args(kind)[0], item, f"{where}[{index}]") for index, item in enumerate(value)]
    if origin is dict:
        check(isinstance(value, dict), where, value)
        inner = typing.get_args(kind)[1]
        return {key: build(facet(inner, key, where), item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if attr.has(kind):
        return construct(kind, value, where)
    check(isinstance(value, kind) and not (kind is int and isinstance(value, bool)), where, value)
    return value


def facet(inner, key, where):
    if isinstance(inner, type) and issubclass(inner, base.BaseFacet):
        check(key in FACETS, where, f"unknown facet {key}")
        return FACETS[key]
    return inner


def construct(kind, value, where):
    check(isinstance(value, dict), where, value)
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in attr.fields(kind)}
    unknown = set(value) - set(fields) - ENVELOPE
    check(not unknown, where, f"unknown keys {sorted(unknown)}")
    given = {key: build(hints[key], item, f"{where}.{key}") for key, item in value.items() if key not in ENVELOPE}
    made = kind(**given)
    if issubclass(kind, base.BaseFacet):
        check(bool(value.get("_producer")), where, "no _producer")
        check(value.get("_schemaURL") == kind._get_schema(), where, f"_schemaURL {value.get('_schemaURL')}")
    if issubclass(kind, base.BaseEvent):
        check(value.get("schemaURL") == kind._get_schema(), where, f"schemaURL {value.get('schemaURL')}")
    return made


def check(holds, where, what):
    if not holds:
        raise TypeError(f"{where}: {what!r}")


count, facets = 0, set()
for number, line in enumerate(sys.stdin, 1):
    event = json.loads(line)
    made = construct(event_v2.JobEvent, event, f"line {number}")
    again = json.loads(Serde.to_json(made))
    check(again["job"]["name"] == event["job"]["name"], f"line {number}", "does not come back")
    count += 1
    facets |= set(event["job"]["facets"])
    for dataset in event["inputs"] + event["outputs"]:
        facets |= set(dataset["facets"])
print(json.dumps({"events": count, "facets": sorted(facets)}))
