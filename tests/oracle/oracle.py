#!/usr/bin/env python3
"""The listing rule, written from its definition alone, against the program's.

    oracle.py PROGRAM [--full] [--virbl VIRBL]

PROGRAM is rehearse_times; VIRBL the control tool, whose `rehearse` is then
compared too. Data comes from the directory in VIRBL_DATA; without it, only
invented votes are compared and the exit code is 77 ("skipped").

For a subject, over its sightings up to now:
    n(g, L)      counts of group g with L - window < seen <= L
    score(L)     sum over groups of weight(g) * min(cap, n(g, L))
    qualifies(L) score(L) >= threshold, and at least `groups` groups have
                 n >= 1, or one group's fully trusted members reach the
                 threshold alone
    until = hold + latest qualifying L; listed while L <= now < until
One member's sightings of a subject and category in one UTC minute are one: the
counts added, seen the latest; of these the newest 1,440 are kept.
"""
import argparse
import csv
import gzip
import hashlib
import ipaddress
import os
import random
import subprocess
import sys
import tempfile
from collections import defaultdict, namedtuple

DAY = 86400
KEPT = 1440

Policy = namedtuple("Policy", "name window threshold cap groups hold")
Member = namedtuple("Member", "trust weight group")
Row = namedtuple("Row", "time member group subject category count")
Vote = namedtuple("Vote", "seen member category count")

POLICIES = [
    Policy("original", 7 * DAY, 2, 2, 1, DAY),
    Policy("default", DAY, 2, 2, 2, DAY),
    Policy("groups3", DAY, 2, 2, 3, DAY),
]
SHORT = [
    Policy("hour", 3600, 2.5, 3, 2, 7200),
    Policy("single", 2 * DAY, 0.5, 1, 1, 600),
    Policy("many", DAY, 6, 4, 3, DAY),
    Policy("long", 4 * DAY, 5, 2, 2, 3 * DAY),
]
CATEGORIES = ["worm", "malware", "spam", "phish", "bruteforce", "scan",
              "exploit"]

SPECIAL = [ipaddress.ip_network(text) for text in """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16
    172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24
    192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15
    198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
    64:ff9b::/64 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23
    2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16
    fc00::/7 fe80::/10 ff00::/8""".split()]


def fold(text):
    """The subject of an address: itself, or the /64 around it."""
    address = ipaddress.ip_address(text)
    if address.version == 4:
        return text
    return str(ipaddress.ip_network(text + "/64", strict=False))


def exempt(subject):
    network = ipaddress.ip_network(subject)
    return any(network.version == special.version and
               network.subnet_of(special) for special in SPECIAL)


