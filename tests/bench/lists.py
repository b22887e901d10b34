"""The lists that are measured: made from a seed, imported, kept in the work
folder until what they were made with changes."""
import hashlib
import json
import os
import shutil
import subprocess

ZONE = "bl.test"

# name: kind, entries, further arguments of bench_make, rbldnsd's data sets
FULL = {
    "v4-100k": ("ip4", 100000, [], ["ip4set", "ip4trie"]),
    "v4-1m": ("ip4", 1000000, ["-z"], ["ip4set", "ip4trie"]),
    "v4-10m": ("ip4", 10000000, ["-s"], ["ip4set", "ip4trie"]),
    "v6-1m": ("ip6", 1000000, [], ["ip6trie"]),
    "digest-1m": ("digest", 1000000, [], ["dnset"]),
    "address-1m": ("address", 1000000, [], ["dnset"]),
    "tagged-1m": ("address", 1000000, ["-t"], ["dnset"]),
    "domain-1m": ("domain", 1000000, [], ["dnset"]),
}
SMALL = {
    "v4-100k": ("ip4", 100000, ["-s", "-z"], ["ip4set", "ip4trie"]),
    "v6-20k": ("ip6", 20000, [], ["ip6trie"]),
    "digest-20k": ("digest", 20000, [], ["dnset"]),
    "address-20k": ("address", 20000, [], ["dnset"]),
    "tagged-20k": ("address", 20000, ["-t"], ["dnset"]),
    "domain-20k": ("domain", 20000, [], ["dnset"]),
}
LIST_KINDS = {"ip4": "ip", "ip6": "ip", "digest": "address",
              "address": "address", "domain": "domain"}

CONFIG = """\
data-dir = "{data}"
map-size = 32G
list "bench" {{ kind = "{kind}" }}
zone "{zone}" {{
    lists        = {{"bench"}}
    ns           = {{"ns.example.org"}}
    hostmaster   = "hostmaster.example.org"
    ttl          = 35m
    negative-ttl = 5m
    text         = "Listed, see https://{zone}/?$"
}}
dns {{ listen = {{"127.0.0.1@{port}"}}  workers = 1  rate-limit = 0 }}
"""


class Failed(Exception):
    """Something that is needed did not work; says what."""


def said(command, **more):
    """Run, return what it wrote."""
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        if not lines:
            lines = ["%s: exit %d" % (os.path.basename(command[0]),
                                      done.returncode)]
        # the first names the fault, the last what came of it
        raise Failed(" ... ".join(dict.fromkeys((lines[0], lines[-1]))))
    return done.stdout


def digest_of_file(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()[:16]


class Place:
    """Where programs are, and where everything made lies."""

    def __init__(self, build, work, seed, small):
        self.build = os.path.abspath(build)
        self.work = os.path.abspath(work)
        self.seed = seed
        self.lists = SMALL if small else FULL
        self.questions = 100000 if small else 1000000
        os.makedirs(self.work, exist_ok=True)

    def program(self, name):
        where = {"rbld": "rbld/rbld", "rblctl": "zone/rblctl"}
        path = os.path.join(self.build, where.get(
            name, "tests/bench/" + name))
        if not os.access(path, os.X_OK):
            raise Failed("%s is not built" % path)
        return path

    def folder(self, *names):
        path = os.path.join(self.work, *names)
        os.makedirs(path, exist_ok=True)
        return path

    def entries(self, name):
        return self.lists[name][1]

    def sets(self, name):
        return self.lists[name][3]

    # ---- made once ---------------------------------------------------------

    def fresh(self, folder, stamp):
        """True when FOLDER was made with STAMP; else it is emptied."""
        path = os.path.join(folder, "stamp")
        try:
            with open(path) as f:
                if json.load(f) == stamp:
                    return True
        except (OSError, ValueError):
            pass
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        return False

    def finish(self, folder, stamp):
        with open(os.path.join(folder, "stamp"), "w") as f:
            json.dump(stamp, f)

    def data(self, name):
        """The folder with the files of list NAME."""
        kind, n, more, _ = self.lists[name]
        maker = self.program("bench_make")
        stamp = [kind, n, more, self.questions, self.seed,
                 digest_of_file(maker)]
        folder = self.folder("lists", name)
        if not self.fresh(folder, stamp):
            print("making %s" % name, flush=True)
            said([maker, "-d", folder, "-n", str(n), "-r", str(self.seed),
                  "-q", str(self.questions)] + more + [kind])
            self.finish(folder, stamp)
        return folder

    def file(self, name, what):
        return os.path.join(self.data(name), what)

    def questions_of(self, name, what="mix"):
        return self.file(name, what)

    def listed_name(self, name):
        """One that is listed, as it is asked for."""
        with open(self.file(name, "hit")) as f:
            return f.readline().strip()[1:]

    # ---- our store ---------------------------------------------------------

    def config(self, name, folder, port=0):
        """Write FOLDER/rbl.conf for list NAME; its path."""
        path = os.path.join(folder, "rbl.conf")
        with open(path, "w") as f:
            f.write(CONFIG.format(data=os.path.join(folder, "data"),
                                  kind=LIST_KINDS[self.lists[name][0]],
                                  zone=ZONE, port=port))
        return path

    def empty_store(self, name, folder):
        """A store without entries; the path of its configuration."""
        shutil.rmtree(os.path.join(folder, "data"), ignore_errors=True)
        config = self.config(name, folder)
        said([self.program("rblctl"), "-c", config, "init"])
        return config

    def importing(self, config, path, form):
        return [self.program("rblctl"), "-c", config, "import", "bench", path,
                "--format", form]

    def store(self, name):
        """The folder with our store of list NAME."""
        data = self.data(name)
        stamp = [digest_of_file(os.path.join(data, "stamp")),
                 digest_of_file(self.program("rblctl"))]
        folder = self.folder("stores", name)
        if not self.fresh(folder, stamp):
            print("importing %s" % name, flush=True)
            config = self.empty_store(name, folder)
            said(self.importing(config, os.path.join(data, "list.plain"),
                                "plain"), cwd=data)
            self.finish(folder, stamp)
        return folder

    def prepare(self, names):
        """Make all that rows want, so that none waits for it. What fails
        fails again in its row."""
        for name in names:
            try:
                self.store(name)
            except Failed as e:
                print("  %s: %s" % (name, e), flush=True)
        os.sync()
