#!/usr/bin/python3
"""CrowdSec's bouncers against a node: each value is one decision with one id,
comes once and goes once, whatever it is listed on; cursors lose nothing and
repeat nothing; and the bouncers of Debian, unchanged, block what is listed."""
import http.client
import json
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import cluster

# Its listings end while one waits.
SHORT = 'list short { categories = {"test"}  threshold = 1  groups = 1  window = 10m  hold = 3s }\n'


class Test:
    def __init__(self, node):
        self.node, self.passed, self.failed, self.skipped = node, 0, 0, 0
        self.key = node.virbl("token", "add", "reader", "bouncer").stdout.split()[-1]

    def say(self, what, good, detail=""):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print("FAIL %s %s" % (what, detail), flush=True)

    def skip(self, what):
        self.skipped += 1
        print("skipped: " + what, flush=True)

    def ask(self, method, path, key="", source="127.0.0.1", body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.node.http, timeout=120, source_address=(source, 0))
        key = self.key if key == "" else key
        c.request(method, path, body=body, headers={"X-Api-Key": key} if key else {})
        r = c.getresponse()
        data = r.read()
        c.close()
        return r.status, json.loads(data) if data else None

    def decisions(self, query=""):
        status, answer = self.ask("GET", "/v1/decisions" + query)
        assert status == 200, answer
        return answer

    def pull(self, query="", source="127.0.0.1"):
        status, answer = self.ask("GET", "/v1/decisions/stream" + query, source=source)
        assert status == 200, answer
        return answer

    def report(self, *addresses, category="worm"):
        status, answer = self.node.post([{"address": a, "category": category, "count": 2} for a in addresses])
        assert status == 200, answer

    def values(self, rows):
        return [d["value"] for d in rows or []]

    # What is asked about one address

    def doors(self):
        for key in (None, "x", "virbl_" + "A" * 43, self.key[:-1]):
            for method, path in (("GET", "/v1/decisions"), ("HEAD", "/v1/decisions"), ("GET", "/v1/decisions/stream"),
                                 ("POST", "/v1/usage-metrics")):
                status, answer = self.ask(method, path, key)
                self.say("%s %s without a key" % (method, path), status == 403, status)
                # CrowdSec's own client stops the program if there is no message.
                self.say("says why", method == "HEAD" or answer["message"] == answer["detail"], answer)
        reporter = self.node.virbl("token", "add", "reporter", "mx").stdout.split()[-1]
        self.say("another role", self.ask("GET", "/v1/decisions", reporter)[0] == 403)
        self.say("metrics", self.ask("POST", "/v1/usage-metrics", body='{"remediation_components":[]}')[0] == 201)
        self.say("other parameters do no harm", self.pull("?startup=true&community_pull=true&dedup=false")["new"] == [])

    def queries(self):
        self.say("null when there is nothing", self.decisions("?ip=192.0.2.1") is None and self.decisions() is None)
        self.report("192.0.2.1", "192.0.2.200", "2001:db8:1:2::5")
        one = self.decisions("?ip=192.0.2.1")
        self.say("one decision", len(one) == 1 and set(one[0]) == {
            "id", "origin", "type", "scope", "value", "scenario", "until", "duration"}, one)
        d = one[0]
        self.say("its members", (d["origin"], d["type"], d["scope"], d["value"], d["scenario"])
                 == ("virbl", "ban", "Ip", "192.0.2.1", "virbl/worm") and isinstance(d["id"], int)
                 and d["duration"].startswith(("24h0m0s", "23h59m")), d)
        six = self.decisions("?ip=2001:db8:1:2:ffff::1")
        self.say("an address in a /64", self.values(six) == ["2001:db8:1:2::/64"] and six[0]["scope"] == "Range", six)
        everything = ["192.0.2.1", "192.0.2.200", "2001:db8:1:2::/64"]
        for query, want in (("", everything), ("?scope=ip", everything[:2]), ("?scope=Range", everything[2:]),
                            ("?scope=Country", []), ("?type=ban", everything), ("?type=captcha", []),
                            ("?origins=CAPI", []), ("?origins=CAPI,virbl", everything),
                            ("?scenarios_containing=worm", everything), ("?scenarios_containing=ssh", []),
                            ("?scenarios_not_containing=virbl/worm,virbl/any", []),
                            ("?value=192.0.2.1", everything[:1]), ("?value=192.0.2.01", []), ("?value=cn", []),
                            ("?range=192.0.2.0/24", []), ("?range=192.0.2.0/24&contains=false", everything[:2]),
                            ("?range=192.0.2.1/32", everything[:1]), ("?range=2001:db8::/32&contains=false", everything[2:]),
                            ("?range=2001:db8:1:2::/80", everything[2:]), ("?range=2001:db8:1:2::/64", everything[2:]),
                            ("?range=2001:db8:1:2::/80&contains=false", []), ("?range=2001:db8:1::/48", []),
                            ("?ip=192.0.2.1&contains=false", everything[:1]), ("?ip=192.0.2.2", []),
                            ("?ip=192.0.2.1&scope=Range", [])):
            self.say(query, self.values(self.decisions(query)) == want, self.values(self.decisions(query)))
        for query in ("?ip=192.0.2", "?ip=mail.example", "?range=192.0.2.1/24", "?range=x"):
            status, answer = self.ask("GET", "/v1/decisions" + query)
            self.say(query, status == 400 and answer["message"], answer)
        self.say("HEAD", self.ask("HEAD", "/v1/decisions?ip=192.0.2.1") == (200, None))

    def one_value(self):
        """A value on several lists is one decision, until it leaves the last of them."""
        self.report("192.0.2.50")
        self.pull("?startup=true")
        before = self.decisions("?ip=192.0.2.50")
        self.report("192.0.2.50", category="spam")
        after = self.decisions("?ip=192.0.2.50")
        self.say("still one", len(after) == 1 and after[0]["id"] == before[0]["id"], after)
        spam = self.decisions("?ip=192.0.2.50&scenarios_containing=spam")
        self.say("as one list has it", spam[0]["scenario"] == "virbl/spam" and spam[0]["id"] == after[0]["id"], spam)
        got = self.pull()
        self.say("told as one", self.values(got["new"]) == ["192.0.2.50"] and got["deleted"] == [], got)

    # What has changed

    def cursors(self):
        self.pull("?startup=true")
        mark = self.pull()["cursor"]
        self.say("nothing new", self.pull() == {"new": [], "deleted": [], "cursor": mark})
        self.report("198.51.100.1")
        for _ in range(2):
            self.say("HEAD moves nothing", self.ask("HEAD", "/v1/decisions/stream") == (200, None))
            self.say("since= moves nothing", self.values(self.pull("?since=" + mark)["new"]) == ["198.51.100.1"])
        other = self.pull("", "127.0.0.2")
        self.say("another machine with the same key begins anew", "198.51.100.1" in self.values(other["new"])
                 and len(other["new"]) == len(self.decisions()))
        got = self.pull()
        self.say("the first one misses nothing", self.values(got["new"]) == ["198.51.100.1"], got)
        first = got["new"][0]["id"]
        time.sleep(1.1)
        self.report("198.51.100.1")
        got = self.pull()
        self.say("a renewal is an update", [d["id"] for d in got["new"]] == [first] and got["deleted"] == [], got)
        self.node.virbl("retract", "198.51.100.1")
        got = self.pull()
        self.say("one delete", got["new"] == [] and [d["id"] for d in got["deleted"]] == [first]
                 and got["deleted"][0]["duration"].startswith("-"), got)
        self.say("not a second one", self.pull()["deleted"] == [])
        got = self.pull("", "127.0.0.2")
        self.say("the other one, too", self.values(got["deleted"]) == ["198.51.100.1"] and got["new"] == [], got)
        self.report("198.51.100.2")
        self.node.virbl("retract", "198.51.100.2")
        got = self.pull()
        self.say("come and gone in between: not a word", got["new"] == [] and got["deleted"] == [], got)
        for since in ("x", mark[:-1] + "x", "0" * 16 + mark[16:], mark.rsplit("-", 1)[0] + "-9.9.9.9.9"):
            got = self.pull("?since=" + since)
            self.say("since=%s: everything" % since, len(got["new"]) == len(self.decisions()), len(got["new"]))

    def model(self):
        """Bouncers that pull now and then know at the end what is listed, and
        were told of nothing twice."""
        draw = random.Random(4711)
        queries = ("", "?scopes=ip", "?scenarios_containing=short", "?scenarios_not_containing=any")
        known = [{} for _ in queries]
        addresses = ["203.0.113.%d" % i for i in range(30)] + ["2001:db8:9:%x::1" % i for i in range(10)]
        for i, query in enumerate(queries):
            for d in self.pull(query + ("&" if query else "?") + "startup=true", "127.0.0.%d" % (10 + i))["new"]:
                known[i][d["value"]] = d["id"]
        twice = []
        for turn in range(250):
            what = draw.random()
            if what < 0.75:
                self.report(draw.choice(addresses), category=draw.choice(("worm", "spam", "scan", "test", "test")))
            else:
                self.node.request("POST", "/v1/retract", json.dumps({"address": draw.choice(addresses)}))
            if turn == 249:
                time.sleep(4.5)     # what is short is over
            for i, query in enumerate(queries):
                if turn < 249 and draw.random() < 0.7:
                    continue
                got = self.pull(query, "127.0.0.%d" % (10 + i))
                for d in got["deleted"]:
                    if known[i].pop(d["value"], None) != d["id"]:
                        twice.append((turn, query, d))
                for d in got["new"]:
                    if known[i].setdefault(d["value"], d["id"]) != d["id"]:
                        twice.append((turn, query, d))
        self.say("nothing is told twice, ids stay", not twice, twice[:3])
        for i, query in enumerate(queries):
            want = {d["value"]: d["id"] for d in self.decisions(query.replace("scopes", "scope")) or []}
            self.say("what is known at the end: " + (query or "all"), known[i] == want,
                     (sorted(set(known[i]) ^ set(want))[:5]))

    def restart(self):
        """A cursor of an earlier run: all that is listed, and what was withdrawn."""
        self.report("203.0.113.100", "203.0.113.101")
        self.pull()
        self.node.virbl("retract", "203.0.113.100")
        mark = self.pull("?since=" + self.pull("?since=x")["cursor"])["cursor"]
        self.node.stop()
        self.node.start()
        for query in ("", "?since=" + mark):
            got = self.pull(query)
            self.say("after a restart", "203.0.113.101" in self.values(got["new"])
                     and len(got["new"]) == len(self.decisions()) and "203.0.113.100" in self.values(got["deleted"])
                     and not set(self.values(got["deleted"])) & set(self.values(got["new"])), got["deleted"])
        self.say("then as ever", self.pull()["new"] == [])
        self.say("who begins has nothing to forget", self.pull("?startup=true")["deleted"] == [])

    def many(self):
        """A long answer is sent in pieces: the daemon does not grow with it."""
        for i in range(0, 60000, 10000):
            self.report(*["10.%d.%d.%d" % (x >> 16, x >> 8 & 255, x & 255) for x in range(i, i + 10000)])
        before = self.node.peak_memory()
        got = self.pull("?startup=true")
        grown = self.node.peak_memory() - before
        self.say("all of it", len(got["new"]) == len({d["value"] for d in got["new"]}) >= 60000)
        # 60,000 rows of two lists are 2 MiB; the answer is 12.
        self.say("grown by %d KiB" % grown, grown < 8192)

    # Real bouncers

    def run(self, program, conf, log):
        out = open(log, "ab")
        p = subprocess.Popen([program, "-c", str(conf)], stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        out.close()
        return p

    def custom(self, root):
        program = shutil.which("crowdsec-custom-bouncer")
        if not program:
            self.skip("no crowdsec-custom-bouncer")
            return
        told = root / "told"
        told.touch()
        script = root / "script"
        script.write_text('#!/bin/sh\necho "$1 $2 $3 $4" >>%s\n' % told)
        script.chmod(0o755)
        conf = root / "custom.yaml"
        conf.write_text("bin_path: %s\npiddir: %s/\nupdate_frequency: 1s\ncache_retention_duration: 1s\n"
                        "daemonize: false\nlog_mode: stdout\nlog_level: info\napi_url: http://127.0.0.1:%d/\n"
                        "api_key: %s\nscenarios_containing: [short, spam]\nprometheus:\n  enabled: false\n"
                        % (script, root, self.node.http, self.key))

        def lines(address):
            return [x.split() for x in told.read_text().splitlines() if x.split()[1] == address]
        self.report("192.0.2.130", "2001:db8:77::1", category="spam")
        p = self.run(program, conf, root / "custom.log")
        try:
            def both():
                "what is listed is added"
                return lines("192.0.2.130") and lines("2001:db8:77::/64")
            cluster.wait_for(both)
            self.say("the script is told all of it", lines("192.0.2.130")[0][0] == "add"
                     and 86000 < int(lines("192.0.2.130")[0][2]) <= 86400
                     and lines("192.0.2.130")[0][3] == "virbl/spam", told.read_text())
            self.report("192.0.2.131")
            self.report("192.0.2.132", category="test")

            def over():
                "what is short is over"
                return any(x[0] == "del" for x in lines("192.0.2.132"))
            cluster.wait_for(over)
            self.say("added and deleted once", [x[0] for x in lines("192.0.2.132")] == ["add", "del"],
                     told.read_text())
            self.say("other lists are not told", not lines("192.0.2.131"), told.read_text())
            self.node.virbl("retract", "192.0.2.130")

            def gone():
                "what is retracted is deleted"
                return any(x[0] == "del" for x in lines("192.0.2.130"))
            cluster.wait_for(gone)
            self.say("retracted: added and deleted once", [x[0] for x in lines("192.0.2.130")] == ["add", "del"])
            # A node that restarts is no reason to block or free anything else.
            self.node.stop()
            self.node.start()
            self.report("192.0.2.133", category="spam")

            def more():
                "it goes on after a restart"
                return lines("192.0.2.133")
            cluster.wait_for(more)
            self.say("still running", p.poll() is None, (root / "custom.log").read_text()[-2000:])
        finally:
            p.send_signal(signal.SIGTERM)
            p.wait(60)

    def firewall(self, root):
        """In a network of its own: what is listed cannot connect any more."""
        program = shutil.which("crowdsec-firewall-bouncer")
        if not program or not shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin"):
            self.skip("no crowdsec-firewall-bouncer or nft")
            return
        conf = root / "firewall.yaml"
        conf.write_text("mode: nftables\npid_dir: %s/\nupdate_frequency: 1s\ndaemonize: false\nlog_mode: stdout\n"
                        "log_level: info\napi_url: http://127.0.0.1:%d/\napi_key: %s\ndeny_action: DROP\n"
                        "blacklists_ipv4: b4\nblacklists_ipv6: b6\nnftables:\n"
                        "  ipv4: {enabled: true, set-only: false, table: crowdsec, chain: c4}\n"
                        "  ipv6: {enabled: true, set-only: false, table: crowdsec6, chain: c6}\n"
                        "nftables_hooks: [input]\nprometheus:\n  enabled: false\n" % (root, self.node.http, self.key))
        for a in ("203.0.113.200/32", "203.0.113.201/32", "203.0.113.202/32"):
            subprocess.run(["ip", "address", "add", a, "dev", "lo"], check=True)
        server = socket.create_server(("203.0.113.200", 0))

        def passes(source):
            try:
                with socket.create_connection(server.getsockname(), 1, (source, 0)):
                    server.accept()[0].close()
                return True
            except OSError:
                return False
        self.say("all can connect", passes("203.0.113.201") and passes("203.0.113.202"))
        self.report("203.0.113.201")
        p = self.run(program, conf, root / "firewall.log")
        try:
            def blocked():
                "the listed one is blocked"
                assert p.poll() is None, (root / "firewall.log").read_text()
                return not passes("203.0.113.201")
            cluster.wait_for(blocked)
            self.say("the other one is not", passes("203.0.113.202"))
            rules = subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout
            self.say("as an element of the bouncer's set", "203.0.113.201" in rules and "timeout" in rules, rules)
            self.node.virbl("retract", "203.0.113.201")

            def free():
                "what is retracted can connect again"
                return passes("203.0.113.201")
            cluster.wait_for(free)
            self.report("203.0.113.202")

            def blocked():
                "the next one is blocked"
                return not passes("203.0.113.202")
            cluster.wait_for(blocked)
            self.say("and nobody else", passes("203.0.113.201"))
        finally:
            p.send_signal(signal.SIGTERM)
            p.wait(60)


def main():
    if "inside" not in sys.argv:
        for how in (["unshare", "-rn"], ["unshare", "-n"]):
            if subprocess.run(how + ["true"], capture_output=True).returncode == 0:
                return subprocess.run(how + [sys.executable, __file__, "inside"]).returncode
    inside = "inside" in sys.argv
    if inside:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory() as root:
        node = cluster.Node(root, "alpha")
        node.lists += SHORT
        node.configure()
        node.start()
        test = Test(node)
        root = pathlib.Path(root)
        try:
            for part in (test.doors, test.queries, test.one_value, test.cursors, test.model, test.restart):
                part()
            test.custom(root)
            if inside:
                test.firewall(root)
            else:
                test.skip("no network namespace here")
            test.many()
        finally:
            if node.stop() not in (0, None):
                test.say("ends well", False, node.log()[-2000:])
    print("%d passed, %d failed, %d skipped" % (test.passed, test.failed, test.skipped))
    return 1 if test.failed else 0


if __name__ == "__main__":
    sys.exit(main())
