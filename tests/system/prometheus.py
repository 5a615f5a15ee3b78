"""What Prometheus would make of a node's numbers: scrapes put on a time line,
judged by promtool with the rules the project ships."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import cluster

RULES = cluster.SOURCE / "docs/monitoring/rules.yml"
UNPACKED = cluster.SOURCE / "build/tools/usr/bin/promtool"  # by bootstrap.sh


def promtool():
    return os.environ.get("VIRBL_PROMTOOL") or shutil.which("promtool") or \
        (str(UNPACKED) if UNPACKED.exists() else None)


def run(*args, input=None):
    r = subprocess.run([promtool()] + [str(a) for a in args], input=input, capture_output=True, text=True)
    return r.returncode, r.stdout + r.stderr


def parse(text):
    """Series of a scrape: {'name{labels}': value}."""
    found = {}
    for line in text.splitlines():
        if line and line[0] != "#":
            series, value = line.rsplit(" ", 1)
            found[series] = float(value)
    return found


def scrape(node):
    """A scrape with the labels Prometheus adds; up = 0 if there is no answer."""
    where = 'instance="%s",job="virbl"' % node.name
    try:
        status, text = node.get("/metrics")
    except OSError:
        return {"up{%s}" % where: 0.0}
    assert status == 200, text
    found = {re.sub(r"^(\w+)\{", r"\1{%s," % where, s) if "{" in s else "%s{%s}" % (s, where): v
             for s, v in parse(text.decode()).items()}
    found["up{%s}" % where] = 1.0
    return found


def firing(timeline, at, interval=1):
    """Names of the alerts that fire at minute `at`, given the scrape of every
    `interval` minutes, one node or a list of them at a time."""
    names = sorted({s for scrape in timeline for s in scrape})
    series = [{"series": n, "values": " ".join("%r" % s[n] if n in s else "_" for s in timeline)}
              for n in names]
    test = {"rule_files": [str(RULES)], "evaluation_interval": "%dm" % interval, "tests": [{
        "interval": "%dm" % interval, "input_series": series, "promql_expr_test": [{
            "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
            "eval_time": "%dm" % at, "exp_samples": [{"labels": '{alertname="none at all"}', "value": 1}]}]}]}
    with tempfile.TemporaryDirectory() as d:
        path = pathlib.Path(d) / "test.yml"
        path.write_text(json.dumps(test))  # JSON is YAML
        code, out = run("test", "rules", path)
    # It always differs from what is expected, and says what there is instead.
    got = re.search(r"got:(.*)", out, re.S)
    assert code != 0 and got, out
    return set(re.findall(r'alertname="(\w+)"', got[1]))
