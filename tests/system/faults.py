#!/usr/bin/python3
"""What goes wrong at the start, or while serving, is said in one clear line,
with an exit code, and damages nothing."""
import os
import pathlib
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile

import cluster


def start(node, limit=None):
    """Run virbld to its end: (exit status, stderr)."""
    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    r = subprocess.run([str(cluster.BUILD / "virbld"), "-f", "-c", str(node.conf)], capture_output=True,
                       text=True, timeout=60, preexec_fn=small if limit else None)
    return r.returncode, r.stderr


def main():
    checks = []

    def show(what, ok, got=""):
        checks.append(bool(ok))
        print("%s %s" % ("ok  " if ok else "FAIL", what))
        if not ok:
            print("     got:", got)

    def refused(what, node, *words):
        code, err = start(node)
        lines = [l for l in err.splitlines() if l.startswith("virbld: ")]
        show(what, code == 1 and len(lines) == 1 and all(w in err for w in words), (code, err))

    with tempfile.TemporaryDirectory() as root:
        n = cluster.Node(root, "alpha")
        good = n.conf.read_text()

        n.conf.write_text(good.replace("listen {", "listn {"))
        code, err = start(n)
        show("unknown section: file, line, suggestion",
             code == 1 and "virbl.conf:" in err and "listen" in err, (code, err))
        n.conf.write_text(good)

        key = n.dir / "node.key"
        os.chmod(key, 0o644)
        refused("key readable by others", n, "node.key", "chmod 600")
        os.chmod(key, 0o600)

        saved = key.read_text()
        key.write_text("nonsense\n")
        refused("key file of another kind", n, "node.key", "not a key file")
        key.write_text(saved)

        for what, port in (("peers", n.port), ("http", n.http)):
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("127.0.0.1", port))
                s.listen()
                refused("port in use: %s" % what, n, str(port), "another program listens there")

        db = n.dir / "state" / "virbl.db"
        c = sqlite3.connect(db)
        version = c.execute("PRAGMA user_version").fetchone()[0]
        c.execute("PRAGMA user_version = 999")
        c.commit()
        c.close()
        refused("database of a newer version", n, "newer virbl", "999")
        c = sqlite3.connect(db)
        c.execute("PRAGMA user_version = %d" % version)
        c.commit()
        c.close()

        bytes_ = db.read_bytes()
        for suffix in ("-wal", "-shm"):
            pathlib.Path(str(db) + suffix).unlink(missing_ok=True)
        db.write_bytes(b"garbage" * 2000)
        refused("database overwritten with garbage", n, "virbl.db")
        db.write_bytes(bytes_)

        n.start()
        status, answer = n.post([{"address": "10.9.9.9", "category": "worm", "count": 2}])
        show("all of it mended: the node serves", status == 200 and answer["accepted"] == 1)
        refused("a second daemon on the same directory", n, "another virbld")
        digest = n.digest()
        n.kill()
        n.start()
        show("killed and started again: the same digests", n.digest() == digest and digest["worm"][0] == 1)

        n.conf.write_text(good.replace("listen {", "listn {"))
        r = n.virbl("reload", check=False)
        show("reload of a bad file keeps the old one", r.returncode != 0 and n.digest() == digest,
             r.stderr)
        n.conf.write_text(good)
        show("stops cleanly", n.stop() == 0)

        # The disk is full: files may not grow. What was acknowledged stays.
        size = max(f.stat().st_size for f in (n.dir / "state").iterdir())
        code = full_disk(n, size + 65536)
        show("disk full: ends with an error, not by a signal", code == 1, code)
        n.start()
        lost = [a for a in n.acked if not n.lookup(a)["listed"]]
        show("disk full: nothing acknowledged is lost (%d acknowledged)" % len(n.acked),
             not lost and n.acked, lost)
        n.stop()

        shutil.rmtree(n.dir / "state")
        refused("no state directory", n, "virbl init")
    small = subprocess.run(own_mounts() + [sys.executable, __file__, "--small-disk"], capture_output=True, text=True)
    if small.returncode == 77:
        print("skipped: a small disk: " + small.stdout.strip())
    else:
        print(small.stdout, end="")
        done = [line[:4] == "ok  " for line in small.stdout.splitlines() if line[:4] in ("ok  ", "FAIL")]
        checks += done
        if small.returncode != 0 and all(done):
            show("a small disk: the test ran to its end", False, small.stderr)
    print("%d passed, %d failed" % (sum(checks), len(checks) - sum(checks)))
    return 0 if all(checks) else 1


