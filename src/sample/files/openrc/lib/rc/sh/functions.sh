#!/bin/sh
# What init.d scripts may call, and how one is run. Part of the sample mirror's stand-in for OpenRC: shell only, services start one after
# another in the order of their need/use/after lines, and the state is a file for each started service in /run/openrc/started.

RC_STATE=/run/openrc/started
RC_LEVELS=/etc/runlevels

einfo() { echo " * $*"; }
ewarn() { echo " * $*" >&2; }
eerror() { echo " * $*" >&2; }
ebegin() { echo -n " * $* ..."; }
eend() {
	if [ "${1:-0}" -eq 0 ]; then echo ' [ ok ]'; else echo ' [ !! ]'; [ -z "${2:-}" ] || eerror "$2"; fi
	return "${1:-0}"
}
einfon() { echo -n " * $*"; }
vebegin() { :; }
veend() { return "${1:-0}"; }
veinfo() { :; }
yesno() { case $1 in [yY]* | [tT]* | [oO][nN] | 1) return 0 ;; *) return 1 ;; esac }
service_started() { [ -e "$RC_STATE/$1" ]; }
checkpath() {
	local kind= mode= owner=
	while [ $# -gt 0 ]; do
		case $1 in
			-d | -D | --directory | --directory-truncate) kind=d ;;
			-f | -F | --file | --file-truncate) kind=f ;;
			-m | --mode) mode=$2; shift ;;
			-o | --owner) owner=$2; shift ;;
			-*) ;;
			*)
				case $kind in
					d) mkdir -p "$1" ;;
					f) [ -e "$1" ] || : >"$1" ;;
				esac
				[ -z "$mode" ] || chmod "$mode" "$1"
				[ -z "$owner" ] || chown "$owner" "$1"
				;;
		esac
		shift
	done
}

rc_start() {
	[ ! -e "$RC_STATE/$1" ] || return 0
	if [ ! -x "/etc/init.d/$1" ]; then
		eerror "ERROR: service \`$1' does not exist"
		return 1
	fi
	# Marked before it runs, so that services that want each other do not go round for ever.
	: >"$RC_STATE/$1"
	(rc_run "$1" start) && return 0
	eerror "ERROR: $1 failed to start"
	rm -f "$RC_STATE/$1"
	return 1
}

rc_stop() {
	[ -e "$RC_STATE/$1" ] || return 0
	rm -f "$RC_STATE/$1"
	(rc_run "$1" stop)
}

# Runs one action of a service in the current shell, which should be a subshell.
rc_run() {
	RC_SVCNAME=$1 SVCNAME=$1 rc_action=$2
	# A service that is needed runs in a subshell of the one that needs it and must not inherit its words.
	unset command command_args command_background pidfile name description
	unset -f start_pre start_post
	depend() { :; }
	start() {
		[ -n "${command:-}" ] || return 0
		ebegin "Starting ${name:-$RC_SVCNAME}"
		if yesno "${command_background:-no}"; then
			$command ${command_args:-} >/dev/null 2>&1 &
			[ -z "${pidfile:-}" ] || echo $! >"$pidfile"
			eend 0
		else
			$command ${command_args:-}
			eend $?
		fi
	}
	stop() {
		[ -n "${pidfile:-}" ] && [ -e "$pidfile" ] || return 0
		ebegin "Stopping ${name:-$RC_SVCNAME}"
		kill "$(cat "$pidfile")" 2>/dev/null
		rm -f "$pidfile"
		eend 0
	}
	status() { if service_started "$RC_SVCNAME"; then einfo 'status: started'; else einfo 'status: stopped'; return 3; fi; }
	[ ! -e "/etc/conf.d/$1" ] || . "/etc/conf.d/$1"
	. "/etc/init.d/$1"
	case $rc_action in
		start)
			depend
			if command -v start_pre >/dev/null; then start_pre || return 1; fi
			start || return 1
			if command -v start_post >/dev/null; then start_post; fi
			;;
		*) "$rc_action" ;;
	esac
}

# The words of depend(): what is needed starts whether or not it is in a runlevel, what is used or waited for only if it is.
need() { for dependency in "$@"; do rc_start "$dependency" || return 1; done; }
use() { for dependency in "$@"; do [ ! -e "$RC_LEVELS/${RC_LEVEL:-default}/$dependency" ] || rc_start "$dependency"; done; }
want() { use "$@"; }
after() { use "$@"; }
before() { :; }
provide() { :; }
keyword() { :; }
config() { :; }
