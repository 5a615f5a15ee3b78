#!/usr/bin/python3
"""docs/openapi.yaml against a running node, both ways: every route of the
daemon's table is documented with its role and every documented one is in the
table; each answers with a documented status, media type and shape; what is not
documented is 404, other methods 405; each role opens its own routes only."""
import http.client
import json
import re
import ssl
import subprocess
import sys
import tempfile
import urllib.parse

import cluster

try:
    import yaml
except ImportError:
    print("skipped: no python3-yaml")
    sys.exit(77)

ROLES = ("public", "reader", "reporter", "desk", "operator", "peer")
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


class Contract:
    def __init__(self, path):
        self.doc = yaml.safe_load(path.read_text())
        self.operations = []            # (METHOD, path, role, operation)
        for path, item in self.doc["paths"].items():
            for method, op in item.items():
                self.operations.append((method.upper(), path, op["tags"][0], op))

    def deref(self, node):
        while isinstance(node, dict) and "$ref" in node:
            ref, node = node["$ref"], self.doc
            for key in ref[2:].split("/"):
                node = node[key]
        return node

    def check(self, schema, value, where="answer"):
        """A text saying how the value differs from the schema, or None."""
        schema = self.deref(schema)
        types = schema.get("type", [])
        types = types if isinstance(types, list) else [types]
        if types and not any(self.is_type(value, t) for t in types):
            return "%s: %r is no %s" % (where, value, " or ".join(types))
        if "enum" in schema and value not in schema["enum"]:
            return "%s: %r is none of %s" % (where, value, schema["enum"])
        if "pattern" in schema and not re.search(schema["pattern"], value):
            return "%s: %r does not match %s" % (where, value, schema["pattern"])
        if isinstance(value, list):
            for i, v in enumerate(value):
                bad = self.check(schema["items"], v, "%s[%d]" % (where, i))
                if bad:
                    return bad
        if isinstance(value, dict):
            return self.check_object(schema, value, where)
        return None

    def check_object(self, schema, value, where):
        for name in schema.get("required", []):
            if name not in value:
                return "%s: %s is missing" % (where, name)
        known = schema.get("properties", {})
        for name, v in value.items():
            sub = known.get(name, schema.get("additionalProperties"))
            if sub is None:
                return "%s: %s is not documented" % (where, name)
            bad = self.check(sub, v, "%s.%s" % (where, name))
            if bad:
                return bad
        return None

    @staticmethod
    def is_type(value, name):
        if name in ("integer", "number"):
            kinds = int if name == "integer" else (int, float)
            return isinstance(value, kinds) and not isinstance(value, bool)
        return isinstance(value, TYPES[name])

    def target(self, path, op, only_required=False):
        """The path with the examples of its parameters filled in."""
        query = {}
        for p in map(self.deref, op.get("parameters", [])):
            if p["in"] == "path":
                path = path.replace("{%s}" % p["name"], urllib.parse.quote(str(p["example"])))
            elif p["in"] == "query" and not only_required:
                query[p["name"]] = p["example"]
        return path + ("?" + urllib.parse.urlencode(query) if query else "")

    def body(self, op):
        """Body and media type of the example."""
        content = self.deref(op.get("requestBody", {})).get("content")
        if not content:
            return None, None
        return json.dumps(content["application/json"]["example"]), "application/json"

    def judge(self, op, status, kind, body):
        """A text saying how an answer differs from what is documented, or None."""
        answer = self.deref(op["responses"].get(str(status)))
        if answer is None:
            return "status %d is not documented: %s" % (status, body[:200])
        kind = (kind or "").split(";")[0]
        if "content" not in answer:
            return None if not body else "a body where none is documented"
        if kind not in answer["content"]:
            return "%s is not documented for %d" % (kind, status)
        schema = answer["content"][kind]["schema"]
        if kind == "application/x-ndjson":
            return next(filter(None, (self.check(schema, json.loads(line))
                                      for line in body.splitlines())), None)
        if kind.endswith("json"):
            return self.check(schema, json.loads(body))
        return self.check(schema, body.decode("latin-1"))


def call(connection, method, target, body=None, headers=None):
    connection.request(method, target, body=body, headers=headers or {})
    r = connection.getresponse()
    data = r.read()
    connection.close()
    return r.status, r.getheader("Content-Type"), data


