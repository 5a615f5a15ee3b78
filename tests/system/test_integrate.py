#!/usr/bin/python3
"""Each snippet of `virbl integrate` that test_mail.py does not use is used here,
by the software it is for: resolvers find the zones, firewalls and proxies let
nobody in who is listed, resolvers show listed customers a walled garden, rbldnsd
answers as the node does, fail2ban reports."""
import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import urllib.request

import cluster
import unpacked
from unpacked import background, dig, put, run, snippet

LISTS = """
list worm { categories = {"worm", "malware"}  code = "127.0.0.2"  zone = "worm.bl.example"  threshold = 1 }
list 2-a-very-long.name_of-a-list { categories = {"bruteforce"}  code = "127.0.0.3"  zone = "Abuse.bl.example"  threshold = 1 }
list any { categories = {"worm", "malware", "bruteforce"}  zone = "bl.example"  threshold = 1 }
"""
LONG = "2-a-very-long.name_of-a-list"
SERVER, SERVER6 = "192.0.2.25", "2001:db8:1:1::25"
BAD4, GOOD4, BAD6, GOOD6 = "192.0.2.77", "192.0.2.78", "2001:db8:1:2::77", "2001:db8:1:3::78"
passed = failed = 0


def show(what, ok):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    print("%s %s" % ("ok  " if ok else "FAIL", what), flush=True)


def use(node, product, *args, title=None, replace=()):
    """Put the files of the snippet; its answer, the jobs for cron, the commands."""
    answer = json.loads(node.virbl("integrate", product, "--json", *args).stdout)
    jobs, commands = [], []
    for p in answer["parts"]:
        if title not in (None, p["title"]):
            continue
        text = p["text"]
        for a, b in replace:
            text = text.replace(a, b)
        if p["file"] is None:
            commands += text.splitlines()
        else:
            put(p["file"], text)
        if (p["file"] or "").startswith("/etc/cron.d/"):
            jobs += [re.sub(r"^(\S+ ){5}root ", "", l) for l in text.splitlines() if not l.startswith("#")]
    return answer, jobs, commands


def sh(command):
    return subprocess.run(["sh", "-c", command], capture_output=True, text=True)


def do(what, commands):
    for c in commands:
        r = sh(c)
        show("%s: %s %s" % (what, c[:110], (r.stdout + r.stderr).strip()[-200:] if r.returncode else ""), r.returncode == 0)


# ---- Resolvers ----

def resolvers(node):
    def test_points():
        return dig("2.0.0.127.worm.bl.example") == ["127.0.0.2"] and \
            dig("1.0.0.127.worm.bl.example") == [] and \
            dig("77.2.0.192.worm.bl.example") == ["127.0.0.2"] and \
            dig("77.2.0.192.bl.example") == ["127.0.0.2"] and dig("78.2.0.192.bl.example") == []

    def found(name, process, log):
        def answers():
            "the test points are found"
            assert process.poll() is None, pathlib.Path(log).read_text()
            return test_points()
        cluster.wait_for(answers)
        show("resolver: %s finds the zones" % name, True)
        process.terminate()
        process.wait()

    use(node, "resolver", title="unbound")
    found("unbound", unpacked.unbound("/etc/unbound/unbound.conf.d/virbl.conf"), "/mnt/unbound.log")
    answer, _, _ = use(node, "resolver", title="bind")
    bind = next(p["text"] for p in answer["parts"] if p["title"] == "bind")
    validate = re.search(r"validate-except .*", bind).group(0)
    put("/etc/bind/test.conf", 'options { directory "/mnt"; listen-on { 127.0.0.1; }; listen-on-v6 { none; };\n'
        ' pid-file none; session-keyfile "/mnt/session.key"; recursion yes; dnssec-validation auto; %s };\n'
        'include "/etc/bind/named.conf.local";\n' % validate)
    run("named-checkconf", "/etc/bind/test.conf")
    found("bind", background("named", "-g", "-c", "/etc/bind/test.conf", log="/mnt/named.log"), "/mnt/named.log")
    use(node, "resolver", title="dnsmasq")
    found("dnsmasq", background("dnsmasq", "-k", "-C", "/etc/dnsmasq.d/virbl.conf", "--stop-dns-rebind", "-u", "root",
                                "--no-resolv", log="/mnt/dnsmasq.log"), "/mnt/dnsmasq.log")


