/*
 * The keys of a stack file's `nccl:` and `nccl_chips:`.
 */

#include "topology/nccl.h"
#include "topology/tables.h"

#define QUANTITY(type, member) FS_FIELD_QUANTITY, offsetof(type, member), 0
#define LIST_OF(type, member, unit, least, most)                                                             \
	FS_FIELD_NUMBERS, offsetof(type, member.value), sizeof(((type *)0)->member.value) / sizeof(double),  \
	        unit, least, most, .exact = true, .count = offsetof(type, member.count),                     \
	                           .origin = offsetof(type, member.origin)

#define BELIEF(member, unit, most) LIST_OF(struct fs_nccl, member, unit, 0, most)
#define OF_CHIP(member, unit, most) LIST_OF(struct fs_nccl_chip, member, unit, 0, most)

/* A stack without NCCL claims nothing of it. */
#define QUIET .optional = true, .quiet = true

const struct fs_field fs_nccl_fields[] = {
        {"ring_base_us", BELIEF(ring_base_us, "us", 1e4)},
        {"tree_base_us", BELIEF(tree_base_us, "us", 1e4)},
        {"ring_nvlink_us", BELIEF(ring_nvlink_us, "us", 1e4)},
        {"tree_nvlink_us", BELIEF(tree_nvlink_us, "us", 1e4)},
        {"ring_net_us", BELIEF(ring_net_us, "us", 1e4)},
        {"tree_net_us", BELIEF(tree_net_us, "us", 1e4)},
        {"ring_rate", BELIEF(ring_rate, "", 1)},
        {"tree_rate", BELIEF(tree_rate, "", 1)},
        {"nvls_us", QUANTITY(struct fs_nccl, nvls_us), "us", 0, 1e4, QUIET},
        {"nvls_tree_net_us", QUANTITY(struct fs_nccl, nvls_tree_net_us), "us", 0, 1e4, QUIET},
        {"rate", LIST_OF(struct fs_nccl, rate, "", 1e-3, 1)},
        {"extra_us", BELIEF(extra_us, "us", 1e4)},
        {"own_copy", QUANTITY(struct fs_nccl, own_copy), "", 0, 1, QUIET},
        {"own_reduction", QUANTITY(struct fs_nccl, own_reduction), "", 0, 1, QUIET},
        {"own_peer", QUANTITY(struct fs_nccl, own_peer), "", 0, 1, QUIET},
        {"chunk_bytes", QUANTITY(struct fs_nccl, chunk_bytes), "bytes", 1, 1e12, QUIET},
        {"peer_LL_bytes", QUANTITY(struct fs_nccl, peer_LL_bytes), "bytes", 0, 1e9, QUIET},
        {"peer_LL_GBps", QUANTITY(struct fs_nccl, peer_LL_GBps), "GB/s", 1e-3, 1e6, QUIET},
        {"peer_GBps", QUANTITY(struct fs_nccl, peer_GBps), "GB/s", 1e-3, 1e6, QUIET},
        {"peer_extra_us", QUANTITY(struct fs_nccl, peer_extra_us), "us", 0, 1e4, QUIET},
        {NULL},
};

const struct fs_field fs_nccl_chip_fields[] = {
        {"chip", FS_FIELD_NAME, offsetof(struct fs_nccl_chip, chip), FS_NAME},
        {"LL_max_GBps", OF_CHIP(LL_max_GBps, "GB/s", 1e6)},
        {"ring_LL128_GBps", OF_CHIP(ring_LL128_GBps, "GB/s", 1e6)},
        {"tree_LL128_GBps", OF_CHIP(tree_LL128_GBps, "GB/s", 1e6)},
        {"tree_GBps", OF_CHIP(tree_GBps, "GB/s", 1e6)},
        {"channels", QUANTITY(struct fs_nccl_chip, channels), "", 1, 64, .whole = true},
        {"link_rate", QUANTITY(struct fs_nccl_chip, link_rate), "", 0.01, 1},
        {"nvls_efficiency", QUANTITY(struct fs_nccl_chip, nvls_efficiency), "", 0, 1},
        {"base_us", QUANTITY(struct fs_nccl_chip, base_us), "us", 0, 1e4},
        {"hop_us", OF_CHIP(hop_us, "us", 1e4)},
        {NULL},
};
