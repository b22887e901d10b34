"""Servers: ours, the floor, and Debian's; started on free ports of this
machine, all ended when this program ends, however that comes."""
import atexit
import ctypes
import glob
import os
import pwd
import re
import shutil
import signal
import socket
import struct
import subprocess
import time

from lists import ZONE, Failed, said

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1
PATIENCE = 180  # seconds until a server answers

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = CORES[0]
CLIENT_CORE = CORES[1 % len(CORES)]
WRITER_CORE = CORES[2 % len(CORES)] if len(CORES) > 2 else CLIENT_CORE

NSD = """\
server:
    server-count: 1
    ip-address: 127.0.0.1@{port}
    username: ""
    zonesdir: "{folder}"
    zonelistfile: "{folder}/zone.list"
    xfrdfile: ""
    xfrdir: "{folder}"
    pidfile: ""
    database: ""
    minimal-responses: yes
    rrl-ratelimit: 0
    zonefiles-check: no
remote-control:
    control-enable: no
zone:
    name: "{zone}"
    zonefile: "{path}"
"""
KNOT = """\
server:
    rundir: "{folder}"
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "{folder}"
zone:
  - domain: {zone}
    file: "{path}"
    storage: "{folder}"
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
"""


def begin_at(core):
    """For a new process: run at CORE, and end when we do."""
    def begin():
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        os.sched_setaffinity(0, {core})
    return begin


def free_port():
    """One that is free for UDP and TCP."""
    while True:
        with socket.socket(type=socket.SOCK_DGRAM) as u, \
                socket.socket() as t:
            u.bind(("127.0.0.1", 0))
            try:
                t.bind(u.getsockname())
            except OSError:
                continue
            return u.getsockname()[1]


def answers(port, name, patience):
    """A record came for NAME within PATIENCE seconds."""
    labels = b"".join(bytes([len(x)]) + x for x in name.encode().split(b"."))
    packet = struct.pack(">6H", 1, 0, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"
    until = time.monotonic() + patience
    with socket.socket(type=socket.SOCK_DGRAM) as s:
        s.connect(("127.0.0.1", port))
        s.settimeout(0.2)
        while time.monotonic() < until:
            try:
                s.send(packet)
                got = s.recv(4096)
                if got[3] & 15 == 0 and got[6:8] != b"\0\0":
                    return True
            except socket.timeout:
                continue
            except OSError:
                pass
            time.sleep(0.005)
    return False


class Server:
    """A running server."""
    running = []

    def __init__(self, name, argv, port, log, listed, env=None, user=None):
        self.name, self.port = name, port
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env=env, user=user, start_new_session=True,
                preexec_fn=begin_at(SERVER_CORE))
        Server.running.append(self)
        if listed is not None and not self.ready(listed):
            self.stop()
            with open(log, errors="replace") as f:
                raise Failed("%s does not answer: %s" % (
                    name, f.read().strip()[-500:] or "it says nothing"))

    def ready(self, listed):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if answers(self.port, listed, 0.5):
                return True
            if self.process.poll() is not None:
                return False
        return False

    def pids(self):
        """It and everything below it."""
        up = {}
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path) as f:
                    text = f.read()
            except OSError:
                continue
            pid, rest = text.split(" ", 1)[0], text.rsplit(")", 1)[1]
            up[int(pid)] = int(rest.split()[1])
        found = [self.process.pid]
        for pid in found:
            found += [x for x in up if up[x] == pid and x not in found]
        return found

    def memory(self, store=None):
        """Megabytes in proportion (PSS): all, and without the file STORE."""
        total = own = 0
        for pid in self.pids():
            name = ""
            try:
                with open("/proc/%d/smaps" % pid) as f:
                    lines = f.readlines()
            except OSError:
                continue
            for line in lines:
                if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                    name = line.split(None, 5)[5:]
                    name = name[0].strip() if name else ""
                elif line.startswith("Pss:"):
                    kb = int(line.split()[1])
                    total += kb
                    own += 0 if store is not None and name == store else kb
        return total / 1024, own / 1024

    def stop(self):
        if self in Server.running:
            Server.running.remove(self)
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except OSError:
            pass
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def stop_all(*_):
    for server in list(Server.running):
        server.stop()


atexit.register(stop_all)


