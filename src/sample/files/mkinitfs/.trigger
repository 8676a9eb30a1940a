#!/bin/sh
# Whoever makes the initramfs later, once for all changes, says so in the configuration.
disable_trigger=
[ ! -e /etc/mkinitfs/mkinitfs.conf ] || . /etc/mkinitfs/mkinitfs.conf
[ "$disable_trigger" != yes ] || exit 0

for dir in "$@"; do
	[ -r "$dir/kernel.release" ] || continue
	read -r release <"$dir/kernel.release"
	if [ -e "/lib/modules/$release" ]; then
		mkinitfs -o "/boot/initramfs-${dir##*/}" "$release" || exit 1
	else
		rm -f "/boot/initramfs-${dir##*/}"
	fi
done
