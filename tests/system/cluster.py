"""Real nodes on loopback for tests: made with `virbl init`, run as virbld.

VIRBL_BUILD names the build directory (default: the current directory). Nothing
outside the given directory and loopback is touched; processes are stopped by
their own id.
"""
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

BUILD = pathlib.Path(os.environ.get("VIRBL_BUILD", ".")).resolve()
SOURCE = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("VIRBL_DATA", SOURCE.parent / "shared" / "data"))

LISTS = """
list worm { categories = {"worm", "malware"}  code = "127.0.0.2" }
list abuse { categories = {"bruteforce", "scan", "exploit"}  code = "127.0.0.3" }
list spam { categories = {"spam", "phish"}  code = "127.0.0.4" }
list any { categories = {"worm", "malware", "spam", "phish", "bruteforce", "scan", "exploit"}  code = "127.0.0.2" }
"""


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, seconds=60, step=0.02):
    """Poll what() until it is true; a bound against hanging, not a measure."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = what()
        if got:
            return got
        time.sleep(step)
    raise AssertionError("did not come true: %s" % getattr(what, "__doc__", what))


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=60):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Node:
    """One node in directory root/name."""

    def __init__(self, root, name, group=None, special=False, init=()):
        self.name = name
        self.dir = pathlib.Path(root) / name
        self.port = free_port()
        self.http = free_port()
        self.url = "https://127.0.0.1:%d/" % self.port
        self.group = group or name.upper()
        self.process = None
        self.lists = LISTS
        self.allow = []
        self.special = special
        self.limits = ""
        self.node_extra = ""
        self.prefixes = []
        args = ["init", "-C", str(self.dir), "--name", name, "--group", self.group,
                "--url", self.url, "--peers", "127.0.0.1:%d" % self.port,
                "--http", "127.0.0.1:%d" % self.http] + list(init)
        subprocess.run([str(BUILD / "virbl")] + args, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.configure()

    @property
    def conf(self):
        return self.dir / "virbl.conf"

    def configure(self):
        prefixes = ", ".join('"%s"' % p for p in self.prefixes)
        self.conf.write_text(
            'node { name = "%s"  group = "%s"  url = "%s"  prefixes = {%s}  key = "node.key"\n'
            '  state = "state"  socket = "virbl.sock"  peers_dir = "peers.d"  %s }\n'
            'listen { peers = "127.0.0.1:%d"  http = "127.0.0.1:%d" }\n'
            '%s\nallow { files = {%s}  special = %s }\nlimits { %s }\n'
            % (self.name, self.group, self.url, prefixes, self.node_extra,
               self.port, self.http, self.lists,
               ", ".join('"%s"' % f for f in self.allow),
               "on" if self.special else "off", self.limits))

    def virbl(self, *args, check=True, input=None, quiet=False):
        r = subprocess.run([str(BUILD / "virbl"), "-c", str(self.conf)] + [str(a) for a in args],
                           capture_output=True, text=True, input=input)
        if check and r.returncode != 0:
            raise AssertionError("virbl %s: exit %d\n%s%s"
                                 % (" ".join(map(str, args)), r.returncode, r.stdout, r.stderr))
        return r

    def start(self, wait=True):
        log = open(self.dir / "virbld.out", "ab")
        self.process = subprocess.Popen([str(BUILD / "virbld"), "-f", "-c", str(self.conf)],
                                        stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        log.close()
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        def ready():
            "readyz answers 200"
            if self.process.poll() is not None:
                raise AssertionError("%s ended with %d:\n%s"
                                     % (self.name, self.process.returncode, self.log()[-3000:]))
            try:
                return self.get("/readyz")[0] == 200
            except OSError:
                return False
        wait_for(ready)

    def log(self):
        return (self.dir / "virbld.out").read_text(errors="replace")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Stop cleanly; return the exit status."""
        if self.process is None or self.process.poll() is not None:
            return None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def request(self, method, path, body=None, headers=None):
        c = UnixConnection(self.dir / "virbl.sock")
        try:
            c.request(method, path, body=body, headers=headers or {})
            r = c.getresponse()
            return r.status, r.read()
        finally:
            c.close()

    def get(self, path):
        return self.request("GET", path)

    def post(self, rows):
        """POST sightings as NDJSON; the decoded answer."""
        body = "".join(json.dumps(r) + "\n" for r in rows).encode()
        status, answer = self.request("POST", "/v1/sightings", body,
                                      {"Content-Type": "application/x-ndjson"})
        return status, json.loads(answer)

    def digest(self):
        status, answer = self.get("/v1/digest")
        assert status == 200, answer
        return {l["list"]: (l["count"], l["sha256"]) for l in json.loads(answer)["lists"]}

    def lookup(self, address):
        status, answer = self.get("/v1/ip/" + address)
        assert status == 200, answer
        return json.loads(answer)

    def status(self):
        status, answer = self.get("/v1/status")
        assert status == 200, answer
        return json.loads(answer)

    def peak_memory(self):
        """VmHWM in KiB."""
        text = pathlib.Path("/proc/%d/status" % self.process.pid).read_text()
        return int(text.split("VmHWM:")[1].split()[0])


def pair(a, b, trust="vote"):
    """Both sides add the other, with the group each claims."""
    for x, y in ((a, b), (b, a)):
        invite = y.virbl("peer", "invite").stdout.strip()
        x.virbl("peer", "add", invite, "--name", y.name, "--group", y.group, "--trust", trust)


def equal_digests(nodes):
    """digests are equal on all nodes"""
    first = nodes[0].digest()
    return first if all(n.digest() == first for n in nodes[1:]) else None
