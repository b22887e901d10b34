#!/bin/sh
# spamassassin.sh - Debian's SpamAssassin with the rules of /use/spamassassin
# beside its stock rules: see client.sh.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/clients/client.sh"
client_outside SpamAssassin spamassassin "$@"
client_inside

# The folder is Debian's, or laid over it. Bayes and the like ask nobody.
rules() {
	guide spamassassin /etc/spamassassin/rbl.cf >/etc/spamassassin/rbl.cf
	cat >/etc/spamassassin/local.cf <<-END
	internal_networks 198.51.100.16/28
	trusted_networks 198.51.100.16/28
	dns_available yes
	skip_rbl_checks 0
	rbl_timeout 1 1
	use_bayes 0
	report_safe 0
	add_header all Status "_YESNO_, score=_SCORE_ tests=_TESTS_"
	END
}

sa() {
	HOME=$T run spamassassin -x -p /dev/null "$@"
}

# mail NAME CLIENT FROM [RETURN-PATH [HEADER]]: handed over by CLIENT.
mail() {
	m_ip=$2
	case $2 in *:*) m_ip=IPv6:$2 ;; esac
	cat >"$T/mails/$1" <<-END
	Return-Path: <${4:-$3}>
	Received: from mx.example.test (mx.example.test [198.51.100.18])
	 by store.example.test (Postfix) with ESMTP id 3B9ACA00AA
	 for <someone@example.test>; Fri, 20 Nov 2026 10:00:02 +0200 (EET)
	Received: from out.example.gr (out.example.gr [$m_ip])
	 by mx.example.test (Postfix) with ESMTP id 1A2B3C4D5E
	 for <someone@example.test>; Fri, 20 Nov 2026 10:00:01 +0200 (EET)
	Received: from pc.example.gr (pc.example.gr [$listed4b])
	 by out.example.gr (Postfix) with ESMTP id 2A2B3C4D5E
	 for <someone@example.test>; Fri, 20 Nov 2026 10:00:00 +0200 (EET)
	Message-ID: <$1@example.gr>
	Date: Fri, 20 Nov 2026 09:59:58 +0200
	From: Some One <$3>
	To: someone@example.test
	X-Case: $1
	Subject: About number seven
	END
	[ -z "${5:-}" ] || printf '%s\n' "$5" >>"$T/mails/$1"
	printf '\nGood morning, see http://www.%s/ please.\n' \
	    "${6:-example.org}" >>"$T/mails/$1"
}

# Our rules that each mail hits, by name: "NAME RULE RULE" in $T/hits.
read_all() {
	sa "$T"/mails/*
	status_is "$1: all mails are looked at" 0
	printf '%s\n' "$OUT" | awk '
		function out() { if (name != "") print name hits; name = "" }
		/^X-Spam-Status:/ { out(); more = 1; text = ""; name = "?" }
		more && /^X-Spam-Status:|^[ \t]/ { text = text $0; next }
		more { more = 0; hits = ""
			sub(/.*tests=/, "", text); gsub(/[ \t]/, "", text)
			n = split(text, t, ",")
			for (i = 1; i <= n; i++)
				if (t[i] ~ /EXAMPLE_TEST|USER_IN_BLOCK/) hits = hits " " t[i] }
		/^X-Case: / && name == "?" { name = $2 }
		END { out() }' | sort >"$T/hits"
}

hits() {
	is "$1" "$1${2:+ }${2:-}" "$(grep -e "^$1 " -e "^$1\$" "$T/hits")"
}

nothing_hits() {
	while read -r h_name h_hits; do
		is "$1: $h_name" '' "$h_hits"
	done <"$T/hits"
	is "$1: all of them" "$(ls "$T/mails" | wc -l)" "$(wc -l <"$T/hits")"
}

step "the rules of the guide"
rules
sa --lint
status_is "taken" 0
is "without a word" "" "$OUT$ERR"

step "mails"
mkdir "$T/mails"
mail clean "$clean4" "$clean_from"
mail clean6 "$clean6" "$clean_from"
mail listed "$listed4" "$clean_from"
mail listed6 "$listed6" "$clean_from"
mail dynamic "$listed4b" "$clean_from"
mail from "$clean4" "$listed_from" "$clean_from"
mail envelope "$clean4" "$clean_from" "$listed_from"
mail replyto "$clean4" "$clean_from" "" "Reply-To: <$listed_from>"
mail hashpoint "$clean4" test@example.com "$clean_from"
mail free "$clean4" other.person@gmail.com "$clean_from"
mail link "$clean4" "$clean_from" "" "" "$listed_domain"
ctl add address freemail@gmail.com --reason spam
mail gmail "$clean4" FreeMail+x@googlemail.com "$clean_from"
mail plain "$clean4" spammer.name@example.gr "$clean_from"
forget
read_all normal
hits clean
hits clean6
hits free
hits listed RCVD_IN_BL_EXAMPLE_TEST_2
hits listed6 RCVD_IN_BL_EXAMPLE_TEST_2
hits dynamic RCVD_IN_BL_EXAMPLE_TEST_4
hits from HASHBL_EM_EXAMPLE_TEST
hits envelope HASHBL_EM_EXAMPLE_TEST
hits replyto HASHBL_EM_EXAMPLE_TEST
hits plain HASHBL_EM_EXAMPLE_TEST
hits hashpoint HASHBL_EM_EXAMPLE_TEST
hits gmail HASHBL_EM_EXAMPLE_TEST
hits link URIBL_DBL_EXAMPLE_TEST
asked "a 7.113.0.203.bl.example.test"
asked "a $(reversed "$listed6").bl.example.test"
asked "a $(sha1_of spammer.name@example.gr).em.example.test"
is "nobody's home address is asked about" 1 \
    "$(grep -c '7\.2\.0\.192\.bl\.example\.test' "$T/asked")"

step "the list as a file"
exported address spamassassin /etc/spamassassin/rbl_addresses.cf
guide spamassassin /etc/spamassassin/rbl_score.cf \
    >/etc/spamassassin/rbl_score.cf
mv /etc/spamassassin/rbl.cf "$T/rbl.cf"
mkdir "$T/all"
mv "$T"/mails/* "$T/all"
cp "$T/all/clean" "$T/all/plain" "$T/mails"
read_all file
hits clean
hits plain USER_IN_BLOCKLIST
has "with our score" 'score=([3-9]|1[0-9])\.' "$OUT"
lacks "not with a hundred" 'score=[0-9]{3}' "$OUT"
rm "$T/mails/clean"
mv "$T/rbl.cf" /etc/spamassassin/rbl.cf
rm /etc/spamassassin/rbl_addresses.cf

for name in listed6 from link; do
	cp "$T/all/$name" "$T/mails"
done
for mode in servfail refused dead lie sell; do
	step "a resolver that does this: $mode"
	resolver $mode
	read_all $mode
	nothing_hits $mode
done
flow_end
