"""The table: each goal with what was measured, and all raw figures."""
import os
import platform
import re
import statistics
import subprocess
import textwrap
import time

median = statistics.median
ENTRY_TABLES = ("lists", "blocks", "names", "details")


# ---- what was measured ------------------------------------------------------

class Rows:
    """Results by row; each figure is None when it was not measured."""

    def __init__(self, results):
        self.results = results

    def of(self, name):
        row = self.results.get(name)
        return row if row is not None and "failed" not in row else None

    def cpu(self, name, server):
        row = self.of(name)
        rounds = row["rounds"].get(server) if row else None
        return median([x["cpu_us"] for x in rounds]) if rounds else None

    def pairs(self, name, server):
        """CPU of ours and of SERVER in each round."""
        rounds = self.of(name)["rounds"]
        return zip([x["cpu_us"] for x in rounds["rbld"]],
                   [x["cpu_us"] for x in rounds[server]])

    def own(self, name):
        if self.cpu(name, "bare") is None:
            return None
        return median([a - b for a, b in self.pairs(name, "bare")])

    def ratio(self, name, servers):
        """To the best of SERVERS, whatever of them was there."""
        there = [x for x in servers if self.cpu(name, x) is not None]
        if not there:
            return None
        best = min(there, key=lambda x: self.cpu(name, x))
        return median([a / b for a, b in self.pairs(name, best)])

    def start(self, name):
        row = self.of("start-" + name)
        return median(row["rounds"]["rbld"]) if row else None

    def change(self, name, what, of=max):
        """The worst of all rounds, or what OF says."""
        row = self.of("change-" + name)
        if not row:
            return None
        if what == "visible_ms":
            all_of_them = [x for r in row["rounds"] for x in r[what]]
            return of(all_of_them) if all_of_them else None
        return of([r[what] for r in row["rounds"]])

    def room(self, name):
        row = self.of("room-" + name)
        return sum(row["tables"][t][1] for t in ENTRY_TABLES) / \
            row["entries"] if row else None

    def private(self, name):
        row = self.of("room-" + name)
        return row["private_mb"] if row else None

    def load(self, name):
        row = self.of("import-" + name)
        if not row or not row["rounds"]["ip4trie"]:
            return None
        return median(row["rounds"]["rbld"]) / \
            median(row["rounds"]["ip4trie"])

    def mail(self, what, beside=None):
        row = self.of("mails")
        if not row or (beside and beside not in row["rounds"]):
            return None
        ours = row["rounds"]["rbl-ingest"]
        return row[what] if what else median(
            [a / b for a, b in zip(ours, row["rounds"][beside])]
            if beside else ours)

    def write(self, name, where="here"):
        row = self.of("write-" + name)
        if not row:
            return None
        return median([a["cpu_us"] / b["cpu_us"] for a, b in zip(
            row["rounds"][where], row["rounds"]["none"])])


