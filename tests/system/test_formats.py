#!/usr/bin/python3
"""Each operator format, read by its consumer's own parser, gives back exactly
what is listed; an empty list is a valid file; equal lists are equal bytes. A
consumer that is not installed is skipped, and said so."""
import ipaddress
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import cluster

V4 = ["192.0.2.1", "192.0.2.2", "192.0.2.255", "198.51.100.7", "203.0.113.0"]
V6 = ["2001:db8::/64", "2001:db8:0:1::/64", "2001:db8:1:2::/64", "2001:db8:f000::/64"]
PATH = "/usr/sbin:/sbin:" + os.environ.get("PATH", "")
LISTS = cluster.LISTS + 'list 0day.of-a-very-long-name-indeed { categories = {"test"} }\n'


def sbin(name):
    tool = shutil.which(name, path=PATH)
    if tool is None:
        raise unittest.SkipTest("no %s" % name)
    return tool


def run(*args, **kw):
    r = subprocess.run(args, capture_output=True, text=True, **kw)
    if r.returncode != 0:
        raise AssertionError("%s: %d\n%s%s" % (args[:3], r.returncode, r.stdout[-2000:], r.stderr[-2000:]))
    return r.stdout


def namespace():
    """What runs a shell in a network of its own."""
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode == 0:
        return ["unshare", "-rn", "sh", "-ec"]
    if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0:
        return ["unshare", "-n", "sh", "-ec"]
    raise unittest.SkipTest("no network namespace here")


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.TemporaryDirectory()
        os.chmod(cls.root.name, 0o755)  # rbldnsd gives its rights away
        cls.node = cluster.Node(cls.root.name, "solo")
        cls.node.lists = LISTS
        cls.node.configure()
        cls.node.start()
        rows = [{"address": a, "category": c, "threat": "Win.Worm.X", "count": 2}
                for a in V4 + V6 for c in ("worm", "test")]
        status, answer = cls.node.post(rows)
        assert status == 200 and answer["accepted"] == len(rows), answer
        got = cls.text("worm", "plain").split()
        assert got == V4 + V6, got

    @classmethod
    def tearDownClass(cls):
        cls.node.stop()
        cls.root.cleanup()

    @classmethod
    def text(cls, name, form, family=None):
        return cls.node.virbl("export", name, form, *(["--family", family] if family else [])).stdout

    def file(self, name, form, family=None):
        path = "%s/%s.%s.%s" % (self.root.name, name, form, family)
        self.node.virbl("export", name, form, "-o", path, *(["--family", family] if family else []))
        return path

    def test_equal_bytes(self):
        for form in ("cidr", "rbldnsd", "bind", "rpz", "nft", "ipset", "postfix-cidr", "haproxy", "mikrotik"):
            self.assertEqual(self.text("worm", form), self.text("worm", form))
            self.assertNotEqual(self.text("worm", form), self.text("spam", form))

    def test_cidr(self):
        self.assertEqual(self.text("worm", "cidr").split(), [a + "/32" for a in V4] + V6)
        self.assertEqual(self.text("spam", "cidr"), "")

    def nft(self, name, want4, want6, family=None):
        tool = sbin("nft")
        path = self.file(name, "nft", family)
        out = run(*namespace(), "%s -c -f %s; %s -f %s; %s -f %s; %s list ruleset"
                  % (tool, path, tool, path, tool, path, tool))
        got = {}
        for m in re.finditer(r"set (\S+) \{(.*?)\n\t\}", out, re.S):
            e = re.search(r"elements = \{(.*?)\}", m.group(2), re.S)
            nets = [x.strip() for x in e.group(1).split(",")] if e else []
            got[m.group(1)] = sorted(nets)
        base = ("_" if name[0].isdigit() else "") + name
        want = {base + "_4": sorted(want4), base + "_6": sorted(want6)}
        if family:
            del want[base + ("_6" if family == "4" else "_4")]
        self.assertEqual(got, want)

    def test_nft(self):
        self.nft("worm", V4, V6)
        self.nft("worm", V4, [], "4")
        self.nft("worm", [], V6, "6")
        self.nft("spam", [], [])
        self.nft("0day.of-a-very-long-name-indeed", V4, V6)

    def ipset(self, name, want, family=None):
        tool = sbin("ipset")
        path = self.file(name, "ipset", family)
        if subprocess.run([*namespace(), tool + " list"], capture_output=True).returncode != 0:
            self.skipTest("ipset does not work in this kernel")
        out = run(*namespace(), "%s restore <%s; %s restore <%s; %s save" % (tool, path, tool, path, tool))
        self.assertEqual(sorted(re.findall(r"^add \S+ (\S+)", out, re.M)), sorted(want))
        self.assertEqual(len(re.findall(r"^create", out, re.M)), 1 if family else 2)
        self.assertNotIn("-new", out)

    def test_ipset(self):
        self.ipset("worm", V4 + V6)
        self.ipset("worm", V4, "4")
        self.ipset("worm", V6, "6")
        self.ipset("spam", [])
        self.ipset("0day.of-a-very-long-name-indeed", V4 + V6)

    def zone(self, name, form):
        tool = sbin("named-checkzone")
        return run(tool, "-i", "local", "-D", "-o", "-", "bl.example", self.file(name, form))

    def test_bind(self):
        got = []
        for owner, value in re.findall(r"^(\S+)\.bl\.example\.\s.*\sIN A\s+(\S+)$", self.zone("worm", "bind"), re.M):
            self.assertEqual(value, "127.0.0.2")
            labels = owner.split(".")[::-1]
            if labels[-1] == "*":
                got.append(str(ipaddress.ip_network((int("".join(labels[:-1]), 16) << 64, 64))))
            else:
                got.append(".".join(labels))
        self.assertEqual(sorted(got), sorted(V4 + V6))
        self.assertNotIn(" A ", self.zone("spam", "bind"))

    def test_rpz(self):
        got = []
        for owner in re.findall(r"^(\S+)\.rpz-client-ip\.bl\.example\.\s.*CNAME\s+\.$", self.zone("worm", "rpz"), re.M):
            length, *labels = owner.split(".")
            if length == "32":
                got.append(".".join(labels[::-1]))
            else:
                words = ":".join("" if w == "zz" else w for w in labels[::-1])
                got.append(str(ipaddress.ip_network(words + ":/" + length)))
        self.assertEqual(sorted(got), sorted(V4 + V6))
        self.assertNotIn("CNAME", self.zone("spam", "rpz"))

    def rbldnsd(self, spec, yes, no):
        tool, dig = sbin("rbldnsd"), sbin("dig")
        port = cluster.free_port()
        p = subprocess.Popen([tool, "-n", "-r", "/", "-b", "127.0.0.1/%d" % port, "bl.example:" + spec],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

        def ask(subject):
            a = ipaddress.ip_network(subject, strict=False).network_address + (5 if ":" in subject else 0)
            name = ".".join(a.reverse_pointer.split(".")[:-2]) + ".bl.example"
            return run(dig, "+short", "+time=5", "+tries=3", "@127.0.0.1", "-p", str(port), name, "A").split()

        def up():
            "rbldnsd answers"
            if p.poll() is not None:
                raise AssertionError(p.stdout.read())
            return subprocess.run([dig, "+time=1", "+tries=1", "@127.0.0.1", "-p", str(port), "bl.example", "SOA"],
                                  capture_output=True).returncode == 0
        try:
            cluster.wait_for(up)
            for s in yes:
                self.assertEqual(ask(s), ["127.0.0.2"], s)
            for s in no:
                self.assertEqual(ask(s), [], s)
        finally:
            p.send_signal(signal.SIGTERM)
            log = p.communicate()[0]
        self.assertNotRegex(log, r"(?i)invalid|unrecognized|error", log)

    def test_rbldnsd(self):
        others = ["192.0.2.3", "127.0.0.1", "2001:db8:0:2::/64", "::1"]
        both = self.file("worm", "rbldnsd")
        four, six = self.file("worm", "rbldnsd", "4"), self.file("worm", "rbldnsd", "6")
        self.rbldnsd("combined:" + both, V4 + V6, others)
        for kind in ("ip4set", "ip4trie", "ip4tset"):
            self.rbldnsd("%s:%s" % (kind, four), V4, others + V6)
        self.rbldnsd("ip6trie:" + six, V6, others + V4)
        self.rbldnsd("combined:" + self.file("spam", "rbldnsd"), [], others + V4)

    def test_postfix(self):
        tool = sbin("postmap")
        conf = self.root.name + "/postfix"
        os.makedirs(conf, exist_ok=True)
        pathlib.Path(conf + "/main.cf").write_text("compatibility_level = 3.6\n")

        def ask(path, address):
            r = subprocess.run([tool, "-c", conf, "-q", address, "cidr:" + path], capture_output=True, text=True)
            self.assertNotIn("warning", r.stderr)
            return r.stdout.strip()
        path, empty = self.file("worm", "postfix-cidr"), self.file("spam", "postfix-cidr")
        for s in V4 + [v[:-3] + "9" for v in V6]:
            self.assertEqual(ask(path, s), "REJECT listed on worm", s)
            self.assertEqual(ask(empty, s), "")
        for s in ("192.0.2.3", "2001:db8:0:2::1"):
            self.assertEqual(ask(path, s), "")
        self.assertEqual(len(pathlib.Path(path).read_text().splitlines()), len(V4 + V6))

    def test_haproxy(self):
        tool = sbin("haproxy")
        for name, want in (("worm", V4 + V6), ("spam", [])):
            path = self.file(name, "haproxy")
            self.assertEqual(pathlib.Path(path).read_text().split(), want)
            conf = self.root.name + "/haproxy.cfg"
            pathlib.Path(conf).write_text("defaults\n mode tcp\n timeout connect 5s\n timeout client 5s\n timeout server 5s\n"
                                  "frontend f\n bind 127.0.0.1:%d\n acl listed src -f %s\n"
                                  " tcp-request connection reject if listed\n" % (cluster.free_port(), path))
            run(tool, "-c", "-q", "-f", conf)

    def test_mikrotik(self):
        text = self.text("worm", "mikrotik")
        four, six = text.split("/ipv6 firewall address-list\n")
        self.assertEqual(re.findall(r"address=(\S+) ", four), V4)
        self.assertEqual(re.findall(r"address=(\S+) ", six), V6)
        self.assertEqual(self.text("spam", "mikrotik").count('remove [find list="virbl-spam"]\n'), 2)

    def test_stix(self):
        text = self.text("worm", "stix")
        self.assertEqual(text, self.text("worm", "stix"))
        bundle = json.loads(text)
        self.assertRegex(bundle["id"], "^bundle--[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        got = [re.search("'(.*)'", o["pattern"]).group(1) for o in bundle["objects"]]
        self.assertEqual(got, V4 + V6)
        self.assertEqual(len({o["id"] for o in bundle["objects"]}), len(got))
        for o in bundle["objects"]:
            self.assertRegex(o["id"], "^indicator--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
            self.assertLessEqual(o["created"], o["modified"])
            self.assertLess(o["valid_from"], o["valid_until"])
        self.assertNotIn("objects", json.loads(self.text("spam", "stix")))


if __name__ == "__main__":
    result = unittest.main(verbosity=1, exit=False).result
    for test, why in result.skipped:
        print("skipped: %s: %s" % (test, why))
    bad = len(result.failures) + len(result.errors)
    print("%d passed, %d failed" % (result.testsRun - bad - len(result.skipped), bad))
    sys.exit(1 if bad else 0)
