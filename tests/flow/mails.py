#!/usr/bin/python3
"""Mail with known answers: does "rbl-ingest --explain" find them?

  mails.py --program PATH --config FILE --corpus FOLDER --hostile FOLDER PART

PART is one of
  hostile      36 mails made to break a parser: each keeps its property, no
               child is killed, none needs more than 64 MB
  submissions  real spam, forwarded in all ways that people use
  raw          the same mails as they came: relays, sender, handover
  received     single Received: lines
  pasted       inline forwards of many mail programs and languages
  others       abuse reports, winmail.dat, .msg, digests of others: read to
               their end, and every abuse report seen as what it is

Prints what differs and ends with 1 when it is more than the goal allows.
"""
import argparse
import ipaddress
import json
import os
import re
import subprocess
import sys
import tempfile

MEMORY = 64 << 10  # KiB
HEAD = (b"Received: from mail.example.gr (mail.example.gr [62.103.147.9])\n"
        b"\tby mx.dnsbl.example (Postfix) with ESMTPS id AB12CD34EF\n"
        b"\tfor <submit@dnsbl.example>; Mon, 5 Jan 2026 10:00:00 +0200\n"
        b"From: Nikos <nikos@example.gr>\nTo: submit@dnsbl.example\n"
        b"Subject: Fwd: x\nMIME-Version: 1.0\n"
        b"Content-Type: text/plain; charset=utf-8\n"
        b"Content-Transfer-Encoding: 8bit\n\n")


def canon(text):
    try:
        ip = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return text
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def chain(message):
    return [canon(r["ip"]) for r in message["relays"] if r.get("ip")]


def candidates(message):
    return [c for c in message["candidates"] if c["advice"] != "never"]


def lower(addresses):
    return sorted(a.lower() for a in addresses)