def own_mounts():
    """How to run a program that may mount what nobody else sees."""
    return ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]


def mount_small(path, size):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dk" % size, "virbl-test", str(path)],
                          capture_output=True, text=True)


def small_disk():
    """Runs in a mount namespace of its own: a node whose disk is really full."""
    failed = 0

    def show(what, ok, got=""):
        nonlocal failed
        failed += not ok
        print("%s %s%s" % ("ok  " if ok else "FAIL", what, "" if ok else ": %s" % (got,)))

    with tempfile.TemporaryDirectory() as root:
        mounted = mount_small(root, 256)
        if mounted.returncode != 0:
            print(mounted.stderr.strip())
            return 77
        try:
            disk = pathlib.Path(root)
            (disk / "fill").write_bytes(b"x" * 230 * 1024)
            r = subprocess.run([str(cluster.BUILD / "virbl"), "init", "-C", root + "/node"], capture_output=True, text=True)
            show("init on a full disk: one line, exit 1, nothing left behind",
                 r.returncode == 1 and "No space left" in r.stderr and len(r.stderr.splitlines()) == 1
                 and not (disk / "node").exists(), (r, list(disk.glob("node/**/*"))))
            (disk / "fill").unlink()
            subprocess.run(["mount", "-o", "remount,size=2m", root], check=True)
            n = cluster.Node(root, "alpha")
            code = full_disk(n, None)
            said = [line for line in n.log().splitlines() if "level=error" in line]
            show("disk full while serving: one line, exit 1",
                 code == 1 and len(said) == 1 and "full" in said[0], (code, n.log()[-1000:]))
            (disk / "fill").write_bytes(b"")
            with open(disk / "fill", "ab", buffering=0) as f:
                try:
                    while True:
                        f.write(b"x" * 4096)
                except OSError:
                    pass
            r = n.virbl("report", "10.7.7.7", "--category", "worm", "--threat", "T", check=False)
            show("report with the daemon away and the disk full: exit 75",
                 r.returncode == 75 and "No space left" in r.stderr, r)
            before = len(n.log())
            n.start(wait=False)

            def ended():
                "it gives up, at the latest when it is told something"
                try:
                    n.post([{"address": "10.7.7.7", "category": "worm"}])
                except Exception:
                    pass
                return n.process.poll() is not None
            cluster.wait_for(ended)
            show("start on a full disk: exit 1, says why",
                 n.process.returncode == 1 and "full" in n.log()[before:], n.log()[before:])
            (disk / "fill").unlink()
            subprocess.run(["mount", "-o", "remount,size=32m", root], check=True)
            n.start()
            lost = [a for a in n.acked if not n.lookup(a)["listed"]]
            show("with room again it serves, and %d acknowledged reports are there" % len(n.acked),
                 n.acked and not lost, lost)
            show("and takes more", n.post([{"address": "10.7.7.7", "category": "worm"}])[0] == 200)
            show("stops cleanly after that", n.stop() == 0)
        finally:
            subprocess.run(["umount", root], check=True)
    return 1 if failed else 0


def full_disk(n, limit):
    """Serve, with a limit on the size of files if there is one, until the
    daemon gives up; its status. What it acknowledged is in n.acked."""
    log = open(n.dir / "virbld.out", "ab")

    def small():
        if limit is None:
            return
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    n.process = subprocess.Popen([str(cluster.BUILD / "virbld"), "-f", "-c", str(n.conf)], stdout=log,
                                 stderr=log, preexec_fn=small)
    n.acked = []
    n.wait_ready()
    for i in range(2000):
        rows = [{"address": "10.1.%d.%d" % (i % 250, j), "category": "worm", "count": 2,
                 "threat": "T%d-%d" % (i, j)} for j in range(1, 200)]
        try:
            status, answer = n.post(rows)
        except Exception:
            break
        if status == 200:
            n.acked += ["10.1.%d.%d" % (i % 250, 1)]
    return n.process.wait(timeout=60)


if __name__ == "__main__":
    sys.exit(small_disk() if sys.argv[1:] == ["--small-disk"] else main())