class Test:
    def __init__(self, node, contract):
        self.node, self.contract, self.failed, self.passed = node, contract, 0, 0

    def say(self, what, problem):
        self.failed += bool(problem)
        self.passed += not problem
        if problem:
            print("FAIL %s: %s" % (what, problem))

    def unix(self):
        return cluster.UnixConnection(self.node.dir / "virbl.sock")

    def tcp(self):
        return http.client.HTTPConnection("127.0.0.1", self.node.http, timeout=60)

    def tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection("127.0.0.1", self.node.port, context=context, timeout=60)

    def door(self, role):
        return self.tls() if role == "peer" else self.unix()

    def table(self):
        out = subprocess.run([str(cluster.BUILD / "virbld"), "--routes"], check=True,
                             capture_output=True, text=True).stdout
        table = {tuple(line.split()) for line in out.splitlines()}
        documented = {(m, p, r) for m, p, r, _ in self.contract.operations}
        for row in sorted(table - documented):
            self.say(" ".join(row), "in the route table, not in openapi.yaml")
        for row in sorted(documented - table):
            self.say(" ".join(row), "in openapi.yaml, not in the route table")
        self.say("table", None if table else "is empty")

    def answers(self):
        order = {"POST": 0, "GET": 1, "DELETE": 2}
        for method, path, role, op in sorted(self.contract.operations, key=lambda o: order[o[0]]):
            for short in (False, True):
                what = "%s %s" % (method, self.contract.target(path, op, short))
                body, kind = self.contract.body(op)
                headers = {"Content-Type": kind} if kind else {}
                answer = call(self.door(role), method, what.split(" ", 1)[1], body, headers)
                self.say(what, self.contract.judge(op, *answer))
                # The second time a token is there already, or gone.
                good = (200, 201, 202) + ((409, 404) if short and re.search("/tokens|/removals/", path) else ())
                if role == "peer":      # nobody shows a key here
                    good = (403,)
                elif (method, path) == ("POST", "/v1/session"):
                    good = (422,)   # the example is a code that nobody made
                self.say(what, None if answer[0] in good else "answered %d: %s"
                         % (answer[0], answer[2][:200]))

    def methods(self):
        paths = {}
        for method, path, role, op in self.contract.operations:
            paths.setdefault(path, (role, op, set()))[2].add(method)
        for path, (role, op, methods) in paths.items():
            for method in {"GET", "POST", "PUT", "DELETE"} - methods:
                target = self.contract.target(path, op, True)
                status = call(self.door(role), method, target)[0]
                # Another method may lead to another documented path.
                self.say("%s %s" % (method, target), None if status == 405 else "answered %d" % status)

    def strangers(self):
        for target in ("/v1", "/v1/", "/v2/ip/192.0.2.1", "/v1/ip", "/v1/ip/", "/v1/list", "/v1/list/",
                       "/v1/tokens/", "/p/1/heads", "/v1//digest", "/v1/digest/", "/" + "x" * 2000):
            status, kind, body = call(self.unix(), "GET", target)
            self.say("GET " + target[:40], None if status == 404 and "problem" in kind
                     else "answered %d" % status)
        for role in ("reader", "operator"):
            path = {"reader": "/v1/list/worm", "operator": "/v1/status"}[role]
            status = call(self.tls(), "GET", path)[0]
            self.say("GET %s on the peers listener" % path, None if status == 404 else "answered %d" % status)

    def roles(self):
        tokens = {}
        for role in ("reader", "reporter", "desk", "operator"):
            wish = {"role": role, "name": "t-" + role}
            if role == "desk":
                wish["prefixes"] = ["192.0.2.0/24"]
            status, _, body = call(self.unix(), "POST", "/v1/tokens", json.dumps(wish))
            self.say("token " + role, None if status == 201 else body)
            tokens[role] = json.loads(body)["token"]
        for method, path, role, op in self.contract.operations:
            if role == "peer":
                continue
            for who in (None, "unknown") + tuple(tokens):
                token = tokens.get(who, "virbl_" + "A" * 43)
                headers = {"Authorization": "Bearer " + token} if who else {}
                body, kind = self.contract.body(op)
                if kind:
                    headers["Content-Type"] = kind
                answer = call(self.tcp(), method, self.contract.target(path, op, True), body, headers)
                self.say("%s %s as %s" % (method, path, who), self.contract.judge(op, *answer))
                may = role == "public" or who in (role, "operator")
                want = "open" if may else "401" if who in (None, "unknown") else "403"
                if {"key": []} in op.get("security", []):
                    want = want.replace("401", "403")   # what CrowdSec's bouncers know
                got = str(answer[0]) if answer[0] in (401, 403) else "open"
                self.say("%s %s as %s" % (method, path, who), None if got == want
                         else "%s, not %s" % (got, want))
        status = call(self.tcp(), "POST", "/v1/clear", '{"address":"203.0.113.1"}',
                      {"Authorization": "Bearer " + tokens["desk"]})[0]
        self.say("a desk outside its prefixes", None if status == 403 else "answered %d" % status)


def main():
    contract = Contract(cluster.SOURCE / "docs" / "openapi.yaml")
    with tempfile.TemporaryDirectory() as root:
        node = cluster.Node(root, "alpha").start()
        try:
            test = Test(node, contract)
            test.table()
            test.answers()
            test.methods()
            test.strangers()
            test.roles()
        finally:
            if node.stop() != 0:
                print("FAIL stop:", node.log()[-2000:])
                return 1
    print("%d passed, %d failed" % (test.passed, test.failed))
    return 1 if test.failed else 0


if __name__ == "__main__":
    sys.exit(main())