class Peers:
    """Where Debian's servers are, and how they are started."""

    def __init__(self, place):
        self.place = place
        self.root = os.path.join(place.work, "peers")
        self.files = {"rbldnsd": "rbldnsd", "nsd": "nsd", "knot": "knotd"}

    def path(self, name):
        for folder in ("/usr/sbin", "/usr/bin",
                       os.path.join(self.root, "usr/sbin")):
            path = os.path.join(folder, self.files[name])
            if os.access(path, os.X_OK):
                return path
        return shutil.which(self.files[name])

    def env(self):
        """With the libraries of packages that were only unpacked."""
        libs = glob.glob(os.path.join(self.root, "usr/lib/*-linux-gnu*"))
        return dict(os.environ, LD_LIBRARY_PATH=":".join(libs)) \
            if libs else None

    def fetch(self):
        """Unpack what is missing into the work folder: nothing is installed,
        so that no server of Debian's is started."""
        missing = [x for x in self.files if self.path(x) is None]
        if not missing:
            return
        print("fetching %s" % ", ".join(missing), flush=True)
        try:
            plan = said(["apt-get", "install", "-s",
                         "--no-install-recommends"] + missing)
            names = re.findall(r"^Inst (\S+)", plan, re.M)
            folder = os.path.join(self.root, "deb")
            os.makedirs(folder, exist_ok=True)
            said(["apt-get", "download"] + names, cwd=folder)
            for deb in glob.glob(os.path.join(folder, "*.deb")):
                said(["dpkg", "-x", deb, self.root])
        except (Failed, OSError) as e:
            print("SKIP: %s cannot be fetched: %s" %
                  (", ".join(missing), e), flush=True)

    def version(self, name):
        path = self.path(name)
        if path is None:
            return "absent"
        arguments = {"rbldnsd": ["-h"], "nsd": ["-v"], "knot": ["-V"]}[name]
        out = subprocess.run([path] + arguments, capture_output=True,
                             text=True, env=self.env())
        found = re.search(r"version \S+(?: \(snapshot \d+\))?|"
                          r"[0-9]+\.[0-9]+\.[0-9]+",
                          out.stdout + out.stderr)
        return found.group().replace("version ", "") if found else "?"

    def command(self, kind, name, port, path=None):
        """The command that serves list NAME as KIND; None: not there."""
        program = self.path(kind if kind in self.files else "rbldnsd")
        if program is None:
            return None
        folder = self.place.folder("run", kind)
        if kind in ("nsd", "knot"):
            path = path or self.place.file(name, "list.zone")
            conf = os.path.join(folder, "conf")
            with open(conf, "w") as f:
                f.write({"nsd": NSD, "knot": KNOT}[kind].format(
                    port=port, folder=folder, zone=ZONE, path=path))
            return [program, "-d", "-c", conf] if kind == "nsd" else \
                [program, "-c", conf]
        path = path or self.place.file(name, "list.rbl")
        # -a: minimal answers, as ours are; -c 0: it never looks for changes
        argv = [program, "-n", "-a", "-c", "0",
                "-b", "127.0.0.1/%d" % port, "-w", os.path.dirname(path),
                "%s:%s:%s" % (ZONE, kind, os.path.basename(path))]
        return argv[:1] + ["-u", lesser_user()] + argv[1:] \
            if os.geteuid() == 0 else argv

    def start(self, kind, name):
        """A running Server; None: not there."""
        port, user = free_port(), None
        argv = self.command(kind, name, port)
        if argv is None:
            return None
        if "-u" in argv:  # one that changes its user would outlive us
            at = argv.index("-u")
            user = argv[at + 1]
            del argv[at:at + 2]
        return Server(kind, argv, port,
                      os.path.join(self.place.folder("run", kind), "log"),
                      self.place.listed_name(name), self.env(), user)

    def rbld(self, name, folder=None):
        port = free_port()
        folder = folder or self.place.store(name)
        config = self.place.config(name, folder, port)
        return Server("rbld", [self.place.program("rbld"), "-c", config],
                      port, os.path.join(folder, "log"),
                      self.place.listed_name(name))

    def bare(self, miss_octets):
        port = free_port()
        server = Server("bare", [self.place.program("bench_bare"),
                                 "-p", str(port), "-m", str(miss_octets)],
                        port, os.path.join(self.place.folder("run"),
                                           "bare.log"), None)
        if not answers(port, "x." + ZONE, PATIENCE):
            raise Failed("bench_bare does not answer")
        return server


def lesser_user():
    """rbldnsd refuses to be root."""
    for name in ("rbldns", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise Failed("rbldnsd needs a user rbldns or nobody")
