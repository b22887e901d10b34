"""The rows: each measures one thing in alternated rounds and returns raw
figures as a dictionary; report.py reads them."""
import json
import os
import shutil
import statistics
import subprocess
import time

import mails
from lists import ZONE, Failed, said
from servers import (CLIENT_CORE, SERVER_CORE, WRITER_CORE, begin_at,
                     free_port)

median = statistics.median


class Bench:
    def __init__(self, place, peers, rounds, small, perf):
        self.place, self.peers = place, peers
        self.rounds, self.small, self.perf = rounds, small, perf
        self.seconds, self.warm = (0.2, 0.1) if small else (0.7, 0.3)
        self.mail_folders = []
        self.wrong = []  # what must not be: wrong answers of ours

    # ---- tools -------------------------------------------------------------

    def asking(self, server, questions, *more):
        return [self.place.program("bench_ask"), "-p", str(server.port),
                "-P", str(server.process.pid), "-f", questions,
                "-t", str(self.seconds), "-W", str(self.warm)] + list(more)

    def ask(self, server, name, *more):
        """One run; its figures."""
        questions = self.place.questions_of(name)
        out = json.loads(said(self.asking(server, questions, *more),
                              preexec_fn=begin_at(CLIENT_CORE)))
        self.judge(server, name, out)
        return out

    def judge(self, server, name, out):
        """Wrong answers of ours are no matter of speed."""
        if server.name != "rbld":
            return
        if out["bad"] > 0 or out["answers"] == 0:
            self.wrong.append("%s: %d answers, %d wrong" % (
                name, out["answers"], out["bad"]))

    def start_all(self, kinds, name):
        """Servers by name, and why others are not there."""
        up, absent = {}, {}
        for kind in kinds:
            try:
                server = self.peers.rbld(name) if kind == "rbld" else \
                    self.peers.start(kind, name)
            except Failed as e:
                absent[kind] = str(e)
                if kind == "rbld":
                    raise
                continue
            if server is None:
                absent[kind] = "not installed"
            else:
                up[kind] = server
        for kind in absent:
            print("  SKIP: %s: %s" % (kind, absent[kind]), flush=True)
        return up, absent

    # ---- speed -------------------------------------------------------------

    def speed(self, name):
        """CPU per answer, saturated, of all servers of one list."""
        kinds = ["rbld"] + self.place.sets(name)
        if name == "v4-1m" or (self.small and name == "v4-100k"):
            kinds += ["nsd", "knot"]
        up, absent = self.start_all(kinds, name)
        try:
            octets = self.ask(up["rbld"], name)["miss_octets"]
            up = {"bare": self.peers.bare(round(octets)), **up}
            rounds = {kind: [] for kind in up}
            order = list(up)
            for i in range(self.rounds * (1 if self.small else 2)):
                for kind in order[i % len(order):] + order[:i % len(order)]:
                    more = ["-a"] if kind == "bare" else []
                    rounds[kind].append(self.ask(up[kind], name, *more))
            memory = {kind: up[kind].memory()[0] for kind in up}
            perf = self.profile(up["rbld"], name) if self.perf else None
        finally:
            for server in up.values():
                server.stop()
        return {"list": name, "entries": self.place.entries(name),
                "rounds": rounds, "absent": absent, "memory": memory,
                "octets": octets, "perf": perf}

    def profile(self, server, name):
        """Where its time goes, a list of [share, object, function]."""
        data = os.path.join(self.place.folder("run"), "perf.data")
        questions = self.place.questions_of(name)
        ask = subprocess.Popen(
            self.asking(server, questions, "-t", "4"),
            stdout=subprocess.DEVNULL, preexec_fn=begin_at(CLIENT_CORE))
        time.sleep(0.5)
        pids = ",".join(str(x) for x in server.pids())
        return perf_of(["-p", pids, "--", "sleep", "3"], data, ask)

    # ---- start -------------------------------------------------------------

    def first(self, argv, port, name):
        out = said([self.place.program("bench_first"), "-p", str(port),
                    "-q", self.place.listed_name(name),
                    "-c", str(SERVER_CORE)] + argv,
                   env=self.peers.env(), preexec_fn=begin_at(CLIENT_CORE))
        return json.loads(out)["ms"]

    def first_rbld(self, name):
        port = free_port()
        config = self.place.config(name, self.place.store(name), port)
        return self.first([self.place.program("rbld"), "-c", config], port,
                          name)

    def first_peer(self, kind, name, path=None):
        """None: not there."""
        port = free_port()
        argv = self.peers.command(kind, name, port, path)
        return None if argv is None else self.first(argv, port, name)

    def start(self, name):
        """Milliseconds from fork to the first right answer, warm cache."""
        kinds = self.place.sets(name)
        self.first_rbld(name)
        rounds = {"rbld": [], **{kind: [] for kind in kinds}}
        for _ in range(self.rounds):
            rounds["rbld"].append(self.first_rbld(name))
            for kind in kinds:
                ms = self.first_peer(kind, name)
                if ms is not None:
                    rounds[kind].append(ms)
        return {"list": name, "entries": self.place.entries(name),
                "rounds": rounds}

    # ---- a change ----------------------------------------------------------

    def copy(self, name, where):
        """A folder with the store of list NAME that may be changed."""
        folder = self.place.folder("run", where)
        data = os.path.join(folder, "data")
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(os.path.join(self.place.store(name), "data"), data)
        self.place.config(name, folder)
        os.sync()
        return folder

    def writer(self, config, keys, *more):
        return subprocess.Popen(
            [self.place.program("bench_write"), "-c", config, "-l", "bench",
             "-k", keys] + list(more), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
            preexec_fn=begin_at(WRITER_CORE))

    def written(self, process):
        out, err = process.communicate()
        if process.returncode != 0:
            raise Failed(err.strip())
        return [json.loads(line) for line in out.splitlines()]

    def spare(self, name, folder):
        """One key that is not listed, in a file, and as it is asked for."""
        with open(self.place.file(name, "spare")) as f:
            key = f.readline().strip()
        path = os.path.join(folder, "one-key")
        with open(path, "w") as f:
            f.write(key + "\n")
        return path, ".".join(reversed(key.split("."))) + "." + ZONE

    def change(self, name):
        """How long after its commit a change is answered, 5,000 questions a
        second meanwhile; and the same load without changes."""
        folder = self.copy(name, "here")
        path, asked = self.spare(name, folder)
        seconds = 1 if self.small else 3
        rounds = []
        with self.peers.rbld(name, folder) as server:
            config = os.path.join(folder, "rbl.conf")
            more = ["-r", "5000", "-b", asked, "-t", str(seconds + 1)]
            for _ in range(self.rounds):
                calm = self.ask(server, name, *more)
                asker = subprocess.Popen(
                    self.asking(server, self.place.questions_of(name), *more),
                    stdout=subprocess.PIPE, text=True,
                    preexec_fn=begin_at(CLIENT_CORE))
                time.sleep(self.warm + 0.2)
                writer = self.writer(config, path, "-v", "-r", "5", "-t",
                                     str(seconds))
                commits = self.written(writer)
                out = json.loads(asker.communicate()[0])
                self.judge(server, name, out)
                rounds.append(self.changes(out, calm, commits))
        shutil.rmtree(folder)
        return {"list": name, "entries": self.place.entries(name),
                "rounds": rounds}

    def changes(self, out, calm, said_of_writer):
        """Match each turn of the answers with the commit that made it. A
        commit may go unseen, when a busy machine let nobody ask before the
        next one; but nothing turns by itself."""
        commits = [x for x in said_of_writer if isinstance(x, list)]
        visible, k = [], 0
        for when, state in out["turns"][1:]:  # the first: before all commits
            while k + 2 < len(commits) and commits[k + 2][0] <= when:
                k += 2
            while k < len(commits) and commits[k][1] != state:
                k += 1
            if k == len(commits):
                break
            visible.append(max(0, when - commits[k][0]) * 1e-6)
            k += 1
        if not visible or len(visible) != len(out["turns"]) - 1:
            self.wrong.append(
                "%d changes, but the answers turned %d times" %
                (len(commits), len(out["turns"]) - 1))
        return {"visible_ms": visible, "unseen": len(commits) - len(visible),
                "lost": out["lost"], "bad": out["bad"],
                "gap_ms": out["gap_ms"], "wait_ms": out["wait_ms"],
                "calm_gap_ms": calm["gap_ms"], "calm_lost": calm["lost"],
                "commit_ms": said_of_writer[-1]["median_ms"]}

    # ---- a writer ----------------------------------------------------------

    def write(self, name):
        """CPU per answer, saturated: without a writer; with one that changes
        another store 1,000 times a second; with one that changes ours."""
        here, other = self.copy(name, "here"), self.copy(name, "elsewhere")
        config = os.path.join(here, "rbl.conf")
        other_config = os.path.join(other, "rbl.conf")
        keys = self.place.file(name, "spare")
        rounds = {"none": [], "elsewhere": [], "here": []}
        with self.peers.rbld(name, here) as server:
            self.ask(server, name)
            for _ in range(self.rounds * (1 if self.small else 2)):
                for where, conf in (("none", None), ("here", config),
                                    ("elsewhere", other_config)):
                    writer = conf and self.writer(
                        conf, keys, "-t",
                        str(self.seconds + self.warm + 0.3))
                    out = self.ask(server, name)
                    if writer:
                        out["writer"] = self.written(writer)[-1]
                    rounds[where].append(out)
        shutil.rmtree(here)
        shutil.rmtree(other)
        return {"list": name, "entries": self.place.entries(name),
                "rounds": rounds}

    # ---- mails -------------------------------------------------------------

    def mails(self, _):
        """CPU of a submission, from its bytes to its candidates."""
        return mails.measure(self.place.program("bench_mails"),
                             self.mail_folders, self.rounds)

    # ---- room and memory ---------------------------------------------------

    def room(self, name):
        """What the tables of the store take, and the memory of a server that
        has answered from it."""
        folder = self.place.store(name)
        config = self.place.config(name, folder)
        tables = json.loads(said([self.place.program("bench_room"), config]))
        data = os.path.join(folder, "data/store/data.mdb")
        with self.peers.rbld(name) as server:
            self.ask(server, name)
            total, own = server.memory(os.path.realpath(data))
        return {"list": name, "entries": self.place.entries(name),
                "tables": tables, "pss_mb": total, "private_mb": own}

    # ---- import ------------------------------------------------------------

    def load(self, name):
        """Seconds from a shuffled rbldnsd file to the commit, and of rbldnsd
        with the same file to its first answer."""
        path = self.place.file(name, "list.shuffled")
        folder = self.place.folder("run", "import")
        rounds = {"rbld": [], "ip4trie": []}
        perf = None
        for i in range(self.rounds):
            config = self.place.empty_store(name, folder)
            os.sync()
            command = self.place.importing(config, path, "rbldnsd")
            began = time.monotonic()
            said(command)
            rounds["rbld"].append(time.monotonic() - began)
            ms = self.first_peer("ip4trie", name, path)
            if ms is not None:
                rounds["ip4trie"].append(ms / 1000)
            if self.perf and i == self.rounds - 1:
                config = self.place.empty_store(name, folder)
                data = os.path.join(self.place.folder("run"), "perf.data")
                perf = perf_of(["--"] + command, data)
        shutil.rmtree(folder, ignore_errors=True)
        return {"list": name, "entries": self.place.entries(name),
                "rounds": rounds, "perf": perf}


def perf_of(arguments, data, beside=None):
    """The top functions of "perf record ARGUMENTS", or why there are none."""
    try:
        said(["perf", "record", "-q", "-F", "2000", "-o", data] + arguments)
        text = said(["perf", "report", "-i", data, "--stdio", "-q",
                     "--no-children", "--percent-limit", "0.05", "-F",
                     "overhead,dso,symbol", "-w", "8,24,60"])
    except (Failed, OSError) as e:
        return [["-", "perf", str(e).splitlines()[-1][:60]]]
    finally:
        if beside is not None:
            beside.kill()
            beside.wait()
        if os.path.exists(data):
            os.unlink(data)
    kernel, found = 0.0, []
    for line in text.splitlines():
        words = line.split()
        if len(words) < 4 or not words[0].endswith("%"):
            continue
        share = float(words[0][:-1])
        if words[1].startswith("[kernel"):
            kernel += share
        else:
            found.append(["%.2f %%" % share, words[1], words[-1]])
    return [["%.2f %%" % kernel, "the kernel", ""]] + found[:20]
