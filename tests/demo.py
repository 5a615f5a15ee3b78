#!/usr/bin/python3
"""A consortium of three providers on this machine, and what it is good for.

usage: demo.py [--once]

Makes three nodes with `virbl init`, pairs them, lets each report what it saw, and
shows the same list come out at all three. Serves until Ctrl-C; with --once it
stops by itself. Exits 1 if anything was not as it should be. Everything is on
loopback and in a directory that is removed at the end.
"""
import html
import json
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "system"))
import cluster  # noqa: E402

WORM = "192.0.2.77"
SIX = "2001:db8:77:1::25"
# Who saw which hosts of 198.51.100.0/24 send worms: two must agree.
SEEN = {"north": range(10, 130), "south": range(90, 200), "west": range(120, 240)}

MOST = 10    # lines of an answer to show

wrong = []
started = []


class Node(cluster.Node):
    def __init__(self, root, name):
        self.dns = cluster.free_port()
        super().__init__(root, name, group=name.capitalize(), init=(
            "--dns", "127.0.0.1:%d" % self.dns, "--zone", "bl.%s.example" % name))

    def configure(self):
        """As init left it, but documentation addresses may be listed."""
        text = self.conf.read_text()
        changed = text.replace("special = on", "special = off")
        assert changed != text, "init wrote no 'special = on'"
        self.conf.write_text(changed)

    def run(self, *args, exits=0, quiet=False, input=None):
        """Show a virbl command and its answer; complain about another exit."""
        r = self.virbl(*args, check=False, input=input)
        if not quiet:
            show(self.name, "virbl " + " ".join(shlex.quote(str(a)) for a in args), r.stdout)
        if r.returncode != exits:
            fail("'virbl %s' at %s ended with %d, not %d: %s"
                 % (" ".join(map(str, args)), self.name, r.returncode, exits, r.stderr.strip()))
        return r.stdout


def say(text):
    print("\n" + text, flush=True)


def show(where, command, output):
    print("  %s$ %s" % (where, command))
    lines = [line for line in output.splitlines() if line]
    for line in lines if len(lines) <= MOST else lines[:MOST - 2]:
        print("    " + line)
    if len(lines) > MOST:
        print("    ... %d more" % (len(lines) - MOST + 2))


def fail(text):
    wrong.append(text)
    print("  WRONG: " + text)


def check(what, ok):
    if not ok:
        fail(what + ": no")


def curl(node, path, token=None):
    """GET from the node's own HTTP port, the way any program would."""
    url = "http://127.0.0.1:%d%s" % (node.http, path)
    command = ["curl", "-sS", "--max-time", "60", url]
    if token is not None:
        command[1:1] = ["-H", "Authorization: Bearer " + token]
    r = subprocess.run(command, capture_output=True, text=True)
    show(node.name, "curl %s%s" % ("-H 'Authorization: Bearer ...' " if token else "", url),
         r.stdout if len(r.stdout) < 600 else r.stdout[:560] + " ...")
    if r.returncode != 0:
        fail("curl %s: %s" % (url, r.stderr.strip()))
    return r.stdout


def page(node, address):
    """The look-up page of the node, which needs no scripts."""
    url = "http://127.0.0.1:%d/lookup?ip=%s" % (node.http, address)
    text = urllib.request.urlopen(url, timeout=60).read().decode()
    seen = re.findall(r"<h1.*?</h1>|<tr class=\"listed\">.*?</tr>", text)
    show(node.name, "browser " + url, html.unescape("\n".join(
        re.sub("<[^>]*>", "", re.sub("</t[dh]><td", ", <td", s)) for s in seen)))
    return text


def dig(node, address, kind="A"):
    """Ask the node's DNS as any mail server would; the answers."""
    name = "%s.worm.bl.%s.example" % (".".join(reversed(address.split("."))), node.name)
    command = ["dig", "@127.0.0.1", "-p", str(node.dns), name, kind, "+short"]
    r = subprocess.run(command, capture_output=True, text=True)
    show(node.name, " ".join(command), r.stdout)
    if r.returncode != 0:
        fail("%s: %s" % (" ".join(command), (r.stdout + r.stderr).strip()))
    return r.stdout.split("\n")


def expected():
    """The hosts that at least two of the three saw, in the list's order."""
    hosts = {h for a in SEEN for b in SEEN if a != b for h in SEEN[a] if h in SEEN[b]}
    return [WORM] + ["198.51.100.%d" % h for h in sorted(hosts)] + ["2001:db8:77:1::/64"]


def wait(what, condition):
    def poll():
        return condition()
    poll.__doc__ = what
    try:
        return cluster.wait_for(poll)
    except AssertionError:
        fail(what + ": did not happen")
        return None


def connected(nodes):
    return all(sum(p["state"] == "connected" for p in json.loads(n.get("/v1/peers")[1])["peers"]) == 2
               for n in nodes)


def start(root):
    say("Three providers, north, south and west, each make a node of their own:\n"
        "a key, a database, a configuration.")
    nodes = []
    for name in SEEN:
        n = Node(root, name)
        nodes.append(n)
        started.append(n)
        show(name, "virbl init -C %s --name %s --group %s ..." % (name, name, n.group),
             n.virbl("id").stdout)
    for n in nodes:
        n.start()
    say("They do not know each other yet. `peer invite` prints one line that may be sent by\n"
        "mail or chat; each side adds the other. Nobody in the middle is asked.")
    first = True
    for i, a in enumerate(nodes):
        for b in nodes[:i]:
            for x, y in ((a, b), (b, a)):
                invite = y.run("peer", "invite", quiet=not first).strip()
                x.run("peer", "add", invite, "--name", y.name, "--group", y.group, quiet=not first)
                first = False
    wait("all three hear each other", lambda: connected(nodes))
    nodes[0].run("peer", "list")
    return nodes


