"""Checks of our own, run with schemathesis's on every answer, and better chances to get far."""

import datetime

import schemathesis

# Codes of a field whose form is wrong. A body that fits the document never gets one.
SHAPE = {"required", "format", "length", "range", "email", "unknown_field", "duplicate"}
# Problems that say the same of a whole request.
MALFORMED = {"malformed_request", "precondition_required"}
# Bytes of a file cannot be told by a schema: a content shorter than announced is malformed.
FILES = {"upload_document_content"}
# Free times of random days are none.
SLOTS = "list_slots"


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Chains of valid requests begin with lists that are not filtered to nothing.

    Filters and cursors are drawn in the other phases; here they would end every chain.
    """
    meta = case.meta
    if meta is None or meta.phase.name != "stateful" or not meta.generation.mode.is_positive:
        return
    if case.method != "GET" or not case.query:
        return
    for parameter in case.operation.query:
        if not parameter.is_required:
            case.query.pop(parameter.name, None)
    if _operation(case) == SLOTS:
        today = datetime.date.today()
        case.query["from"] = today.isoformat()
        case.query["to"] = (today + datetime.timedelta(days=14)).isoformat()


def _operation(case):
    return case.operation.definition.raw["operationId"]


def _problem(response):
    kind = response.headers.get("content-type", [""])[0]
    return response.json() if kind.startswith("application/problem+json") else None


@schemathesis.check
def refused_for_its_meaning_only(ctx, response, case):
    """What the document allows may be impossible, but is never called malformed."""
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    problem = _problem(response) if positive else None
    # The coverage phase also sends methods that the path lacks.
    if problem is None or response.status_code in (401, 405):
        return
    shape = [fault for fault in problem.get("errors", []) if fault["code"] in SHAPE]
    malformed = problem["code"] in MALFORMED and _operation(case) not in FILES
    assert not shape and not malformed, f"the document allows this request: {problem}"


@schemathesis.check
def problems_are_documented(ctx, response, case):
    """The code of an error is among the examples of its status."""
    problem = _problem(response)
    if problem is None or response.status_code == 405:
        return
    documented = case.operation.responses.find_by_status_code(response.status_code)
    if documented is None:
        return  # status_code_conformance tells
    examples = documented.definition["content"]["application/problem+json"]["examples"]
    assert problem["code"] in examples, f"{problem['code']} is not among {sorted(examples)}"


@schemathesis.check
def errors_are_problems(ctx, response, case):
    """RFC 9457 for every error."""
    if response.status_code >= 400:
        assert _problem(response) is not None, "an error without a problem body"
