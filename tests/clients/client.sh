# client.sh - what the tests of real mail programs share. Each program is set up
# from the guide's own text, /use/NAME of a running rbl-www, and asks a running
# rbld. It runs in namespaces of its own (files, processes, network), laid over
# the machine's folders: nothing is installed, nothing that runs here is
# touched. Needs root for that, python3, and the program: installed, or unpacked
# by ./check.
#
#   mail program -> resolver.py, 127.0.0.1:53 -> rbld
#
# Sourced with $srcdir and $builddir set. The script then says
#
#   client_outside NAME COMMAND "$@"   the same script again, inside
#   client_inside                      $T, lib.sh, rbld, the pages, the lists
#
# and has
#
#   guide PAGE FILE     the snippets of a page for the file that begins so
#   resolver MODE       what becomes of questions from now on: resolver.py
#   asked REGEXP        was that asked? since the last forget
#   smtp CLIENT SENDER RECIPIENT [HEADER...]   $OUT, as smtp.py says it
#   taken, refused WHAT ...   the same, with a check
#   exported LIST FORMAT FILE the list as a file for the program
#
# What is listed, the same for all of them; everything else is not:
listed4=203.0.113.7         # list ip, 127.0.0.2
listed4b=192.0.2.7          # list dynamic, 127.0.0.4, in the same zone
listed6=2001:db8:bad::7     # by 2001:db8:bad::/48
listed_from=Spammer.Name+tag@Example.GR # by spammer.name@example.gr
listed_domain=evil.gr
clean4=203.0.113.8
clean6=2001:db8:600d::8
clean_from=friend@example.gr

. "$srcdir/tests/flow/mta.sh" # skip, overlay, add_user

# ---- outside ----------------------------------------------------------------

# The folder that ./check unpacked the program $2 into goes before one that is
# installed.
client_outside() {
	[ "${3:-}" != inside ] || return 0
	[ "$(id -u)" -eq 0 ] || skip "needs root, for namespaces of its own"
	for tool in unshare mount ip python3 curl; do
		command -v $tool >/dev/null 2>&1 || skip "no $tool"
	done
	peers=
	for dir in $(printf '%s\n' "${PEERS:-}" | tr : ' '); do
		if [ -e "$dir/$2" ] && [ -d "$dir/../root" ]; then
			peers=$(CDPATH= cd -- "$dir/../root" && pwd)
			break
		fi
	done
	[ -n "$peers" ] || PATH=$PATH:/usr/sbin command -v "$2" >/dev/null ||
	    skip "no $1"
	builddir=$(CDPATH= cd -- "$builddir" && pwd)
	srcdir=$(CDPATH= cd -- "$srcdir" && pwd)
	export builddir srcdir peers
	unshare -m -n -p -f true 2>/dev/null || skip "no namespaces here"
	exec unshare -m -n -p -f --kill-child --mount-proc \
	    sh "$srcdir/tests/clients/${0##*/}" inside
}

# ---- inside -----------------------------------------------------------------

# What to do at the end besides: for the script to say.
client_stop() { :; }

client_leave() {
	client_stop >/dev/null 2>&1
	umount -l /usr /etc /var "$T/ns" 2>/dev/null
	flow_clean
}

client_inside() {
	. "$srcdir/tests/flow/lib.sh"
	PATH=$PATH:/usr/sbin:/sbin
	clients=$srcdir/tests/clients
	flow_begin
	chmod 755 "$T"
	trap client_leave EXIT
	ip link set lo up
	# clients with the addresses that the lists are about
	for c_ip in $listed4 $listed4b $clean4; do
		ip address add "$c_ip/32" dev lo
	done
	for c_ip in $listed6 $clean6; do
		ip address add "$c_ip/128" dev lo nodad 2>/dev/null
	done
	mount --make-rprivate /
	mkdir "$T/ns" && mount -t tmpfs -o mode=755 none "$T/ns" || exit 99
	for c_dir in usr etc var; do
		overlay $c_dir ||
		    skip "no overlay file system: $(cat "$T/err")"
	done
	rm -f /etc/resolv.conf
	printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' \
	    >/etc/resolv.conf
	# some look for a name of their own, and sleep when nobody knows it
	printf '127.0.0.1 localhost %s mx.example.test\n' "$(uname -n)" \
	    >/etc/hosts
	client_lists
	flow_start rbld
	flow_start rbl-www
	client_resolver
}

