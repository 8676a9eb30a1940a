#!/bin/sh
for dir in "$@"; do
	[ -r "$dir/kernel.release" ] || continue
	read -r release <"$dir/kernel.release"
	if [ -e "/lib/modules/$release" ]; then
		mkinitfs -o "/boot/initramfs-${dir##*/}" "$release" || exit 1
	else
		rm -f "/boot/initramfs-${dir##*/}"
	fi
done
