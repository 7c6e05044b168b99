#include "topology/tables.h"

#include <stdio.h>

/* Bounds are wide: they keep out slips of unit and nonsense, not bold ideas. */
enum { MOST_CHIPS = 1000000000 };

#define NAME(type, member) FS_FIELD_NAME, offsetof(type, member), FS_NAME
#define TEXT(type, member) FS_FIELD_TEXT, offsetof(type, member), sizeof(((type *)0)->member)
#define CHOICE(type, member) FS_FIELD_CHOICE, offsetof(type, member), FS_NAME
#define QUANTITY(type, member) FS_FIELD_QUANTITY, offsetof(type, member), 0

/* A fabric's key that may be missing, without weakening the system's trust. */
#define QUIET .optional = true, .quiet = true
#define SAID(member) offsetof(struct fs_fabric, origin.member)

/* Which keys go with which kind: check_fabric.c. */
const struct fs_field fs_fabric_fields[] = {
        {"kind", CHOICE(struct fs_fabric, kind), .origin = SAID(kind), .fallback_word = "switch",
         .choices = "switch|clos|full_mesh|torus|ring|dragonfly"},
        {"routing", CHOICE(struct fs_fabric, routing), .origin = SAID(routing), .optional = true,
         .choices = "adaptive|ecmp|dimension_order"},
        {"chips_per_port", QUANTITY(struct fs_fabric, chips_per_port), "chips", 1, 1e6, .whole = true, QUIET,
         .fallback = 1},
        {"planes", QUANTITY(struct fs_fabric, planes), "", 1, 1024, .whole = true, QUIET, .fallback = 1},
        {"hop_us", QUANTITY(struct fs_fabric, hop_us), "us", 0, 1e6, QUIET},
        {"ecmp_seed", QUANTITY(struct fs_fabric, ecmp_seed), "", 0, UINT32_MAX, .whole = true, QUIET,
         .fallback = 1},
        {"radix", QUANTITY(struct fs_fabric, radix), "ports", 2, 65536, .whole = true, QUIET},
        {"levels", QUANTITY(struct fs_fabric, levels), "", 0, FS_MAX_CLOS_LEVELS, .whole = true, QUIET},
        {"rails", QUANTITY(struct fs_fabric, rails), "", 1, 65536, .whole = true, QUIET, .fallback = 1},
        {"upper_oversubscription", FS_FIELD_NUMBERS, offsetof(struct fs_fabric, upper_oversubscription),
         FS_MAX_CLOS_LEVELS - 2, "", 1, 1000, .optional = true,
         .count = offsetof(struct fs_fabric, upper_oversubscriptions),
         .origin = SAID(upper_oversubscription)},
        {"dimensions", FS_FIELD_NUMBERS, offsetof(struct fs_fabric, dimension), FS_MAX_DIMENSIONS, "ports", 1,
         1e6, .whole = true, .optional = true, .count = offsetof(struct fs_fabric, dimensions),
         .origin = SAID(dimensions)},
        {"dimension_GBps", FS_FIELD_NUMBERS, offsetof(struct fs_fabric, dimension_GBps), FS_MAX_DIMENSIONS,
         "GB/s", 1e-3, 1e6, .optional = true, .count = offsetof(struct fs_fabric, dimension_rates),
         .origin = SAID(dimension_GBps)},
        {"router_ports", QUANTITY(struct fs_fabric, router_ports), "ports", 1, 65536, .whole = true, QUIET},
        {"group_routers", QUANTITY(struct fs_fabric, group_routers), "", 1, 65536, .whole = true, QUIET},
        {"global_links", QUANTITY(struct fs_fabric, global_links), "", 1, 65536, .whole = true, QUIET},
        {NULL},
};

const struct fs_field fs_tier_fields[] = {
        {"name", NAME(struct fs_tier, name)},
        {"kind", CHOICE(struct fs_tier, kind), .choices = "scale_up|scale_out|wan"},
        {"group", QUANTITY(struct fs_tier, group), "chips", 1, MOST_CHIPS, .whole = true},
        {"bandwidth_GBps", QUANTITY(struct fs_tier, bandwidth_GBps), "GB/s", 1e-3, 1e6},
        {"efficiency", QUANTITY(struct fs_tier, efficiency), "", 0.01, 1},
        {"latency_us", QUANTITY(struct fs_tier, latency_us), "us", 0, 1e6},
        {"oversubscription", QUANTITY(struct fs_tier, oversubscription), "", 1, 1000, .optional = true,
         .fallback = 1},
        {"reduction", QUANTITY(struct fs_tier, reduction), "", 0, 1, QUIET},
        {"reduction_latency_us", QUANTITY(struct fs_tier, reduction_latency_us), "us", 0, 1e6, QUIET},
        {"fabric", FS_FIELD_GROUP, offsetof(struct fs_tier, fabric), .fields = fs_fabric_fields,
         .what = "a fabric", .optional = true},
        {NULL},
};

