#!/usr/bin/env python3
"""Write the vectors next to this file. They are committed; run this to add some, and read the diff."""
import hashlib, os, struct, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
sys.dont_write_bytecode = True
import verify as v

NOW = 1795428000000  # 2026-11-23T10:00:00Z
SEC = NOW // 1000


# Ed25519, with everything open that a liar could choose

def encode(p):
    z = pow(p[2], -1, v.P)
    x, y = p[0] * z % v.P, p[1] * z % v.P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def scalar(seed):
    h = hashlib.sha512(seed).digest()
    return int.from_bytes(h[:32], "little") & 2**254 - 8 | 2**254, h[32:]


def challenge(r, key, message):
    return int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % v.L


class Key:
    def __init__(self, n):
        self.a, self.nonce = scalar(bytes([n]) * 32)
        self.public = encode(v.mul(self.a, v.BASE))

    def sign(self, message, salt=b""):
        r = int.from_bytes(hashlib.sha512(self.nonce + salt + message).digest(), "little") % v.L
        big_r = encode(v.mul(r, v.BASE))
        s = (r + challenge(big_r, self.public, message) * self.a) % v.L
        return big_r + s.to_bytes(32, "little")


def torsion():
    """A point of order 8: L times any point that has a part of that order."""
    y = 2
    while True:
        p = v.point(y.to_bytes(32, "little"))
        if p:
            t = v.mul(v.L, p)
            if not v.same(v.mul(4, t), v.NEUTRAL):
                return t
        y += 1


T8 = torsion()
SMALL = [v.mul(i, T8) for i in range(8)]  # SMALL[0] is the neutral element
ME, OTHER = Key(1), Key(2)


class File:
    def __init__(self, name, about):
        self.path = os.path.join(HERE, name)
        self.out = ["# " + line for line in about] + [""]

    def add(self, kind, name, verdict, parts, why=""):
        """Parts are bytes, text or (either, remark)."""
        if why:
            self.out.append("# " + why)
        self.out.append(f"{kind} {name} {verdict}")
        for part in parts:
            data, remark = part if isinstance(part, tuple) else (part, "")
            rows = ['"' + data + '"'] if isinstance(data, str) else \
                [data[i:i + 32].hex() for i in range(0, len(data), 32)]
            for i, row in enumerate(rows):
                self.out.append("\t" + row + ("\t# " + remark if remark and i == 0 else ""))
        self.out.append("")

    def close(self):
        with open(self.path, "w") as f:
            f.write("\n".join(self.out))


# Batches

def record(subject, kind=1, category=1, basis=1, flags=0, count=1, first=SEC - 60, last=SEC - 1,
           threat=0, sport=0, dport=0, zero=0):
    return struct.pack(">BBBBQIIIHHHH", kind, category, basis, flags, subject, count, first, last, threat,
                       sport, dport, zero)


def mark(kind, subject, last=SEC - 1, **more):
    return record(subject, kind, **dict(dict(category=0, basis=0, count=0, first=0, last=last), **more))


def batch(rows=(), texts=(), key=ME, sign=None, root=None, salt=b"", raw_names=None, tail=b"", **change):
    """Parts of a batch, signed as it is, however wrong."""
    table = b"".join(raw_names) if raw_names is not None else \
        b"".join(bytes([len(n)]) + n for n in texts)
    leaves = list(rows) + (list(raw_names) if raw_names is not None else
                              [bytes([len(n)]) + n for n in texts])
    h = dict(magic=b"VRBL", version=1, kind=1, zero1=0, member=key.public, key=key.public, epoch=1,
             records=len(rows), seq=1, floor=1, created=NOW, body=32 * len(rows) + len(table),
             size=32, names=len(texts) if raw_names is None else len(raw_names), prev=None,
             root=v.merkle(leaves) if root is None else root, card=1, zero2=0)
    h.update(change)
    if h["prev"] is None:
        h["prev"] = bytes(32) if h["epoch"] == h["seq"] == 1 else v.blake(b"before")
    head = v.HEADER.pack(*(h[f] for f in v.FIELDS.split()))
    message = b"virbl batch sig 1" + head
    sig = sign(message) if sign else key.sign(message, salt)
    cut = [(0, 8, "magic, version, kind, reserved"), (8, 40, "member"), (40, 72, "key"),
           (72, 80, "epoch, records"), (80, 96, "seq, floor"), (96, 104, "created"),
           (104, 112, "body, record size, names"), (112, 144, "previous"), (144, 176, "root"),
           (176, 184, "card version, reserved")]
    parts = [(head[a:b], what) for a, b, what in cut]
    parts.append((sig, "signature"))
    parts += [(r, "record" if i == 0 else "") for i, r in enumerate(rows)]
    if table:
        parts.append((table, "names"))
    if tail:
        parts.append((tail, "tail"))
    return parts


