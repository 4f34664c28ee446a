"""Looks with sqlmap for SQL that parameters of a running demo clinic reach (SECURITY R01).

scan.py <origin> <sqlmap> <folder for reports> <level 1-5> <short|long|an operation>

Every parameter of every operation that the served /openapi.json lists is a target, with a
value that the clinic takes: `long` scans them all, `short` those of SHORT. Before that, sqlmap has
to find the hole in an endpoint of our own that is made of text.
"""

import datetime
import http.server
import itertools
import json
import pathlib
import queue
import re
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

ORIGIN, SQLMAP, REPORTS = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
LEVEL, FORM = sys.argv[4], sys.argv[5]
PASSWORD = "visita-demo-password"
# Who asks; the first who may call an operation does.
ROLES = ["staff", "doctor", "patient", "admin"]
# Parameters that a merge tries: searches, filters, orders, cursors, ids and written texts.
SHORT = {
    "search_patients": ["search", "order", "cursor"],
    "search_users": ["search", "role"],
    "list_appointments": ["order", "cursor", "doctor_id"],
    "list_audit_events": ["action"],
    "get_patient": ["id"],
    "change_patient": ["phone"],
}
# A wrong password or code ends these for a while even in a demo (R27, R36), and a clinic is
# set up once; none of them gets more than a few tries from anybody.
THROTTLED = {
    "change_email", "change_password", "confirm_totp", "read_calendar_feed", "set_up_clinic",
    "step_up", "verify_second_factor",
}
# An access token counts for five minutes; no scan of one parameter takes as long.
TOKEN_SECONDS = 60
MARK = "*"
lock = threading.Lock()
tokens = {}


def send(method, path, body=None, token=None, headers=None):
    """Status and JSON of an answer."""
    request = urllib.request.Request(ORIGIN + path, method=method, headers=headers or {})
    if token:
        request.add_header("authorization", f"Bearer {token}")
    if body is not None:
        request.add_header("content-type", "application/json")
        request.data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    try:
        return status, json.loads(content)
    except ValueError:
        return status, None


def token_of(role):
    """A token that is good for some minutes still."""
    with lock:
        token, since = tokens.get(role, (None, 0.0))
        if time.monotonic() - since > TOKEN_SECONDS:
            body = {"email": f"{role}@demo.visita.test", "password": PASSWORD}
            status, grant = send("POST", "/api/v1/auth/login", body)
            assert status == 200, f"{role} cannot sign in: {status} {grant}"
            token = grant["access_token"]
            tokens[role] = (token, time.monotonic())
        return token


class Clinic:
    """What the demo clinic holds that requests can name."""

    # Where the first id of each kind stands.
    LISTS = {
        "AppointmentId": "/api/v1/appointments",
        "ConversationId": "/api/v1/conversations",
        "DoctorId": "/api/v1/doctors",
        "DocumentId": "/api/v1/documents",
        "HospitalId": "/api/v1/hospitals",
        "MailId": "/api/v1/mails",
        "PatientId": "/api/v1/patients",
        "UserId": "/api/v1/users",
    }

    def __init__(self, document):
        self.schemas = document["components"]["schemas"]
        self.ids = {}
        for kind, path in self.LISTS.items():
            for role in ROLES:
                status, page = send("GET", path, token=token_of(role))
                items = page.get("items") if status == 200 else None
                if items:
                    self.ids[kind] = items[-1]["id"]
                    break
            assert kind in self.ids, f"nobody sees anything at {path}"
        day = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
        days = [(day + datetime.timedelta(days=n)).strftime("%Y-%m-%d") for n in (0, 7)]
        path = f"/api/v1/doctors/{self.ids['DoctorId']}/slots?from={days[0]}&to={days[1]}"
        status, slots = send("GET", path, token=token_of("staff"))
        assert status == 200 and slots["slots"], f"{status} {slots}"
        self.starts = itertools.cycle([slot["starts_at"] for slot in slots["slots"]])

    def value(self, name, schema):
        """A value that a field of that name takes."""
        reference = schema.get("$ref", "").rsplit("/", 1)[-1]
        if reference in self.ids:
            return self.ids[reference]
        if reference:
            return self.value(name, self.schemas[reference])
        for part in schema.get("oneOf", []) + schema.get("anyOf", []) + schema.get("allOf", []):
            if part.get("type") != "null":
                return self.value(name, part)
        if "enum" in schema:
            return schema["enum"][0]
        kinds = schema.get("type", "string")
        kinds = [kinds] if isinstance(kinds, str) else kinds
        kind = next(kind for kind in kinds if kind != "null")
        if kind == "object":
            fields = schema.get("properties", {})
            return {key: self.value(key, field) for key, field in fields.items()}
        if kind == "array":
            return [self.value(name, schema["items"])]
        if kind in ("integer", "number"):
            return schema.get("default", max(schema.get("minimum", 1), 1))
        if kind == "boolean":
            return False
        return self.text(name, schema)

    def text(self, name, schema):
        """A text of that format."""
        if schema.get("format") == "uuid":
            return str(uuid.uuid4())
        if schema.get("format") == "date-time":
            if name == "starts_at":
                # A time that is free, and another one for each that asks.
                return next(self.starts)
            day = "2026-01-01" if name == "from" else "2030-01-02"
            return f"{day}T{'11' if name == 'ends_at' else '10'}:00:00Z"
        if schema.get("format") == "date":
            return "1980-02-03"
        named = {"name": "example.pdf", "from": "08:00", "until": "12:00",
                 "email": f"s{uuid.uuid4().hex[:8]}@example.org", "language": "en",
                 "slug": f"s{uuid.uuid4().hex[:8]}", "time_zone": "Europe/Paris",
                 "media_type": "application/pdf", "If-Match": '"1"', "Idempotency-Key": str(uuid.uuid4()),
                 "action": "auth.login_succeeded"}
        return named.get(name, "an example")