const struct fs_field fs_chip_fields[] = {
        {"name", NAME(struct fs_chip, name)},
        {"label", TEXT(struct fs_chip, label)},
        {"unit", CHOICE(struct fs_chip, unit), .choices = "package|die"},
        {"peak_bf16_TFLOPS", QUANTITY(struct fs_chip, peak_bf16_TFLOPS), "TFLOPS", 1e-3, 1e6},
        {"peak_fp8_TFLOPS", QUANTITY(struct fs_chip, peak_fp8_TFLOPS), "TFLOPS", 1e-3, 1e6, QUIET},
        {"cores", QUANTITY(struct fs_chip, cores), "", 1, 1e5, .whole = true, QUIET},
        {"memory_GB", QUANTITY(struct fs_chip, memory_GB), "GB", 1e-3, 1e6},
        {"memory_TBps", QUANTITY(struct fs_chip, memory_TBps), "TB/s", 1e-4, 1e4},
        {"power_W", QUANTITY(struct fs_chip, power_W), "W", 0.1, 1e5},
        {NULL},
};

static const struct fs_field jitter_fields[] = {
        {"core_sigma", QUANTITY(struct fs_jitter, core_sigma), "", 0, 1},
        {"tail_probability", QUANTITY(struct fs_jitter, tail_probability), "", 0, 1},
        {"tail_mean", QUANTITY(struct fs_jitter, tail_mean), "", 0, 1000},
        {NULL},
};

static const struct fs_field gemm_fields[] = {
        {"log10_flop", FS_FIELD_NUMBERS, offsetof(struct fs_kernel_curve, log10_flop), FS_MAX_CURVE, "", 0,
         30, .count = offsetof(struct fs_kernel_curve, points)},
        {"efficiency", FS_FIELD_NUMBERS, offsetof(struct fs_kernel_curve, efficiency), FS_MAX_CURVE, "", 1e-4,
         1, .count = offsetof(struct fs_kernel_curve, efficiencies)},
        {"gemm", FS_FIELD_ORIGIN, offsetof(struct fs_kernel_curve, gemm)},
        {NULL},
};

#define GEMM(member) QUANTITY(struct fs_gemm_model, member)
static const struct fs_field gemm_model_fields[] = {
        {"efficiency", GEMM(efficiency), "", 0, 1, QUIET},
        {"edge", GEMM(edge), "elements", 0, 1024, QUIET},
        {"wave_us", GEMM(wave_us), "us", 0, 1e3, QUIET},
        {"start_us", GEMM(start_us), "us", 0, 1e3, QUIET},
        {"heat", GEMM(heat), "", 0, 10, QUIET},
        {"heat_us", GEMM(heat_us), "us", 0, 1e9, QUIET},
        {"cast_bytes", GEMM(cast_bytes), "bytes", 0, 64, QUIET},
        {"grouped", GEMM(grouped), "", 0.01, 1, QUIET, .fallback = 1},
        {NULL},
};

#define ATTENTION(member) QUANTITY(struct fs_attention_model, member)
static const struct fs_field attention_fields[] = {
        {"efficiency", ATTENTION(efficiency), "", 0, 1, QUIET},
        {"fill", ATTENTION(fill), "keys", 0, 1e5, QUIET},
        {"softmax", ATTENTION(softmax), "elements", 0, 1e3, QUIET},
        {"causal", ATTENTION(causal), "", 0.01, 1, QUIET, .fallback = 1},
        {"backward", ATTENTION(backward), "", 0.01, 1, QUIET, .fallback = 1},
        {"score_passes", ATTENTION(score_passes), "", 2, 100, QUIET, .fallback = 4},
        {NULL},
};

const struct fs_field fs_curve_fields[] = {
        {"chip", NAME(struct fs_kernel_curve, chip)},
        {"gemm", FS_FIELD_GROUP, 0, .fields = gemm_fields, .what = "a gemm curve"},
        {"min_kernel_us", QUANTITY(struct fs_kernel_curve, min_kernel_us), "us", 0, 1e4},
        {"memory_efficiency", QUANTITY(struct fs_kernel_curve, memory_efficiency), "", 1e-3, 1},
        {"sustained", QUANTITY(struct fs_kernel_curve, sustained), "", 0.01, 1, QUIET, .fallback = 1},
        {"gemm_16bit", FS_FIELD_GROUP, offsetof(struct fs_kernel_curve, gemm_16bit),
         .fields = gemm_model_fields, .what = "gemm_16bit", .optional = true},
        {"gemm_8bit", FS_FIELD_GROUP, offsetof(struct fs_kernel_curve, gemm_8bit),
         .fields = gemm_model_fields, .what = "gemm_8bit", .optional = true},
        {"attention", FS_FIELD_GROUP, offsetof(struct fs_kernel_curve, attention), .fields = attention_fields,
         .what = "attention", .optional = true},
        {NULL},
};

