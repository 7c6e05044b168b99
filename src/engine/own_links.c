#include "engine/own_links.h"

#include "cost/peers.h"
#include "fabric/contention.h"
#include "fabric/posted.h"

struct fs_own_links fs_own_links_of(const struct fs_system *system, struct fs_contention *contention,
                                    const struct fs_iteration *iteration, uint64_t chip)
{
	struct fs_peers peers = fs_peers_of(iteration, chip);
	uint64_t from = chip + (uint64_t)peers.from, to = chip + (uint64_t)peers.to;
	int in = peers.from == FS_NO_PEER ? -1 : fs_system_tier_between(system, from, chip);
	int out = peers.to == FS_NO_PEER ? -1 : fs_system_tier_between(system, chip, to);
	struct fs_own_links own = {0};
	const struct fs_posted *posted = fs_iteration_posted(iteration, system, contention);
	if (posted) {
		own.alpha_in = in >= 0 ? posted->alpha_s[in] + fs_iteration_hop_s(iteration, in) : 0;
		own.beta_in = in >= 0 ? posted->beta_s[in] : 0;
		own.beta_out = out >= 0 ? posted->beta_s[out] : 0;
		return own;
	}
	struct fs_shares shares = {0};
	if ((in >= 0 && fs_contention_at(contention, in)) ||
	    (out >= 0 && fs_contention_at(contention, out))) {
		struct fs_round round =
		        fs_iteration_round(iteration, system, fs_contention_chips(contention));
		fs_contention_solve(contention, &round, &shares);
	}
	if (in >= 0) {
		own.alpha_in = shares.period ? shares.alpha_s[from % shares.period]
		                             : fs_iteration_alpha_s(iteration, system, in);
		own.beta_in = shares.period ? shares.beta_s[from % shares.period]
		                            : fs_iteration_beta_s(iteration, system, in);
	}
	if (out >= 0)
		own.beta_out = shares.period ? shares.beta_s[chip % shares.period]
		                             : fs_iteration_beta_s(iteration, system, out);
	return own;
}
