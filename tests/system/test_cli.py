#!/usr/bin/python3
"""The control tool against a daemon made of paper: what it asks, prints and
exits with. VIRBL_BUILD names the build directory (default: the current one)."""
import http.server
import json
import os
import pathlib
import pty
import socketserver
import subprocess
import sys
import tempfile
import threading
import unittest

BUILD = pathlib.Path(os.environ.get("VIRBL_BUILD", ".")).resolve()
OK, FAILED, USAGE, NOTHING, AWAY, REFUSED, PARTIAL, TEMPORARY = 0, 1, 2, 3, 4, 5, 6, 75


class Paper(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Answers from a dict {"METHOD PATH": answer}; remembers what was asked.

    An answer is (status, object or bytes), or a function of the body that
    returns one, or a list of answers given one after the other.
    """
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, path, answers):
        self.answers = answers
        self.asked = []
        super().__init__(str(path), Handler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that hangs up is what some tests are about."""

    def answer(self, method, path, body):
        self.asked.append((method, path, body))
        a = self.answers.get("%s %s" % (method, path))
        if isinstance(a, list):
            a = a.pop(0)
        if callable(a):
            a = a(body)
        return a or problem(404, "Not Found", "there is no such thing", "look elsewhere")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "unix"

    def log_message(self, *args):
        pass

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, answer = self.server.answer(self.command, self.path, body)
        if status is None:
            # Promise more than is sent, then hang up.
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            self.wfile.write(answer)
            self.wfile.flush()
            self.close_connection = True
            return
        if not isinstance(answer, bytes):
            answer = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_DELETE = serve


def problem(status, title, detail, hint=None):
    p = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if hint:
        p["hint"] = hint
    return status, p


def accept(body):
    n = len(body.splitlines())
    return 200, {"accepted": n, "duplicate": 0, "rejected": []}


class Case(unittest.TestCase):
    answers = {}

    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory()
        self.dir = pathlib.Path(self.tmp.name)
        self.conf = self.dir / "virbl.conf"
        self.conf.write_text('node { name = "a"  group = "A"  state = "state"'
                             '  socket = "virbl.sock" }\n')
        (self.dir / "state").mkdir()
        self.paper = None

    def tearDown(self):
        if self.paper:
            self.paper.shutdown()
            self.paper.server_close()
        self.tmp.cleanup()

    def daemon(self, answers):
        self.paper = Paper(self.dir / "virbl.sock", answers)
        return self.paper

    def virbl(self, *args, input=None, code=None, env=None):
        r = subprocess.run([str(BUILD / "virbl"), "-c", str(self.conf)] + [str(a) for a in args],
                           capture_output=True, text=True, input=input,
                           env=dict(os.environ, **(env or {})))
        if code is not None:
            self.assertEqual(r.returncode, code, r.stdout + r.stderr)
        return r

    def spooled(self):
        d = self.dir / "state" / "spool"
        return sorted(d.glob("*.ndjson")) if d.exists() else []


class Arguments(Case):
    def bare(self, *args, env=None):
        e = {k: v for k, v in os.environ.items() if k != "VIRBL_CONFIG"}
        return subprocess.run([str(BUILD / "virbl")] + list(args), capture_output=True, text=True,
                              env=dict(e, **(env or {})))

    def test_nothing(self):
        r = self.bare()
        self.assertEqual((r.returncode, r.stdout), (USAGE, ""))
        self.assertIn("usage: virbl", r.stderr)

    def test_help_goes_to_stdout(self):
        for args in (["help"], ["--help"]):
            r = self.bare(*args)
            self.assertEqual((r.returncode, r.stderr), (OK, ""))
            self.assertIn("  lookup ", r.stdout)

    def test_help_of_each_command(self):
        names = [l.split()[0] for l in self.bare("help").stdout.splitlines()
                 if l.startswith("  ")]
        self.assertGreater(len(names), 8)
        for name in names:
            a, b = self.bare("help", name), self.bare(name, "--help")
            self.assertEqual((a.returncode, b.returncode), (OK, OK), name)
            self.assertEqual(a.stdout, b.stdout)
            self.assertIn("--json", a.stdout)

    def test_version(self):
        self.assertRegex(self.bare("--version").stdout, r"^virbl \d+\.\d+\.\d+\n$")

    def test_misspelt_command(self):
        r = self.bare("lokup", "192.0.2.1")
        self.assertEqual(r.returncode, USAGE)
        self.assertIn("did you mean 'lookup'?", r.stderr)
        r = self.bare("help", "reprot")
        self.assertEqual(r.returncode, USAGE)
        self.assertIn("did you mean 'report'?", r.stderr)

    def test_misspelt_option(self):
        r = self.bare("report", "192.0.2.1", "--catgory", "worm")
        self.assertEqual(r.returncode, USAGE)
        self.assertIn("did you mean '--category'?", r.stderr)

    def test_too_few_and_too_many(self):
        self.assertEqual(self.bare("lookup").returncode, USAGE)
        r = self.bare("lookup", "192.0.2.1", "192.0.2.2")
        self.assertEqual(r.returncode, USAGE)
        self.assertIn("'192.0.2.2' is too much", r.stderr)
        self.assertEqual(self.bare("--config").returncode, USAGE)

    def test_no_configuration(self):
        r = self.bare("-c", str(self.dir / "none.conf"), "status")
        self.assertEqual(r.returncode, FAILED)
        self.assertIn("none.conf: No such file", r.stderr)
        self.assertIn("hint: ", r.stderr)

    def test_configuration_by_environment(self):
        r = self.bare("status", env={"VIRBL_CONFIG": str(self.conf)})
        self.assertEqual(r.returncode, AWAY, r.stderr)
        r = self.bare("status", "-c", str(self.conf), env={"VIRBL_CONFIG": "/nonexistent"})
        self.assertEqual(r.returncode, AWAY, r.stderr)

    def test_bad_configuration(self):
        self.conf.write_text('node { nmae = "a" }\n')
        r = self.virbl("status", code=FAILED)
        self.assertIn("virbl.conf:1:", r.stderr)


class Away(Case):
    def test_unreachable(self):
        for args in (["status"], ["digest"], ["lookup", "192.0.2.1"], ["export", "worm", "plain"],
                     ["retract", "192.0.2.1"], ["token", "list"], ["reload"]):
            r = self.virbl(*args, code=AWAY)
            self.assertEqual(r.stdout, "")
            self.assertIn("the daemon does not answer", r.stderr)
        r = self.virbl("ingest", "ndjson", input='{"address":"192.0.2.1","category":"worm"}\n',
                       code=AWAY)
        self.assertEqual(self.spooled(), [])

    def test_report_is_kept(self):
        r = self.virbl("report", "192.0.2.1", "--category", "worm", "--threat", "W", "--count", 3,
                       "--port", 4711, "--time", "2026-11-23T10:00:00Z", code=OK)
        self.assertIn("kept", r.stderr)
        self.virbl("report", "192.0.2.1", "--category", "worm", "--threat", "W", code=OK)
        rows = [json.loads(line) for p in self.spooled() for line in p.read_text().splitlines()]
        self.assertEqual(len(rows), 2)
        self.assertEqual({k: rows[0][k] for k in rows[0] if k != "id"},
                         {"address": "192.0.2.1", "category": "worm", "threat": "W", "count": 3,
                          "port": 4711, "time": "2026-11-23T10:00:00Z"})
        self.assertNotEqual(rows[0]["id"], rows[1]["id"])
        self.assertIn("time", rows[1])

    def test_report_kept_as_json(self):
        r = self.virbl("--json", "report", "192.0.2.1", "--category", "worm", "--threat", "W",
                       code=OK)
        self.assertEqual(json.loads(r.stdout)["spooled"], 1)

    def test_report_cannot_be_kept(self):
        (self.dir / "state").rmdir()
        r = self.virbl("report", "192.0.2.1", "--category", "worm", "--threat", "W", code=AWAY)
        self.assertIn("nor could it be kept", r.stderr)

    def test_spool_full(self):
        d = self.dir / "state" / "spool"
        d.mkdir()
        for i in range(256):
            (d / ("%d.ndjson" % i)).write_bytes(b"x" * 1048576)
        self.virbl("report", "192.0.2.1", "--category", "worm", "--threat", "W", code=TEMPORARY)


    def test_light(self):
        """What takes long to load must not slow down a ban action."""
        libraries = subprocess.run(["ldd", str(BUILD / "virbl")], capture_output=True, text=True,
                                   check=True).stdout
        self.assertIn("libjansson", libraries)
        for heavy in ("curl", "gnutls", "sqlite", "gmime", "glib"):
            self.assertNotIn(heavy, libraries)


class Report(Case):
    def test_accepted(self):
        p = self.daemon({"POST /v1/sightings": accept})
        r = self.virbl("report", "2001:db8::1", "--category", "scan", "--threat", "Probe", code=OK)
        self.assertEqual((r.stdout, r.stderr), ("2001:db8::1: accepted\n", ""))
        row = json.loads(p.asked[0][2])
        self.assertEqual((row["address"], row["count"]), ("2001:db8::1", 1))
        self.assertRegex(row["id"], "^[0-9a-f]{32}$")
        self.assertNotIn("port", row)
        r = self.virbl("report", "192.0.2.1", "--category", "scan", "--threat", "x", "--json", code=OK)
        self.assertEqual(json.loads(r.stdout), {"accepted": 1, "duplicate": 0, "rejected": []})

    def test_rejected(self):
        self.daemon({"POST /v1/sightings": (422, {"accepted": 0, "duplicate": 0, "rejected": [
            {"line": 1, "field": "time", "error": "too old\x1b[31m"}]})})
        r = self.virbl("report", "192.0.2.1", "--category", "worm", "--threat", "W", code=FAILED)
        self.assertIn("rejected: time: too old?[31m", r.stderr)
        self.assertEqual(self.spooled(), [])

    def test_refused(self):
        for status in (401, 403):
            self.daemon({"POST /v1/sightings": problem(status, "Forbidden", "not with this token")})
            r = self.virbl("report", "192.0.2.1", "--category", "worm", "--threat", "W", code=REFUSED)
            self.assertIn("Forbidden: not with this token", r.stderr)
            self.assertEqual(self.spooled(), [])
            self.paper.shutdown()
            self.paper.server_close()
            (self.dir / "virbl.sock").unlink()

    def test_busy_daemon_is_as_good_as_away(self):
        self.daemon({"POST /v1/sightings": problem(503, "Service Unavailable", "stopping")})
        self.virbl("report", "192.0.2.1", "--category", "worm", "--threat", "W", code=OK)
        self.assertEqual(len(self.spooled()), 1)

    def test_usage(self):
        good = ["--category", "worm", "--threat", "W"]
        for args in (["192.0.2.1"], ["192.0.2.1", "--category", "worm"],
                     ["192.0.2.1", "--threat", "W"],
                     ["192.0.2.256"] + good, ["192.0.2.0/24"] + good, ["2001:db8::/32"] + good,
                     ["192.0.2.1", "--category", "wrom", "--threat", "W"],
                     ["192.0.2.1", "--category", "worm", "--threat", "a" * 65],
                     ["192.0.2.1", "--category", "worm", "--threat", ""],
                     ["192.0.2.1", "--category", "worm", "--threat", "a\nb"],
                     ["192.0.2.1", "--count", "0"] + good, ["192.0.2.1", "--count", "x"] + good,
                     ["192.0.2.1", "--port", "65536"] + good,
                     ["192.0.2.1", "--time", "yesterday"] + good):
            r = self.virbl("report", *args, code=USAGE)
            self.assertEqual(r.stdout, "")
        self.assertEqual(self.spooled(), [])
        r = self.virbl("report", "192.0.2.1", "--category", "wrom", "--threat", "W")
        self.assertIn("did you mean 'worm'?", r.stderr)


class Ingest(Case):
    GOOD = '{"address":"192.0.2.%d","category":"worm","time":%d}\n'

    def rows(self):
        return [json.loads(l) for _, _, b in self.paper.asked for l in b.splitlines()]

    def test_many(self):
        self.daemon({"POST /v1/sightings": accept})
        text = "".join(self.GOOD % (i % 200 + 1, 1000000 + i) for i in range(2500))
        r = self.virbl("ingest", "ndjson", input=text, code=OK)
        self.assertEqual(r.stdout, "accepted 2500, duplicate 0, rejected 0\n")
        self.assertEqual(r.stderr, "")
        self.assertEqual([len(b.splitlines()) for _, _, b in self.paper.asked], [1000, 1000, 500])
        self.assertEqual(len({x["id"] for x in self.rows()}), 2500)

    def test_again_is_a_repetition(self):
        self.daemon({"POST /v1/sightings": accept})
        f = self.dir / "in"
        timed = self.GOOD % (1, 1000000)
        untimed = '{"address":"192.0.2.1","category":"worm"}\n'
        f.write_text(timed * 2 + untimed * 2)
        self.virbl("ingest", "ndjson", f, code=OK)
        self.virbl("ingest", "ndjson", f, code=OK)
        ids = [x["id"] for x in self.rows()]
        self.assertEqual(len(set(ids[:4])), 4)
        self.assertEqual(ids[:4], ids[4:])
        # Written anew: what holds a time is the same, the rest is new.
        os.utime(f, (1, 1))
        self.virbl("ingest", "ndjson", f, code=OK)
        ids = [x["id"] for x in self.rows()]
        self.assertEqual(ids[8:10], ids[:2])
        self.assertFalse(set(ids[10:]) & set(ids[:8]))
        # Out of a pipe as well.
        self.virbl("ingest", "ndjson", "-", input=f.read_text(), code=OK)
        ids = [x["id"] for x in self.rows()]
        self.assertEqual(ids[12:14], ids[:2])
        self.assertEqual(len(set(ids[10:12]) | set(ids[14:])), 4)

    def test_own_id_stays(self):
        self.daemon({"POST /v1/sightings": accept})
        line = '{"category":"worm", "id":"mine", "address":"192.0.2.1"}\n'
        self.virbl("ingest", "ndjson", input=line, code=OK)
        self.assertEqual(self.paper.asked[0][2].decode(), line)

    def test_bad_lines(self):
        self.daemon({"POST /v1/sightings": accept})
        lines = ["\ufeff" + self.GOOD % (1, 1), "\r\n", "{bad\n", "[1]\n", "   \n",
                 '{"address":"x","category":"worm"}\n', self.GOOD.replace("\n", "\r\n") % (2, 1),
                 '{"address":"192.0.2.1","category":"worm","id":"' + "x" * 70000 + '"}\n',
                 "\x00\n", '{"a":' * 50 + "1" + "}" * 50 + "\n", self.GOOD.strip() % (3, 1)]
        r = self.virbl("ingest", "ndjson", input="".join(lines), code=PARTIAL)
        self.assertEqual(r.stdout, "accepted 3, duplicate 0, rejected 6\n")
        self.assertEqual([l.split(":")[0] for l in r.stderr.splitlines()],
                         ["line 3", "line 4", "line 6", "line 8", "line 9", "line 10"])
        self.assertEqual([x["address"] for x in self.rows()],
                         ["192.0.2.1", "192.0.2.2", "192.0.2.3"])

    def test_rejected_by_the_daemon(self):
        def second(body):
            n = len(body.splitlines())
            return 200, {"accepted": n - 1, "duplicate": 0,
                         "rejected": [{"line": 2, "field": None, "error": "no"}]}
        self.daemon({"POST /v1/sightings": second})
        text = "bad\n" + "".join(self.GOOD % (1, i) for i in range(1, 1501))
        r = self.virbl("ingest", "ndjson", "--json", input=text, code=PARTIAL)
        o = json.loads(r.stdout)
        self.assertEqual((o["accepted"], o["duplicate"], o["rejected_left_out"]), (1498, 0, 0))
        self.assertEqual([x["line"] for x in o["rejected"]], [1, 3, 1003])
        self.assertEqual(r.stderr, "")

    def test_all_rejected(self):
        self.daemon({"POST /v1/sightings": (422, {"accepted": 0, "duplicate": 0, "rejected": [
            {"line": 1, "field": "time", "error": "old"}]})})
        self.virbl("ingest", "ndjson", input=self.GOOD % (1, 1), code=FAILED)
        self.virbl("ingest", "ndjson", input="bad\n", code=FAILED)

    def test_repetition_is_good(self):
        self.daemon({"POST /v1/sightings": (200, {"accepted": 0, "duplicate": 1, "rejected": []})})
        r = self.virbl("ingest", "ndjson", input=self.GOOD % (1, 1), code=OK)
        self.assertEqual(r.stdout, "accepted 0, duplicate 1, rejected 0\n")

    def test_busy(self):
        busy = {"accepted": 1, "duplicate": 0, "rejected": [
            {"line": 2, "field": None, "error": "busy", "retry": True}]}
        self.daemon({"POST /v1/sightings": [problem(503, "Service Unavailable", "full"),
                                            (200, busy), accept]})
        text = self.GOOD % (1, 1) + self.GOOD % (2, 2)
        r = self.virbl("ingest", "ndjson", input=text, code=OK)
        self.assertEqual(r.stdout, "accepted 2, duplicate 0, rejected 0\n")
        sent = [b.decode().splitlines() for _, _, b in self.paper.asked]
        self.assertEqual(sent[0], sent[1])
        self.assertEqual(sent[2], sent[1][1:])

    def test_daemon_goes_away(self):
        self.daemon({"POST /v1/sightings": [accept, problem(500, "Oh", "dear")]})
        text = "".join(self.GOOD % (1, i) for i in range(1500))
        r = self.virbl("ingest", "ndjson", input=text, code=FAILED)
        self.assertIn("accepted 1000,", r.stdout)
        self.assertIn("Oh: dear", r.stderr)
        self.assertIn("nothing is counted twice", r.stderr)

    def test_answer_is_nonsense(self):
        for answer in (b"", b"[]", b'{"accepted":1}', b'{"accepted":"1","duplicate":0,"rejected":[]}'):
            self.daemon({"POST /v1/sightings": (200, answer)})
            self.virbl("ingest", "ndjson", input=self.GOOD % (1, 1), code=FAILED)
            self.paper.shutdown()
            self.paper.server_close()
            (self.dir / "virbl.sock").unlink()

    def test_dry_run_needs_no_daemon(self):
        r = self.virbl("ingest", "ndjson", "--dry-run", input=self.GOOD % (1, 1) + "bad\n",
                       code=PARTIAL)
        self.assertEqual(r.stdout, "acceptable 1, duplicate 0, rejected 1\n")

    def test_usage(self):
        r = self.virbl("ingest", "ndjosn", code=USAGE)
        self.assertIn("did you mean 'ndjson'?", r.stderr)
        self.virbl("ingest", "ndjson", self.dir / "none", code=FAILED)
        r = self.virbl("ingest", "ndjson", self.dir, "-n", code=FAILED)
        self.assertIn("directory", r.stderr)


class Lookup(Case):
    LISTED = {"address": "192.0.2.1", "at": "2026-11-23T10:00:05Z", "listed": True, "exempt": None,
              "lists": [{"list": "worm", "listed": True, "reason": "trusted",
                         "since": "2026-11-23T10:00:00Z", "until": "2026-11-24T10:00:00Z",
                         "score": 2, "groups": 1, "code": "127.0.0.2", "threats": ["W"]},
                        {"list": "spam", "listed": False, "reason": "silent"}],
              "sightings": [{"member": "bit", "group": "BIT", "category": "worm",
                             "threat": "Win.\x1b[31mWorm", "count": 2,
                             "seen": "2026-11-23T10:00:00Z", "counts": True}],
              "sightings_left_out": 7,
              "marks": [{"kind": "retraction", "member": "xs", "time": "2026-11-22T08:00:00Z"}]}

    def test_listed(self):
        self.daemon({"GET /v1/ip/192.0.2.1": (200, self.LISTED)})
        r = self.virbl("lookup", "192.0.2.1", code=OK)
        for word in ("192.0.2.1: listed\n", "worm: since 2026-11-23T10:00:00Z", "127.0.0.2",
                     "Win.?[31mWorm", "and 7 older", "retraction", "BIT"):
            self.assertIn(word, r.stdout)
        self.assertNotIn("spam", r.stdout)
        self.assertNotIn("\x1b", r.stdout)
        r = self.virbl("lookup", "192.0.2.1", "--json", code=OK)
        self.assertEqual(json.loads(r.stdout), self.LISTED)

    def test_not_listed(self):
        o = {"address": "2001:db8::/64", "at": "x", "listed": False, "lists": [], "sightings": [],
             "exempt": {"prefix": "2001:db8::/32", "source": "nl.txt", "line": 3}}
        self.daemon({"GET /v1/ip/2001:db8::": (200, o)})
        r = self.virbl("lookup", "2001:db8::/64", code=NOTHING)
        self.assertIn("2001:db8::/64: not listed\n", r.stdout)
        self.assertIn("2001:db8::/32 is exempt (nl.txt:3)", r.stdout)
        self.virbl("--json", "lookup", "2001:db8::/64", code=NOTHING)

    def test_at(self):
        old = dict(self.LISTED, at="2026-11-20T00:00:00Z")
        self.daemon({"GET /v1/ip/192.0.2.1?at=2026-11-20T00:00:00Z": (200, old),
                     "GET /v1/ip/192.0.2.2?at=2026-11-20T00:00:00Z": (200, self.LISTED),
                     "GET /v1/ip/192.0.2.3?at=2026-11-20T00:00:00Z":
                     problem(501, "Not Implemented", "at is not served by this version"),
                     "GET /v1/digest?at=2026-11-20T00:00:00Z":
                     problem(400, "Bad Request", "at is not known here"),
                     "GET /v1/digest": problem(400, "Bad Request", "no")})
        self.virbl("lookup", "192.0.2.1", "--at", "2026-11-20T00:00:00Z", code=OK)
        self.virbl("lookup", "192.0.2.1", "--at", "1795132800", code=OK)
        r = self.virbl("lookup", "192.0.2.2", "--at", "2026-11-20T00:00:00Z", "--json", code=REFUSED)
        self.assertEqual(r.stdout, "")
        self.virbl("lookup", "192.0.2.3", "--at", "2026-11-20T00:00:00Z", code=REFUSED)
        self.virbl("lookup", "192.0.2.3", "--at", "then", code=USAGE)
        r = self.virbl("digest", "--at", "2026-11-20T00:00:00Z", code=REFUSED)
        self.assertIn("at is not known here", r.stderr)
        self.virbl("digest", code=FAILED)

    def test_usage(self):
        for a in ("192.0.2.256", "192.0.2.0/24", "", "../../etc"):
            self.virbl("lookup", a, code=USAGE)


class Export(Case):
    BIG = b"".join(b"192.0.%d.%d\n" % (i // 256, i % 256) for i in range(20000))

    def setUp(self):
        super().setUp()
        self.daemon({"GET /v1/list/worm?format=plain": (200, self.BIG),
                     "GET /v1/list/worm?format=csv&family=6&prefix=2001:db8::%2F32&limit=10":
                     (200, b"x\n"),
                     "GET /v1/list/a%2Fb?format=plain": (200, b""),
                     "GET /v1/list/cut?format=plain": (None, b"192.0.2.1\n"),
                     "GET /v1/list/worm?format=exe": problem(400, "Bad Request", "no format 'exe'",
                                                             "the formats are plain, csv")})

    def test_stdout(self):
        self.assertEqual(self.virbl("export", "worm", "plain", code=OK).stdout.encode(), self.BIG)
        self.assertEqual(self.virbl("export", "worm", "csv", "--family", "6", "--prefix",
                                    "2001:db8::/32", "--limit", "10", code=OK).stdout, "x\n")
        self.assertEqual(self.virbl("export", "a/b", "plain", code=OK).stdout, "")

    def test_file(self):
        f = self.dir / "out"
        f.write_text("old")
        r = self.virbl("export", "worm", "plain", "-o", f, code=OK)
        self.assertEqual((r.stdout, f.read_bytes()), ("", self.BIG))
        r = self.virbl("export", "worm", "plain", "-o", f, "--json", code=OK)
        self.assertEqual(json.loads(r.stdout), {"list": "worm", "format": "plain", "file": str(f),
                                                "bytes": len(self.BIG)})
        self.assertEqual(self.virbl("export", "worm", "plain", "--json", code=OK).stdout.encode(), self.BIG)
        self.virbl("export", "wrom", "plain", "-o", f, code=NOTHING)
        self.virbl("export", "worm", "exe", "-o", f, code=FAILED)
        self.assertNotEqual(self.virbl("export", "cut", "plain", "-o", f).returncode, OK)
        self.assertEqual(f.read_bytes(), self.BIG)
        self.virbl("export", "worm", "plain", "-o", self.dir / "no" / "out", code=FAILED)
        self.assertEqual(sorted(p.name for p in self.dir.iterdir()),
                         ["out", "state", "virbl.conf", "virbl.sock"])

    def test_full(self):
        with open("/dev/full", "w") as full:
            r = subprocess.run([str(BUILD / "virbl"), "-c", str(self.conf), "export", "worm",
                                "plain"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(r.returncode, FAILED)
        self.assertIn("No space left", r.stderr)

    def test_usage(self):
        r = self.virbl("export", "worm", "exe", code=FAILED)
        self.assertIn("hint: the formats are plain, csv", r.stderr)
        for args in (["worm"], ["worm", "plain", "--family", "5"],
                     ["worm", "plain", "--prefix", "192.0.2.1/24"],
                     ["worm", "plain", "--limit", "-1"]):
            self.virbl("export", *args, code=USAGE)


class Others(Case):
    def test_digest(self):
        o = {"at": "2026-11-23T10:00:05Z", "lists": [{"list": "worm", "count": 2, "sha256": "6f5c"},
                                                     {"list": "spam", "count": 0, "sha256": "e3b0"}]}
        self.daemon({"GET /v1/digest": (200, o)})
        self.assertEqual(self.virbl("digest", code=OK).stdout, "worm 2 6f5c\nspam 0 e3b0\n")
        self.assertEqual(self.virbl("digest", "spam", code=OK).stdout, "spam 0 e3b0\n")
        self.assertEqual(json.loads(self.virbl("digest", "--json", code=OK).stdout), o)
        self.assertEqual(len(json.loads(self.virbl("digest", "spam", "--json").stdout)["lists"]), 1)
        r = self.virbl("digest", "wrom", code=NOTHING)
        self.assertEqual(r.stdout, "")

    def test_retract_and_clear(self):
        p = self.daemon({"POST /v1/retract": (200, {"address": "192.0.2.1", "done": "retracted",
                                                    "listed": False}),
                         "POST /v1/clear": [problem(403, "Forbidden", "not your prefix"),
                                            (200, {"address": "192.0.2.1", "done": "cleared",
                                                   "listed": True})]})
        self.assertEqual(self.virbl("retract", "192.0.2.1", code=OK).stdout,
                         "192.0.2.1: retracted\n")
        self.assertEqual(json.loads(p.asked[0][2]), {"address": "192.0.2.1"})
        self.virbl("clear", "192.0.2.1", code=REFUSED)
        self.virbl("clear", "nobody", code=USAGE)
        r = self.virbl("clear", "192.0.2.1", code=OK)
        self.assertEqual(r.stdout, "192.0.2.1: cleared, but still listed\n")
        self.assertIn("hint: 'virbl lookup 192.0.2.1'", r.stderr)

    def test_token(self):
        p = self.daemon({
            "POST /v1/tokens": [(201, {"name": "mx1", "role": "desk", "prefixes": [],
                                       "token": "virbl_x"}),
                                problem(409, "Conflict", "the name 'mx1' is taken")],
            "GET /v1/tokens": (200, {"tokens": [
                {"name": "mx1", "role": "desk", "created": "2026-11-23T10:00:00Z",
                 "prefixes": ["192.0.2.0/24", "2001:db8::/32"]},
                {"name": "\u00fc", "role": "reader", "created": None, "prefixes": []}]}),
            "DELETE /v1/tokens/a%20b": (200, {"removed": "a b"})})
        args = ["token", "add", "desk", "mx1", "--prefix", "192.0.2.0/24", "--prefix", "2001:db8::/32"]
        r = self.virbl(*args, code=OK)
        self.assertEqual(r.stdout, "virbl_x\n")
        self.assertEqual(json.loads(p.asked[0][2]), {
            "role": "desk", "name": "mx1", "prefixes": ["192.0.2.0/24", "2001:db8::/32"]})
        self.virbl(*args, code=REFUSED)
        self.assertEqual(self.virbl("token", "list", code=OK).stdout,
                         "NAME  ROLE    CREATED               PREFIXES\n"
                         "mx1   desk    2026-11-23T10:00:00Z  192.0.2.0/24,2001:db8::/32\n"
                         "\u00fc     reader  -                     -\n")
        self.virbl("token", "remove", "a b", code=OK)
        self.virbl("token", "remove", "c", code=NOTHING)
        for args in (["add"], ["add", "desk"], ["add", "dsek", "x"], ["remove"], ["list", "x"],
                     ["lsit"], ["list", "--prefix", "x"]):
            self.virbl("token", *args, code=USAGE)

    def test_reload(self):
        self.daemon({"POST /v1/reload": [(200, {"reloaded": True}),
                                         problem(422, "Unprocessable", "virbl.conf:3: no such option")]})
        self.virbl("reload", code=OK)
        r = self.virbl("reload", code=FAILED)
        self.assertIn("virbl.conf:3: no such option", r.stderr)

    STATUS = {"name": "bit", "group": "BIT", "id": "K7Q", "version": "0.1.0", "uptime": 90061,
              "ready": True, "state": "serving", "warnings": ["special ranges are not exempt"],
              "publishing": True, "heard": 1, "needed": 1, "epoch": 1, "seq": 812,
              "created": "2026-11-23T10:00:04Z", "pending": 3, "records": 9, "subjects": 4,
              "peers": {"total": 2, "connected": 1, "behind": 5, "holding": 1}, "pending_peers": 1,
              "items": {"accepted": 812, "duplicate": 2},
              "lists": [{"list": "worm", "count": 2}, {"list": "any", "count": 7}]}
    PEERS = {"peers": [
        {"name": "bit", "state": "self"},
        {"name": "xs", "group": "XS", "trust": "vote", "state": "connected", "contact": "now",
         "behind": 0, "why": "", "rejected": 2, "rejection": "bad signature"},
        {"name": "dead", "group": "D", "trust": "vote", "state": "unreachable", "contact": None,
         "behind": 5, "why": "connection refused", "rejected": 0, "rejection": ""}]}

    def test_status(self):
        self.daemon({"GET /v1/status": (200, self.STATUS), "GET /v1/peers": (200, self.PEERS)})
        r = self.virbl("status", code=OK)
        for word in ("bit, group BIT", "up 1d 1h 1m", "worm 2, any 7", "batch 1.812", "3 waiting",
                     "held by 1 of 2 peers", "1 of 2 peers, 5 batches behind",
                     "special ranges are not exempt", "peer dead is unreachable: connection refused",
                     "peer xs sent what was rejected: bad signature", "wait for your decision"):
            self.assertIn(word, r.stdout)
        self.assertNotIn("peer bit", r.stdout)
        self.assertNotIn("\x1b", r.stdout)
        o = json.loads(self.virbl("status", "--json", code=OK).stdout)
        self.assertEqual(o["seq"], 812)
        self.assertEqual(o["peer_list"], self.PEERS["peers"])

    def test_status_not_ready(self):
        self.daemon({"GET /v1/status": (200, dict(self.STATUS, ready=False, publishing=False,
                                                  heard=0, state="loading")),
                     "GET /v1/peers": (200, {"peers": []})})
        r = self.virbl("status", code=TEMPORARY)
        self.assertIn("heard by 0 of 1", r.stdout)
        self.assertIn("this node does not serve: loading", r.stdout)

    def test_status_well(self):
        self.daemon({"GET /v1/status": (200, dict(self.STATUS, warnings=[], pending_peers=0)),
                     "GET /v1/peers": (200, {"peers": self.PEERS["peers"][:1]})})
        self.assertIn("wrong       nothing", self.virbl("status", code=OK).stdout)

    def test_answer_is_not_json(self):
        self.daemon({"GET /v1/digest": (200, b"<html>")})
        self.assertIn("not JSON", self.virbl("digest", code=FAILED).stderr)

    def test_problem_without_words(self):
        self.daemon({"GET /v1/digest": (500, b"\x1b[31m")})
        r = self.virbl("digest", code=FAILED)
        self.assertIn("the daemon answered 500", r.stderr)
        self.assertNotIn("\x1b", r.stderr)


class Terminal(Case):
    """What changes on a terminal: colour, unless NO_COLOR says otherwise."""

    def on_terminal(self, *args, **env):
        try:
            leader, follower = pty.openpty()
        except OSError as e:
            self.skipTest("no terminal to be had here (%s): is /dev/pts mounted?" % e)
        p = subprocess.Popen([str(BUILD / "virbl"), "-c", str(self.conf)] + list(args),
                             stdout=follower, stderr=follower, stdin=subprocess.DEVNULL,
                             env=dict({k: v for k, v in os.environ.items() if k != "NO_COLOR"},
                                      TERM="xterm", **env))
        os.close(follower)
        out = b""
        while True:
            try:
                piece = os.read(leader, 4096)
            except OSError:
                break
            if not piece:
                break
            out += piece
        os.close(leader)
        p.wait()
        return out.decode()

    def test_color(self):
        self.daemon({"GET /v1/tokens": (200, {"tokens": []})})
        self.assertIn("\x1b[1m", self.on_terminal("token", "list"))
        self.assertNotIn("\x1b", self.on_terminal("token", "list", NO_COLOR="1"))
        self.assertIn("\x1b[1m", self.on_terminal("token", "list", NO_COLOR=""))

    def test_progress(self):
        self.daemon({"POST /v1/sightings": accept})
        f = self.dir / "in"
        f.write_text(Ingest.GOOD % (1, 1))
        self.assertIn("reading [", self.on_terminal("ingest", "ndjson", str(f)))


if __name__ == "__main__":
    result = unittest.main(exit=False).result
    for test, why in result.skipped:
        print("skipped: %s: %s" % (test, why))
    bad = len(result.failures) + len(result.errors)
    print("%d passed, %d failed" % (result.testsRun - bad - len(result.skipped), bad))
    sys.exit(1 if bad else 0)
