#include "command/relay.h"

#include "plan/work.h"

static void pass_on(void *context, const struct fs_progress *progress)
{
	const struct fs_relay *relay = context;
	relay->progress(relay->context,
	                &(struct fs_progress){
	                        .share = relay->before.share + relay->share * progress->share,
	                        .chip_steps = relay->before.chip_steps + progress->chip_steps,
	                        .of_chip_steps = relay->before.of_chip_steps ? relay->before.of_chip_steps
	                                                                     : progress->of_chip_steps,
	                        .least_s = progress->least_s,
	                });
}

static double chip_steps(const struct fs_program *program, const struct fs_engine_options *options)
{
	return ((double)options->warmup + options->steps) * fs_program_work(program).chip_steps;
}

void fs_relay_on(struct fs_relay *relay, struct fs_engine_options *options)
{
	options->progress = pass_on;
	options->progress_context = relay;
}

void fs_relay_both(const struct fs_program *program, struct fs_engine_options *first,
                   struct fs_engine_options *second, struct fs_relay relay[2])
{
	if (!first->progress)
		return;
	double one = fs_virtual_effort(program, first), next = fs_virtual_effort(program, second),
	       steps = chip_steps(program, first), all_steps = steps + chip_steps(program, second),
	       share = one + next > 0 ? one / (one + next) : 1;
	relay[0] = (struct fs_relay){first->progress, first->progress_context, {0, 0, all_steps}, share};
	relay[1] = (struct fs_relay){
	        first->progress, first->progress_context, {share, steps, all_steps}, 1 - share};
	first->progress = second->progress = pass_on;
	first->progress_context = &relay[0];
	second->progress_context = &relay[1];
}