def merge(rows):
    """Sightings within a minute are one; the newest ones stay."""
    minutes = defaultdict(dict)
    for row in rows:
        of_one = minutes[(row.member, row.category)]
        seen, count = of_one.get(row.time // 60, (0, 0))
        of_one[row.time // 60] = (max(seen, row.time), count + row.count)
    votes = []
    for (member, category), of_one in minutes.items():
        for minute in sorted(of_one)[-KEPT:]:
            seen, count = of_one[minute]
            votes.append(Vote(seen, member, category, count))
    return votes


def score_at(policy, members, weights, votes, moment):
    """Score at a moment, and whether it qualifies."""
    n, full = defaultdict(int), defaultdict(int)
    for vote in votes:
        if moment - policy.window < vote.seen <= moment:
            member = members[vote.member]
            n[member.group] += vote.count
            if member.trust == "full":
                full[member.group] += vote.count
    threshold = round(policy.threshold * 1000)
    score = sum(weights[g] * min(policy.cap, n[g]) for g in n)
    alone = any(weights[g] * min(policy.cap, full[g]) >= threshold
                for g in full)
    return score, score >= threshold and (len(n) >= policy.groups or alone)


def moments(policy, members, weights, rows):
    """All moments at which a subject qualifies, with their scores."""
    votes = [vote for vote in merge(rows)
             if members[vote.member].trust in ("vote", "full")]
    found = []
    for moment in sorted({vote.seen for vote in votes}):
        score, qualifies = score_at(policy, members, weights, votes, moment)
        if qualifies:
            found.append((moment, score))
    return found


def listed_at(policy, found, now):
    """(since, until, score) if listed now, else None."""
    past = [one for one in found if one[0] <= now]
    if not past or now >= past[-1][0] + policy.hold:
        return None
    since = past[-1][0]
    for moment, _ in reversed(past):
        if moment + policy.hold < since:
            break
        since = moment
    return since, past[-1][0] + policy.hold, past[-1][1]


def oracle(policy, rows, configured, times):
    """For each time {subject: (since, until, score)}."""
    members = dict(configured)
    by_subject = defaultdict(list)
    for row in rows:
        members.setdefault(row.member, Member("vote", 1000, row.group))
        by_subject[row.subject].append(row)
    weights = defaultdict(int)
    for member in members.values():
        if member.trust in ("vote", "full"):
            weights[member.group] = max(weights[member.group], member.weight)
    answers = {now: {} for now in times}
    for subject, of_one in by_subject.items():
        found = moments(policy, members, weights, of_one)
        if not found or exempt(subject):
            continue
        for now in times:
            answer = listed_at(policy, found, now)
            if answer:
                answers[now][subject] = answer
    return answers


def order(subject):
    network = ipaddress.ip_network(subject)
    return network.version, int(network.network_address)


def plain(subjects):
    return "".join(s + "\n" for s in sorted(subjects, key=order))


def write_rows(rows, path):
    with open(path, "w", encoding="ascii") as out:
        out.write("# time member group subject category count threat\n")
        for row in rows:
            out.write("\t".join(map(str, row)) + "\tname\n")


def write_members(configured, path):
    with open(path, "w", encoding="ascii") as out:
        for name, member in configured.items():
            out.write(f"{name} {member.trust} {member.weight} "
                      f"{member.group}\n")


class Session:
    """Counts what was compared."""

    def __init__(self, program, virbl, place):
        self.program, self.virbl, self.place = program, virbl, place
        self.passed = self.failed = 0

    def judge(self, good, what):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED:", what)

    def program_answers(self, policy, votes, members, times):
        command = [self.program, policy.window, policy.hold,
                   round(policy.threshold * 1000), policy.cap, policy.groups,
                   votes, members, *times]
        result = subprocess.run([str(word) for word in command], check=True,
                                stdout=subprocess.PIPE, text=True)
        answers = {now: {} for now in times}
        for line in result.stdout.splitlines():
            now, subject, since, until, score = line.split("\t")
            answers[int(now)][subject] = (int(since), int(until), int(score))
        return answers

    def compare(self, data, policy, rows, configured, times):
        votes = os.path.join(self.place, "votes.tsv")
        members = "-"
        if configured:
            members = os.path.join(self.place, "members")
            write_members(configured, members)
        write_rows(rows, votes)
        want = oracle(policy, rows, configured, times)
        got = self.program_answers(policy, votes, members, times)
        for now in times:
            what = f"{data}, policy {policy.name}, at {now}"
            self.judge(got[now] == want[now], what)
            if got[now] != want[now]:
                self.explain(want[now], got[now])
        print(f"{data}: policy {policy.name}, {len(times)} times, "
              f"{len(rows)} sightings, at most "
              f"{max(len(a) for a in want.values())} listed")
        if self.virbl and not configured:
            self.compare_tool(data, policy, votes, want)

    @staticmethod
    def explain(want, got):
        for subject in sorted(set(want) | set(got), key=order)[:100000]:
            if want.get(subject) != got.get(subject):
                print("   ", subject, "should be", want.get(subject), "is",
                      got.get(subject))
                break

    def compare_tool(self, data, policy, votes, want):
        """The control tool must print the same list."""
        config = os.path.join(self.place, "virbl.conf")
        names = ", ".join(f'"{c}"' for c in CATEGORIES)
        with open(config, "w", encoding="ascii") as out:
            out.write(f"list {policy.name} {{ categories = {{{names}}} "
                      f"window = {policy.window}s threshold = "
                      f"{policy.threshold} cap = {policy.cap} groups = "
                      f"{policy.groups} hold = {policy.hold}s }}\n")
        for now, answer in want.items():
            result = subprocess.run(
                [self.virbl, "-c", config, "rehearse", "--list", policy.name,
                 "--at", str(now), votes], stdout=subprocess.PIPE, text=True,
                check=False)
            self.judge(result.stdout == plain(answer),
                       f"virbl rehearse, {data}, policy {policy.name}, "
                       f"at {now}")


def read_stream(data, part):
    path = os.path.join(data, "stream-2016-08-14", "events.tsv.gz")
    rows = []
    with gzip.open(path, "rt", encoding="ascii") as source:
        for time, member, op, address in csv.reader(source, delimiter="\t"):
            if op == "+" and chosen(address, part):
                rows.append(Row(int(time), member, member, address, "worm",
                                1))
    return rows


def read_oxl(data, part):
    rows = []
    for day in ("2024-11-28", "2024-11-29"):
        path = os.path.join(data, "reports-oxl", f"reports-{day}.csv.gz")
        with gzip.open(path, "rt", encoding="ascii") as source:
            for row in csv.DictReader(source):
                subject = fold(row["ip"])
                if chosen(subject, part):
                    rows.append(Row(int(row["time"]), row["by"], row["by"],
                                    subject, "bruteforce", 1))
    return rows


def chosen(subject, part):
    """One in ${part} subjects."""
    if part == 1:
        return True
    return hashlib.sha256(subject.encode()).digest()[0] % part == 0


def invent(rng):
    """Votes that meet often, by members of all kinds."""
    configured = {}
    for i, trust in enumerate(["full", "vote", "vote", "observe", "none",
                               "vote", "full"]):
        configured[f"m{i}"] = Member(trust, rng.choice([250, 1000, 1500]),
                                     f"g{rng.randrange(4)}")
    groups = {f"x{i}": f"g{rng.randrange(6)}" for i in range(6)}
    names = list(configured) + list(groups)
    subjects = [f"{a}.0.0.9" for a in range(8, 130)]
    subjects += [f"2a00:{a:x}::/64" for a in range(1, 60)]
    rows = []
    for _ in range(9000):
        name = rng.choice(names)
        start = 1600000000 + rng.randrange(6 * DAY)
        subject, category = rng.choice(subjects), rng.choice(CATEGORIES)
        for _ in range(rng.choice([1, 1, 1, 4])):
            rows.append(Row(start + rng.randrange(90), name,
                            groups.get(name, "g0"), subject, category,
                            rng.choice([1, 1, 1, 2, 3])))
    # One who reports in far more minutes than are kept.
    for minute in range(2000):
        rows.append(Row(1600000000 + 60 * minute, "x0", groups["x0"],
                        "8.0.0.9", "worm", 1))
    rng.shuffle(rows)
    return rows, configured


def random_times(rng, rows, n):
    first = min(row.time for row in rows)
    last = max(row.time for row in rows)
    return sorted(rng.sample(range(first, last + 2 * DAY), n))


def compare_expected(session, data):
    """Digests computed by others, where a window is the same as the rule.

    Who was seen by two members within the window is who ever was, as long as
    all that was seen lies within one window.
    """
    policy = Policy("ge2", DAY, 2, 1, 2, DAY)
    for read, name, column in (
            (read_stream, "stream-2016-08-14.tsv", "win24_ge2_sha256"),
            (read_oxl, "oxl-2024-11-28_2024-11-29-24h.tsv", "k2_sha256")):
        rows = read(data, 1)
        end = min(row.time for row in rows) + DAY
        path = os.path.join(data, "expected", name)
        with open(path, encoding="ascii") as source:
            want = {int(row["T"]): row[column]
                    for row in csv.DictReader(source, delimiter="\t")
                    if int(row["T"]) < end}
        votes = os.path.join(session.place, "votes.tsv")
        write_rows(rows, votes)
        got = session.program_answers(policy, votes, "-", list(want))
        for now, digest in want.items():
            made = hashlib.sha256(plain(got[now]).encode()).hexdigest()
            session.judge(made == digest, f"{name} at {now}")
        print(f"{name}: {len(want)} digests")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--virbl")
    args = parser.parse_args()
    data = os.environ.get("VIRBL_DATA", "")
    times, part = (100, 1) if args.full else (10, 8)
    rng = random.Random(2004)
    with tempfile.TemporaryDirectory() as place:
        session = Session(args.program, args.virbl, place)
        for policy in SHORT:
            rows, configured = invent(rng)
            session.compare("invented", policy, rows, configured,
                            random_times(rng, rows, times))
        if os.path.isdir(data):
            for name, read in (("stream", read_stream), ("oxl", read_oxl)):
                rows = read(data, part)
                for policy in POLICIES:
                    session.compare(name, policy, rows, {},
                                    random_times(rng, rows, times))
            compare_expected(session, data)
    print(f"{session.passed} passed, {session.failed} failed")
    if session.failed:
        return 1
    if not os.path.isdir(data):
        print(f"SKIPPED: no data in '{data}': set VIRBL_DATA")
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
