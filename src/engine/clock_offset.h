#ifndef FARSCALE_ENGINE_CLOCK_OFFSET_H
#define FARSCALE_ENGINE_CLOCK_OFFSET_H

/*
 * How far another host's clock is ahead of this one's, from ping-pongs between them: arithmetic alone, no
 * clock is read and nothing is sent here (host_clocks.h does).
 *
 * Of a ping-pong whose answer carries the other clock's reading, nothing is known but that it was read
 * between sending and receiving. The middle is the best guess and half the round trip the bound, whichever
 * way the delay lies; so the ping-pong with the shortest round trip is the one to believe (Cristian 1989,
 * "Probabilistic clock synchronization"; the clock filter of NTP, RFC 5905 section 10). Along a chain of
 * hosts offsets add up, and so do bounds (Hunold and Carpen-Amarie 2018, "Hierarchical clock synchronization
 * in MPI", whose HCA3 this follows).
 */

/** One ping-pong: this clock when it was sent and when the answer was here, the other's when it answered.
 * Seconds. */
struct fs_ping {
	double sent_s, answered_s, received_s;
};

/** A clock is `offset_s` ahead of another, give or take `bound_s`, when it shows `at_s`. */
struct fs_clock_offset {
	double at_s, offset_s, bound_s;
};

/** The answering clock against the asking one. count >= 1. Pure. */
struct fs_clock_offset fs_clock_offset_of(const struct fs_ping *ping, int count);

/** A clock's offset from a first one, when `middle` is a clock's from the first and `own` this one's from
 * that. Pure. */
struct fs_clock_offset fs_clock_offset_beyond(struct fs_clock_offset middle, struct fs_clock_offset own);

/** A clock against a first one from `last` on: what it gains for each second of its own is `drift`. */
struct fs_clock_line {
	struct fs_clock_offset last;
	double drift, drift_bound; /* the truth is within drift +- drift_bound; infinite: nothing is known */
	double used;               /* drift, or 0 as long as it cannot be told from none */
};

/** Through two looks at the same clock; `first` may be `last`. Between clocks that are close to each other an
 * offset is known to microseconds, so a drift (quartz: 1e-5) shows after a second or so, and earlier than
 * that would be noise. Pure. */
struct fs_clock_line fs_clock_line_through(struct fs_clock_offset first, struct fs_clock_offset last);

/** What the first clock shows when this one shows `own_s`, and back. Pure. */
double fs_clock_first_s(const struct fs_clock_line *line, double own_s);
double fs_clock_own_s(const struct fs_clock_line *line, double first_s);

/** How far wrong the line may have been when the clock was looked at again: `now` against what the line says,
 * and what is not known of `now` itself. Pure. */
double fs_clock_line_error_s(const struct fs_clock_line *line, struct fs_clock_offset now);

#endif
