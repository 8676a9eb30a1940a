#!/bin/busybox sh
# As in Alpine: depmod only if it is busybox's own, and the links again, since a package may have taken some away.
install=
for dir in "$@"; do
	case $dir in
		/lib/modules/*)
			target=$(readlink -f "$(command -v depmod || true)")
			if [ -d "$dir" ] && [ "$target" = /bin/busybox ]; then /bin/busybox depmod "${dir#/lib/modules/}"; fi
			;;
		*) install=yes ;;
	esac
done
[ -z "$install" ] || /bin/busybox --install -s