def goals(rows, lists):
    """(what, limit or None, unit, measured); None: not measured. Small lists
    have no goals, since they are not there to be fast."""
    found = []

    def goal(what, limit, unit, value):
        found.append((what, limit if "v4-1m" in lists else None, unit, value))

    def with_lists(*kinds):
        return [x for x in lists if lists[x][0] in kinds and
                not x.startswith("tagged")]

    for x in with_lists("ip4"):
        goal("CPU above bare, %s" % x, 0.35, "us", rows.own(x))
    for x in with_lists("ip6", "digest", "address", "domain"):
        limit = None if x.startswith("domain") else 0.45
        goal("CPU above bare, %s" % x, limit, "us", rows.own(x))
    for x in with_lists("ip4"):
        limit = {"v4-1m": 0.92, "v4-10m": 0.90}.get(x)
        goal("CPU / better ip4set, ip4trie, %s" % x, limit, "",
             rows.ratio(x, ["ip4set", "ip4trie"]))
    for x in with_lists("digest", "address", "domain"):
        limit = 0.80 if x.startswith("digest") else None
        goal("CPU / dnset, %s" % x, limit, "", rows.ratio(x, ["dnset"]))
    for x in with_lists("ip6"):
        goal("CPU / ip6trie, %s" % x, None, "", rows.ratio(x, ["ip6trie"]))
    for x in with_lists("ip4"):
        if x == "v4-1m" or "v4-1m" not in lists:
            goal("CPU / NSD, %s" % x, 0.60, "", rows.ratio(x, ["nsd"]))
            goal("CPU / Knot, %s" % x, 0.60, "", rows.ratio(x, ["knot"]))
    for x in lists:
        if not x.startswith("tagged"):
            goal("start to first answer, %s" % x, 20, "ms", rows.start(x))
    for x in with_lists("ip4"):
        if "change-" + x in rows.results:
            goal("change answered after commit, %s" % x, 10, "ms",
                 rows.change(x, "visible_ms"))
            goal("  answers lost", 0, "", rows.change(x, "lost"))
            goal("  longest gap of a round", 5, "ms",
                 rows.change(x, "gap_ms", median))
            goal("  the same without changes", None, "ms",
                 rows.change(x, "calm_gap_ms", median))
    for x in with_lists("ip4"):
        limit = {"v4-1m": 10, "v4-10m": 7}.get(x)
        goal("store per entry, %s" % x, limit, "B", rows.room(x))
    for x in lists:
        if lists[x][0] != "ip4":
            limit = 100 if lists[x][0] == "address" else None
            goal("store per entry, %s" % x, limit, "B", rows.room(x))
    for x in lists:
        if not x.startswith("tagged"):
            goal("private memory, %s" % x, 16, "MB", rows.private(x))
    x = with_lists("ip4")[-1]
    goal("import / ip4trie's load, %s" % x, 2 if x == "v4-10m" else None, "",
         rows.load(x))
    for x in with_lists("ip4"):
        if "write-" + x in rows.results:
            goal("CPU with 1,000 commits/s / without, %s" % x, 1.25, "",
                 rows.write(x))
            goal("  the same, commits to another store", None, "",
                 rows.write(x, "elsewhere"))
    if "mails" in rows.results:
        goal("CPU of a submission read", 125, "us", rows.mail(None))
        goal("CPU of it / GMime's parser", 2, "", rows.mail(None, "gmime"))
        goal("CPU of it / Python's parser", None, "",
             rows.mail(None, "python"))
        goal("CPU of it / SpamAssassin's parser", None, "",
             rows.mail(None, "spamassassin"))
        kib = rows.mail("peak_kib")
        goal("most memory of one", 64, "MB", kib and kib / 1024)
    return found


def figure(value, unit):
    if value is None:
        return "not measured"
    digits = 0 if value == int(value) and unit in ("", "B") else \
        1 if unit in ("ms", "B", "MB") else 2
    return ("%.*f %s" % (digits, value, unit)).strip()


def goal_lines(found):
    lines = ["%-46s %12s %12s  %s" % ("", "goal", "measured", "reached"),
             "-" * 80]
    for what, limit, unit, value in found:
        reached = "" if limit is None or value is None else \
            "yes" if value <= limit else "NO"
        lines.append("%-46s %12s %12s  %s" % (
            what, "-" if limit is None else "<= " + figure(limit, unit),
            figure(value, unit), reached))
    return [x.rstrip() for x in lines]


# ---- raw figures ------------------------------------------------------------

def wrap(text):
    return textwrap.wrap(text, 80, initial_indent="    ",
                         subsequent_indent="        ")


def raw_speed(row):
    lines = ["    %-8s %7s %7s %7s %5s %9s %5s %5s %7s" % (
        "server", "CPU us", "user", "sys", "busy", "answers/s", "wrong",
        "lost", "PSS MB")]
    for server, rounds in row["rounds"].items():
        def mid(what):
            return median([x[what] for x in rounds])
        lines.append(
            "    %-8s %7.3f %7.3f %7.3f %3.0f %% %9.0f %5d %5d %7.1f" % (
                server, mid("cpu_us"), mid("user_us"), mid("sys_us"),
                100 * mid("busy"), mid("qps"), sum(x["bad"] for x in rounds),
                sum(x["lost"] for x in rounds), row["memory"][server]))
    if min(median([x["busy"] for x in row["rounds"][s]])
           for s in ("bare", "rbld")) < 0.9:
        lines.append("    Not saturated: somebody else used this machine. "
                     "Measure again.")
    lines += ["    CPU us of each round"] + [
        "    %-8s %s" % (server, " ".join(
            "%.3f" % x["cpu_us"] for x in rounds))
        for server, rounds in row["rounds"].items()]
    for server, why in row["absent"].items():
        lines += wrap("%s: not measured: %s" % (server, why))
    return lines + raw_perf(row)


