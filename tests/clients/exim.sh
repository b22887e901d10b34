#!/bin/sh
# exim.sh - Debian's Exim with the statements of /use/exim: see client.sh.
set -u
: "${srcdir:=.}" "${builddir:=.}"
. "$srcdir/tests/clients/client.sh"
client_outside Exim exim4 "$@"
client_inside
add_user Debian-exim 64104

# exim_conf RCPT DATA: the statements before those that accept.
exim_conf() {
	cat <<-END
	primary_hostname = mx.example.test
	exim_user = Debian-exim
	exim_group = Debian-exim
	host_lookup =
	keep_environment =
	spool_directory = /var/spool/exim4
	log_file_path = /var/log/exim4/%slog
	acl_smtp_rcpt = acl_check_rcpt
	acl_smtp_data = acl_check_data
	dns_retry = 0
	dns_retrans = 1s
	begin acl
	acl_check_rcpt:
	  deny    domains = !example.test
	END
	cat "$1"
	printf '  accept\nacl_check_data:\n'
	cat "$2"
	cat <<-END
	  accept
	begin routers
	all:
	  driver = accept
	  transport = file
	begin transports
	file:
	  driver = appendfile
	  file = /var/spool/exim4/got/\${lookup{\$h_x-case:}lsearch*{/etc/exim4/cases}}
	  user = Debian-exim
	END
}

# The paragraphs of the guide's snippets that begin with the word $1.
statements() {
	guide exim "exim.conf $2" | awk -v word="$1" '
		/^  [a-z]/ { on = $1 == word }
		on { print }'
}

# A daemon at port $1 with the configuration $2.
daemon() {
	chmod 644 "$2"
	run exim4 -C "$2" -bV
	status_is "Exim takes $2" 0
	exim4 -C "$2" -bdf -oX "<, $1" -oP "$T/exim.$1.pid" \
	    >"$T/exim.$1.log" 2>&1 &
	flow_procs="$flow_procs $!"
	greets "$1"
}

to=someone@example.test
mkdir -p /var/spool/exim4/got /var/log/exim4 /etc/exim4
chown -R Debian-exim:Debian-exim /var/spool/exim4 /var/log/exim4
exported ip exim /etc/exim4/rbl_ip
exported address exim /etc/exim4/rbl_address

# a name that comes with the mail is no name of a file, to Exim, unless a file
# has it
seq 100 | sed 's/.*/case&: case&/; $a*: other' >/etc/exim4/cases

step "the statements of the guide"
: >"$T/none"
statements warn acl_check_rcpt >"$T/warn"
statements deny acl_check_rcpt >"$T/deny"
statements warn acl_check_data >"$T/in-data"
guide exim 'acl_check_rcpt' >"$T/files"
sed 's/^  warn /  deny /; /add_header/d' "$T/in-data" >"$T/deny.data"
for part in warn deny in-data files; do
	has "the guide has $part" '.' "$(cat "$T/$part")"
done
exim_conf "$T/warn" "$T/in-data" >"$T/warn.conf"
exim_conf "$T/deny" "$T/deny.data" >"$T/deny.conf"
exim_conf "$T/files" "$T/none" >"$T/files.conf"
daemon 25 "$T/deny.conf"
daemon 26 "$T/warn.conf"
daemon 27 "$T/files.conf"

step "deny"
PORT=25
forget
taken "a clean server" "$clean4" "$clean_from" $to
taken "by IPv6" "$clean6" "$clean_from" $to
taken "the null sender" "$clean4" "" $to "From: <$clean_from>"
taken "127.0.0.1" 127.0.0.1 "$clean_from" $to
taken "a free mail address" "$clean4" other.person@gmail.com $to
refused "a listed server" \
    "rcpt 550 $listed4 is listed at bl.example.test: .*Listed, see http" \
    $listed4 "$clean_from" $to
refused "by IPv6" "rcpt 550 $listed6 is listed" $listed6 "$clean_from" $to
refused "by the other code" "rcpt 550 $listed4b is listed" $listed4b \
    "$clean_from" $to
refused "127.0.0.2" 'rcpt 550 127.0.0.2 is listed' 127.0.0.2 "$clean_from" $to
refused "a listed domain" 'rcpt 550 Evil.GR is listed' "$clean4" \
    someone@Evil.GR $to
refused "a listed sender" \
    "rcpt 550 Spammer.Name\+tag@Example.GR is listed" "$clean4" \
    "$listed_from" $to
refused "test@example.com" 'rcpt 550 test@example.com is listed' "$clean4" \
    test@example.com $to
refused "a listed From:" 'data 550 ' "$clean4" "$clean_from" $to \
    "From: Spammer <Spammer.Name@Example.GR>"
asked "a $(reversed $listed6).bl.example.test"
asked "a $(sha1_of spammer.name@example.gr).em.example.test"

# WHAT HEADER CLIENT SENDER [FROM]: taken, and what was found is added.
marked() {
	k_case=case$((flow_checks + 1))
	taken "$1" "$3" "$4" $to "X-Case: $k_case" "From: <${5:-$4}>"
	k_end=$(($(date +%s) + 10))
	until [ -s "/var/spool/exim4/got/$k_case" ] ||
	    [ "$(date +%s)" -ge "$k_end" ]; do
		sleep 0.1
	done
	is "$1: what is added" "$2" "$(sed -n 's/^X-Blocklist: //p' \
	    "/var/spool/exim4/got/$k_case" 2>&1)"
}

step "a header alone, to begin with"
PORT=26
marked "a clean server" "" "$clean4" "$clean_from"
marked "a listed server" "bl.example.test (127.0.0.2)" $listed4 "$clean_from"
marked "a listed sender" "em.example.test (127.0.0.3)" "$clean4" \
    "$listed_from" "$clean_from"
marked "a listed From:" "em.example.test (127.0.0.3)" "$clean4" \
    "$clean_from" spammer.name@example.gr

step "by file"
PORT=27
forget
taken "a clean server" "$clean4" "$clean_from" $to
taken "by IPv6" "$clean6" "$clean_from" $to
refused "a listed server" 'rcpt 550 ' $listed4 "$clean_from" $to
refused "by IPv6" 'rcpt 550 ' $listed6 "$clean_from" $to
refused "a listed sender" 'rcpt 550 ' "$clean4" Spammer.Name@Example.GR $to
not_asked '.*\.example\.test'

PORT=25
for mode in servfail refused dead lie sell; do
	step "a resolver that does this: $mode"
	resolver $mode
	forget
	taken "a listed server" $listed4 "$listed_from" $to
	asked "a $(reversed $listed4).bl.example.test"
	asked "a $(sha1_of spammer.name@example.gr).em.example.test"
done
flow_end