# ---- Firewalls and proxies ----

def connects(source, port, seconds=2):
    """Does a connection to the server get through?"""
    server = SERVER if "." in source else SERVER6
    try:
        socket.create_connection((server, port), timeout=seconds, source_address=(source, 0)).close()
        return True
    except OSError:
        return False


def listen(port):
    sockets = []
    for family, where in ((socket.AF_INET, SERVER), (socket.AF_INET6, SERVER6)):
        s = socket.socket(family, socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((where, port))
        s.listen(16)
        sockets.append(s)
    return sockets


def firewall(node, product, commands_first):
    """Listed hosts do not get in, others do; what changes is taken over."""
    put("/etc/nftables.conf", "")
    _, jobs, commands = use(node, product)
    do(product, commands if commands_first else jobs + commands)
    do(product, jobs)
    do(product, jobs)       # as the next minute does
    show("%s: listed hosts do not get in" % product, not connects(BAD4, 25) and not connects(BAD6, 25))
    show("%s: others do" % product, connects(GOOD4, 25, 60) and connects(GOOD6, 25, 60))
    node.virbl("exempt", "add", BAD4)
    do(product, jobs)
    show("%s: exempted, it gets in" % product, connects(BAD4, 25, 60) and not connects(BAD6, 25))
    node.virbl("exempt", "remove", BAD4)


def nftables(node):
    firewall(node, "nftables", True)
    do("nftables", ["nft -f /etc/nftables.d/virbl.nft", "nft -f /etc/nftables.d/virbl.nft"])
    rules = run("nft", "list", "chain", "inet", "virbl", "input")
    show("nftables: loaded again, each rule stands once", rules.count("drop") == 2)
    run("nft", "flush", "ruleset")


def ipset(node):
    for a in ("iptables", "ip6tables"):
        if sh("command -v " + a).returncode != 0:
            os.symlink("/usr/sbin/%s-nft" % a, "/mnt/bin/" + a)
    firewall(node, "ipset", True)
    run("iptables", "-F", "INPUT")
    run("ip6tables", "-F", "INPUT")
    # A name that ipset cannot take whole.
    _, jobs, commands = use(node, "ipset", "--list", LONG)
    do("ipset, long name", commands + jobs)
    run("iptables", "-F", "INPUT")
    run("ip6tables", "-F", "INPUT")


def haproxy(node):
    answer, jobs, commands = use(node, "haproxy")
    lines = answer["parts"][0]["text"]
    put("/etc/haproxy/haproxy.cfg", "defaults\n mode http\n timeout client 9s\n timeout server 9s\n timeout connect 9s\n"
        "frontend web\n bind %s:80\n bind [%s]:80\n%s http-request return status 200\n" % (SERVER, SERVER6, lines))
    put("/mnt/bin/service", "#!/bin/sh\necho $* >>/mnt/services\n")
    os.chmod("/mnt/bin/service", 0o755)
    do("haproxy", commands)
    put("/mnt/services", "")
    do("haproxy", jobs)
    show("haproxy: no reload for an equal list", pathlib.Path("/mnt/services").read_text() == "")
    p = background("haproxy", "-db", "-f", "/etc/haproxy/haproxy.cfg", log="/mnt/haproxy.log")

    def status(source):
        server = SERVER if "." in source else SERVER6
        c = http.client.HTTPConnection(server, 80, timeout=60, source_address=(source, 0))
        c.request("GET", "/")
        code = c.getresponse().status
        c.close()
        return code

    cluster.wait_for(lambda: connects(GOOD4, 80))
    got = [status(a) for a in (BAD4, BAD6, GOOD4, GOOD6)]
    show("haproxy: listed 403, others 200: %s" % got, got == [403, 403, 200, 200])
    node.virbl("exempt", "add", BAD4)
    do("haproxy", jobs)
    show("haproxy: reloaded for another list", "haproxy reload" in pathlib.Path("/mnt/services").read_text())
    node.virbl("exempt", "remove", BAD4)
    p.terminate()
    p.wait()


# ---- Walled gardens ----

def garden(node, product, start, log):
    p = start()

    def seen(client):
        return dig("www.example.com", "@" + SERVER, "-b", client)

    def answers():
        "the resolver answers"
        assert p.poll() is None, pathlib.Path(log).read_text()
        return dig("www.isp.example", "@" + SERVER, "-b", GOOD4)
    cluster.wait_for(answers)
    show("%s: a listed client sees the garden: %s" % (product, seen(BAD4)), "203.0.113.80" in seen(BAD4))
    show("%s: others do not" % product, "203.0.113.80" not in seen(GOOD4)
         and dig("www.isp.example", "@" + SERVER, "-b", GOOD4) == ["203.0.113.7"])
    p.terminate()
    p.wait()


def unbound(node):
    os.makedirs("/var/lib/unbound", exist_ok=True)
    _, jobs, commands = use(node, "unbound", replace=[("GARDEN", "203.0.113.80")])
    do("unbound", commands[:2] + jobs)
    more = ("  interface: %s\n  access-control: 0.0.0.0/0 allow\n  local-zone: \"isp.example.\" static\n"
            "  local-data: \"www.isp.example. A 203.0.113.7\"\n" % SERVER)
    garden(node, "unbound", lambda: unpacked.unbound("/etc/unbound/unbound.conf.d/virbl-garden.conf", more=more),
           "/mnt/unbound.log")


def bind(node):
    os.makedirs("/var/cache/bind", exist_ok=True)
    answer, jobs, commands = use(node, "bind", replace=[("GARDEN", "garden.isp.example")])
    policy = pathlib.Path("/etc/bind/named.conf.options").read_text()
    put("/mnt/isp", "$TTL 300\n@ SOA localhost. x.localhost. 1 600 300 604800 300\n@ NS localhost.\n"
        "garden A 203.0.113.80\nwww A 203.0.113.7\n")
    put("/etc/bind/test.conf", 'options { directory "/mnt"; listen-on { %s; }; listen-on-v6 { none; }; pid-file none;\n'
        ' session-keyfile "/mnt/session.key"; recursion yes; allow-query { any; }; allow-recursion { any; };\n'
        ' dnssec-validation no;\n%s};\nzone "isp.example" { type primary; file "isp"; };\n'
        'include "/etc/bind/named.conf.local";\n' % (SERVER, policy))
    do("bind", commands[:1])
    do("bind", ["named-checkconf -z /etc/bind/test.conf"])
    show("bind: cron reloads what it wrote", jobs[0].endswith("&& rndc reload any.rpz.virbl"))
    garden(node, "bind", lambda: background("named", "-g", "-c", "/etc/bind/test.conf", log="/mnt/named.log"),
           "/mnt/named.log")


# ---- Others ----

def rbldnsd(node):
    os.makedirs("/var/lib/rbldns", exist_ok=True)
    _, jobs, commands = use(node, "rbldnsd")
    do("rbldnsd", commands[:2] + jobs)
    flags = sh(". /etc/default/rbldnsd; echo \"$RBLDNSD\"").stdout.split()
    show("rbldnsd: %s" % " ".join(flags), flags[0] == "virbl" and len(flags) > 6)
    p = background("rbldnsd", "-n", *flags[1:], log="/mnt/rbldnsd.log")
    cluster.wait_for(lambda: dig("2.0.0.127.worm.bl.example", "@127.0.0.1", "-p", "5354"))
    for name in ("2.0.0.127", "1.0.0.127", "77.2.0.192", "78.2.0.192", "66.2.0.192"):
        for zone in ("worm.bl.example", "abuse.bl.example"):
            ours = dig("%s.%s" % (name, zone), "@127.0.0.1", "-p", "5353")
            theirs = dig("%s.%s" % (name, zone), "@127.0.0.1", "-p", "5354")
            show("rbldnsd: %s.%s as the node: %s" % (name, zone, theirs), ours == theirs)
    p.terminate()
    p.wait()


def fail2ban(node):
    """Its own pages say how it is tried."""
    os.makedirs("/run/fail2ban")
    answer, _, commands = use(node, "fail2ban")
    put("/var/log/fail2ban.log", "")
    put("/var/log/auth.log", "")
    put("/etc/fail2ban/jail.d/defaults-debian.conf", "[recidive]\nlogpath = /var/log/fail2ban.log\nbackend = polling\n")
    show("fail2ban: the configuration is valid", sh("fail2ban-client -t").returncode == 0)
    p = background("fail2ban-server", "-f", "start", log="/mnt/fail2ban.out")
    cluster.wait_for(lambda: sh("fail2ban-client status recidive").returncode == 0)
    do("fail2ban", commands)
    bans = answer["test"].split(";")[0].replace("ADDRESS", "192.0.2.200")
    do("fail2ban", [bans])

    def reported():
        "the ban is a sighting"
        return [s for s in node.lookup("192.0.2.200")["sightings"]]
    seen = cluster.wait_for(reported)
    show("fail2ban: a ban is a sighting: %s" % seen, len(seen) == 1 and seen[0]["category"] == "bruteforce"
         and seen[0]["threat"] == "recidive" and node.lookup("192.0.2.200")["listed"])
    p.terminate()
    p.wait()


def crowdsec(node):
    answer, _, _ = use(node, "crowdsec")
    config = answer["parts"][0]["text"]
    command = re.search(r"with: (virbl.*)", "\n".join(answer["say"])).group(1)
    token = sh(command).stdout.strip()
    show("crowdsec: the command makes a key", token.startswith("virbl_"))
    url = re.search(r"api_url: (\S+)", config).group(1)
    r = urllib.request.Request(url + "v1/decisions/stream?startup=true", headers={"X-Api-Key": token})
    with urllib.request.urlopen(r, timeout=60) as f:
        new = {d["value"] for d in json.load(f)["new"]}
    show("crowdsec: the stream has what is listed: %s" % sorted(new), BAD4 in new)


def words(node):
    """What the command itself says."""
    products = [p["product"] for p in json.loads(node.virbl("integrate", "--json").stdout)["products"]]
    show("products: %s" % " ".join(products), len(products) >= 13)
    for p in products:
        text = node.virbl("integrate", p).stdout
        show("%s: in words, nothing left to fill in" % p, "{{" not in text and "%each" not in text
             and all(part["text"] in text for part in json.loads(node.virbl("integrate", p, "--json").stdout)["parts"]))
    r = node.virbl("integrate", "postfx", check=False)
    show("a wrong name: %s" % r.stderr.split("\n")[0], r.returncode == 2 and "postfix" in r.stderr)
    r = node.virbl("integrate", "postfix", "--list", "wrom", check=False)
    show("a wrong list: %s" % r.stderr.split("\n")[0], r.returncode == 2 and "worm" in r.stderr)
    text = node.virbl("integrate", "postfix", "--list", LONG).stdout
    show("the list that was asked for", "abuse.bl.example=127.0.0.3" in text.lower() and "worm.bl" not in text)
    bare = node.dir / "bare.conf"
    bare.write_text('list worm { categories = {"worm"} }\n')
    for product, lacking in (("postfix", "zone"), ("resolver", "DNS"), ("crowdsec", "listener")):
        r = subprocess.run([str(cluster.BUILD / "virbl"), "-c", str(bare), "integrate", product],
                           capture_output=True, text=True)
        show("%s without: %s" % (product, r.stderr.splitlines()[0]), r.returncode == 1 and lacking in r.stderr
             and "hint:" in r.stderr and not r.stdout)


def main():
    unpacked.enter("usr/sbin/named", "usr/sbin/dnsmasq", "usr/bin/fail2ban-server", "usr/sbin/iptables-nft")
    for a in (SERVER, BAD4, GOOD4):
        run("ip", "address", "add", a + "/32", "dev", "lo")
    for a in (SERVER6, BAD6, GOOD6):
        run("ip", "address", "add", a + "/128", "dev", "lo", "nodad")
    os.makedirs("/mnt/bin")
    os.environ["PATH"] = "%s:/mnt/bin:%s:/usr/sbin:/sbin" % (cluster.BUILD, os.environ["PATH"])
    os.umask(0o022)
    unpacked.resolve_here()
    held = listen(25)
    with tempfile.TemporaryDirectory() as root:
        os.chmod(root, 0o755)
        node = unpacked.Node(root, "alpha")
        node.lists = LISTS
        node.configure()
        node.start()
        node.post([{"address": BAD4, "category": "worm"}, {"address": BAD6, "category": "worm"},
                   {"address": "192.0.2.66", "category": "bruteforce"}])
        for part in (words, resolvers, nftables, ipset, haproxy, unbound, bind, rbldnsd, fail2ban, crowdsec):
            if len(sys.argv) < 2 or part.__name__ in sys.argv:
                part(node)
        show("the node ends cleanly", node.stop() == 0)
    del held
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