def joined(parts):
    return b"".join(p[0] if isinstance(p, tuple) else p for p in parts)


def mixed_sign(key, extra_r, want):
    """Sign under a key that has a small part; want says which challenges (modulo 8) will do."""
    def sign(message):
        for n in range(10000):
            r = int.from_bytes(hashlib.sha512(b"mixed" + bytes([n >> 8, n & 255]) + message).digest(),
                               "little") % v.L
            big_r = encode(v.add(v.mul(r, v.BASE), extra_r))
            k = challenge(big_r, key.public, message)
            if want(k):
                return big_r + ((r + k * key.a) % v.L).to_bytes(32, "little")
        raise SystemExit("no challenge found")
    return sign


class MixedKey(Key):
    def __init__(self, n, small):
        super().__init__(n)
        self.public = encode(v.add(v.mul(self.a, v.BASE), small))


IPV4, IPV6 = 0xc0000201, 0x20010db800010002
ONE = [record(IPV4)]


def valid():
    f = File("batches-valid.txt", ["Batches that every implementation accepts.",
                                   'A vector is a line "kind name verdict" and indented bytes in hexadecimal.'])
    f.add("batch", "first-heartbeat", "ok", batch())
    f.add("batch", "one-sighting", "ok", batch(ONE))
    f.add("batch", "named-sighting", "ok", batch([record(IPV4, threat=1, sport=40000, dport=25)],
                                                 [b"Win.Worm.Sober-G"]))
    f.add("batch", "every-category", "ok", batch([record(IPV4, category=c) for c in range(1, 9)]))
    f.add("batch", "every-basis-and-flag", "ok",
          batch(sorted(record(IPV4, basis=b, flags=b & 3) for b in range(7))))
    f.add("batch", "ipv6-and-limits-of-subjects", "ok",
          batch([record(s) for s in (0, 2**32 - 1, 2**32, IPV6, 2**64 - 1)]))
    f.add("batch", "marks", "ok", batch([record(IPV6), mark(2, IPV4), mark(3, IPV4), mark(3, IPV6, last=SEC)]))
    f.add("batch", "exemptions", "ok",
          batch([mark(4, IPV4, last=SEC), mark(4, IPV6), mark(5, IPV4), mark(5, IPV4, last=SEC)]),
          "An exemption is said again, and ended, by later records of any order.")
    f.add("batch", "largest-numbers", "ok",
          batch([record(IPV4, count=2**32 - 1, first=0, last=SEC, sport=65535, dport=65535)],
                card=2**32 - 1, epoch=2**32 - 1, seq=2**63 - 1, floor=2**63 - 1))
    f.add("batch", "last-second-of-2106", "ok", batch([record(IPV4, first=2**32 - 1, last=2**32 - 1)],
                                                      created=v.LATEST))
    f.add("batch", "seen-in-the-second-of-creation", "ok", batch([record(IPV4, last=SEC)], created=NOW + 999))
    f.add("batch", "names-that-begin-alike", "ok",
          batch([record(IPV4, threat=t) for t in (1, 2, 3, 4)], [b"A", b"A B", b"AB", b"a"]))
    f.add("batch", "longest-name", "ok", batch([record(IPV4, threat=1)], [b"~" * 64]))
    f.add("batch", "one-name-many-records", "ok",
          batch([record(IPV4 + i, threat=1) for i in range(3)], [b"!"]))
    f.add("batch", "tree-of-seven", "ok",
          batch([record(IPV4 + i, threat=1 + i % 2) for i in range(5)], [b"x", b"y"]),
          "Five records and two names: the tree is 4 + 2 + 1.")
    f.add("batch", "tree-of-33", "ok", batch([record(IPV4 + i) for i in range(33)]))
    f.add("batch", "later-epoch", "ok", batch(ONE, epoch=2))
    f.add("batch", "floor-at-itself", "ok", batch(seq=9, floor=9))
    f.add("batch", "never-resigned", "ok", batch(salt=b"another nonce"),
          "The same header as first-heartbeat under another signature: the same batch, not a fork.")
    f.close()


