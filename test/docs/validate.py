"""Validates the published documents with the validators of Python. Reads a JSON object from standard input:
`openapi`, the OpenAPI document; `events`, the schemas of events; `valid` and `invalid`, events by the name of the schema.
Prints one line for each fault."""
import json
import sys

from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

given = json.load(sys.stdin)


def faults():
    document = given["openapi"]
    for error in OpenAPIV31SpecValidator(document).iter_errors():
        yield f"openapi.json: {error.message[:300]}"
    root = DRAFT202012.create_resource(document)
    registry = Registry().with_resource("urn:openapi", root)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield from examples_of(f"{method} {path}", operation, registry)
    for name, schema in given["events"].items():
        Draft4Validator.check_schema(schema)
        validator = Draft4Validator(schema, format_checker=FormatChecker())
        for event in given["valid"].get(name, []):
            for error in validator.iter_errors(event):
                yield f"{name} refuses a valid event: {error.message[:300]}"
        for event in given["invalid"].get(name, []):
            if validator.is_valid(event):
                yield f"{name} accepts an invalid event"


def examples_of(about, operation, registry):
    # The example of a request may be invalid on purpose: its answer shows the errors.
    for what, body in operation.get("responses", {}).items():
        for media in body.get("content", {}).values():
            reference = media.get("schema", {}).get("$ref")
            if reference is None:
                continue
            validator = Draft202012Validator({"$ref": "urn:openapi" + reference}, registry=registry)
            examples = [each["value"] for each in media.get("examples", {}).values() if "value" in each]
            for example in examples + ([media["example"]] if "example" in media else []):
                for error in validator.iter_errors(example):
                    yield f"{about} {what}: {error.message[:300]}"


for fault in faults():
    print(fault)
