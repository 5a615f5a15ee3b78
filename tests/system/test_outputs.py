#!/usr/bin/python3
"""Files kept fresh by the daemon: whole at every moment, written only when they
say something else, signed; hooks run after a change, as they are, for a bounded
time, and hold nobody up. `virbl verify` tells whose a file is."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

import cluster

SHORT = 'list short { categories = {"test"}  threshold = 1  groups = 1  window = 10m  hold = 3s }\n'


class Test:
    def __init__(self, node, root):
        self.node, self.root, self.passed, self.failed = node, root, 0, 0
        self.out = root / "out"
        self.out.mkdir()

    def say(self, what, good, detail=""):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print("FAIL %s %s" % (what, detail), flush=True)

    def report(self, *addresses, category="worm"):
        status, answer = self.node.post([{"address": a, "category": category, "count": 2} for a in addresses])
        assert status == 200, answer

    def configure(self, *blocks, reload=True):
        """Export sections of (name, keys); $OUT is where files go."""
        self.node.lists = cluster.LISTS + SHORT + "".join(
            "export %s { %s }\n" % (name, keys.replace("$OUT", str(self.out))) for name, keys in blocks)
        self.node.configure()
        if reload:
            self.node.virbl("reload")

    def read(self, name):
        try:
            return (self.out / name).read_text()
        except FileNotFoundError:
            return None

    def wait(self, what, doc, seconds=60):
        what.__doc__ = doc
        return cluster.wait_for(what, seconds)

    def exports(self):
        return {x["name"]: x for x in json.loads(self.node.get("/v1/status")[1])["exports"]}

    def script(self, name, text):
        path = self.root / name
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)
        return path

    def said(self, name):
        try:
            return (self.root / name).read_text().splitlines()
        except FileNotFoundError:
            return []

    # Files

    def files(self):
        self.configure(("plain", 'list = "worm"  format = "plain"  path = "$OUT/plain"'),
                       ("six", 'list = "worm"  format = "nft"  path = "$OUT/six.nft"  family = 6'),
                       ("some", 'list = "any"  format = "csv"  path = "$OUT/some.csv"  prefix = "192.0.2.0/24"  limit = 2'),
                       ("short", 'list = "short"  format = "json"  path = "$OUT/short.json"  sign = off'),
                       reload=False)
        self.node.start()
        self.wait(lambda: len(os.listdir(self.out)) == 7, "all files and three signatures are there")
        self.say("empty files", self.read("plain") == "" and json.loads(self.read("short.json"))["count"] == 0
                 and "flush set" in self.read("six.nft") and self.read("some.csv").count("\n") == 1)
        self.say("their mode", oct((self.out / "plain").stat().st_mode & 0o777) == "0o644"
                 and oct((self.out / "plain.sig").stat().st_mode & 0o777) == "0o644")
        self.report("192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8:5::1")
        self.wait(lambda: self.read("plain") == self.node.virbl("export", "worm", "plain").stdout, "plain is fresh")
        self.wait(lambda: self.read("six.nft") == self.node.virbl("export", "worm", "nft", "--family", "6").stdout,
                  "nft is fresh")
        self.wait(lambda: self.read("some.csv").count("192.0.2.") == 2 and "2001:" not in self.read("some.csv"),
                  "the filters are kept")
        self.report("192.0.2.9", category="test")
        self.wait(lambda: json.loads(self.read("short.json"))["count"] == 1, "short has it")
        self.wait(lambda: json.loads(self.read("short.json"))["count"] == 0, "short runs out by itself")
        self.say("no signature where none is wanted", self.read("short.json.sig") is None)
        x = self.exports()
        self.say("status", x["plain"]["rows"] == 4 and x["some"]["rows"] == 2 and x["plain"]["written"]
                 and not any(y["problem"] for y in x.values()), x)
        self.say("nothing is left aside", len(os.listdir(self.out)) == 7, os.listdir(self.out))

    def unchanged(self):
        """What says the same is not written, whatever happens."""
        def stamps():
            return {n: (os.stat(self.out / n).st_ino, os.stat(self.out / n).st_mtime_ns) for n in ("plain", "plain.sig")}
        before = stamps()
        self.report("192.0.2.130", category="spam")     # another list
        self.report("192.0.2.131", category="worm")
        self.wait(lambda: "192.0.2.131" in self.read("plain"), "a change is written")
        self.say("a change", stamps() != before)
        before = stamps()
        self.report("192.0.2.131", category="worm")     # no other address
        self.node.virbl("reload")
        time.sleep(2.5)
        self.say("an unchanged file is not written", stamps() == before)
        self.node.stop()
        self.node.start()
        self.wait(lambda: self.exports().get("plain", {"rows": 0})["rows"] == 5, "it was looked at after a restart")
        self.say("nor after a restart", stamps() == before and self.exports()["plain"]["written"] is None)
        (self.out / "plain.sig").write_bytes(b"x" * 64)
        self.node.stop()
        self.node.start()
        self.wait(lambda: self.node.virbl("verify", self.out / "plain", check=False).returncode == 0,
                  "a bad signature is mended at the start")
        for name in ("plain", "plain.sig"):
            (self.out / name).unlink()
            self.wait(lambda: self.read("plain") == self.node.virbl("export", "worm", "plain").stdout
                      and self.node.virbl("verify", self.out / "plain", check=False).returncode == 0,
                      "what was removed comes back")

    def whole(self):
        """A reader never sees half a file, in the middle of a storm either."""
        self.configure(("big", 'list = "abuse"  format = "json"  path = "$OUT/big.json"'))
        self.wait(lambda: self.read("big.json"), "big is there")
        bad, stop, seen = [], threading.Event(), set()

        def look():
            while not stop.is_set():
                text = self.read("big.json")
                try:
                    x = json.loads(text)
                    if x["count"] != len(x["rows"]):
                        bad.append(text[-200:])
                    seen.add(x["count"])
                except ValueError:
                    bad.append(text[-200:])
        t = threading.Thread(target=look)
        t.start()
        for i in range(0, 6000, 200):
            self.report(*["10.%d.%d.%d" % (i >> 16, x >> 8 & 255, x & 255) for x in range(i, i + 200)], category="scan")
            time.sleep(0.1)
        self.wait(lambda: json.loads(self.read("big.json"))["count"] == 6000, "all of it is written")
        stop.set()
        t.join()
        self.say("whole at every moment", not bad and len(seen) >= 2, bad[:1] or seen)

    def interval(self):
        self.configure(("slow", 'list = "spam"  format = "plain"  path = "$OUT/slow"  interval = 3s'))
        self.wait(lambda: self.read("slow") is not None, "slow is there")
        stamps = set()
        end = time.monotonic() + 8
        while time.monotonic() < end:
            self.report("198.51.100.%d" % (len(stamps) + int(time.monotonic() * 5) % 200), category="spam")
            stamps.add(os.stat(self.out / "slow").st_mtime)
            time.sleep(0.1)
        stamps = sorted(stamps)
        self.say("not more often than asked", len(stamps) <= 4
                 and all(b - a > 2.5 for a, b in zip(stamps, stamps[1:])), stamps)

    # Hooks

    def hooks(self):
        log = self.root / "hook.log"
        script = self.script("hook", 'echo "$VIRBL_EXPORT $VIRBL_LIST $VIRBL_FORMAT $# $1 $2 $(wc -l <"$VIRBL_FILE") '
                             '$(pwd) $(env | grep -vc "^VIRBL_\\|^PATH=\\|^PWD=") $(ls /proc/self/fd | wc -l)" >>%s\n' % log)
        words = 'list = "worm"  format = "plain"  path = "$OUT/plain"  hook = {"%s", "a b; touch %s/x", "$HOME"}' % (
            script, self.root)
        rows = len(self.read("plain").splitlines())
        self.configure(("plain", words))
        self.wait(lambda: len(self.said("hook.log")) == 1, "it runs at the start")
        self.report("192.0.2.200")
        self.wait(lambda: len(self.said("hook.log")) == 2, "it runs after a change")
        want = "plain worm plain 2 a b; touch %s/x $HOME %d / 0 4" % (self.root, rows + 1)
        self.say("as it is, with the new file, and nothing else", self.said("hook.log")[1] == want, self.said("hook.log"))
        self.say("no shell looked at it", not (self.root / "x").exists())
        self.report("192.0.2.200", category="spam")
        self.node.virbl("reload")
        time.sleep(2)
        self.say("not without a change", len(self.said("hook.log")) == 2, self.said("hook.log"))

    def bad_hooks(self):
        """Hooks that hang, fail or are missing hold nobody up."""
        started = self.root / "hang.log"
        hang = self.script("hang", "trap '' TERM\necho $$ >>%s\nsleep 1000 &\necho $! >>%s\nwait\nsleep 1000\n"
                           % (started, started))
        fail = self.script("fail", "echo it went wrong\nexit 7\n")
        self.configure(("hang", 'list = "worm"  format = "plain"  path = "$OUT/h"  hook = {"%s"}  hook_timeout = 2s' % hang),
                       ("fail", 'list = "worm"  format = "plain"  path = "$OUT/f"  hook = {"%s"}' % fail),
                       ("none", 'list = "worm"  format = "plain"  path = "$OUT/n"  hook = {"%s/none"}' % self.root),
                       ("good", 'list = "worm"  format = "plain"  path = "$OUT/g"'))
        self.wait(lambda: len(self.said("hang.log")) == 2, "it hangs")
        self.report("192.0.2.201")
        self.say("the engine goes on", self.node.lookup("192.0.2.201")["listed"])
        self.wait(lambda: "192.0.2.201" in (self.read("g") or ""), "other files are written")
        x = self.exports()
        self.say("who fails is told", x["fail"]["problem"] == "hook exited with 7: it went wrong"
                 and "No such file" in x["none"]["problem"] and x["good"]["problem"] == "", x)
        self.wait(lambda: "took too long" in self.exports()["hang"]["problem"], "its time is over")
        pids = [int(p) for p in self.said("hang.log")[:2]]

        def alive(pid):
            try:
                return pathlib.Path("/proc/%d/stat" % pid).read_text().split()[2] != "Z"
            except FileNotFoundError:
                return False
        self.wait(lambda: not any(alive(p) for p in pids), "it and what it started is gone")
        # What failed is tried again.
        self.script("fail", "exit 0\n")
        self.wait(lambda: self.exports()["fail"]["problem"] == "", "a mended hook works again")
        self.wait(lambda: len(self.said("hang.log")) >= 4, "it hangs once more")
        begin = time.monotonic()
        self.say("a hook does not keep the daemon", self.node.stop() == 0 and time.monotonic() - begin < 30)
        pids = [int(p) for p in self.said("hang.log")[2:4]]
        self.wait(lambda: not any(alive(p) for p in pids), "and ends with it")

    # Configuration

    def configuration(self):
        self.configure(("a", 'list = "worm"  format = "plain"  path = "$OUT/a"'), reload=False)
        self.node.start()
        self.wait(lambda: self.read("a"), "a is there")
        self.configure(("b", 'list = "worm"  format = "cidr"  path = "$OUT/missing/b"'))
        self.wait(lambda: "No such file" in self.exports().get("b", {"problem": ""})["problem"], "a problem is told")
        (self.out / "missing").mkdir()
        self.wait(lambda: self.read("missing/b"), "and mended by itself")
        self.wait(lambda: self.exports()["b"]["problem"] == "", "then it is none any more")
        before = self.read("a")
        self.report("192.0.2.202")
        self.wait(lambda: "192.0.2.202/32" in self.read("missing/b"), "b is fresh")
        self.say("nobody writes what nobody asks for", self.read("a") == before and list(self.exports()) == ["b"])
        self.configure(("c", 'list = "worm"  format = "bind"  path = "$OUT/c"  serial = time'))
        self.wait(lambda: self.read("c"), "c is there")
        first = int(self.read("c").split(" hostmaster.localhost. ")[1].split()[0])
        self.say("a serial that is the time", abs(first - time.time()) < 60, first)
        time.sleep(1.1)
        stamp = os.stat(self.out / "c").st_mtime_ns
        self.say("does not go on by itself", stamp == os.stat(self.out / "c").st_mtime_ns)
        self.report("192.0.2.203")
        self.wait(lambda: "203.2.0.192" in self.read("c"), "c is fresh")
        self.say("and rises", int(self.read("c").split(" hostmaster.localhost. ")[1].split()[0]) > first)
        self.node.lists += 'export d { list = "wrom"  format = "plain"  path = "x" }\n'
        self.node.configure()
        r = self.node.virbl("reload", check=False)
        self.say("a list that is not there", r.returncode != 0 and "there is no list 'wrom'" in r.stderr
                 and "worm, abuse" in r.stderr, r.stderr)

    # Signatures

    def signatures(self):
        plain = self.out / "mine"
        self.node.virbl("export", "worm", "plain", "-o", plain)
        r = self.node.virbl("verify", plain)
        self.say("one's own", r.stdout == "file: ok, signed by alpha\n", r)
        other = cluster.Node(self.root, "beta")
        r = other.virbl("verify", plain, check=False)
        self.say("of nobody known", r.returncode == 1 and "not signed by a key that is known here" in r.stdout, r)
        cards = self.root / "cards"
        cards.mkdir()
        key = self.node.virbl("id", "--json")
        (cards / "alpha.conf").write_text('peer al { id = "%s"  group = "A" }\n' % json.loads(key.stdout)["id"])
        r = other.virbl("verify", plain, "--peers", cards)
        self.say("of a peer, by its card", r.stdout == "file: ok, signed by al\n", r)
        r = other.virbl("verify", plain, "--peers", cards, "--json")
        self.say("as JSON", json.loads(r.stdout)["results"][0]["verdict"] == "ok", r)
        r = subprocess.run([str(cluster.BUILD / "virbl"), "-c", "/nonexistent", "verify", str(plain), "--peers", str(cards)],
                           capture_output=True, text=True)
        self.say("offline, without a node", r.returncode == 0, r)
        for n in (0, 1, 63, 65):
            (self.out / "mine.sig").write_bytes(b"x" * n)
            r = other.virbl("verify", plain, "--peers", cards, check=False)
            self.say("a signature of %d bytes" % n, r.returncode == 1 and "not a signature" in r.stdout, r)
        self.node.virbl("export", "worm", "plain", "-o", plain)
        text = plain.read_bytes()
        for damaged in (text[:-1], text + b"\n", text.replace(b"192", b"193", 1), b""):
            plain.write_bytes(damaged)
            r = other.virbl("verify", plain, "--peers", cards, check=False)
            self.say("a damaged file", r.returncode == 1, r)
        self.node.virbl("export", "worm", "plain", "-o", plain, "--unsigned")
        self.say("--unsigned leaves no signature of an older file", not (self.out / "mine.sig").exists())
        # What openssl says of the same bytes.
        self.node.virbl("export", "worm", "rpz", "-o", plain)
        public = bytes.fromhex(json.loads(self.node.get("/v1/node")[1])["key"])
        (self.root / "pub.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + public)
        r = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey",
                            str(self.root / "pub.der"), "-rawin", "-in", str(plain), "-sigfile", str(plain) + ".sig"],
                           capture_output=True, text=True)
        self.say("openssl agrees", r.returncode == 0 and "Success" in r.stdout, r)
        (self.node.dir / "node.key").rename(self.node.dir / "hidden.key")
        r = self.node.virbl("export", "worm", "plain", "-o", plain)
        self.say("without the key there is a file, no signature, and a word", plain.exists()
                 and not (self.out / "mine.sig").exists() and "mine.sig is not written" in r.stderr, r)
        (self.node.dir / "hidden.key").rename(self.node.dir / "node.key")


def main():
    with tempfile.TemporaryDirectory() as root:
        node = cluster.Node(root, "alpha")
        test = Test(node, pathlib.Path(root))
        try:
            for part in (test.files, test.unchanged, test.whole, test.interval, test.hooks, test.bad_hooks,
                         test.configuration, test.signatures):
                part()
        finally:
            if node.stop() not in (0, None):
                test.say("ends well", False, node.log()[-2000:])
    print("%d passed, %d failed" % (test.passed, test.failed))
    return 1 if test.failed else 0


if __name__ == "__main__":
    sys.exit(main())