client_lists() {
	cat >"$T/rbl.conf" <<-END
	data-dir = "$T/data"
	map-size = 64M
	list "ip"      { kind = "ip" }
	list "dynamic" { kind = "ip"  code = "127.0.0.4" }
	list "address" { kind = "address"  code = "127.0.0.3" }
	list "domain"  { kind = "domain" }
	zone "bl.example.test" {
	    lists = {"ip", "dynamic"}  ns = {"ns1.example.test"}
	    hostmaster = "hostmaster.example.test"
	    text = "Listed, see http://bl.example.test/lookup?q=\$"
	}
	zone "em.example.test" {
	    lists = {"address"}  ns = {"ns1.example.test"}
	    hostmaster = "hostmaster.example.test"
	}
	zone "dbl.example.test" {
	    lists = {"domain"}  ns = {"ns1.example.test"}
	    hostmaster = "hostmaster.example.test"
	}
	guard { allow = {"192.0.2.0/24", "203.0.113.0/24", "2001:db8::/32"} }
	dns { listen = {"127.0.0.1@5300"}  rate-limit = 0 }
	www { listen = {"127.0.0.1@0"} }
	END
	ctl init
	status_is "a data directory" 0
	ctl add ip "$listed4" --reason spam
	status_is "an address of a server" 0
	ctl add ip 2001:db8:bad::/48 --reason spam
	status_is "a prefix" 0
	ctl add dynamic "$listed4b" --reason spam
	status_is "in another list of the zone" 0
	ctl add address spammer.name@example.gr --reason spam
	status_is "an address of a person" 0
	ctl add domain "$listed_domain" --reason spam
	status_is "a domain" 0
}

client_resolver() {
	mkfifo "$T/resolver.said"
	echo normal >"$T/mode"
	: >"$T/asked"
	python3 "$clients/resolver.py" "$DNS4" "$T/mode" "$T/asked" \
	    >"$T/resolver.said" 2>"$T/resolver.err" &
	flow_procs="$flow_procs $!"
	read -r c_said <"$T/resolver.said"
	is "a resolver" ready "$c_said"
	client_points
}

# The commands of "Test it" say what they promise, also through the resolver.
client_points() {
	command -v dig >/dev/null || return 0
	guide "" sh >"$T/points"
	has "the guide has tests" 'dig' "$(cat "$T/points")"
	while read -r c_line; do
		case $c_line in
		dig*) c_got=$($c_line) ;;
		*"answers nothing") is "$c_asked" "" "$c_got" ;;
		"# answers "*)
			has "$c_asked" "^(${c_want:=$(printf '%s' \
			    "${c_line#\# answers }" | sed 's/, */|/g')})\$" \
			    "$c_got"
			c_want=
			;;
		*) has "$c_asked" http "$c_got" ;;
		esac
		c_asked=$c_line
	done <"$T/points"
}

resolver() {
	echo "$1" >"$T/mode"
}

forget() {
	: >"$T/asked"
}

asked() {
	has "asked: $1" "^$1\$" "$(tr A-Z a-z <"$T/asked")"
}

not_asked() {
	lacks "not asked: $1" "^$1\$" "$(tr A-Z a-z <"$T/asked")"
}

guide() {
	curl -fsS "$WWW/use${1:+/$1}?as=text" | awk -v want="$2" '
		/^```/ { take = !in_one && index(substr($0, 5), want) == 1
			in_one = !in_one; next }
		in_one && take { print }'
}

exported() {
	ctl export "$1" --format "$2" --output "$3"
	status_is "$1 as a file for $2" 0
	chmod 644 "$3"
}

# Wait until the server at port $1 of address $2 greets.
greets() {
	g_end=$(($(date +%s) + flow_limit))
	until python3 -c 'import socket, sys
socket.create_connection((sys.argv[2], int(sys.argv[1])), 1).recv(1)' \
	    "$1" "${2:-127.0.0.1}" 2>/dev/null; do
		[ "$(date +%s)" -lt "$g_end" ] || {
			wrong "nobody greets at port $1"
			flow_end
		}
		sleep 0.1
	done
}

smtp() {
	run python3 "$clients/smtp.py" "${PORT:-25}" "$@"
}

# WHAT CLIENT SENDER RECIPIENT [HEADER...]
taken() {
	t_what=$1
	shift
	smtp "$@"
	has "$t_what: taken" '^data 250 ' "$OUT"
}

# WHAT REGEXP CLIENT SENDER RECIPIENT [HEADER...]
refused() {
	t_what=$1
	t_want=$2
	shift 2
	smtp "$@"
	has "$t_what: refused" "^$t_want" "$OUT"
}