def invalid():
    f = File("batches-invalid.txt", [
        "Batches to refuse, and why. Unless the point is the signature, each is signed rightly by its key,",
        "so that nothing but the named check can refuse it."])
    bad = lambda name, verdict, parts, why="": f.add("batch", name, verdict, parts, why)
    good = joined(batch([record(IPV4, threat=1)], [b"worm"]))
    bad("nothing", "truncated", [])
    bad("half-a-header", "truncated", [good[:183]])
    bad("header-only", "truncated", [good[:184]])
    bad("one-byte-short", "truncated", [good[:-1]])
    bad("one-byte-more", "size", [good + b"\0"])
    bad("magic", "magic", batch(ONE, magic=b"VRBC"))
    bad("version-0", "version", batch(ONE, version=0))
    bad("version-2", "version", batch(ONE, version=2))
    bad("kind-0", "kind", batch(ONE, kind=0))
    bad("kind-2", "kind", batch(ONE, kind=2))
    bad("reserved-6", "reserved", batch(ONE, zero1=1))
    bad("reserved-180", "reserved", batch(ONE, zero2=0x80000000))
    bad("record-size", "size", batch(ONE, size=48))
    bad("too-many-records", "size", batch(ONE, records=4097, body=4097 * 32))
    bad("more-names-than-records", "size", batch(ONE, raw_names=[b"\1a", b"\1b"]))
    bad("body-too-long", "size", batch(ONE, body=196609))
    bad("body-below-records", "size", batch(ONE, body=31))
    bad("body-beyond-records", "size", batch(ONE, tail=b"\0", body=33))
    bad("body-below-names", "size", batch([record(IPV4, threat=1)], [b"a"], body=33))
    bad("body-beyond-names", "size", batch([record(IPV4, threat=1)], [b"a" * 64], body=98, tail=b"a"))
    bad("epoch-0", "seq", batch(ONE, epoch=0, prev=v.blake(b"")))
    bad("seq-0", "seq", batch(ONE, seq=0, floor=0))
    bad("seq-2-to-the-63", "seq", batch(ONE, seq=2**63))
    bad("floor-0", "seq", batch(ONE, floor=0))
    bad("floor-above-seq", "seq", batch(ONE, floor=2))
    bad("created-after-2106", "seq", batch(ONE, created=v.LATEST + 1))
    bad("created-negative", "seq", batch(ONE, created=2**64 - 1))
    bad("first-with-previous", "seq", batch(ONE, prev=v.blake(b"")))
    bad("second-without-previous", "seq", batch(ONE, seq=2, prev=bytes(32)))
    bad("epoch-2-without-previous", "seq", batch(ONE, epoch=2, prev=bytes(32)))
    bad("another-key", "key", batch(ONE, member=OTHER.public))
    named = lambda raw, **more: batch([record(IPV4 + i, threat=1 + i) for i in range(len(raw))],
                                      raw_names=raw, **more)
    bad("name-empty", "nametable", named([b"\1a", b"\0"], body=32 * 2 + 4, tail=b"\0"))
    bad("name-too-long", "nametable", named([b"\1a", bytes([65]) + b"b" * 65]))
    bad("name-beyond-body", "nametable", named([b"\3ab"]))
    bad("name-begins-with-space", "nametable", named([b"\2 a"]))
    bad("name-ends-with-space", "nametable", named([b"\2a "]))
    bad("name-control", "nametable", named([b"\2a\n"]))
    bad("name-delete", "nametable", named([b"\2a\x7f"]))
    bad("name-utf-8", "nametable", named([b"\3a\xc3\xa9"]))
    bad("names-repeated", "nametable", named([b"\1a", b"\1a"]))
    bad("names-descending", "nametable", named([b"\1b", b"\1a"]))
    bad("names-by-length-not-bytes", "nametable", named([b"\1b", b"\2ab"]))
    bad("prefix-after-longer", "nametable", named([b"\2ab", b"\1a"]))
    bad("bytes-after-names", "nametable", batch([record(IPV4, threat=1)], [b"ab"], body=36, tail=b"\0"))
    bad("name-unused", "nametable", batch([record(IPV4, threat=1), record(IPV4 + 1)], [b"a", b"b"]))
    wrong = lambda name, r: bad("record-" + name, "record", batch([r]))
    wrong("kind-0", record(IPV4, kind=0))
    wrong("kind-6", mark(6, IPV4))
    wrong("kind-255", mark(255, IPV4))
    wrong("category-0", record(IPV4, category=0))
    wrong("category-9", record(IPV4, category=9))
    wrong("basis-7", record(IPV4, basis=7))
    wrong("flag-4", record(IPV4, flags=4))
    wrong("count-0", record(IPV4, count=0))
    wrong("first-after-last", record(IPV4, first=SEC - 1, last=SEC - 2))
    wrong("last-after-created", record(IPV4, last=SEC + 1))
    wrong("threat-beyond-table", record(IPV4, threat=1))
    wrong("reserved", record(IPV4, zero=1))
    for what in ("category", "basis", "flags", "count", "first", "threat", "sport", "dport", "zero"):
        wrong("retraction-with-" + what, mark(2, IPV4, **{what: 1}))
    for kind, what in ((4, "exemption"), (5, "revocation")):
        for field in ("category", "basis", "flags", "count", "first", "threat", "sport", "dport", "zero"):
            wrong(f"{what}-with-{field}", mark(kind, IPV4, **{field: 1}))
    for kind, what in ((3, "clearance"), (4, "exemption"), (5, "revocation")):
        wrong(what + "-after-created", mark(kind, IPV4, last=SEC + 1))
    bad("records-descending", "order", batch([record(IPV4 + 1), record(IPV4)]))
    bad("records-repeated", "order", batch([record(IPV4), record(IPV4)]))
    bad("record-before-order", "record", batch([record(IPV4 + 1), record(IPV4, count=0)]),
        "A record that is wrong and out of place is wrong.")
    bad("order-before-record", "order", batch([record(IPV4), record(IPV4), record(IPV4, count=0)]))
    records = [record(IPV4 + i) for i in range(3)]
    leaf = lambda x: v.blake(b"\0" + x)
    node = lambda a, b: v.blake(b"\1" + a + b)
    a, b, c = map(leaf, records)
    bad("root-zero", "root", batch(ONE, root=bytes(32)))
    bad("root-of-nothing", "root", batch(ONE, root=v.blake(b"")))
    bad("heartbeat-root-zero", "root", batch(root=bytes(32)))
    bad("root-last-leaf-doubled", "root", batch(records, root=node(node(a, b), node(c, c))))
    bad("root-without-prefixes", "root", batch(ONE, root=v.blake(ONE[0])))
    bad("root-wrong-shape", "root", batch(records, root=node(a, node(b, c))))
    bad("root-without-names", "root", batch([record(IPV4, threat=1)], [b"a"], root=leaf(record(IPV4, threat=1))))
    bad("root-sha-256", "root", batch(ONE, root=hashlib.sha256(b"\0" + ONE[0]).digest()))
    bad("signed-by-another", "signature", batch(ONE, sign=OTHER.sign))
    bad("signed-without-domain", "signature", batch(ONE, sign=lambda m: ME.sign(m[17:])))
    bad("signed-under-id-domain", "signature",
        batch(ONE, sign=lambda m: ME.sign(b"virbl batch id 1" + m[17:])))

    def plus_l(message):
        s = ME.sign(message)
        return s[:32] + (int.from_bytes(s[32:], "little") + v.L).to_bytes(32, "little")
    bad("s-not-reduced", "signature", batch(ONE, sign=plus_l))
    key = MixedKey(3, SMALL[1])
    bad("key-of-mixed-order", "signature",
        batch(ONE, key=key, sign=mixed_sign(key, v.NEUTRAL, lambda k: k % 8 == 0)),
        "The equation holds, with and without cofactor; the key is not in the prime-order subgroup.")
    bad("r-of-mixed-order", "signature", batch(ONE, sign=mixed_sign(ME, SMALL[1], lambda k: True)),
        "The equation holds only when multiplied by the cofactor.")
    f.close()


