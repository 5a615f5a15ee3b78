#!/usr/bin/env python3
"""Check batches, links, forks, cards, node IDs. Shares no code with virbl, needs only Python 3.8.
verify.py DIR     walk the vectors DIR/*.txt and compare each verdict
verify.py FILE    verify a file of concatenated batches and the links between them"""
import base64, functools, hashlib, ipaddress, os, re, struct, sys

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, NEUTRAL = -121665 * pow(121666, -1, P) % P, (0, 1, 1, 0)
LATEST = 4294967295999
UNKNOWN = {"epoch": 0, "seq": 0, "floor": 0, "created": 0, "id": b""}
TEXT = rb"(?! )[ -~]{%d,%d}(?<! )"
HEADER = struct.Struct(">4sBBH32s32sIIQQQIHH32s32sII")
FIELDS = "magic version kind zero1 member key epoch records seq floor created body size names prev root card zero2"

def add(p, q):  # Ed25519 points as (X, Y, Z, T): x = X/Z, y = Y/Z, xy = T/Z
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P
def mul(n, p):
    q = NEUTRAL
    while n:
        q, p, n = add(p, q) if n & 1 else q, add(p, p), n >> 1
    return q
def same(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == (p[1] * q[2] - q[1] * p[2]) % P == 0
def point(s):  # that a canonical encoding stands for, or None
    y, sign = int.from_bytes(s, "little") & 2**255 - 1, s[31] >> 7
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    x = x if x * x % P == xx else x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != xx or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P
BASE = point(bytes([0x58]) + bytes([0x66]) * 31)
@functools.lru_cache(4096)
def strict_point(s):
    p = point(s)
    return p if p and not same(p, NEUTRAL) and same(mul(L, p), NEUTRAL) else None
def signed(key, message, sig):
    a, r, s = strict_point(key), strict_point(sig[:32]), int.from_bytes(sig[32:], "little")
    k = int.from_bytes(hashlib.sha512(sig[:32] + key + message).digest(), "little") % L
    return bool(a and r and s < L and same(mul(s, BASE), add(r, mul(k, a))))

def number(data):
    return int.from_bytes(data or b"", "big")
def blake(data):
    return hashlib.blake2b(data, digest_size=32).digest()
def merkle(leaves):
    if len(leaves) < 2:
        return blake(b"\0" + leaves[0] if leaves else b"")
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return blake(b"\1" + merkle(leaves[:k]) + merkle(leaves[k:]))
def first(*rules):
    return next((verdict for verdict, bad in rules if bad), None)

def header(b):
    h = dict(zip(FIELDS.split(), HEADER.unpack(b[:184])), id=blake(b"virbl batch id 1" + b[:184]))
    table = h["body"] - 32 * h["records"]
    return first(
        ("magic", h["magic"] != b"VRBL"), ("version", h["version"] != 1), ("kind", h["kind"] != 1),
        ("reserved", h["zero1"] or h["zero2"]),
        ("size", h["size"] != 32 or h["records"] > 4096 or h["names"] > h["records"] or
         h["body"] > 196608 or not 2 * h["names"] <= table <= 65 * h["names"]),
        ("seq", h["epoch"] < 1 or not 1 <= h["floor"] <= h["seq"] < 2**63 or h["created"] > LATEST or
         (h["prev"] == bytes(32)) != (h["epoch"] == h["seq"] == 1)),
        ("key", h["key"] != h["member"])) or "ok", h
def record_ok(r, names, created):
    kind, cat, basis, flags, _, count, begin, last, threat, sp, dp, zero = struct.unpack(">BBBBQIIIHHHH", r)
    fine = (1 <= cat <= 8 and basis <= 6 and flags < 4 and count and begin <= last and threat <= names) \
        if kind == 1 else kind in (2, 3, 4, 5) and not (cat or basis or flags or count or begin or threat or sp or dp)
    return fine and last <= created // 1000 and zero == 0

def batch(b):  # the verdict on one batch, and its header
    verdict, h = header(b) if len(b) >= 184 else ("truncated", None)
    if verdict != "ok" or len(b) != 248 + h["body"]:
        return verdict if verdict != "ok" else "truncated" if len(b) < 248 + h["body"] else "size", h
    n, names = h["records"], []
    records, rest = [b[248 + 32 * i:280 + 32 * i] for i in range(n)], b[248 + 32 * n:]
    for _ in range(h["names"]):
        names.append(rest[1:1 + rest[0]] if len(rest) > (rest or b"\0")[0] else b"")
        rest = rest[1 + len(names[-1]):]
    if rest or names != sorted(set(names)) or not all(re.fullmatch(TEXT % (1, 64), x) for x in names):
        return "nametable", h
    for i, r in enumerate(records):
        if not record_ok(r, len(names), h["created"]):
            return "record", h
        if i and records[i - 1] >= r:
            return "order", h
    return first(
        ("nametable", {number(r[24:26]) for r in records} - {0} != set(range(1, len(names) + 1))),
        ("root", merkle(records + [bytes([len(x)]) + x for x in names]) != h["root"]),
        ("signature", not signed(h["key"], b"virbl batch sig 1" + b[:184], b[184:248]))) or "ok", h

def judge(head, h):  # how a header stands to a head, which moves if it may
    seq, nxt = h["seq"], head["seq"] + 1
    if head["epoch"] == 0:
        verdict = "next" if seq == 1 else "skip" if seq == head["floor"] else "gap"
    elif h["epoch"] != head["epoch"]:
        verdict = "old" if h["epoch"] < head["epoch"] else "bump" if seq == 1 else "gap"
    elif seq < nxt:
        verdict = "fork" if seq == head["seq"] and h["id"] != head["id"] else "old"
    elif seq > nxt and seq != head["floor"]:
        verdict = "gap"
    elif h["created"] < head["created"] or (seq == nxt and h["prev"] != head["id"]):
        verdict = "break"
    else:
        verdict = "next" if seq == nxt else "skip"
    if verdict in ("next", "skip", "bump"):
        head.update(h, floor=max(h["floor"], head["floor"] if h["epoch"] == head["epoch"] else 0))
    return verdict

def chain(data):  # items of 192 bytes: a floor learned before (0: none), then a header
    head, out = dict(UNKNOWN), []
    for i in range(0, len(data), 192):
        head["floor"] = max(head["floor"], number(data[i:i + 8]))
        verdict, h = header(data[i + 8:i + 192])
        out.append(judge(head, h) if verdict == "ok" else verdict)
    return " ".join(out)

def fork(p):
    if len(p) != 504 or p[:8] != b"VRBLFORK":
        return "bad"
    (va, a), (vb, b) = header(p[8:]), header(p[256:])
    place = all(a[x] == b[x] for x in ("member", "epoch", "seq")) and a["id"] < b["id"] and va == vb == "ok"
    return "ok" if place and all(signed(a["key"], b"virbl batch sig 1" + p[i:i + 184], p[i + 184:i + 248])
                                 for i in (8, 256)) else "bad"

def card(b):
    at, last, body = 52, b"", b[:-64]
    def take(n):
        nonlocal at
        at += n
        return body[at - n:at] if at <= len(body) else None
    def text(size, pattern):
        s = take(number(take(size)))
        return s is not None and re.fullmatch(pattern, s)
    bad = first(
        ("too long", len(b) > 8192), ("cut short", len(b) < 72), ("bad magic", b[:4] != b"VRBC"),
        ("unknown format", b[4:5] != b"\1"), ("reserved bytes set", any(b[5:8])),
        ("cut short", len(body) < 52), ("bad version", not any(b[40:44])),
        ("bad time", number(b[44:52]) > LATEST)) or first(
        ("bad name", not text(1, rb"[a-z0-9][a-z0-9._-]{0,31}")), ("bad group", not text(1, TEXT % (0, 64))),
        ("bad contact", not text(1, TEXT % (0, 128))))
    urls = 0 if bad else number(take(1))
    if bad or urls > 4 or not all(text(2, rb"https://[!-~]{1,248}") for _ in range(urls)):
        return bad or "bad url"
    for i in range(number(take(2))):
        key = take(2) or b"\0\0"
        key += take({4: 4, 6: 16}.get(key[0], 0)) or b""
        try:
            net = ipaddress.ip_network((key[2:], key[1]))
        except ValueError:
            return "bad prefix"
        if i > 255 or key <= last or (key[1] >= 96 and net[0].ipv4_mapped):
            return "bad prefix"
        last = key
    return first(("cut short", at > len(body)), ("bytes left over", at < len(body)),
                 ("bad signature", not signed(b[8:40], b"virbl card 1" + body, b[-64:]))) or "ok"

def node_id(key):
    abc, plain, out = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", base64.b32encode(key).decode(), ""
    for part in (plain[i:i + 13] for i in range(0, 52, 13)):
        out += part + abc[-sum(sum(divmod(abc.index(x) * (1 + j % 2), 32)) for j, x in enumerate(part)) % 32]
    return "-".join(out[i:i + 7] for i in range(0, 56, 7))
def named(data):
    key, text = node_id(data[:32]), data[32:].decode()
    plain = text.upper().translate(str.maketrans("018", "OIB", "- "))
    return "canonical" if text == key else "ok" if plain == key.replace("-", "") else "bad"

CHECKS = {"batch": lambda d: batch(d)[0], "chain": chain, "fork": fork, "card": card, "nodeid": named,
          "signature": lambda d: "ok" if signed(d[:32], d[96:], d[32:96]) else "bad"}

def vectors(path):  # name, wanted, got of each vector: "kind name verdict", then indented bytes
    for title, body in re.findall(r"^(\w.*)\n((?:\t.*\n?)*)", open(path).read(), re.M):
        kind, name, want = title.split(" ", 2)
        tokens = re.findall(r'"([^"]*)"|([0-9a-f]{2})|#.*', body)
        yield name, want, CHECKS[kind](b"".join(bytes.fromhex(h) if h else t.encode() for t, h in tokens))
def stream(path):  # place, wanted, got of each batch in a file
    data, heads = open(path, "rb").read(), {}
    while data:
        b, data = data[:248 + number(data[104:108])], data[248 + number(data[104:108]):]
        got, h = batch(b)
        if got == "ok":
            got += " " + judge(heads.setdefault(h["member"], dict(UNKNOWN, floor=h["seq"])), h)
        yield f"{h['member'].hex()} {h['seq']}" if h else "end", "ok (next|skip|bump|old)", got

def main(path):
    files, good, bad = sorted(os.listdir(path)) if os.path.isdir(path) else None, 0, 0
    tests = (r for f in files if f.endswith(".txt") for r in vectors(os.path.join(path, f))) if files else stream(path)
    for name, want, got in tests:
        ok = re.fullmatch(want, got) is not None
        good, bad = good + ok, bad + (not ok)
        print(end="" if ok else f"{name}: {got} instead of {want}\n")
    print(f"{good} passed, {bad} failed")
    return 1 if bad or not good else 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
