#!/usr/bin/python3
"""GET /metrics is what promtool wants and docs/monitoring.md says; every alert
of docs/monitoring/rules.yml fires when its condition is caused on real nodes, and
none on healthy ones; the dashboard asks for what exists; /readyz says why not.

The conditions are real, the time is not: scrapes of before and after are put on
a time line of minutes and judged by promtool."""
import ipaddress
import json
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import cluster
import prometheus
from cluster import SOURCE, pair, wait_for

passed = failed = 0
fired = set()


def show(what, ok):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print("%s %s" % ("ok  " if ok else "FAIL", what), flush=True)


def alerts(what, timeline, at, want, interval=1):
    """Show that exactly the alerts `want` fire at that minute."""
    got = prometheus.firing(timeline, at, interval)
    fired.update(got)
    show("%s: %s" % (what, " ".join(sorted(got)) or "nothing fires"), got == set(want))


def rows(n, first="10.0.0.0", **more):
    base = int(ipaddress.ip_address(first))
    return [dict({"address": str(ipaddress.ip_address(base + i)), "category": "worm", "count": 2}, **more)
            for i in range(n)]


def check_text(a):
    """The text itself, and its documents."""
    text = a.get("/metrics")[1].decode()
    code, out = prometheus.run("check", "metrics", input=text)
    show("promtool check metrics: %s" % (out.strip() or "clean"), code == 0 and not out.strip())
    code, out = prometheus.run("check", "rules", prometheus.RULES)
    show("promtool check rules: %s" % out.split("\n")[1].strip(), code == 0)
    families = set(re.findall(r"^# TYPE (\w+)", text, re.M))
    documented = set(re.findall(r"^\| `(\w+)", (SOURCE / "docs/monitoring.md").read_text(), re.M))
    show("%d families, each in docs/monitoring.md and none else: %s"
         % (len(families), " ".join(sorted(families ^ documented))), families == documented)
    board = json.loads((SOURCE / "docs/monitoring/grafana.json").read_text())
    exprs = [t["expr"] for p in board["panels"] for t in p.get("targets", [])]
    names = {re.sub("_(bucket|sum|count)$", "", n) if n not in families else n
             for e in exprs for n in re.findall(r"\b(?:virbl|process)_\w+", e)}
    show("the dashboard's %d expressions ask for %d families that exist: %s"
         % (len(exprs), len(names), " ".join(names - families)), exprs and names <= families)
    rules = {"groups": [{"name": "dashboard", "rules": [
        {"record": "panel:%d" % i, "expr": e.replace("$__rate_interval", "5m")}
        for i, e in enumerate(exprs)]}]}
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as f:
        json.dump(rules, f)
        f.flush()
        code, out = prometheus.run("check", "rules", f.name)
    show("promtool reads every one of them", code == 0 or print(out))
    show("no label grows with what strangers send",
         not re.search(r"\b\d+\.\d+\.\d+\.\d+\b", re.sub(r"version=\"[^\"]*\"", "", text)))
    return families


