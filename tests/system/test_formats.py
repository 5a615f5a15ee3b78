#!/usr/bin/python3
"""Each operator format, read by its consumer's own parser, gives back exactly
what is listed; an empty list is a valid file; equal lists are equal bytes on
every node. A consumer that is not installed is skipped, and said so."""
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
import time
import unittest
import uuid

import cluster

V4 = ["192.0.2.1", "192.0.2.2", "192.0.2.255", "198.51.100.7", "203.0.113.0"]
V6 = ["2001:db8::/64", "2001:db8:0:1::/64", "2001:db8:1:2::/64", "2001:db8:f000::/64"]
PATH = "/usr/sbin:/sbin:" + os.environ.get("PATH", "")
FORMATS = ("plain", "cidr", "csv", "json", "ndjson", "rbldnsd", "bind", "rpz", "nft", "ipset", "postfix-cidr",
           "haproxy", "mikrotik", "stix", "misp", "crowdsec")
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
        cls.nodes = [cluster.Node(cls.root.name, name) for name in ("solo", "twin")]
        seen = int(time.time()) - 300
        # The same sightings, the other way round on the other node.
        rows = [{"address": a, "category": c, "threat": "Win.Worm.X", "count": 2, "time": seen + i}
                for c in ("worm", "test") for i, a in enumerate(V4 + V6)]
        for node in cls.nodes:
            node.lists = LISTS
            node.configure()
            node.start()
            status, answer = node.post(rows)
            assert status == 200 and answer["accepted"] == len(rows), answer
            rows = rows[::-1]
        cls.node = cls.nodes[0]
        got = cls.text("worm", "plain").split()
        assert got == V4 + V6, got

    @classmethod
    def tearDownClass(cls):
        for node in cls.nodes:
            node.stop()
        cls.root.cleanup()

    @classmethod
    def text(cls, name, form, family=None):
        return cls.node.virbl("export", name, form, *(["--family", family] if family else [])).stdout

    def file(self, name, form, family=None):
        path = "%s/%s.%s.%s" % (self.root.name, name, form, family)
        self.node.virbl("export", name, form, "-o", path, *(["--family", family] if family else []))
        return path

    def test_equal_bytes(self):
        twin = self.nodes[1]
        for form in FORMATS:
            for more in ([], ["--family", "6"], ["--prefix", "192.0.2.0/24"], ["--limit", "3"]):
                mine = self.node.virbl("export", "worm", form, *more).stdout
                self.assertEqual(mine, twin.virbl("export", "worm", form, *more).stdout, (form, more))
                self.assertNotEqual(mine, self.text("spam", form))
            self.assertEqual(self.text("spam", form), twin.virbl("export", "spam", form).stdout, form)
        # Not by chance: they are not written in the same second.
        time.sleep(1.1)
        for form in FORMATS:
            self.assertEqual(self.text("worm", form), twin.virbl("export", "worm", form).stdout, form)

    def test_tags(self):
        """An unchanged list is 304 on the other node too, where bytes are all there is."""
        for form in FORMATS:
            path = "/v1/list/worm?format=" + form
            c = cluster.UnixConnection(self.node.dir / "virbl.sock")
            c.request("HEAD", path)
            r = c.getresponse()
            self.assertEqual(r.fp.read(), b"", "a body after a head")
            tag = r.getheader("ETag")
            self.assertIsNone(r.getheader("Content-Length"), form)
            c.close()
            for node in self.nodes if form not in ("csv", "json", "ndjson", "stix", "misp", "crowdsec") else self.nodes[:1]:
                self.assertEqual(node.request("GET", path, headers={"If-None-Match": tag}), (304, b""), form)
            c.request("GET", path)
            r = c.getresponse()
            self.assertEqual(r.getheader("ETag"), tag)
            self.assertEqual(r.read().decode(), self.text("worm", form))
            c.close()

    def test_unknown(self):
        for args, word in ((("worm", "xml"), "postfix-cidr"), (("wrom", "nft"), "worm, abuse, spam, any")):
            r = self.node.virbl("export", *args, check=False)
            self.assertEqual((r.returncode, r.stdout), (3, ""), r)
            self.assertIn(word, r.stderr)
        path = self.root.name + "/never"
        self.assertEqual(self.node.virbl("export", "worm", "xml", "-o", path, check=False).returncode, 3)
        self.assertEqual([x for x in os.listdir(self.root.name) if x.startswith("never")], [])

    def test_csv(self):
        import csv
        rows = list(csv.DictReader(self.text("worm", "csv").splitlines()))
        self.assertEqual([r["address"] for r in rows], V4 + V6)
        self.assertEqual({r["threat"] for r in rows}, {"Win.Worm.X"})
        lines = [json.loads(x) for x in self.text("worm", "ndjson").splitlines()]
        whole = json.loads(self.text("worm", "json"))
        self.assertEqual(whole, {"list": "worm", "rows": lines, "count": len(V4 + V6)})
        self.assertEqual([{k: str(v) for k, v in x.items()} for x in lines], rows)
        self.assertEqual(self.text("spam", "csv").count("\n"), 1)
        self.assertEqual(json.loads(self.text("spam", "json"))["count"], 0)
        self.assertEqual(self.text("spam", "ndjson"), "")

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
        self.assertEqual(set(bundle), {"type", "id", "objects"})
        stamp = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"
        for o in bundle["objects"]:
            self.assertRegex(o["id"], "^indicator--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
            self.assertEqual((o["type"], o["spec_version"], o["pattern_type"]), ("indicator", "2.1", "stix"))
            self.assertEqual(o["indicator_types"], ["malicious-activity"])
            self.assertRegex(o["pattern"], r"^\[(ipv4-addr:value = '[0-9.]+'|ipv6-addr:value ISSUBSET '[0-9a-f:]+/64')\]$")
            for name in ("created", "modified", "valid_from", "valid_until"):
                self.assertRegex(o[name], stamp)
            self.assertLessEqual(o["created"], o["modified"])
            self.assertLess(o["valid_from"], o["valid_until"])
        self.assertNotIn("objects", json.loads(self.text("spam", "stix")))


    def test_misp(self):
        """What MISP's core format says of an event and its attributes."""
        strings = {"id", "orgc_id", "org_id", "date", "threat_level_id", "info", "uuid", "attribute_count", "analysis",
                   "timestamp", "distribution", "publish_timestamp", "sharing_group_id"}
        seen = {}
        for name, want in (("worm", V4 + V6), ("spam", [])):
            whole = json.loads(self.text(name, "misp"))
            self.assertEqual(set(whole), {"Event"})
            e = whole["Event"]
            for key in strings:
                self.assertIsInstance(e[key], str, key)
            for key in ("published", "proposal_email_lock", "locked"):
                self.assertIsInstance(e[key], bool, key)
            for key in ("ShadowAttribute", "RelatedEvent", "Tag"):
                self.assertEqual(e[key], [])
            for key in ("Org", "Orgc"):
                self.assertEqual(set(e[key]), {"id", "name", "uuid"})
                uuid.UUID(e[key]["uuid"])
            self.assertRegex(e["date"], r"^\d{4}-\d\d-\d\d$")
            self.assertEqual([a["value"] for a in e["Attribute"]], want)
            self.assertEqual(int(e["attribute_count"]), len(want))
            for a in e["Attribute"]:
                self.assertEqual((a["category"], a["type"], a["to_ids"], a["deleted"], a["distribution"]),
                                 ("Network activity", "ip-src", True, False, "5"))
                self.assertLessEqual(int(a["timestamp"]), int(e["timestamp"]))
                self.assertLessEqual(a["first_seen"], a["last_seen"])
                self.assertEqual(a["comment"], "Win.Worm.X")
                seen[uuid.UUID(a["uuid"])] = a["value"]
            seen[uuid.UUID(e["uuid"])] = name
        self.assertEqual(len(seen), len(V4 + V6) + 2)

    def test_crowdsec(self):
        got = json.loads(self.text("worm", "crowdsec"))
        self.assertEqual([d["value"] for d in got], V4 + V6)
        self.assertEqual({(d["type"], d["origin"], d["scenario"], d["reason"]) for d in got},
                         {("ban", "virbl", "virbl/worm", "virbl/worm")})
        self.assertEqual([d["scope"] for d in got], ["Ip"] * len(V4) + ["Range"] * len(V6))
        self.assertEqual(len({d["id"] for d in got}), len(got))
        newest = max(d["until"] for d in got)
        self.assertEqual([d["duration"] for d in got if d["until"] == newest], ["24h0m0s"])
        self.assertTrue(all(re.match(r"^23h5[0-9]m[0-9]+s$", d["duration"]) for d in got if d["until"] != newest))
        self.assertEqual(json.loads(self.text("spam", "crowdsec")), [])


def main():
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Formats)
    r = unittest.TextTestRunner(stream=sys.stdout).run(suite)
    for test, why in r.skipped:
        print("skipped %s: %s" % (test.id().split(".")[-1], why))
    bad = len(r.failures) + len(r.errors)
    print("%d passed, %d failed, %d skipped" % (r.testsRun - bad - len(r.skipped), bad, len(r.skipped)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
