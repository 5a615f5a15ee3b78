"""A node that serves DNS, and ways to ask it."""
import json
import re
import socket
import struct
import subprocess

import cluster

LISTS = """
list worm { categories = {"worm", "malware"}  code = "127.0.0.2"  zone = "worm.bl.example"  groups = 1 }
list abuse { categories = {"bruteforce", "scan", "exploit"}  code = "127.0.0.3"  groups = 1  hold = 200s }
list any { categories = {"worm", "malware", "bruteforce", "scan", "exploit"}  zone = "bl.example"  groups = 1 }
"""
A, NS, SOA, TXT = 1, 2, 6, 16
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)


class Node(cluster.Node):
    """cluster.Node with lists that have zones, on 127.0.0.1 and ::1."""
    addresses = ("127.0.0.1", "[::1]")
    dns_keys = ""

    def configure(self):
        if self.lists is cluster.LISTS:
            self.lists = LISTS
        if not hasattr(self, "dns_port"):
            self.dns_port = cluster.free_port()
        super().configure()
        where = ", ".join('"%s:%d"' % (a, self.dns_port) for a in self.addresses)
        text = self.conf.read_text().replace("listen {", "listen { dns = {%s} " % where, 1)
        self.conf.write_text(text + "dns { ttl = 5m  negative = 60s  %s }\n" % self.dns_keys)

    def reload(self, **changes):
        for key, value in changes.items():
            setattr(self, key, value)
        self.configure()
        self.virbl("reload")

    def dig(self, *args, server="127.0.0.1"):
        """Status and record lines of dig."""
        r = subprocess.run(["dig", "@" + server, "-p", str(self.dns_port), "+tries=2", "+time=10",
                            "+noall", "+answer", "+authority", "+comments", "+qr"]
                           + [str(a) for a in args], capture_output=True, text=True)
        text = r.stdout.split("Got answer:")[-1]
        status = re.search(r"status: (\w+)", text)
        lines = [" ".join(l.split()) for l in text.splitlines() if l and not l.startswith(";")]
        return (status.group(1) if status else "NONE"), lines

    def ask(self, name, rtype=A, tries=5):
        """Rcode and the addresses in the answer, over UDP."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(5)
            s.connect(("127.0.0.1", self.dns_port))
            for _ in range(tries):
                s.send(wire(name, rtype))
                try:
                    return decode(s.recv(4096))
                except TimeoutError:
                    pass
        return None, []

    def counters(self):
        """Counters by zone."""
        dns = json.loads(self.get("/v1/status")[1])["dns"]
        return {z["zone"]: z for z in dns["zones"]}


def wire(name, rtype=A, rclass=1, ident=77):
    """A query."""
    labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split(".") if l)
    return struct.pack(">6H", ident, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", rtype, rclass)


def decode(reply):
    """Rcode and A records of a reply of ours, whose names are pointers."""
    end = 12
    while reply[end]:
        end += 1 + reply[end]
    end += 5
    found = []
    for _ in range(struct.unpack(">H", reply[6:8])[0]):
        rtype, _, _, size = struct.unpack(">HHIH", reply[end + 2:end + 12])
        if rtype == A:
            found.append(socket.inet_ntoa(reply[end + 12:end + 16]))
        end += 12 + size
    return reply[3] & 15, found


def read_exactly(s, n):
    data = b""
    while len(data) < n:
        more = s.recv(n - len(data))
        if not more:
            return data
        data += more
    return data


def over_tcp(port, messages, piece=1000, address="127.0.0.1"):
    """Send messages on one connection without waiting; the replies."""
    with socket.create_connection((address, port), timeout=60) as s:
        stream = b"".join(struct.pack(">H", len(m)) + m for m in messages)
        for i in range(0, len(stream), piece):      # not at the borders of messages
            s.sendall(stream[i:i + piece])
        got = []
        for _ in messages:
            head = read_exactly(s, 2)
            if len(head) < 2:
                break
            got.append(read_exactly(s, struct.unpack(">H", head)[0]))
        return got
