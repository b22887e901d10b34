"""What a submission costs, beside parsers that only parse: GMime's, Python's
and SpamAssassin's, over the same mails, all processor time of one thread."""
import email
import email.policy
import json
import os
import subprocess
import time

from lists import Failed, said

# Message headers and the relays in them, without rules, network or settings.
SPAMASSASSIN = r"""
use strict; use Mail::SpamAssassin;
my ($rounds, @files) = @ARGV; my @mails;
for (@files) { local $/; open my $f, '<', $_ or die; push @mails, <$f>; }
my $sa = Mail::SpamAssassin->new({ dont_copy_prefs => 1, local_tests_only => 1,
    config_text => "use_bayes 0\n", rules_filename => '/nonexistent',
    site_rules_filename => '/nonexistent' });
$sa->init(0);
for (1 .. $rounds) {
    my $began = (times)[0] + (times)[1];
    for (@mails) {
        my $m = $sa->parse($_, 1);
        my $pms = Mail::SpamAssassin::PerMsgStatus->new($sa, $m);
        $pms->extract_message_metadata(); $pms->get('From:addr');
        $pms->finish(); $m->finish();
    }
    printf "%.1f\n", 1e6 * ((times)[0] + (times)[1] - $began) / @mails;
}
"""


def folders_of(source, given):
    if given:
        return [given]
    data = os.path.join(source, "tests", "data")
    return [os.path.join(data, x) for x in ("mail", "unwrap")]


def files_of(folders):
    found = [os.path.join(x, name) for x in folders
             for name in sorted(os.listdir(x)) if name.endswith(".eml")]
    if not found:
        raise Failed("no .eml in %s" % ", ".join(folders))
    return found


def python(mails):
    """Microseconds a mail: Python's parser, and a look at each field."""
    began = time.process_time()
    for data in mails:
        for part in email.message_from_bytes(
                data, policy=email.policy.compat32).walk():
            part.items()
    return 1e6 * (time.process_time() - began) / len(mails)


def spamassassin(files, rounds):
    try:
        out = subprocess.run(
            ["perl", "-e", SPAMASSASSIN, str(rounds)] + files,
            capture_output=True, text=True, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as e:
        return None, str(e)
    if out.returncode != 0:
        return None, "not installed" if "Can't locate" in out.stderr \
            else out.stderr.strip()[:200]
    return [float(x) for x in out.stdout.split()], None


def measure(program, folders, rounds):
    files = files_of(folders)
    mails = []
    for name in files:
        with open(name, "rb") as f:
            mails.append(f.read())
    ours = json.loads(said([program, "-n", str(rounds)] + folders))
    peak = json.loads(said([program, "-p"] + folders))
    found = {x: ours[x] for x in ("rbl-ingest", "rbl-ingest-answer", "gmime",
                                  "gmime-decode")}
    found["python"] = [python(mails) for _ in range(rounds)]
    absent = {}
    found["spamassassin"], why = spamassassin(files, rounds)
    if why:
        del found["spamassassin"]
        absent["spamassassin"] = why
        print("  SKIP: spamassassin: %s" % why, flush=True)
    return {"list": "mails", "entries": len(files),
            "octets": sum(len(x) for x in mails), "rounds": found,
            "absent": absent, "peak_kib": peak["kib"],
            "longest_s": peak["seconds"]}
