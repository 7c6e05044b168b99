#include "layout/layout.h"

#include "base/error.h"
#include "base/text.h"
#include "layout/layout_keys.h"
#include "layout/stages.h"
#include "model/model.h"
#include "topology/system.h"

#include <stdio.h>
#include <string.h>

uint32_t fs_layout_size(const struct fs_layout *layout, enum fs_dimension dimension)
{
	const uint32_t size[FS_DIMENSIONS] = {layout->tp, layout->cp, layout->ep, layout->dp, layout->pp};
	return size[dimension];
}

struct fs_group fs_layout_group(const struct fs_layout *layout, enum fs_dimension dimension)
{
	uint32_t stride = 1;
	for (int i = 0; layout->order[i] != dimension; i++)
		stride *= fs_layout_size(layout, layout->order[i]);
	return (struct fs_group){.size = fs_layout_size(layout, dimension), .stride = stride};
}

bool fs_layout_joint_group(const struct fs_layout *layout, const enum fs_dimension *dimension, int count,
                           struct fs_group *group)
{
	struct fs_group joint = {1, 1};
	uint32_t stride = 1;
	for (int i = 0; i < FS_DIMENSIONS; i++) {
		uint32_t size = fs_layout_size(layout, layout->order[i]);
		bool member = false;
		for (int k = 0; k < count; k++)
			member |= dimension[k] == layout->order[i];
		if (member && size > 1) {
			if (joint.size > 1 && joint.stride * joint.size != stride)
				return false;
			joint.stride = joint.size > 1 ? joint.stride : stride;
			joint.size *= size;
		}
		stride *= size;
	}
	*group = joint;
	return true;
}

uint64_t fs_layout_scale_up(const struct fs_system *system)
{
	for (int k = 0; k < system->tiers; k++)
		if (system->tier[k].group.value > 2)
			return (uint64_t)system->tier[k].group.value;
	return (uint64_t)system->tier[0].group.value;
}

static uint32_t derive_experts(const struct fs_layout *layout, const struct fs_model *model,
                               const struct fs_system *system, uint64_t chips)
{
	uint32_t ep = 1;
	uint64_t inner = (uint64_t)layout->tp * layout->cp;
	for (uint32_t candidate = 2; candidate <= model->experts; candidate++)
		if (model->experts % candidate == 0 && chips % candidate == 0 &&
		    (!system || fs_layout_scale_up(system) % (inner * candidate) == 0))
			ep = candidate;
	return ep;
}

/* "dp * ep must be the number of chips, 64": with the other dimensions if they have more than one. */
static const char *product_rule(const struct fs_layout *layout, uint64_t chips, char *buffer, size_t size)
{
	snprintf(buffer, size, "dp * ep%s%s%s must be the number of chips, %llu",
	         layout->tp > 1 ? " * tp" : "", layout->cp > 1 ? " * cp" : "", layout->pp > 1 ? " * pp" : "",
	         (unsigned long long)chips);
	return buffer;
}

static int check_divides(const struct fs_layout *layout, const char *key, uint32_t value, uint64_t chips,
                         struct fs_error *error)
{
	char rule[128];
	if (value != FS_UNSET && chips % value)
		return fs_fail(error, "layout: %s, which %s=%u does not divide",
		               product_rule(layout, chips, rule, sizeof rule), key, value);
	return 0;
}

static int check_product(const struct fs_layout *layout, uint64_t chips, struct fs_error *error)
{
	char rule[128], product[64];
	const uint32_t rest[] = {layout->tp, layout->cp, layout->pp};
	double all = (double)layout->dp * layout->ep;
	snprintf(product, sizeof product, "%u * %u", layout->dp, layout->ep);
	for (int i = 0; i < 3; i++) {
		all *= rest[i];
		size_t used = strlen(product);
		if (rest[i] > 1)
			snprintf(product + used, sizeof product - used, " * %u", rest[i]);
	}
	if (all == (double)chips)
		return 0;
	return fs_fail(error, "layout: %s; it is %s", product_rule(layout, chips, rule, sizeof rule),
	               product);
}

static void set_if_unset(uint32_t *value, uint32_t usual)
{
	if (*value == FS_UNSET)
		*value = usual;
}

static int derive_dimensions(struct fs_layout *layout, const struct fs_model *model,
                             const struct fs_system *system, uint64_t chips, struct fs_error *error)
{
	set_if_unset(&layout->tp, 1);
	set_if_unset(&layout->cp, 1);
	set_if_unset(&layout->pp, 1);
	if (check_divides(layout, "tp", layout->tp, chips, error) ||
	    check_divides(layout, "cp", layout->cp, chips, error) ||
	    check_divides(layout, "pp", layout->pp, chips, error) ||
	    check_divides(layout, "dp", layout->dp, chips, error) ||
	    check_divides(layout, "ep", layout->ep, chips, error))
		return -1;
	uint64_t inner = (uint64_t)layout->tp * layout->cp; /* each at most 2^24 */
	uint64_t left = chips % inner || chips / inner % layout->pp ? 0 : chips / inner / layout->pp;
	if (layout->ep == FS_UNSET && layout->dp != FS_UNSET)
		layout->ep = model->experts && left / layout->dp ? (uint32_t)(left / layout->dp) : 1;
	if (layout->ep == FS_UNSET)
		layout->ep = left ? derive_experts(layout, model, system, left) : 1;
	if (layout->dp == FS_UNSET)
		layout->dp = left / layout->ep ? (uint32_t)(left / layout->ep) : 1;
	return check_product(layout, chips, error);
}

int fs_layout_resolve(const char *text, const struct fs_model *model, const struct fs_system *system,
                      uint64_t chips, struct fs_layout *layout, struct fs_error *error)
{
	struct fs_layout resolved = {0};
	if (fs_layout_read(text, &resolved, error) ||
	    derive_dimensions(&resolved, model, system, chips, error))
		return -1;
	fs_layout_set_usual(&resolved, model);
	if (fs_layout_check(&resolved, model, error) || fs_stages_check(&resolved, model, error))
		return -1;
	resolved.microbatches = resolved.gbs / (resolved.mbs * resolved.dp * resolved.ep);
	*layout = resolved;
	return 0;
}
