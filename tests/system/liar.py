"""A peer that a test makes say what it likes: its own key, TLS and federation
routes, no daemon. Needs openssl, for its certificate."""
import hashlib
import http.server
import pathlib
import re
import ssl
import struct
import subprocess
import sys
import threading
import time
import urllib.parse

import cluster

sys.path.insert(0, str(cluster.SOURCE / "tests" / "vectors"))
import generate  # noqa: E402

PKCS8 = bytes.fromhex("302e020100300506032b657004220420")
HEADER = struct.Struct(">4sBBH32s32sIIQQQIHH32s32sII")


def blake(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def merkle(leaves):
    if len(leaves) < 2:
        return blake(b"\0" + leaves[0] if leaves else b"")
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return blake(b"\1" + merkle(leaves[:k]) + merkle(leaves[k:]))


def sighting(address, seen, count=1, category=1, threat=0):
    return struct.pack(">BBBBQIIIHHHH", 1, category, 1, 0, int(address), count, seen, seen, threat, 0, 0, 0)


class Signer(generate.Key):
    def __init__(self, seed):
        self.a, self.nonce = generate.scalar(seed)
        self.public = generate.encode(generate.v.mul(self.a, generate.v.BASE))


class Liar:
    """Serves self.batches {(epoch, seq): bytes} and self.heads, heads as bytes."""

    def __init__(self, root, name):
        self.name = name
        self.dir = pathlib.Path(root) / name
        self.port = cluster.free_port()
        self.url = "https://127.0.0.1:%d/" % self.port
        subprocess.run([str(cluster.BUILD / "virbl"), "init", "-C", str(self.dir), "--name", name,
                        "--group", name.upper(), "--url", self.url], check=True, capture_output=True)
        seed = bytes.fromhex((self.dir / "node.key").read_text().split()[1])
        self.signer = Signer(seed)
        self.public = self.signer.public
        self.invite = subprocess.run([str(cluster.BUILD / "virbl"), "-c", str(self.dir / "virbl.conf"),
                                      "peer", "invite"], check=True, capture_output=True,
                                     text=True).stdout.strip()
        self.batches, self.heads, self.cursor = {}, [], 1
        self.server = self.serve(seed)

    def certificate(self, seed):
        pem, cert = self.dir / "key.pem", self.dir / "cert.pem"
        subprocess.run(["openssl", "pkey", "-inform", "DER", "-out", str(pem)], input=PKCS8 + seed,
                       check=True, capture_output=True)
        subprocess.run(["openssl", "req", "-x509", "-new", "-key", str(pem), "-subj", "/CN=x",
                        "-out", str(cert)], check=True, capture_output=True)
        return cert, pem

    def serve(self, seed):
        liar = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                status, body = liar.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", "application/octet-stream")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        server.daemon_threads = True
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.minimum_version = ssl.TLSVersion.TLSv1_3
        tls.load_cert_chain(*map(str, self.certificate(seed)))
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def answer(self, path):
        url = urllib.parse.urlsplit(path)
        if url.path == "/p/1/heads":
            query = urllib.parse.parse_qs(url.query)
            end = time.monotonic() + min(2, int(query.get("wait", ["0"])[0]))
            while int(query["since"][0]) >= self.cursor and time.monotonic() < end:
                time.sleep(0.02)
            return 200, self.message()
        m = re.fullmatch(r"/p/1/log/([0-9a-f]{64})/(\d+)/(\d+)-(\d+)", url.path)
        if m and m[1] == self.public.hex():
            found = [self.batches[int(m[2]), s] for s in range(int(m[3]), min(int(m[4]), int(m[3]) + 64) + 1)
                     if (int(m[2]), s) in self.batches]
            if found:
                return 200, b"".join(found)
        return 404, b""

    def message(self):
        return (b"VRBH\1\0\0\0" + self.public[:8] +
                struct.pack(">QQII", self.cursor, int(time.time() * 1000), 0, len(self.heads)) +
                b"".join(self.heads))

    def batch(self, seq, records=(), prev=bytes(32), epoch=1, names=(), created=None):
        """Sign a batch and serve it; its id."""
        records = sorted(records)
        table = [bytes([len(n)]) + n for n in names]
        body = b"".join(records) + b"".join(table)
        header = HEADER.pack(b"VRBL", 1, 1, 0, self.public, self.public, epoch, len(records), seq, 1,
                             created or int(time.time() * 1000), len(body), 32, len(names), prev,
                             merkle(records + table), 1, 0)
        signature = self.signer.sign(b"virbl batch sig 1" + header)
        self.batches[epoch, seq] = header + signature + body
        return blake(b"virbl batch id 1" + header)

    def announce(self, seq, ident, epoch=1):
        """Claim to have a log up to seq."""
        self.heads = [self.public + ident + struct.pack(">QQQII", seq, 1, int(time.time() * 1000), epoch, 0)]
        self.cursor += 1

    def close(self):
        self.server.shutdown()
        self.server.server_close()