class Part:
    def __init__(self, args):
        self.args = args
        self.sanitized = b"__asan_init" in open(args.program, "rb").read()
        self.good = self.all = 0

    def path(self, *names):
        return os.path.join(self.args.corpus, *names)

    def rows(self, *names):
        with open(self.path(*names), encoding="utf-8") as f:
            return [json.loads(line) for line in f]

    def explain(self, files, *more):
        """What the program says of each file; it must end well."""
        found = {}
        for i in range(0, len(files), 100):
            p = subprocess.run(
                [self.args.program, "--explain", "-c", self.args.config,
                 *more, *files[i:i + 100]], stdout=subprocess.PIPE,
                check=True)
            for line in p.stdout.decode("ascii").splitlines():
                said = json.loads(line)
                found[said["file"]] = said
        return [found[f] for f in files]

    def judge(self, name, why):
        self.all += 1
        self.good += not why
        if why:
            print("%s: %s" % (name, "; ".join(why)[:400]))

    def end(self, what, least):
        print("%s: %d of %d, goal %d" % (what, self.good, self.all, least))
        ok = self.good >= least
        self.good = self.all = 0
        return ok

    # ---- hostile -----------------------------------------------------------

    def alone(self, file):
        """One mail in a program of its own: the answer, and the most memory
        of the program and its child in KiB."""
        with tempfile.TemporaryFile() as out:
            p = subprocess.Popen([self.args.program, "--explain", "-c",
                                  self.args.config, file], stdout=out)
            _, status, used = os.wait4(p.pid, 0)
            p.returncode = status
            out.seek(0)
            return status, out.read(), used.ru_maxrss

    def hostile_one(self, case):
        status, out, kib = self.alone(
            os.path.join(self.args.hostile, case["file"]))
        why = []
        if status != 0:
            return ["status %d" % status]
        if not self.sanitized and kib > MEMORY:
            why.append("%d KiB" % kib)
        if re.search(rb"[^ -~\n]", out):
            why.append("bytes that are no printable ASCII")
        said = json.loads(out)
        if any("killed" in p or "parser" in p for p in said["problems"]):
            why.append("the child died: %s" % said["problems"])
        messages = said["messages"]
        ips = {canon(c["key"]) for m in messages for c in candidates(m)
               if c["list"] == "ip"}
        if "candidate" in case:
            want = {case["candidate"]} - {None}
            if ips != want:
                why.append("candidates %s" % ips)
        for want in case.get("from", []):
            if not messages or want not in messages[0]["from"]:
                why.append("the sender was not found")
        if case.get("chain") and (
                not messages or chain(messages[0])[:1] != case["chain"]):
            why.append("the relay was not found")
        senders = {c["key"] for m in messages for c in candidates(m)
                   if c["list"] != "ip"}
        if senders & {"nikos@example.gr", "submit@dnsbl.example"}:
            why.append("accused: %s" % senders)
        number = case["file"][:3]
        noted = said["problems"] + [p for m in messages for p in m["problems"]]
        limits = {"h01": "64 Received", "h02": "KiB was cut",
                  "h03": "KiB was cut", "h04": "deep", "h05": "deep",
                  "h06": "parts", "h07": "more messages",
                  "h08": "may be unpacked|beyond all measure",
                  "h09": "may be unpacked|beyond all measure",
                  "h11": "archive in an archive", "h18": "From: fields",
                  "h31": "damaged"}
        if number in limits and not any(
                re.search(limits[number], p) for p in noted):
            why.append("nothing said of it: %s" % noted)
        if number in ("h24", "h25", "h34", "h35", "h36") and messages:
            why.append("%d messages" % len(messages))
        if number == "h18" and len(messages[0]["from"]) != 2:
            why.append("one From: is hidden")
        return why

    def hostile(self):
        with open(os.path.join(self.args.hostile, "hostile.jsonl"),
                  encoding="utf-8") as f:
            cases = [json.loads(line) for line in f]
        for case in cases:
            self.judge(case["file"], self.hostile_one(case))
        return self.end("hostile", len(cases))

    # ---- real mail ---------------------------------------------------------

    def submissions(self):
        cases = self.rows("dev", "expected.jsonl")
        files = [self.path("dev", "submissions", c["file"]) for c in cases]
        forbidden = 0
        for case, said in zip(cases, self.explain(files)):
            messages, why = said["messages"], []
            want = case["inner"] if case["recover"] != "none" else []
            if len(messages) != len(want):
                why.append("%d messages, not %d" % (len(messages), len(want)))
            elif case["recover"] in ("full", "headers"):
                for m, w in zip(messages, want):
                    if chain(m) != [canon(x) for x in w["chain"]]:
                        why.append("relays %s" % chain(m))
                    if w["from"] and lower(m["from"]) != lower(w["from"]):
                        why.append("From: %s" % m["from"])
            keys = {canon(c["key"].split("/")[0]).lower()
                    for m in messages for c in candidates(m)}
            wrong = keys & ({canon(x) for x in case["must_not_ips"]} |
                            {x.lower() for x in case["must_not_from"]})
            if wrong:
                forbidden += 1
                why.append("accused: %s" % wrong)
            self.judge(case["file"], why)
        return self.end("submissions", 160) and forbidden == 0

    def raw(self):
        cases = self.rows("dev", "relays.jsonl")
        files = [self.path("dev", "raw", c["file"]) for c in cases]
        said = [s["messages"] for s in self.explain(files, "--raw")]
        for case, messages in zip(cases, said):
            got = chain(messages[0]) if messages else []
            want = [canon(r["ip"]) for r in case["relays"] if r["ip"]]
            self.judge(case["file"], [] if got == want else
                       ["relays %s, not %s" % (got, want)])
        ok = self.end("relays", 600)
        for case, messages in zip(cases, said):
            got = lower(messages[0]["from"]) if messages else []
            self.judge(case["file"], [] if got == lower(case["from_truth"])
                       else ["From: %s" % got])
        ok = self.end("From:", 608) and ok
        for case, messages in zip(cases, said):
            got = [canon(r["ip"]) for m in messages[:1] for r in m["relays"]
                   if r["role"] == "boundary"]
            if case["handover"]:
                self.judge(case["file"], [] if got == [canon(case["handover"])]
                           else ["handed over by %s, not %s" % (
                               got, case["handover"])])
        return self.end("handover", 242) and ok

    def received(self):
        cases = self.rows("extras", "received_cases", "rcvd_cases.jsonl")
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for i, case in enumerate(cases):
                files.append(os.path.join(folder, "%03d.eml" % i))
                with open(files[-1], "w", encoding="utf-8") as f:
                    f.write("Received: %s\nFrom: a@b.example\n\nx\n" %
                            case["received"].replace("\n", "\n "))
            said = self.explain(files, "--raw")
        for case, s in zip(cases, said):
            want = case["want"] and case["want"].get("ip")
            got = [ip for m in s["messages"] for ip in chain(m)]
            self.judge(case["received"][:60],
                       [] if got == ([canon(want)] if want else []) else
                       ["%s, not %s" % (got, want)])
        return self.end("Received:", 142)

    def pasted(self):
        names = sorted(n for n in os.listdir(
            self.path("extras", "inline_forward")) if "_subject" not in n)
        texts = []
        with tempfile.TemporaryDirectory() as folder:
            files = [os.path.join(folder, n + ".eml") for n in names]
            for name, file in zip(names, files):
                with open(self.path("extras", "inline_forward", name),
                          "rb") as f:
                    texts.append(f.read())
                with open(file, "wb") as f:
                    f.write(HEAD + texts[-1])
            said = self.explain(files)
        for name, text, s in zip(names, texts, said):
            messages, why = s["messages"], []
            if any(m["candidates"] for m in messages):
                why.append("something is proposed")
            if b"@" in text and (len(messages) != 1 or
                                 not messages[0]["from"]):
                why.append("no sender: %s" % s["problems"])
            self.judge(name, why)
        return self.end("inline forwards", len(names) - 2)

    def others(self):
        for kind in ("arf_real", "tnef_real", "msg_real", "rfc822_real"):
            folder = self.path("extras", kind)
            names = sorted(os.listdir(folder))
            files = [os.path.join(folder, n) for n in names]
            for name, file, s in zip(names, files, self.explain(files)):
                with open(file, "rb") as f:
                    report = b"feedback-report" in f.read().lower()
                why = []
                if any("parser" in p for p in s["problems"]):
                    why.append("the child died")
                if kind == "arf_real" and report and s["kind"] != "arf":
                    why.append("kind %s" % s["kind"])
                if kind == "msg_real" and len(s["messages"]) != 1:
                    why.append("nothing in it")
                self.judge(name, why)
        return self.end("others", self.all)


def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawTextHelpFormatter)
    p.add_argument("--program", required=True)
    p.add_argument("--config", required=True)
    p.add_argument("--corpus", required=True)
    p.add_argument("--hostile", required=True)
    p.add_argument("part", choices=("hostile", "submissions", "raw",
                                    "received", "pasted", "others"))
    args = p.parse_args()
    return 0 if getattr(Part(args), args.part)() else 1


if __name__ == "__main__":
    sys.exit(main())
