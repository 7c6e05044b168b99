#!/bin/bash
# Time is CLOCK_MONOTONIC alone, by base/clock.h: a clock that is set (NTP, a person) moves no result and ends no wait. The
# time of day is known only where a date is written.
set -u
: "${FARSCALE_SOURCE:?the tree to look at}"
cd "$FARSCALE_SOURCE" || exit 1

# What says, or waits for, the time of day; MPI's clock has an origin of its own on every rank.
uses=(
	'\btime\((NULL|0)\)' '\bgettimeofday\(' '\b(local|gm)time(_r)?\(' '\b(mk|strf)time\(' '\bctime(_r)?\('
	'\btimespec_get\(' '\bCLOCK_(REALTIME|TAI)' '\bMPI_Wtime\(' '\b(alarm|ualarm|setitimer)\('
	'\bpthread_(cond_timedwait|mutex_timedlock)\(' '\bsem_timedwait\('
)
# FILE: the one that may.
allowed=src/calibrate/calibration.c

all=$(for use in "${uses[@]}"; do
	grep -rnP --include='*.c' --include='*.h' -e "$use" src kernels
done)
offenders=$(grep -vF -e "$allowed:" <<<"$all" | sed 's/$/   <- the time of day; use base\/clock.h/')

# It must see what is there.
for word in 'time(NULL)' 'gmtime(' 'strftime('; do
	grep -qF -e "$word" <<<"$all" || offenders+=$'\n'"$word in $allowed is not seen"
done
grep -qF CLOCK_MONOTONIC src/base/clock.c || offenders+=$'\nbase/clock.c has another clock'

offenders=$(sed '/^$/d' <<<"$offenders")
[ -z "$offenders" ] || echo "$offenders" >&2
[ -z "$offenders" ]
