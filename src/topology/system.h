#ifndef FARSCALE_TOPOLOGY_SYSTEM_H
#define FARSCALE_TOPOLOGY_SYSTEM_H

/*
 * A system as it was resolved from its files: chip, tiers, stack. Immutable once loaded.
 * The files: topologies/<system>.yaml (schema farscale-system/1), chips/<chip>.yaml (farscale-chip/1) and
 * stacks/<stack>.yaml (farscale-stack/1). Every number keeps the unit of its key in the file, its source and
 * its trust letter; the functions below turn what engines need into SI units.
 */

#include "config/quantity.h"
#include "topology/fabric.h"
#include "topology/hccl.h"
#include "topology/nccl.h"

#include <stdbool.h>
#include <stdint.h>

struct fs_error;

enum { FS_MAX_TIERS = 8, FS_MAX_CURVE = 32 };

struct fs_tier {
	char name[FS_NAME];
	char kind[FS_NAME];       /* scale_up, scale_out or wan */
	struct fs_quantity group; /* chips that it joins; each tier's is a multiple of the inner one's */
	struct fs_quantity bandwidth_GBps; /* nominal, one way, per chip */
	struct fs_quantity efficiency;     /* the part of it that large messages get, 0..1 */
	struct fs_quantity latency_us;     /* alpha: one way, as software sees it */
	struct fs_quantity
	        oversubscription; /* of what leaves a leaf (clos) or an inner group (switch); 1: none */
	/* Switches that reduce and multicast (NVLink SHARP; SHARP trees): the part of bandwidth_GBps that a
	 * port gets, each way, for what they reduce or multicast, 0: they cannot; and what they, and the
	 * library around them, add to latency_us once. */
	struct fs_quantity reduction, reduction_latency_us;
	struct fs_fabric fabric;
	uint64_t machine_group; /* of a placed system: the group of the machine itself */
};

struct fs_chip {
	char name[FS_NAME], label[128], unit[FS_NAME]; /* unit: package or die, what one chip is */
	struct fs_quantity peak_bf16_TFLOPS, memory_GB, memory_TBps, power_W;
	struct fs_quantity peak_fp8_TFLOPS; /* 0: it has no fp8, and computes it as bf16 */
	struct fs_quantity cores; /* SMs, cube cores: what takes a tile of a product; 0: not known */
};

/** Matrix products of operands of one width: stack/gemm_time.h. efficiency 0: not known. */
struct fs_gemm_model {
	struct fs_quantity efficiency;    /* of peak, in a tile without end */
	struct fs_quantity edge;          /* elements: how much less small tiles get */
	struct fs_quantity wave_us;       /* a tile's beginning and end, in which a core does not multiply */
	struct fs_quantity start_us;      /* of a product, before its first tile */
	struct fs_quantity heat, heat_us; /* how much longer hot chips take; when half of it is reached */
	struct fs_quantity
	        grouped; /* what is left of the efficiency in products of several experts at once */
	struct fs_quantity
	        cast_bytes; /* moved for each element of the first operand, to bring it into the width */
};

/** Attention that keeps its scores on the chip, and attention that does not: stack/attention_time.h. */
struct fs_attention_model {
	struct fs_quantity efficiency; /* of peak, forward, for endless sequences and heads; 0: not known */
	struct fs_quantity fill;       /* keys: for so many a core is busy, too, but does not multiply */
	struct fs_quantity softmax;    /* elements: a score's softmax takes as long as so many of a head's */
	struct fs_quantity causal;     /* what is left of the efficiency where half is masked */
	struct fs_quantity backward;   /* ... and backward */
	struct fs_quantity score_passes; /* without flash: how often each score passes between chip and
	                                    memory from one product to the other */
};

/** Kernel efficiency on one kind of chip. */
struct fs_kernel_curve {
	char chip[FS_NAME];       /* a chip's name, or "default" */
	int points, efficiencies; /* as many of either */
	double log10_flop[FS_MAX_CURVE],
	        efficiency[FS_MAX_CURVE];     /* of peak, by log10 of the kernel's flop */
	struct fs_quantity gemm;              /* provenance of the curve; value unused */
	struct fs_quantity min_kernel_us;     /* no kernel is shorter */
	struct fs_quantity memory_efficiency; /* of memory bandwidth, 0..1 */
	struct fs_quantity
	        sustained; /* the part of the rate of products that stays in steps of training, one after
	                      the other: power and heat lower the clock that short benchmarks see */
	struct fs_gemm_model gemm_16bit, gemm_8bit;
	struct fs_attention_model attention;
};

