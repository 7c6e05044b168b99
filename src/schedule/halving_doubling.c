/*
 * Recursive halving and doubling: 2 log2 n rounds at the bandwidth of a ring.
 * In the round at distance b, participants p and p ^ b hold the sums of the same slots, those equal to p
 * modulo b; each sends the half that equals the other modulo 2b. Nearest partners come first, with the most
 * data. The way back gathers. Members beyond a power of two are folded in first and told the result at the
 * end. R. Thakur, R. Rabenseifner, W. Gropp, "Optimization of collective communication operations in MPICH",
 * Int. J. High Perform. Comput. Appl. 19 (2005).
 */

#include "schedule/build.h"
#include "schedule/fold.h"

static struct fs_step whole_buffer(enum fs_pattern pattern, uint64_t slots)
{
	return (struct fs_step){.pattern = pattern, .repeat = 1, .unit = slots, .modulus = 1, .count = 1};
}

/* Sends every slot s = p + first (mod 2 * distance). */
static struct fs_step exchange(uint32_t participants, uint32_t distance, uint32_t first)
{
	return (struct fs_step){
	        .pattern = FS_XOR,
	        .repeat = 1,
	        .distance = distance,
	        .unit = 1,
	        .modulus = participants,
	        .stride = 2 * distance,
	        .count = participants / (2 * distance),
	        .first = first,
	        .first_digit = 1,
	};
}

static void add_fold(struct fs_schedule *schedule)
{
	struct fs_step fold = whole_buffer(FS_FOLD, schedule->slots);
	fold.reduce = true;
	fs_add_step(schedule, fold);
}

int fs_halving_doubling_allreduce(const struct fs_schedule_request *request, struct fs_schedule *schedule,
                                  struct fs_error *error)
{
	(void)error;
	uint32_t participants = fs_fold_participants(request->size);
	bool folded = participants < request->size;
	schedule->slots = participants;
	if (folded)
		add_fold(schedule);
	for (uint32_t distance = 1; distance < participants; distance *= 2) {
		struct fs_step halving = exchange(participants, distance, distance);
		halving.reduce = true;
		fs_add_step(schedule, halving);
	}
	for (uint32_t distance = participants / 2; distance > 0; distance /= 2)
		fs_add_step(schedule, exchange(participants, distance, 0));
	if (folded)
		fs_add_step(schedule, whole_buffer(FS_UNFOLD, schedule->slots));
	return 0;
}