def marked(value):
    """The value with the mark behind its first text or number."""
    if isinstance(value, str):
        return value + MARK
    if isinstance(value, list):
        return [marked(value[0]), *value[1:]]
    if isinstance(value, dict):
        first = next(iter(value))
        return value | {first: marked(value[first])}
    return f"raw:{json.dumps(value)}{MARK}"


class Target:
    """One parameter of one operation, with everything around it."""

    def __init__(self, clinic, method, path, operation, place, name):
        self.operation = operation["operationId"]
        self.method, self.place, self.name = method.upper(), place, name
        self.role, self.headers, self.body = None, {}, None
        self.path, query = path, {}
        for other in operation.get("parameters", []):
            value = clinic.value(other["name"], other["schema"])
            value = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            chosen = (place, name) == (other["in"], other["name"])
            # What is optional stands only where it is tried, or many filters find nothing.
            if other["in"] == "path":
                value = urllib.parse.quote(value) + (MARK if chosen else "")
                self.path = self.path.replace("{" + other["name"] + "}", value)
            elif other["in"] == "query" and (chosen or other.get("required")):
                query[other["name"]] = (value, chosen)
            elif other["in"] == "header" and (chosen or other.get("required")):
                self.headers[other["name"]] = value + (MARK if chosen else "")
        pairs = [f"{key}={urllib.parse.quote(value)}{MARK if chosen else ''}"
                 for key, (value, chosen) in query.items()]
        self.path += "?" + "&".join(pairs) if pairs else ""
        schema = body_of(operation)
        if schema is not None:
            self.fill(clinic, schema)
        if self.name == "cursor":
            self.real_cursor()

    def fill(self, clinic, schema):
        """The body: what it must have, and the field that is tried."""
        schema = clinic.schemas.get(schema.get("$ref", "").rsplit("/", 1)[-1], schema)
        wanted = schema.get("required", [])
        self.body = {name: clinic.value(name, field)
                     for name, field in schema.get("properties", {}).items()
                     if name in wanted or (self.place, name) == ("body", self.name)}

    def data(self):
        """The body as text, with the mark in the field that is tried."""
        if self.place != "body":
            return json.dumps(self.body)
        text = json.dumps(self.body | {self.name: marked(self.body[self.name])})
        # A number is no text, and what is put behind it neither.
        return re.sub(r'"raw:([^"]*)"', r"\1", text)

    def real_cursor(self):
        """The cursor of a first page, which has to be one of ours to be read at all."""
        body, path = self.body, re.sub(r"cursor=[^&]*", "limit=1", self.path)
        if self.place == "body":
            body = {key: value for key, value in body.items() if key != "cursor"} | {"limit": 1}
        for role in ROLES:
            status, page = send(self.method, path, body, token_of(role))
            cursor = (page or {}).get("next_cursor") if status == 200 else None
            if cursor is None:
                continue
            if self.place == "body":
                self.body["cursor"] = cursor
            else:
                self.path = re.sub(r"cursor=[^&]*", f"cursor={cursor}{MARK}", self.path)
            return

    def __str__(self):
        return f"{self.operation} {self.place} {self.name}"

    def try_out(self):
        """Finds who may ask. Returns the status of the request as it is, without a scan."""
        headers = {key: value.replace(MARK, "") for key, value in self.headers.items()}
        statuses = {}
        for role in ROLES:
            path = self.path.replace(MARK, "")
            status, _ = send(self.method, path, self.body, token_of(role), headers)
            statuses.setdefault(status, role)
        # A refusal for its meaning has come further than one for who asks.
        status = min(statuses, key=lambda one: (one in (401, 403, 404), one))
        self.role = statuses[status]
        return status

    def command(self, folder):
        command = [SQLMAP, "--batch", "--disable-coloring", "--dbms", "sqlite",
                   "--level", LEVEL, "--skip-waf", "--flush-session", "--retries", "1",
                   "--ignore-code", "401,404",
                   "--output-dir", str(folder / "sqlmap"), "-t", str(folder / "traffic"),
                   "-X", self.method, "-u", ORIGIN + self.path,
                   "-H", f"Authorization: Bearer {token_of(self.role)}"]
        for name, value in self.headers.items():
            command += ["-H", f"{name}: {value}"]
        if self.body is not None:
            command += ["-H", "Content-Type: application/json", "--data", self.data()]
        return command