const struct fs_field fs_stack_fields[] = {
        {"name", NAME(struct fs_stack_file, stack.name)},
        {"label", TEXT(struct fs_stack_file, stack.label)},
        {"extends", NAME(struct fs_stack_file, stack.extends), .optional = true, .extends = true},
        {"launch_us", QUANTITY(struct fs_stack_file, stack.launch_us), "us", 0, 1e6},
        {"kernel_launch_us", QUANTITY(struct fs_stack_file, stack.kernel_launch_us), "us", 0, 1e6, QUIET},
        {"communication_cores", QUANTITY(struct fs_stack_file, stack.communication_cores), "", 0, 1e5,
         .whole = true, QUIET},
        {"overlap_slowdown", QUANTITY(struct fs_stack_file, stack.overlap_slowdown), "", 0, 10},
        {"alltoall_efficiency", QUANTITY(struct fs_stack_file, stack.alltoall_efficiency), "", 0.01, 1, QUIET,
         .fallback = 1},
        {"alltoall_peer_us", QUANTITY(struct fs_stack_file, stack.alltoall_peer_us), "us", 0, 1e6, QUIET},
        {"dispatch_peer_us_per_MB", QUANTITY(struct fs_stack_file, stack.dispatch_peer_us_per_MB), "us/MB", 0,
         1e6, QUIET},
        {"combine_peer_us_per_MB", QUANTITY(struct fs_stack_file, stack.combine_peer_us_per_MB), "us/MB", 0,
         1e6, QUIET},
        {"forward_tokens", QUANTITY(struct fs_stack_file, stack.forward_tokens), "", 0, 1, QUIET},
        {"jitter", FS_FIELD_GROUP, offsetof(struct fs_stack_file, stack.jitter), .fields = jitter_fields,
         .what = "jitter", .word = "none"},
        {"kernels", FS_FIELD_LIST, offsetof(struct fs_stack_file, curve), FS_MAX_CURVES,
         .fields = fs_curve_fields, .what = "a chip's kernels",
         .count = offsetof(struct fs_stack_file, curves), .stride = sizeof(struct fs_kernel_curve)},
        {"hccl", FS_FIELD_GROUP, offsetof(struct fs_stack_file, stack.hccl), .fields = fs_hccl_fields,
         .what = "HCCL's numbers", .optional = true},
        {"nccl", FS_FIELD_GROUP, offsetof(struct fs_stack_file, stack.nccl), .fields = fs_nccl_fields,
         .what = "NCCL's numbers", .optional = true},
        {"nccl_chips", FS_FIELD_LIST, offsetof(struct fs_stack_file, nccl_chip), FS_MAX_CURVES,
         .fields = fs_nccl_chip_fields, .what = "a chip's NCCL numbers", .optional = true,
         .count = offsetof(struct fs_stack_file, nccl_chips), .stride = sizeof(struct fs_nccl_chip)},
        {NULL},
};

static const struct fs_field down_fields[] = {
        {"down", TEXT(struct fs_system_file, system.down)},
        {NULL},
};

const struct fs_field fs_system_fields[] = {
        {"name", NAME(struct fs_system_file, system.name)},
        {"label", TEXT(struct fs_system_file, system.label)},
        {"chip", FS_FIELD_NAMED, offsetof(struct fs_system_file, system.chip), .fields = fs_chip_fields,
         .what = "a chip"},
        {"stack", FS_FIELD_NAMED, offsetof(struct fs_system_file, stack), .fields = fs_stack_fields,
         .what = "a stack"},
        {"deployed_chips", QUANTITY(struct fs_system_file, system.deployed_chips), "chips", 1, MOST_CHIPS,
         .whole = true},
        {"tiers", FS_FIELD_LIST, offsetof(struct fs_system_file, system.tier), FS_MAX_TIERS,
         .fields = fs_tier_fields, .what = "a tier", .count = offsetof(struct fs_system_file, system.tiers),
         .stride = sizeof(struct fs_tier)},
        {"fabric", FS_FIELD_GROUP, 0, .fields = down_fields, .what = "the fabric of a system",
         .optional = true},
        {NULL},
};

/* Visits the keys of one struct, and of the groups in it. */
static void walk(const char *prefix, const struct fs_field *fields, void *base, fs_path_visitor *visit,
                 void *context)
{
	char path[3 * FS_NAME];
	for (; fields->key; fields++) {
		void *member = (char *)base + fields->offset;
		snprintf(path, sizeof path, "%s%s", prefix, fields->key);
		if (fields->kind != FS_FIELD_ORIGIN && fs_field_origin(fields, base))
			visit(path, fields, base, context);
		if (fields->kind == FS_FIELD_GROUP) {
			snprintf(path, sizeof path, "%s%s.", prefix, fields->key);
			walk(path, fields->fields, member, visit, context);
		}
	}
}

void fs_system_walk(struct fs_system *system, fs_path_visitor *visit, void *context)
{
	char prefix[2 * FS_NAME];
	walk("", fs_system_fields, system, visit, context);
	walk("chip.", fs_chip_fields, &system->chip, visit, context);
	for (int k = 0; k < system->tiers; k++) {
		snprintf(prefix, sizeof prefix, "tier.%s.", system->tier[k].name);
		walk(prefix, fs_tier_fields, &system->tier[k], visit, context);
	}
	walk("stack.", fs_stack_fields, &system->stack, visit, context);
	walk("stack.kernel.", fs_curve_fields, &system->stack.kernel, visit, context);
	walk("stack.nccl_chip.", fs_nccl_chip_fields, &system->stack.nccl_chip, visit, context);
}