def raw_perf(row):
    if not row.get("perf"):
        return []
    return ["", "    where our time goes:"] + \
        ["    %8s  %-18s %s" % tuple(x) for x in row["perf"]]


def raw_start(row):
    return ["    %-8s %s ms" % (server, " ".join(
        "%.1f" % x for x in rounds) or "not measured")
        for server, rounds in row["rounds"].items()]


def raw_change(row):
    lines = []
    for r in row["rounds"]:
        lines += wrap(
            "visible after %s ms, %d unseen; %d lost, %d wrong, longest gap "
            "%.1f ms; without changes %d lost, longest gap %.1f ms; a commit "
            "takes %.2f ms" % (
                " ".join("%.1f" % x for x in r["visible_ms"]), r["unseen"],
                r["lost"], r["bad"], r["gap_ms"], r["calm_lost"],
                r["calm_gap_ms"], r["commit_ms"]))
    return lines


def raw_write(row):
    names = {"none": "no writer", "here": "to our store",
             "elsewhere": "to another"}
    lines = ["    %-12s %7s %9s %9s %9s" % (
        "commits", "CPU us", "answers/s", "commits/s", "commit ms")]
    for where, rounds in row["rounds"].items():
        w = [x["writer"] for x in rounds if "writer" in x]
        lines.append("    %-12s %7.3f %9.0f %9s %9s" % (
            names[where], median([x["cpu_us"] for x in rounds]),
            median([x["qps"] for x in rounds]),
            "%.0f" % median([x["per_second"] for x in w]) if w else "-",
            "%.2f" % median([x["median_ms"] for x in w]) if w else "-"))
    return lines + ["    CPU us of each round"] + [
        "    %-12s %s" % (names[where], " ".join(
            "%.3f" % x["cpu_us"] for x in rounds))
        for where, rounds in row["rounds"].items()]


def raw_room(row):
    text = ", ".join("%s %.1f" % (name, bytes_ / row["entries"])
                     for name, (_, bytes_) in row["tables"].items()
                     if bytes_ > 0)
    return wrap("bytes per entry: " + text) + wrap(
        "memory: %.1f MB in all (PSS), %.1f MB of them not the store's pages"
        % (row["pss_mb"], row["private_mb"]))


def raw_load(row):
    return ["    %-8s %s s" % (server, " ".join(
        "%.2f" % x for x in rounds) or "not measured")
        for server, rounds in row["rounds"].items()] + raw_perf(row)


def raw_mails(row):
    lines = ["    %.1f KB each; most memory %.1f MB, longest %.3f s" % (
        row["octets"] / row["entries"] / 1000, row["peak_kib"] / 1024,
        row["longest_s"]), "    us a mail, each round"]
    lines += ["    %-17s %s" % (way, " ".join("%.1f" % x for x in rounds))
              for way, rounds in row["rounds"].items()]
    for way, why in row["absent"].items():
        lines += wrap("%s: not measured: %s" % (way, why))
    return lines


RAW = {"speed": raw_speed, "start": raw_start, "change": raw_change,
       "write": raw_write, "room": raw_room, "load": raw_load,
       "mails": raw_mails}
TITLES = {
    "speed": "CPU per answer, saturated, half of the questions listed",
    "start": "from fork to the first right answer, warm cache",
    "change": "changes under 5,000 questions a second",
    "write": "CPU per answer beside 1,000 commits a second",
    "room": "room and memory",
    "mails": "CPU of a mail, from its bytes to its candidates",
    "load": "from the text to the commit; rbldnsd's load of the same",
}


def raw_lines(results):
    lines = []
    for what in RAW:
        for name, row in results.items():
            if row["what"] != what:
                continue
            lines += ["", "%s, %s (%s)" % (
                row["list"], TITLES[what], row["when"])]
            if "failed" in row:
                lines += wrap("not measured: " + row["failed"])
            else:
                lines += ["    %d entries" % row["entries"]] + \
                    RAW[what](row)
    return [x.rstrip() for x in lines]