def body_of(operation):
    """The schema of a JSON body."""
    content = operation.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("schema")


def targets(document, clinic):
    """Every parameter that is to be tried."""
    # What is read first may be gone after the rest.
    for wanted in ["get", "patch", "put", "post", "delete"]:
        for path, item in document["paths"].items():
            for method, operation in item.items():
                if method == wanted and operation["operationId"] not in THROTTLED:
                    yield from targets_of(clinic, method, path, operation)


def targets_of(clinic, method, path, operation):
    """The parameters of one operation that are to be tried."""
    places = [(one["in"], one["name"]) for one in operation.get("parameters", [])]
    schema = body_of(operation)
    if schema is not None:
        reference = schema.get("$ref", "").rsplit("/", 1)[-1]
        fields = clinic.schemas.get(reference, schema).get("properties", {})
        places += [("body", name) for name in fields]
    for place, name in places:
        short = name in SHORT.get(operation["operationId"], [])
        if FORM in ("long", operation["operationId"]) or (FORM == "short" and short):
            yield Target(clinic, method, path, operation, place, name)


def scan(command, folder):
    """What sqlmap said, and how many requests got which status."""
    folder.mkdir(parents=True, exist_ok=True)
    run = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=folder,
                         env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
                         stdin=subprocess.DEVNULL, check=False)
    traffic = folder / "traffic"
    text = traffic.read_text(errors="replace") if traffic.exists() else ""
    statuses = {}
    for status in re.findall(r"^HTTP response \[#\d+\] \((\d+)", text, re.M):
        statuses[int(status)] = statuses.get(int(status), 0) + 1
    traffic.unlink(missing_ok=True)
    return run.stdout + run.stderr, statuses


CLEAN = "all tested parameters do not appear to be injectable"
FOUND = "sqlmap identified the following injection point"


class Careless(http.server.BaseHTTPRequestHandler):
    """An endpoint as ours must never be: SQL made of text."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        rows = sqlite3.connect(":memory:")
        rows.execute("CREATE TABLE t (name TEXT)")
        rows.executemany("INSERT INTO t VALUES (?)", [("an example",), ("another",)])
        try:
            sql = f"SELECT name FROM t WHERE name LIKE '%{body['search']}%'"
            answer = (200, [name for (name,) in rows.execute(sql)])
        except sqlite3.Error:
            answer = (422, [])
        content = json.dumps({"items": answer[1]}).encode()
        self.send_response(answer[0])
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def finds_a_hole():
    """A scan that finds nothing says something only when it finds this."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Careless)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = REPORTS / "self-check"
    command = [SQLMAP, "--batch", "--disable-coloring", "--dbms", "sqlite", "--level", LEVEL,
               "--skip-waf", "--flush-session", "--output-dir", str(folder / "sqlmap"),
               "-u", f"http://127.0.0.1:{server.server_port}/search",
               "-H", "Content-Type: application/json", "--data", '{"search": "an example*"}']
    said, _ = scan(command, folder)
    server.shutdown()
    assert FOUND in said, f"sqlmap did not find a hole that is there:\n{said}"


def main():
    finds_a_hole()
    _, document = send("GET", "/openapi.json")
    clinic = Clinic(document)
    work, problems, reached, requests = queue.SimpleQueue(), [], 0, 0
    count = 0
    for count, target in enumerate(targets(document, clinic), 1):
        work.put(target)
    wanted = sum(map(len, SHORT.values()))
    enough = {"short": count == wanted, "long": count > wanted}
    assert enough.get(FORM, count > 0), f"{count} parameters"

    def worker():
        nonlocal reached, requests
        while True:
            try:
                target = work.get_nowait()
            except queue.Empty:
                return
            status = target.try_out()
            folder = REPORTS / str(target).replace(" ", "-")
            said, statuses = scan(target.command(folder), folder)
            (folder / "report.txt").write_text(said)
            with lock:
                reached += status < 300
                requests += sum(statuses.values())
                # Refused for who asks, or how often: then nothing was tried.
                refused = {401, 429} - {status}
                wrong = [one for one in statuses if one >= 500 or one in refused]
                if CLEAN not in said or wrong:
                    problems.append(f"{target}: {statuses}\n{said[-3000:]}")
                if FORM == "short" and status >= 300:
                    problems.append(f"{target}: the plain request gets {status}")
                if FORM != "short":
                    print(f"{target} as {target.role}: plainly {status}, then {statuses}", flush=True)

    # sqlmap works on one core, and half of the work is the server's.
    workers = [threading.Thread(target=worker) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    print(f"level {LEVEL}: {count} parameters, of which {reached} with a plain answer of 2xx, "
          f"{requests} requests, {len(problems)} findings")
    sys.exit("\n".join(problems) or 0)


main()
