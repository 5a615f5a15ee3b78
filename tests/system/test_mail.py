#!/usr/bin/python3
"""Real mail servers act on the list: Postfix (smtpd and postscreen), Exim, rspamd
and SpamAssassin from Debian, each configured with what `virbl integrate` prints,
asking through unbound with the stub that `virbl integrate resolver` prints. Each
refuses, or scores, a client that is listed and takes one that is not, IPv4 and
IPv6."""
import os
import pathlib
import re
import smtplib
import subprocess
import sys
import tempfile
import threading

import cluster
import unpacked
from unpacked import background, put, run, snippet

LISTS = """
list worm { categories = {"worm", "malware"}  code = "127.0.0.2"  zone = "worm.bl.example" }
list abuse { categories = {"scan"}  code = "127.0.0.3"  zone = "abuse.bl.example" }
list spam { categories = {"spam", "phish"}  code = "127.0.0.4"  zone = "spam.bl.example" }
list any { categories = {"worm", "malware", "spam", "phish", "scan"}  zone = "bl.example" }
"""
SERVER = "192.0.2.25"
WORM4, SPAM4, CLEAN4 = "192.0.2.77", "192.0.2.66", "192.0.2.78"
WORM6, CLEAN6 = "2001:db8:1:2::77", "2001:db8:1:3::78"
LISTED = {WORM4: "worm", SPAM4: "spam", WORM6: "worm"}
CLIENTS = (WORM4, SPAM4, CLEAN4, WORM6, CLEAN6)
SCANNER = "192.0.2.55"      # on a list that mail servers do not ask
MESSAGE = """Received: from host.isp.example (host.isp.example [%s])
\tby mx.example.net (Postfix) with ESMTP id 4711
\tfor <root@example.net>; Mon, 23 Nov 2026 10:00:00 +0000
From: Someone <someone@isp.example>
To: root@example.net
Subject: nothing of interest
Date: Mon, 23 Nov 2026 10:00:00 +0000
Message-ID: <4711@isp.example>

Hello.
"""
passed = failed = 0


def show(what, ok):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    print("%s %s" % ("ok  " if ok else "FAIL", what), flush=True)


# ---- Resolver ----

def resolver(node):
    files = snippet(node, "resolver", "unbound")
    unpacked.resolve_here("%s mx.example.net mx\n" % SERVER)
    unpacked.unbound(*files)

    def answers():
        "the resolver finds the test point"
        return unpacked.dig("2.0.0.127.worm.bl.example") == ["127.0.0.2"]
    cluster.wait_for(answers)


# ---- SMTP ----

def attempt(client):
    """Send a mail from the address; the code and text that ended it."""
    family = SERVER if "." in client else "2001:db8:1:1::25"
    s = smtplib.SMTP(source_address=(client, 0), timeout=120, local_hostname="host.isp.example")
    try:
        s.connect(family, 25)
        s.ehlo()
        s.mail("someone@isp.example")
        code, text = s.rcpt("root@example.net")
        if code == 250:
            code, text = s.data(MESSAGE % client)
        return code, text.decode(errors="replace")
    except smtplib.SMTPException as e:
        return getattr(e, "smtp_code", 0), str(getattr(e, "smtp_error", e))
    finally:
        s.close()


def listening(log):
    def greets():
        "a mail server listens"
        try:
            with smtplib.SMTP(SERVER, 25, timeout=120, source_address=(SERVER, 0)):
                return True
        except (OSError, smtplib.SMTPException):
            return False
    try:
        cluster.wait_for(greets)
    except AssertionError:
        print(pathlib.Path(log).read_text() if os.path.exists(log) else "no " + log)
        raise