# ---- the machine ------------------------------------------------------------

def first_match(path, pattern, otherwise="?"):
    try:
        with open(path) as f:
            found = re.search(pattern, f.read(), re.M)
    except OSError:
        found = None
    return found.group(1).strip() if found else otherwise


def machine(place):
    cache = "/sys/devices/system/cpu/cpu0/cache/index3/size"
    memory = int(first_match("/proc/meminfo", r"^MemTotal:\s+(\d+)", "0"))
    disk = subprocess.run(["df", "-T", place.work], capture_output=True,
                          text=True).stdout.split("\n")
    return [
        "Processor   %s, %d cores, L3 %s%s" % (
            first_match("/proc/cpuinfo", r"^model name\s*:(.*)"),
            os.cpu_count() or 1, first_match(cache, r"(.*)"),
            ", a virtual machine" if "hypervisor" in first_match(
                "/proc/cpuinfo", r"^flags\s*:(.*)", "") else ""),
        "Memory      %.0f GB" % (memory / 1024 / 1024),
        "Disk        %s" % (disk[1].split()[1] if len(disk) > 1 else "?"),
        "System      %s, Linux %s" % (
            first_match("/etc/os-release", r'^PRETTY_NAME="(.*)"'),
            platform.release()),
        "Built with  %s, CFLAGS %s" % (
            first_match(os.path.join(place.build, "config.log"),
                        r"^(gcc .*|.*clang version.*)$"),
            first_match(os.path.join(place.build, "Makefile"),
                        r"^CFLAGS = (.*)")),
    ]


HEAD = """\
BENCHMARKS - what an answer costs, beside rbldnsd, NSD and Knot

Written by tests/bench/run; do not edit. %(when)s.

    make bench                                all of it
    tests/bench/run --build BUILD --only v4-1m,start-*     some rows
    tests/bench/run --help

%(machine)s
Peers       rbldnsd %(rbldnsd)s, NSD %(nsd)s, Knot %(knot)s
%(note)s

HOW

Lists and questions are made from a seed (tests/bench/make*.c). IPv4: 90 %%
single addresses, 9.9 %% /24, some /16, crowded as real lists are. IPv6: 60 %%
/64, 40 %% single addresses. Digests: SHA-1 labels. Addresses: each asked for
as MD5, SHA-1 and SHA-256, exact and tag-cut; a tenth have a tag ("tagged":
all). Listed questions are uniform over the entries, the worst case for
caches; half of the others are beside a listed address.

Each server has one thread, on core 0; the load generator is on core 1, keeps
128 questions on their way, never sleeps, and compares each answer with what
it must be. CPU is what all threads and processes of a server spent, by the
scheduler's count, divided by the answers. On loopback a server's send also
runs the client's receive path, so that all pay the same floor: "bare" reads
and sends batches of the same size and looks nothing up. Since the machine is
noisy, servers are asked in turn in short rounds; differences and ratios are
taken within each round, and the median of these counts. rbldnsd runs with -a
(minimal answers), as ours are.

A change is visible when the first answer with it leaves the server (the
kernel's stamp), counted from the return of its commit; each fifth question
asks for it, so the grain is 1 ms; the slowest of all changes counts. A gap is
time in which questions waited and no answer left: the median over the rounds
of each round's longest, with changes and without. The store's bytes are the
pages of the tables %(tables)s; history is
apart. Private memory is PSS, all processes, less the pages of the store.


GOALS

%(goals)s


RAW FIGURES
%(raw)s
"""


def report(place, peers, results, args):
    found = goals(Rows(results), place.lists)
    text = HEAD % {
        "when": time.strftime("%Y-%m-%d") +
        (", SMALL LISTS: these figures say nothing of speed"
         if args.small else ""),
        "machine": "\n".join(machine(place)),
        "rbldnsd": peers.version("rbldnsd"),
        "nsd": peers.version("nsd"), "knot": peers.version("knot"),
        "note": "".join("%s\n" % x for x in textwrap.wrap(
            args.note, 80, initial_indent="Note        ",
            subsequent_indent=" " * 12)) if args.note else "",
        "tables": ", ".join(ENTRY_TABLES),
        "goals": "\n".join(goal_lines(found)),
        "raw": "\n".join(raw_lines(results))}
    return text
