# SPDX-License-Identifier: BSD-2-Clause
# Sourced by ./demo, ./check and bench/run: packages and configuration.
# Expects $top, the root of the tree.  POSIX sh.

# need_packages KIND...: have the Debian packages of these kinds, installing
# what is missing where we may, naming it where we may not.
need_packages() {
	missing=
	for kind; do
		for p in $(sed -n "s/^\([a-z0-9.+-]*\) $kind\$/\1/p" \
		    "$top/packages.txt"); do
			dpkg-query -W -f '${Status}' "$p" 2>/dev/null |
			    grep -q 'install ok installed' ||
			    missing="$missing $p"
		done
	done
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		echo "missing packages; as root run:" >&2
		echo "  apt-get install -y --no-install-recommends$missing" >&2
		return 1
	fi
	echo "installing:$missing"
	DEBIAN_FRONTEND=noninteractive
	export DEBIAN_FRONTEND
	# shellcheck disable=SC2086
	apt-get install -y -qq --no-install-recommends $missing \
	    >/dev/null 2>&1 ||
	    { apt-get update -qq && apt-get install -y -qq \
	    --no-install-recommends $missing >/dev/null; }
}

# The system's own tools first: a private python3 on PATH may lack modules
# that Debian's meson needs.
PATH=/usr/bin:/usr/sbin:/bin:/sbin:$PATH
export PATH

# configure DIR CC OPTION...: configure a build folder once, or again when its
# options change.
configure() {
	dir=$1
	cc=$2
	shift 2
	if [ -f "$dir/build.ninja" ] && [ "$(cat "$dir/.options" \
	    2>/dev/null)" = "$cc $*" ]; then
		return 0
	fi
	rm -rf "$dir"
	CC=$cc meson setup "$dir" "$top" "$@" >"$dir.log" 2>&1 || {
		cat "$dir.log" >&2
		return 1
	}
	echo "$cc $*" >"$dir/.options"
}