/** Kernel time = model * (exp(core_sigma * N(0,1)) + [with tail_probability] Exp(tail_mean)). All 0: none. */
struct fs_jitter {
	struct fs_quantity core_sigma, tail_probability, tail_mean;
};

struct fs_stack {
	char name[FS_NAME], label[128];
	char extends[FS_NAME];         /* the stack that its file only says the differences from; "": none */
	struct fs_kernel_curve kernel; /* the one that fits the system's chip */
	struct fs_quantity launch_us;  /* host-side cost of starting one collective */
	struct fs_quantity kernel_launch_us; /* ... and one kernel, as often as the host can; 0: replayed */
	struct fs_quantity communication_cores; /* of the chip's, that kernels never get */
	struct fs_quantity
	        overlap_slowdown; /* compute takes 1 + this as long while a collective is in flight */
	/* All-to-all: n - 1 messages from and to every chip, see cost/message.h. */
	struct fs_quantity alltoall_efficiency; /* the part that it gets of what one large message gets */
	struct fs_quantity alltoall_peer_us;    /* a port is held so long for a message besides its bytes */
	/* An expert exchange's kernels walk their tokens once for every peer: to the experts, and back. */
	struct fs_quantity dispatch_peer_us_per_MB, combine_peer_us_per_MB;
	struct fs_quantity forward_tokens; /* 1: tokens go to each node once: cost/exchange.h */
	bool has_nccl;                     /* the file speaks of it; else the next two mean nothing */
	struct fs_nccl nccl;
	struct fs_nccl_chip nccl_chip; /* the row that fits the system's chip */
	struct fs_hccl hccl;           /* all 0: the file does not speak of it */
	struct fs_jitter jitter;
};

struct fs_system {
	char name[FS_NAME], label[128];
	char file[512];
	struct fs_quantity deployed_chips; /* how many exist in the largest deployment; beyond it whole
	                                      domains are added */
	int tiers;
	struct fs_tier tier[FS_MAX_TIERS]; /* innermost first */
	struct fs_chip chip;
	struct fs_stack stack;
	char down[FS_MAX_DOWN]; /* cables that are down (fabric.down; down.h): "tier:cable,tier/group:cable"
	                         */
	struct fs_system_storage *storage; /* texts that sources point to */
};

/** `path=value` as given with --set. */
struct fs_override {
	const char *text;
};

/** Loads system `name` (or a path to a .yaml file), its chip and its stack (`stack`: another stack's name, or
 *  NULL for the system's own), and applies `overrides` in order. Errors name file:line:column, what is wrong
 *  and what is allowed. Local. Destroy the result. */
int fs_system_load(const char *name, const char *stack, const struct fs_override *overrides,
                   int override_count, struct fs_system **system, struct fs_error *error);
void fs_system_destroy(struct fs_system *system);

/** One key of a resolved system with what was given for it: a number, a list of numbers, or a word. */
struct fs_setting {
	const char *path; /* as --set takes it: "tier.nvlink4.latency_us", "chip.memory_GB",
	                   * "stack.jitter.core_sigma", "tier.ib.fabric.kind", "deployed_chips" */
	const char *unit; /* "" for a plain number */
	const char *word; /* of a text, else NULL */
	bool list;
	int count; /* of numbers */
	const double *number;
	char trust;
	const char *source;
};

/** Calls visit for every setting of the system. A fabric's keys that nobody gave are left out: their defaults
 * claim nothing. */
void fs_system_each_setting(const struct fs_system *system,
                            void (*visit)(const struct fs_setting *setting, void *context), void *context);

/** The weakest trust letter of all settings of the system, curves included: R, D, M, E in falling order (U
 * counts as E). */
char fs_system_trust(const struct fs_system *system);

/** The innermost tier that holds both chips: the index k of the first tier whose consecutive groups put
 *  a and b together; the outermost tier holds every pair. */
int fs_system_tier_between(const struct fs_system *system, uint64_t a, uint64_t b);
/** The same for all of `span` consecutive chips that start at a multiple of `span`. */
int fs_system_tier_of_span(const struct fs_system *system, uint64_t span);

double fs_tier_alpha_s(const struct fs_tier *tier);
/** Seconds per byte for a large message that shares no link, which has a port to itself:
 * 1 / (bandwidth * chips per port * efficiency). */
double fs_tier_beta_s(const struct fs_tier *tier);

/** Do its switches reduce and multicast? If so: latency of a reduction or multicast through them, and seconds
 * per byte that passes a port, each way. */
bool fs_tier_reduces(const struct fs_tier *tier);
double fs_tier_reduction_alpha_s(const struct fs_tier *tier);
double fs_tier_reduction_beta_s(const struct fs_tier *tier);

#endif