def smtp_all(name, log, refused):
    """All clients at once; refused(client, list) is what a refusal must match."""
    answers = {}
    threads = [threading.Thread(target=lambda c=c: answers.__setitem__(c, attempt(c)))
               for c in CLIENTS + (SCANNER,)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    good = True
    for c in CLIENTS + (SCANNER,):
        code, text = answers.get(c, (0, "no answer"))
        text = " ".join(text.split())
        ok = re.search(refused(c, LISTED[c]), "%d %s" % (code, text)) if c in LISTED else code == 250
        good = good and ok
        show("%s: %s, %s: %d %s" % (name, c, "listed on " + LISTED[c] if c in LISTED else
                                    "not listed" if c != SCANNER else "on a list not asked", code, text[:150]), ok)
    if not good:
        print(pathlib.Path(log).read_text(errors="replace")[-4000:])


def postfix(node):
    unpacked.add_user("postfix", "/var/spool/postfix", "postdrop")
    run("chown", "root:root", "/var/spool/postfix", "/etc/postfix")
    run("chown", "postfix:postfix", "/var/lib/postfix")
    base = ("compatibility_level = 3.6\nmyhostname = mx.example.net\nmydestination = example.net\n"
            "mynetworks = 127.0.0.0/8 %s/32\ninet_interfaces = all\nlocal_recipient_maps =\n"
            "local_transport = discard:\nmaillog_file = /var/log/mail.log\nsmtpd_peername_lookup = no\n" % SERVER)
    master = pathlib.Path("/usr/share/postfix/master.cf.dist").read_text()
    for title in ("smtpd", "postscreen"):
        put("/etc/postfix/main.cf", base)
        put("/etc/postfix/master.cf", master)
        if title == "smtpd":
            files = snippet(node, "postfix", title, append=True)
            show("postfix: the snippet is one file: %s" % files, files == ["/etc/postfix/main.cf"])
        else:
            files = snippet(node, "postfix", title, append=True)
            lines = pathlib.Path("/etc/postfix/master.cf").read_text()
            rest = "".join(l for l in master.splitlines(True) if not re.match(r"smtp\s+inet", l))
            put("/etc/postfix/master.cf", lines + rest)
        run("postfix", "check")
        warned = run("postconf", "-n")
        show("postfix: no warning about the %s snippet" % title, "warning" not in warned)
        if subprocess.run(["postfix", "start"]).returncode != 0:
            raise AssertionError("postfix does not start: " + run("cat", "/var/log/mail.log", check=False))
        listening("/var/log/mail.log")
        code = "55[04] 5\\.7\\.1 Service unavailable; [Cc]lient (host )?\\[%s\\] blocked using "
        smtp_all("postfix " + title, "/var/log/mail.log",
                 lambda c, l: code % re.escape(c) + "%s\\.bl\\.example" % l)
        run("postfix", "stop")


def exim(node):
    unpacked.add_user("Debian-exim", "/var/spool/exim4")
    for d in ("/var/spool/exim4", "/var/log/exim4"):
        os.makedirs(d, exist_ok=True)
        run("chown", "Debian-exim:Debian-exim", d)
    put("/etc/exim4/update-exim4.conf.conf",
        "dc_eximconfig_configtype='internet'\ndc_other_hostnames='example.net'\ndc_local_interfaces=''\n"
        "dc_readhost=''\ndc_relay_domains=''\ndc_minimaldns='false'\ndc_relay_nets=''\ndc_smarthost=''\n"
        "CFILEMODE='644'\ndc_use_split_config='true'\ndc_hide_mailname=''\ndc_mailname_in_oh='true'\n"
        "dc_localdelivery='mail_spool'\n")
    put("/etc/mailname", "mx.example.net\n")
    put("/etc/aliases", "root: /dev/null\n")
    snippet(node, "exim")
    run("update-exim4.conf")
    show("exim: the configuration is valid", "Configuration owner" in run("exim4", "-bV")
         or "Configuration file is" in run("exim4", "-bV"))
    background("exim4", "-bdf", "-q30m", log="/mnt/exim.out")
    listening("/var/log/exim4/mainlog")
    smtp_all("exim", "/var/log/exim4/mainlog",
             lambda c, l: "550 %s is listed on %s\\.bl\\.example" % (re.escape(c), l))


# ---- Filters ----

def rspamd(node):
    unpacked.add_user("_rspamd", "/var/lib/rspamd")
    for d in ("/var/lib/rspamd", "/var/log/rspamd", "/run/rspamd"):
        os.makedirs(d, exist_ok=True)
        run("chown", "_rspamd:_rspamd", d)
    # Compiling its own patterns takes longer than all the rest here.
    put("/etc/rspamd/local.d/options.inc", "disable_hyperscan = true;\n")
    snippet(node, "rspamd")
    show("rspamd: the configuration is valid: %s" % run("rspamadm", "configtest", check=False).strip()[-60:],
         "syntax OK" in run("rspamadm", "configtest", check=False))
    background("rspamd", "-f", "-u", "_rspamd", "-g", "_rspamd", log="/mnt/rspamd.out")

    def pings():
        "rspamd answers"
        r = subprocess.run(["rspamc", "-h", "127.0.0.1:11334", "stat"], capture_output=True, text=True)
        return r.returncode == 0
    cluster.wait_for(pings, 600)
    for c in CLIENTS + (SCANNER,):
        text = run("rspamc", "-h", "127.0.0.1:11333", "-i", c, input=MESSAGE % c)
        found = re.findall(r"Symbol: (VIRBL_\w+) \(([0-9.]+)\)", text)
        want = [("VIRBL_" + LISTED[c].upper(), "8.00")] if c in LISTED else []
        show("rspamd: %s: %s" % (c, found or "no symbol of ours"), found == want)
        if found != want:
            print(text, pathlib.Path("/mnt/rspamd.out").read_text()[-2000:])
    log = pathlib.Path("/var/log/rspamd/rspamd.log").read_text(errors="replace")
    show("rspamd: its monitor found nothing wrong with our zones",
         not re.search(r"bl\.example.*(is now off|disable|improper|suspicious)", log))


def spamassassin(node):
    snippet(node, "spamassassin")
    lint = run("spamassassin", "--lint", check=False)
    show("spamassassin: lint has nothing against it: %s" % (lint.strip()[:100] or "silent"), not lint.strip())
    for c in CLIENTS + (SCANNER,):
        text = run("spamassassin", "-t", check=False, input=MESSAGE % c)
        found = re.findall(r"([0-9.]+) RCVD_IN_VIRBL_(\w+)", text.split("Content analysis")[-1])
        want = [("4.0", LISTED[c].upper())] if c in LISTED else []
        show("spamassassin: %s: %s" % (c, found or "no rule of ours"), found == want)
        if found != want:
            print(text)


def main():
    unpacked.enter("usr/sbin/postfix", "usr/sbin/exim4", "usr/bin/rspamd", "usr/bin/spamassassin")
    for a in CLIENTS + (SCANNER, SERVER, "2001:db8:1:1::25"):
        run("ip", "address", "add", a + ("/32" if "." in a else "/128"), "dev", "lo",
            *(() if "." in a else ("nodad",)))
    with tempfile.TemporaryDirectory() as root:
        node = unpacked.Node(root, "alpha")
        node.lists = LISTS
        node.configure()
        node.start()
        rows = [{"address": a, "category": l, "count": 2, "threat": "Win.Worm.X"} for a, l in LISTED.items()]
        status, _ = node.post(rows + [{"address": SCANNER, "category": "scan", "count": 2}])
        show("reports accepted", status == 200)
        resolver(node)
        for part in (postfix, exim, rspamd, spamassassin):
            if len(sys.argv) < 2 or part.__name__ in sys.argv:
                part(node)
        show("the node ends cleanly", node.stop() == 0)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
