"""Debian packages that are unpacked, not installed, and a private world in which
they look installed.

Mail servers exclude each other and start when they are installed, so
bootstrap.sh only unpacks them, below build/unpacked. enter() starts the test
again in namespaces of its own: its own network with nothing but loopback, its
own processes, and /usr, /etc and /var with the packages laid over them. All of
it, every process included, ends with the test.
"""
import ctypes
import json
import os
import pathlib
import shutil
import subprocess
import sys

import cluster

DIR = pathlib.Path(os.environ.get("VIRBL_UNPACKED", cluster.SOURCE / "build" / "unpacked"))
INSIDE = "VIRBL_TEST_INSIDE"
NOTHING_ELSE = '  local-zone: "." static\n  local-zone: "bl.example." transparent\n'
UNSHARE = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def mount(source, target, kind, options=""):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), str(target).encode(), kind.encode(), 0, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), "mount %s: %s" % (target, os.strerror(ctypes.get_errno())))


def lay_over():
    """Lay the packages over the directories they belong into; what is written stays in memory."""
    mount("tmpfs", "/mnt", "tmpfs")
    mount("tmpfs", "/run", "tmpfs")
    for name in ("usr", "etc", "var"):
        upper, work = pathlib.Path("/mnt") / name / "upper", pathlib.Path("/mnt") / name / "work"
        upper.mkdir(parents=True)
        work.mkdir()
        mount("overlay", "/" + name, "overlay",
              "lowerdir=%s:/%s,upperdir=%s,workdir=%s" % (DIR / name, name, upper, work))


def enter(*programs):
    """Return inside; or end the test with the status of the one that ran inside."""
    if os.environ.get(INSIDE) is None:
        if os.geteuid() != 0:
            skip("needs root, for namespaces and ports below 1024")
        for p in programs:
            if not (DIR / p).exists():
                skip("%s is not in %s: ./bootstrap.sh check unpacks what is needed" % (p, DIR))
        for p in ("unshare", "ip", "unbound"):
            if shutil.which(p) is None:
                skip("%s is not installed" % p)
        if subprocess.run(UNSHARE + ["true"], capture_output=True).returncode != 0:
            skip("this machine makes no namespaces: " + " ".join(UNSHARE))
        run = subprocess.run(UNSHARE + [sys.executable] + sys.argv, env=dict(os.environ, **{INSIDE: "1"}))
        sys.exit(run.returncode)
    try:
        lay_over()
    except OSError as e:
        skip("this machine lays no directory over another: %s" % e)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ldconfig"], check=True)


def add_user(name, home, *groups):
    """A system user of the private world, and groups."""
    taken = {int(line.split(":")[2]) for f in ("/etc/passwd", "/etc/group")
             for line in open(f) if line.count(":") > 2}
    for group in (name,) + groups:
        number = next(n for n in range(700, 900) if n not in taken)
        taken.add(number)
        with open("/etc/group", "a") as f:
            f.write("%s:x:%d:\n" % (group, number))
        if group == name:
            with open("/etc/passwd", "a") as f:
                f.write("%s:x:%d:%d::%s:/usr/sbin/nologin\n" % (name, number, number, home))


def run(*args, check=True, **more):
    r = subprocess.run(args, capture_output=True, text=True, **more)
    if check and r.returncode != 0:
        raise AssertionError("%s: exit %d\n%s%s" % (" ".join(args), r.returncode, r.stdout, r.stderr))
    return r.stdout + r.stderr


def background(*args, log):
    with open(log, "ab") as f:
        return subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=f, stderr=f)


def put(path, text, append=False):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():       # who knows where it leads to
        path.unlink()
    with open(path, "a" if append else "w") as f:
        f.write(text)


def resolve_here(hosts=""):
    """The resolver of the private world is on 127.0.0.1."""
    put("/etc/resolv.conf", "nameserver 127.0.0.1\n")
    put("/etc/hosts", "127.0.0.1 localhost\n" + hosts)
    put("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")


def unbound(*files, more=NOTHING_ELSE):
    """Start an unbound for which nothing exists but what the files say."""
    put("/etc/unbound/test.conf", 'server:\n  username: ""\n  chroot: ""\n  directory: "/etc/unbound"\n'
        '  pidfile: ""\n  use-syslog: no\n  module-config: "iterator"\n  qname-minimisation-strict: yes\n' + more +
        "".join('include: "%s"\n' % f for f in files) + "remote-control:\n  control-enable: no\n")
    run("unbound-checkconf", "/etc/unbound/test.conf")
    return background("unbound", "-d", "-c", "/etc/unbound/test.conf", log="/mnt/unbound.log")


def dig(name, *args):
    """What a question for the name is answered with, one value a line."""
    lines = run("dig", "+short", "+tries=1", "+time=5", name, *args, check=False).splitlines()
    return [l for l in lines if not l.startswith(";")]


def snippet(node, product, title=None, append=False):
    """Put the parts of the snippet (with that title) where it says; the files."""
    answer = json.loads(node.virbl("integrate", product, "--json").stdout)
    parts = [p for p in answer["parts"] if p["file"] and title in (None, p["title"])]
    for p in parts:
        # What it says in words must be what it says in JSON.
        assert p["text"] in node.virbl("integrate", product).stdout, p
        put(p["file"], p["text"], append and p["file"].endswith("main.cf"))
    return [p["file"] for p in parts]


class Node(cluster.Node):
    """A node of the private world, where no port is taken."""
    def configure(self):
        super().configure()
        text = self.conf.read_text()
        self.conf.write_text(text.replace("listen {", 'listen { dns = {"127.0.0.1:5353"} ', 1))