def check_values(a, b):
    """Numbers against what was done."""
    before = prometheus.parse(a.get("/metrics")[1].decode())
    a.post(rows(50) + [{"address": "x", "category": "worm"}] + [{"address": "2001:db8::1", "category": "worm",
                                                                "count": 2}])
    a.post(rows(10, id="same"))
    wait_for(lambda: a.digest() == b.digest() and a.digest()["worm"][0] == 51)
    a.virbl("ingest", "ndjson", "-", input='{"address":"10.9.9.9","category":"spam"}\nnonsense\n', check=False)
    a.virbl("ingest", "ndjson", "-", input="more nonsense\n", check=False)
    a.virbl("report", "10.9.9.9", "--category", "spam", "--threat", "X")
    for path in ("/v1/ip/10.0.0.1", "/v1/ip/10.0.0.2", "/v1/ip/nonsense", "/nothing"):
        a.get(path)
    after = prometheus.parse(a.get("/metrics")[1].decode())
    for series, want in (
            ('virbl_observations_total{adapter="http",result="accepted"}', 52),
            ('virbl_observations_total{adapter="http",result="duplicate"}', 9),
            ('virbl_observations_total{adapter="http",result="unparsed"}', 1),
            ('virbl_observations_total{adapter="ndjson",result="accepted"}', 1),
            ('virbl_observations_total{adapter="ndjson",result="unparsed"}', 2),
            ('virbl_observations_total{adapter="report",result="accepted"}', 1),
            ('virbl_http_requests_total{method="GET",route="/v1/ip/{address}",code="2xx"}', 2),
            ('virbl_http_requests_total{method="GET",route="/v1/ip/{address}",code="4xx"}', 1),
            ('virbl_http_requests_total{method="",route="",code="4xx"}', 1),
            ('virbl_http_request_duration_seconds_count{method="GET",route="/v1/ip/{address}"}', 3),
            ('virbl_items_total{result="accepted"}', 54)):
        got = after.get(series, 0) - before.get(series, 0)
        show("%s grew by %d" % (series, got), got == want)
    for series, want in (('virbl_listings{list="worm",family="ipv4"}', 50),
                         ('virbl_listings{list="worm",family="ipv6"}', 1), ("virbl_ready", 1),
                         ("virbl_publishing", 1), ('virbl_peer_up{peer="b"}', 1),
                         ('virbl_peer_backlog_batches{peer="b"}', 0), ('virbl_peer_frozen{peer="b"}', 0)):
        show("%s is %d" % (series, after[series]), after[series] == want)
    for series in ("virbl_db_size_bytes", "virbl_store_commit_duration_seconds_count",
                   "process_cpu_seconds_total", "process_resident_memory_bytes",
                   'virbl_peer_last_sync_timestamp_seconds{peer="b"}', "virbl_own_log_seq"):
        show("%s is %g" % (series, after[series]), after[series] > 0)
    other = prometheus.parse(b.get("/metrics")[1].decode())
    taken = other['virbl_records_received_total{peer="a",result="accepted"}']
    sent = after["virbl_own_log_records_total"]
    show("%d records of a taken at b, of %d that a made" % (taken, sent), 51 <= taken <= sent)


def check_doors(a):
    import http.client
    c = http.client.HTTPConnection("127.0.0.1", a.http)
    c.request("GET", "/metrics")
    r = c.getresponse()
    body = r.read()
    show("/metrics on the loopback port: %s" % r.getheader("Content-Type"),
         r.status == 200 and r.getheader("Content-Type").startswith("text/plain; version=0.0.4"))
    show("and what it says is whole", body.endswith(b"\n") and b"virbl_build_info" in body)
    c.close()


