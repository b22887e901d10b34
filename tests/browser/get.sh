#!/bin/sh
# get.sh FOLDER - put what the file "modules" names into FOLDER/NAME, once.
#
# npm itself would bring several hundred packages; two tarballs with known
# digests are all that is needed. Exit 77: they cannot be had.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
to=$1
mkdir -p "$to" || exit 1
# two tests at once fetch once
exec 9>"$to/lock" && flock 9 || exit 1
grep -v '^#' "$here/modules" | while read -r name version digest; do
	if [ "$(cat "$to/$name.version" 2>/dev/null)" = "$version" ]; then
		continue
	fi
	tarball=$to/$name.tgz
	curl -sSf --retry 2 --max-time 120 -o "$tarball" \
	    "https://registry.npmjs.org/$name/-/$name-$version.tgz" || exit 77
	found=$(openssl dgst -sha512 -binary "$tarball" | base64 -w0)
	if [ "$found" != "$digest" ]; then
		printf '%s: the digest is %s\n' "$tarball" "$found" >&2
		exit 1
	fi
	rm -rf "${to:?}/$name"
	mkdir "$to/$name" &&
	    tar -xzf "$tarball" -C "$to/$name" --strip-components=1 &&
	    rm -f "$tarball" &&
	    printf '%s\n' "$version" >"$to/$name.version" || exit 1
done