def signatures():
    f = File("signatures.txt", ["public key 32, signature 64, message: the strict rule of docs/protocol.md.",
                                "Most of these are accepted by some implementation of Ed25519."])

    def add(name, verdict, key, sig, message, why=""):
        f.add("signature", name, verdict, [(key, "key"), (sig[:32], "R"), (sig[32:], "s"), (message, "message")],
              why)
    h = bytes.fromhex
    add("rfc-8032-test-2", "ok", h("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
        h("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
          "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"), h("72"))
    m = b"virbl"
    sig = ME.sign(m)
    s = int.from_bytes(sig[32:], "little")
    s_bytes = lambda n: (n % 2**256).to_bytes(32, "little")
    add("plain", "ok", ME.public, sig, m)
    add("other-message", "bad", ME.public, sig, m + b"!")
    add("other-key", "bad", OTHER.public, sig, m)
    for i in (1, 2, 8, 14):
        add(f"s-plus-{i}-times-l", "bad", ME.public, sig[:32] + s_bytes(s + i * v.L), m)
    add("s-top-bit", "bad", ME.public, sig[:32] + s_bytes(s | 1 << 255), m)
    add("s-negative", "bad", ME.public, encode(v.mul(v.L - 1, v.point(sig[:32]))) + sig[32:], m)

    # A key whose secret everybody knows: any s with R = sB passes for the neutral element.
    def for_small_key(key, order):
        for n in range(10000):
            r = n + 5
            big_r = encode(v.mul(r, v.BASE))
            if challenge(big_r, key, m) % order == 0:
                return big_r + s_bytes(r)
    for i, p in enumerate(SMALL):
        add(f"key-of-small-order-{i}", "bad", encode(p), for_small_key(encode(p), 8), m,
            "sB = R + kA holds." if i == 0 else "")
    sign_bit = lambda b: b[:31] + bytes([b[31] | 128])
    odd = [("y-is-p", v.P.to_bytes(32, "little")), ("y-is-p-plus-1", (v.P + 1).to_bytes(32, "little")),
           ("y-is-p-signed", sign_bit(v.P.to_bytes(32, "little"))),
           ("y-is-p-plus-1-signed", sign_bit((v.P + 1).to_bytes(32, "little"))),
           ("x-is-minus-0-y-is-1", sign_bit((1).to_bytes(32, "little"))),
           ("x-is-minus-0-y-is-minus-1", sign_bit((v.P - 1).to_bytes(32, "little")))]
    for name, key in odd:
        add("key-not-canonical-" + name, "bad", key, for_small_key(key, 8), m)
    for y in range(2, 19):
        if v.point(y.to_bytes(32, "little")):
            key = (v.P + y).to_bytes(32, "little")
            add(f"key-not-canonical-y-is-p-plus-{y}", "bad", key, sig, m)
            break
    for y in range(2, 99):
        if v.point(y.to_bytes(32, "little")) is None:
            add("key-not-on-the-curve", "bad", y.to_bytes(32, "little"), sig, m)
            break

    for i, p in enumerate(SMALL):
        big_r = encode(p)
        k = challenge(big_r, ME.public, m)
        add(f"r-of-small-order-{i}", "bad", ME.public, big_r + s_bytes(k * ME.a % v.L), m,
            "sB = R + kA holds, yet the neutral element is not accepted as R." if i == 0 else
            "Holds only when multiplied by the cofactor." if i == 1 else "")
    for name, big_r in odd:
        k = challenge(big_r, ME.public, m)
        add("r-not-canonical-" + name, "bad", ME.public, big_r + s_bytes(k * ME.a % v.L), m)

    for i in range(1, 8):
        key = MixedKey(4, SMALL[i])
        add(f"key-of-mixed-order-{i}", "bad", key.public,
            mixed_sign(key, v.NEUTRAL, lambda k: k % 8 == 0)(m), m,
            "Holds with and without cofactor; libsodium's own check passes." if i == 1 else "")
        add(f"r-of-mixed-order-{i}", "bad", ME.public, mixed_sign(ME, SMALL[i], lambda k: True)(m), m,
            "Passes with the cofactor, fails without." if i == 1 else "")
        add(f"key-and-r-of-mixed-order-{i}", "bad", key.public,
            mixed_sign(key, SMALL[1], lambda k: (1 + k * i) % 8 == 0 if i % 2 else k % 8 == 1)(m), m,
            "Both have a small part, and the parts cancel: holds with and without cofactor." if i == 1 else
            "Holds only with the cofactor." if i == 2 else "")
    f.close()


def chains():
    f = File("chains.txt", [
        "Items of a floor learned before (8 bytes, 0: none) and a header (184 bytes) of one member, judged in",
        "turn from an unknown head. The verdict has one word for each; next, skip and bump move the head."])

    def run(name, verdict, *items, why=""):
        parts, ids = [], {}
        for i, item in enumerate(items):
            item = dict(item)
            floor, prev, as_name = item.pop("learned", 0), item.pop("after", None), item.pop("name", i)
            if prev is not None:
                item["prev"] = ids[prev]
            head = joined(batch(**item))[:184]
            ids[as_name] = v.blake(b"virbl batch id 1" + head)
            if floor:
                parts.append((struct.pack(">Q", floor), "floor learned"))
            else:
                parts.append(struct.pack(">Q", 0))
            parts += [(head[:80], f"epoch {item.get('epoch', 1)} seq {item.get('seq', 1)}"), head[80:]]
        f.add("chain", name, verdict, parts, why)
    a = dict(seq=1)
    run("three-in-a-row", "next next next", a, dict(seq=2, after=0), dict(seq=3, after=1, created=NOW + 5))
    run("repeated", "next old next old", a, a, dict(seq=2, after=0), a)
    run("gap", "next gap next next", a, dict(seq=3, name="c"), dict(seq=2, after=0, name="b"),
        dict(seq=3, after="b"))
    run("wrong-previous", "next break", a, dict(seq=2))
    run("created-goes-back", "next break", a, dict(seq=2, after=0, created=NOW - 1))
    run("fork-at-head", "next fork", a, dict(seq=1, card=2))
    run("fork-below-head", "next next old", a, dict(seq=2, after=0), dict(seq=1, card=2),
        why="Below the head the id is not remembered by this rule; a store may compare and convict.")
    run("newcomer-without-floor", "gap", dict(seq=7, floor=5))
    run("newcomer-at-floor", "gap skip next next", dict(seq=7, floor=5), dict(seq=5, floor=5, learned=5),
        dict(seq=6, floor=5, after=1), dict(seq=7, floor=5, after=2))
    run("skip-to-floor", "next gap gap skip next", a, dict(seq=9, floor=7), dict(seq=8, floor=7, learned=7),
        dict(seq=7, floor=3), dict(seq=8, after=3))
    run("skip-back-in-time", "next break", a, dict(seq=7, learned=7, created=NOW - 1))
    run("floor-excuses-no-neighbour", "next break", a, dict(seq=2, learned=2))
    run("epoch-bump", "next next bump next", a, dict(seq=2, after=0), dict(epoch=2, after=1),
        dict(epoch=2, seq=2, after=2))
    run("epochs-left-out", "next bump", a, dict(epoch=9, after=0))
    run("bump-names-unknown-head", "next bump", a, dict(epoch=2),
        why="A bump may name a head that this node never saw.")
    run("bump-back-in-time", "next bump", a, dict(epoch=2, after=0, created=NOW - 1))
    run("old-epoch", "next bump old", a, dict(epoch=2, after=0), dict(seq=2, after=0))
    run("middle-of-later-epoch", "next gap", a, dict(epoch=2, seq=2))
    run("two-bumps-fork", "next bump fork", a, dict(epoch=2, after=0), dict(epoch=2, after=0, card=2))
    run("newcomer-in-later-epoch", "next next", dict(epoch=4), dict(epoch=4, seq=2, after=0))
    run("floor-of-an-older-epoch", "next gap", a, dict(epoch=2, seq=7, floor=7, learned=7))
    run("malformed-header", "next kind next", a, dict(seq=2, after=0, kind=2, name="x"), dict(seq=2, after=0))
    f.close()


def forks():
    f = File("forks.txt", ['Fork proofs: "VRBLFORK", then twice header and signature, the lesser id first.'])

    def proof(x, y, swap=False, magic=b"VRBLFORK"):
        x, y = joined(x)[:248], joined(y)[:248]
        x, y = sorted((x, y), key=lambda z: v.blake(b"virbl batch id 1" + z[:184]), reverse=swap)
        return [(magic, "magic")] + [(z[a:b], what) for z in (x, y) for a, b, what in (
            (0, 184, "header"), (184, 248, "signature"))]
    one, two = batch(ONE), batch([record(IPV4 + 1)])
    f.add("fork", "two-first-batches", "ok", proof(one, two))
    f.add("fork", "late-in-an-epoch", "ok", proof(batch(epoch=3, seq=70, floor=60), batch(epoch=3, seq=70, floor=61)))
    f.add("fork", "two-bumps", "ok", proof(batch(epoch=2), batch(epoch=2, prev=v.blake(b"elsewhere"))))
    f.add("fork", "greater-id-first", "bad", proof(one, two, swap=True))
    f.add("fork", "same-batch-twice", "bad", proof(one, one))
    f.add("fork", "same-header-two-signatures", "bad", proof(one, batch(ONE, salt=b"again")))
    f.add("fork", "other-seq", "bad", proof(batch(seq=2), batch(seq=3)))
    f.add("fork", "other-epoch", "bad", proof(batch(epoch=2), batch(epoch=3)))
    f.add("fork", "other-member", "bad", proof(one, batch(ONE, key=OTHER)))
    f.add("fork", "signed-by-another", "bad", proof(one, batch(two and [record(IPV4 + 1)], sign=OTHER.sign)))
    f.add("fork", "malformed-header", "bad", proof(one, batch(ONE, kind=2)))
    f.add("fork", "magic", "bad", proof(one, two, magic=b"VRBLFARK"))
    f.add("fork", "one-byte-short", "bad", [joined(proof(one, two))[:-1]])
    f.add("fork", "one-byte-more", "bad", [joined(proof(one, two)) + b"\0"])
    f.close()


def cards():
    f = File("cards.txt", ["Cards, each signed rightly unless that is the point."])
    p4 = lambda text, length: b"\4" + bytes([length]) + bytes(int(x) for x in text.split("."))
    p6 = lambda start, length: b"\6" + bytes([length]) + bytes.fromhex(start).ljust(16, b"\0")

    def card(verdict, title, key=ME, magic=b"VRBC", fmt=1, zero=0, version=1, created=NOW, name=b"bit",
             group=b"BIT", contact=b"abuse at bit.example", urls=(b"https://virbl.bit.example:7443/",),
             nurls=None, prefixes=(p4("192.0.2.0", 24), p6("20010db8", 32)), nprefixes=None, tail=b"",
             sign=None):
        short = lambda s: bytes([len(s)]) + s
        parts = [(magic + struct.pack(">BBH", fmt, zero, zero), "magic, format, reserved"), (key.public, "key"),
                 (struct.pack(">IQ", version, created), "version, created"), (short(name), "name"),
                 (short(group), "group"), (short(contact), "contact"),
                 (bytes([len(urls) if nurls is None else nurls]) +
                  b"".join(struct.pack(">H", len(u)) + u for u in urls), "urls"),
                 (struct.pack(">H", len(prefixes) if nprefixes is None else nprefixes) + b"".join(prefixes),
                  "prefixes")]
        if tail:
            parts.append((tail, "tail"))
        message = b"virbl card 1" + joined(parts)
        parts.append((sign(message) if sign else key.sign(message), "signature"))
        f.add("card", title, verdict, parts)
        return joined(parts)
    good = card("ok", "plain")
    card("ok", "least", group=b"", contact=b"", urls=(), prefixes=())
    card("ok", "most", name=b"a" * 32, group=b"g" * 64, contact=b"c" * 128, version=2**32 - 1, created=v.LATEST,
         urls=(b"https://" + b"u" * 248,) * 4, prefixes=[p4(f"10.{i}.0.0", 16) for i in range(256)])
    card("ok", "name-of-all-kinds", name=b"0-a_b.c")
    card("ok", "all-addresses", prefixes=(p4("0.0.0.0", 0), p6("", 0)))
    card("ok", "single-addresses", prefixes=(p4("192.0.2.1", 32), p6("20010db8000000000000000000000001", 128)))
    f.add("card", "nothing", "cut short", [])
    f.add("card", "71-bytes", "cut short", [good[:71]])
    f.add("card", "115-bytes", "cut short", [good[:115]])
    f.add("card", "too-long", "too long", [good + bytes(8193 - len(good))])
    card("bad magic", "magic", magic=b"VRBL")
    card("unknown format", "format-2", fmt=2)
    card("reserved bytes set", "reserved", zero=1)
    card("bad version", "version-0", version=0)
    card("bad time", "after-2106", created=v.LATEST + 1)
    card("bad time", "negative", created=2**63)
    for title, name in (("empty", b""), ("upper-case", b"Bit"), ("begins-with-dash", b"-bit"), ("space", b"b t"),
                        ("nul", b"b\0t"), ("33-bytes", b"a" * 33), ("line-end", b"bit\n")):
        card("bad name", "name-" + title, name=name)
    for title, group in (("65-bytes", b"g" * 65), ("space-first", b" g"), ("space-last", b"g "), ("tab", b"a\tb"),
                         ("utf-8", b"\xc3\xa9"), ("nul", b"a\0"), ("line-end", b"g\n")):
        card("bad group", "group-" + title, group=group)
    card("bad contact", "contact-129-bytes", contact=b"c" * 129)
    card("bad contact", "contact-delete", contact=b"c\x7fc")
    for title, url in (("http", b"http://bit.example/"), ("upper-case", b"HTTPS://bit.example/"), ("empty", b""),
                       ("nothing-after", b"https://"), ("space", b"https://a b/"), ("nul", b"https://a\0"),
                       ("257-bytes", b"https://" + b"u" * 249), ("utf-8", b"https://\xc3\xa9/")):
        card("bad url", "url-" + title, urls=(url,))
    card("bad url", "five-urls", urls=(b"https://a/",) * 5)
    for title, bad in (("family-0", b"\0\0"), ("family-5", b"\5\x18\xc0\0\2\0"), ("length-33", p4("192.0.2.0", 33)),
                       ("length-129", p6("20010db8", 129)), ("host-bits", p4("192.0.2.1", 24)),
                       ("host-bits-6", p6("20010db8", 28)), ("mapped", p6("00" * 10 + "ffffc0000200", 120)),
                       ("mapped-96", p6("00" * 10 + "ffff", 96))):
        card("bad prefix", "prefix-" + title, prefixes=(bad,))
    card("bad prefix", "prefixes-descending", prefixes=(p4("192.0.2.0", 24), p4("10.0.0.0", 8)))
    card("bad prefix", "prefixes-repeated", prefixes=(p4("10.0.0.0", 8), p4("10.0.0.0", 8)))
    card("bad prefix", "prefixes-257", prefixes=[p4(f"10.{i // 256}.{i % 256}.0", 24) for i in range(257)])
    card("bad prefix", "prefixes-one-missing", nprefixes=3)
    card("bytes left over", "bytes-after", tail=b"\0")
    f.add("card", "ends-in-contact", "bad contact", [good[:70] + good[-64:]])
    f.add("card", "ends-before-urls", "cut short", [good[:81] + good[-64:]])
    f.add("card", "ends-before-prefixes", "cut short", [good[:115] + good[-64:]])
    card("bad signature", "signed-by-another", sign=OTHER.sign)
    card("bad signature", "signed-without-domain", sign=lambda m: ME.sign(m[12:]))
    key = MixedKey(3, SMALL[1])
    card("bad signature", "key-of-mixed-order", key=key, sign=mixed_sign(key, v.NEUTRAL, lambda k: k % 8 == 0))
    f.close()


def nodeids():
    f = File("nodeids.txt", ["Key (32 bytes) and text: canonical (this text is written for the key), ok (the text",
                             "is read as the key), bad (it is not)."])

    def add(name, verdict, key, text, why=""):
        f.add("nodeid", name, verdict, [(key, "key"), text], why)
    for name, key in (("zero", bytes(32)), ("ones", b"\xff" * 32), ("counting", bytes(range(32))),
                      ("me", ME.public), ("other", OTHER.public)):
        add(name, "canonical", key, v.node_id(key))
    key, text = ME.public, v.node_id(ME.public)
    add("lower-case", "ok", key, text.lower())
    add("without-dashes", "ok", key, text.replace("-", ""))
    add("with-spaces", "ok", key, " " + text.replace("-", " ") + " ")
    add("dashes-anywhere", "ok", key, "-" + text.replace("-", "").replace("A", "A--"))
    slips = text.translate(str.maketrans("OIB", "018"))
    assert slips != text
    add("slips", "ok", key, slips, "0, 1 and 8 are read as O, I and B.")
    for i, what in ((0, "first"), (15, "check"), (62, "last")):
        other = "A" if text[i] != "A" else "C"
        add("wrong-" + what, "bad", key, text[:i] + other + text[i + 1:])
    swap = next(i for i in range(62) if "-" not in text[i:i + 2] and text[i] != text[i + 1])
    add("swapped", "bad", key, text[:swap] + text[swap + 1] + text[swap] + text[swap + 2:])
    add("short", "bad", key, text[:-1])
    add("long", "bad", key, text + "A")
    add("empty", "bad", key, "")
    add("character-9", "bad", key, "9" + text[1:])
    add("character-point", "bad", key, text.replace("-", "."))
    add("bit-257", "bad", bytes(32), "AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAB7",
        "Check characters right, but the bits after the key are not zero.")
    f.close()


if __name__ == "__main__":
    for make in (valid, invalid, signatures, chains, forks, cards, nodeids):
        make()
