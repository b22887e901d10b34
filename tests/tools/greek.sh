#!/bin/sh
# greek.sh - every word of the pages has its Greek, and the catalogue has no
# other words: what xgettext finds in www/ is what po/el.po says.
#
# A page that is half in English is not broken and fails no other test, so
# this one names what is missing.
set -u
: "${srcdir:=.}"
for program in xgettext msgfmt msgcmp msgcat; do
	command -v "$program" >/dev/null || {
		printf 'SKIP: no %s (Debian: gettext)\n' "$program"
		exit 77
	}
done
T=$(mktemp -d) || exit 99
trap 'rm -rf "$T"' EXIT
wrong=0

complain() {
	wrong=1
	printf 'WRONG: %s\n' "$1"
	sed 's/^/  /' "$2"
}

XGETTEXT=xgettext sh "$srcdir/po/extract.sh" "$srcdir" "$T/rbld.pot" \
    2>"$T/err" || { complain 'xgettext' "$T/err"; exit 1; }
found=$(grep -c '^msgid ' "$T/rbld.pot")
[ "$found" -gt 1000 ] || {
	printf 'WRONG: only %s words were found in www/\n' "$found"
	exit 1
}

# the same arguments, a head, no syntax error
msgfmt -c -o /dev/null "$srcdir/po/el.po" 2>"$T/err" ||
    complain 'po/el.po does not compile' "$T/err"

# words of the pages that have no Greek, or a doubtful one
LC_ALL=C msgcmp "$srcdir/po/el.po" "$T/rbld.pot" 2>"$T/err" ||
    complain 'not in po/el.po: see "make po/rbld.pot" and msgmerge' "$T/err"

# words that no page says any more
msgid() { msgcat --no-wrap "$1" | grep '^msgid'; }
msgid "$T/rbld.pot" | sort >"$T/a"
msgid "$srcdir/po/el.po" | sort >"$T/b"
comm -13 "$T/a" "$T/b" >"$T/old"
[ ! -s "$T/old" ] || complain 'in po/el.po, but in no page' "$T/old"

# a blank at an end is there because something stands beside it
msgcat --no-wrap "$srcdir/po/el.po" | awk '
	function ends(s) {
		return (s ~ /^" / ? "<" : "") (s ~ / "$/ ? ">" : "")
	}
	/^msgid "/ { id = substr($0, 7) }
	/^msgstr "./ && id != "\"\"" && ends(substr($0, 8)) != ends(id) {
		print id
	}' >"$T/blanks"
[ ! -s "$T/blanks" ] || complain 'a blank at an end differs' "$T/blanks"

[ "$wrong" -eq 0 ] || exit 1
printf '%s words of the pages, all of them in Greek\n' "$found"