def disk_alerts(a, healthy):
    """Another program keeps the database locked."""
    db = sqlite3.connect(str(a.dir / "state/virbl.db"), isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    poster = threading.Thread(target=a.post, args=(rows(1, "10.3.0.0"),))
    poster.start()

    def stuck():
        "readyz says that the disk takes nothing"
        status, body = a.get("/readyz")
        return status == 503 and json.loads(body)["detail"].startswith("the disk has not taken a write for")
    wait_for(stuck)
    show("/readyz: %s" % json.loads(a.get("/readyz")[1])["detail"], True)
    r = a.virbl("status", check=False)
    show("virbl status exits %d and says: %s" % (r.returncode, r.stdout.split("wrong")[1].split("\n")[0].strip()),
         r.returncode == 75 and "the disk has not taken a write" in r.stdout)
    locked = prometheus.scrape(a)
    db.execute("ROLLBACK")
    db.close()
    poster.join()
    wait_for(lambda: a.get("/readyz")[0] == 200)
    alerts("the disk takes nothing", [healthy] * 10 + [locked] * 5, 14, ["VirblNotReady"])
    alerts("then it does again", [healthy] * 10 + [locked] * 3 + [prometheus.scrape(a)] * 5, 16, ["VirblDiskSlow"])


def list_alerts(a, healthy):
    a.post(rows(1100, "10.4.0.0"))
    grown = prometheus.scrape(a)
    alerts("1,100 new listings", [healthy] * 10 + [grown] * 5, 12, ["VirblListGrew"])
    a.lists = a.lists.replace("list worm {", "list worm { threshold = 100000 ")
    a.configure()
    a.virbl("reload")
    alerts("a policy that lists nothing", [grown] * 61 + [prometheus.scrape(a)] * 5, 63, ["VirblListShrank"])
    a.lists = cluster.LISTS
    a.configure()
    a.virbl("reload")


def intake_alerts(a):
    before = prometheus.scrape(a)
    a.post(rows(3, "10.5.0.0"))
    after = prometheus.scrape(a)
    alerts("nothing for six hours", [before] * 3 + [after] * 26, 27 * 60, ["VirblIntakeSilent"], interval=60)
    a.virbl("ingest", "ndjson", "-", input="what is this\n" * 5 + '{"address":"10.5.1.1","category":"spam"}\n',
            check=False)
    alerts("a log that cannot be read", [after] * 20 + [prometheus.scrape(a)] * 10, 28, ["VirblIntakeUnparsed"])


def liar_alerts(a, root):
    """A peer that serves nonsense, then what it announced never, then forks."""
    import liar
    x = liar.Liar(root, "liar")
    a.virbl("peer", "add", x.invite, "--name", "liar", "--trust", "vote")
    healthy = prometheus.scrape(a)
    x.batches[1, 1] = b"nonsense" * 40
    x.announce(1, bytes(range(32)))
    rejected = 'virbl_batches_rejected_total{instance="a",job="virbl",peer="liar"}'
    wait_for(lambda: prometheus.scrape(a)[rejected] > healthy[rejected])
    bad = prometheus.scrape(a)
    alerts("a peer sends nonsense", [healthy] * 10 + [bad] * 5, 12, ["VirblRejected"])
    x.batches.clear()
    x.announce(1000, bytes(range(32)))
    backlog = 'virbl_peer_backlog_batches{instance="a",job="virbl",peer="liar"}'
    wait_for(lambda: prometheus.scrape(a)[backlog] > 100)
    alerts("a peer announces what it does not serve", [prometheus.scrape(a)] * 20, 18, ["VirblBehind"])
    x.announce(1, x.batch(1, [liar.sighting(ipaddress.ip_address("10.6.0.1"), int(time.time()) - 5)]))
    wait_for(lambda: a.lookup("10.6.0.1")["sightings"])
    x.announce(1, x.batch(1, []))
    frozen = 'virbl_peer_frozen{instance="a",job="virbl",peer="liar"}'
    wait_for(lambda: prometheus.scrape(a)[frozen] == 1)
    now = prometheus.scrape(a)
    alerts("a peer that signed two histories", [now] * 10, 8, ["VirblPeerFrozen"])
    x.close()
    a.virbl("peer", "remove", "liar")


def peer_alerts(a, b):
    healthy = prometheus.scrape(a)
    b.stop()
    for i in range(3):
        seq = prometheus.scrape(a)['virbl_own_log_seq{instance="a",job="virbl"}']
        a.post(rows(1, "10.7.%d.0" % i))
        wait_for(lambda: prometheus.scrape(a)['virbl_own_log_seq{instance="a",job="virbl"}'] > seq)
    up = 'virbl_peer_up{instance="a",job="virbl",peer="b"}'
    wait_for(lambda: prometheus.scrape(a)[up] == 0)
    alerts("the only peer is gone", [healthy] * 10 + [prometheus.scrape(a)] * 20, 28,
           ["VirblIsolated", "VirblPeerDown", "VirblUnheard"])
    wrong = [w for w in a.virbl("status").stdout.split("wrong") if "no peer is connected" in w]
    show("virbl status says: %s" % " ".join(wrong).strip().split("\n")[0], len(wrong) == 1)
    a.stop()
    alerts("the daemon is gone", [healthy] * 5 + [prometheus.scrape(a)] * 5, 8, ["VirblDown"])
    a.start()
    alerts("started again, with nobody to ask", [healthy] * 10 + [prometheus.scrape(a)] * 12, 21,
           ["VirblNotPublishing", "VirblIsolated"])
    b.start()
    wait_for(lambda: prometheus.scrape(a)['virbl_publishing{instance="a",job="virbl"}'] == 1)
    wait_for(lambda: prometheus.scrape(a)['virbl_peer_lag_batches{instance="a",job="virbl",peer="b"}'] == 0)
    wait_for(lambda: prometheus.scrape(a)[up] == 1)
    alerts("all well again", [prometheus.scrape(a)] * 30, 29, [])


def machine_alerts(root):
    """A node with few files and few DNS questions a second."""
    n = Node(root, "small")
    n.lists = 'list worm { categories = {"worm"}  zone = "worm.test"  code = "127.0.0.2" }'
    n.configure()
    log = open(n.dir / "virbld.out", "ab")
    n.process = subprocess.Popen(["prlimit", "--nofile=46", str(cluster.BUILD / "virbld"), "-f", "-c", str(n.conf)],
                                 stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    log.close()
    n.wait_ready()
    healthy = prometheus.scrape(n)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    question = bytes.fromhex("000100000001000000000000") + b"\x012\x010\x010\x03127\x04worm\x04test\0\0\1\0\1"
    for _ in range(200):
        udp.sendto(question, ("127.0.0.1", n.dns_port))
    series = 'virbl_dns_queries_total{instance="small",job="virbl",zone="%s",result="%s"}'
    wait_for(lambda: prometheus.scrape(n)[series % ("", "limited")] > 100)
    now = prometheus.scrape(n)
    show("DNS: %d listed, %d limited" % (now[series % ("worm.test", "listed")], now[series % ("", "limited")]),
         now[series % ("worm.test", "listed")] > 0)
    show("files: %d of %d" % (now['process_open_fds{instance="small",job="virbl"}'],
                              now['process_max_fds{instance="small",job="virbl"}']), True)
    alerts("too many questions, too few files", [healthy] * 12 + [now] * 9, 19, ["VirblDnsLimited", "VirblFilesLow"])
    udp.close()
    n.stop()


class Node(cluster.Node):
    """One that answers DNS."""

    def configure(self):
        self.dns_port = getattr(self, "dns_port", None) or cluster.free_port()
        super().configure()
        self.conf.write_text(self.conf.read_text().replace(
            "listen {", 'listen { dns = {"127.0.0.1:%d"} ' % self.dns_port, 1) + "dns { rate = 1 }\n")


def main():
    if prometheus.promtool() is None:
        print("skipped: no promtool: ./bootstrap.sh check fetches it, or install Debian's package prometheus")
        return 77
    with tempfile.TemporaryDirectory() as root:
        a, b = Node(root, "a"), Node(root, "b")
        try:
            a.start(), b.start()
            pair(a, b, "full")
            wait_for(lambda: prometheus.scrape(a)['virbl_peer_up{instance="a",job="virbl",peer="b"}'] == 1)
            check_values(a, b)
            check_text(a)
            check_doors(a)
            healthy = prometheus.scrape(a)
            alerts("an hour of health", [healthy] * 61, 60, [])
            wrong = a.virbl("status").stdout.split("wrong")[1:]
            show("virbl status has nothing to say but that this is a test", len(wrong) == 1 and "tests only" in wrong[0])
            disk_alerts(a, healthy)
            list_alerts(a, prometheus.scrape(a))
            intake_alerts(a)
            liar_alerts(a, root)
            peer_alerts(a, b)
            machine_alerts(root)
        finally:
            for n in (a, b):
                n.stop()
    rules = set(re.findall(r"alert: (\w+)", prometheus.RULES.read_text()))
    show("every one of %d alerts fired: %s" % (len(rules), " ".join(rules - fired)), rules == fired)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