def story(nodes):
    north, south, west = nodes
    report = ("--category", "worm", "--threat", "Win.Worm.Sober-G")
    say("North's virus scanner sees a worm come from %s. One sighting at one provider\n"
        "lists nothing: exit code 3 means not listed." % WORM)
    north.run("report", WORM, *report)
    wait("west knows of the sighting", lambda: west.lookup(WORM)["sightings"])
    west.run("lookup", WORM, exits=3)
    say("South sees it too. Two sightings by two providers within a day: now it is listed,\n"
        "also at west, which saw nothing itself.")
    south.run("report", WORM, *report)
    wait("listed at all three", lambda: all(n.lookup(WORM)["listed"] for n in nodes))
    west.run("lookup", WORM)
    worm = [[x for x in n.lookup(WORM)["lists"] if x["list"] == "worm"][0] for n in nodes]
    check("the same end of the listing at all three", len({w["until"] for w in worm}) == 1)
    check("two groups at all three", all(w["groups"] == 2 for w in worm))

    say("A day's log at each, 350 sightings in all, and an IPv6 host at two of them (listed\n"
        "with its /64).")
    for n in nodes:
        rows = [{"address": "198.51.100.%d" % h, "category": "worm", "threat": "Win.Worm.Sober-G",
                 "id": "%s-%d" % (n.name, h)} for h in SEEN[n.name]]
        if n is not north:
            rows.append({"address": SIX, "category": "worm", "threat": "Win.Worm.Sober-G"})
        n.run("ingest", "ndjson", "-", input="".join(json.dumps(r) + "\n" for r in rows))
    want = expected()
    wait("%d addresses listed at all three" % len(want),
         lambda: all(n.digest()["worm"][0] == len(want) for n in nodes))
    say("Everybody made its own list of it, from everybody's votes, by its own policy. As the\n"
        "policies are equal, so are the lists: LIST COUNT SHA256 of each node.")
    digests = [n.run("digest", "worm") for n in nodes]
    check("equal digests", len(set(digests)) == 1 and digests[0])

    say("A mail server at west asks by DNS: an A record means listed, TXT says why.")
    check("west's DNS says listed", dig(west, WORM)[0] == "127.0.0.2")
    check("west's DNS says why", "Win.Worm.Sober-G" in dig(west, WORM, "TXT")[0])
    check("north's and south's DNS say listed",
          all(dig(n, WORM)[0] == "127.0.0.2" for n in (north, south)))

    say("A program at west asks over REST. The question needs no token, the list does.")
    answer = json.loads(curl(west, "/v1/ip/" + WORM))
    check("west's HTTP port says listed", answer["listed"])
    token = west.run("token", "add", "reader", "mx1", quiet=True).split()[-1]
    rows = curl(west, "/v1/list/worm", token).split()
    check("exactly the addresses that two of the three saw", rows == want)

    say("People open the page of the node and ask there; this is what they are told.")
    text = page(west, WORM)
    check("west's page says listed", WORM + " is listed" in text)

    say("%s was cleaned, and north takes back what it said. One group is left, so it is\n"
        "delisted everywhere." % WORM)
    north.run("retract", WORM)
    wait("delisted at all three", lambda: not any(n.lookup(WORM)["listed"] for n in nodes))
    west.run("lookup", WORM, exits=3)
    check("west's DNS says no longer listed", dig(west, WORM)[0] == "")
    check("equal digests after that", wait("equal digests", lambda: cluster.equal_digests(nodes)))


def serve(nodes):
    say("The three nodes go on serving; Ctrl-C ends them. In another terminal, for example:")
    n = nodes[0]
    for c in ("status", "lookup 198.51.100.100", "export worm csv"):
        print("  %s -c %s %s" % (cluster.BUILD / "virbl", n.conf, c))
    print("  curl http://127.0.0.1:%d/v1/peers" % n.http)
    print("  dig @127.0.0.1 -p %d 100.100.51.198.worm.bl.%s.example" % (n.dns, n.name))
    print("and in a browser http://127.0.0.1:%d/; a link that logs you in there:" % n.http)
    print("  %s -c %s web login" % (cluster.BUILD / "virbl", n.conf), flush=True)
    try:
        while all(n.process.poll() is None for n in nodes):
            time.sleep(1)
        fail("a node ended by itself")
    except KeyboardInterrupt:
        print()


def main():
    if sys.argv[1:] not in ([], ["--once"]):
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    # Ended by a signal, the nodes are stopped and the directory removed all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="virbl-demo-") as root:
        try:
            nodes = start(root)
            story(nodes)
            if not wrong and sys.argv[1:] == []:
                serve(nodes)
        except KeyboardInterrupt:
            fail("interrupted")
        except (AssertionError, OSError, subprocess.CalledProcessError) as e:
            fail(str(e) or repr(e))
        finally:
            for n in started:
                if n.stop() not in (0, None):
                    fail("%s did not stop cleanly" % n.name)
    if wrong:
        print("\n%d things were wrong; the first: %s" % (len(wrong), wrong[0]))
        return 1
    say("All was as it should be.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
