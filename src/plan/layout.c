#include "plan/layout.h"

#include "base/error.h"
#include "model/model.h"
#include "topology/system.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const keys[] = {"dp", "ep", "bucket_MB"};

static uint32_t *value_of(struct fs_layout *layout, const char *item)
{
	uint32_t *values[] = {&layout->dp, &layout->ep, &layout->bucket_MB};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strncmp(item, keys[i], strlen(keys[i])) == 0 && item[strlen(keys[i])] == '=')
			return values[i];
	return NULL;
}

static int read_key(const char *item, struct fs_layout *layout, struct fs_error *error)
{
	char *end = NULL;
	unsigned long long value = 0;
	const char *equals = strchr(item, '=');
	if (equals && isdigit((unsigned char)equals[1]))
		value = strtoull(equals + 1, &end, 10);
	if (!end || *end || value < 1 || value > 1u << 24)
		return fs_fail(error, "layout: '%s' is not key=number with a number from 1 to %u", item,
		               1u << 24);
	uint32_t *place = value_of(layout, item);
	if (!place)
		return fs_fail(error,
		               "layout: unknown key in '%s'; there are dp (data-parallel replicas), ep "
		               "(chips that share the experts) and bucket_MB (gradients that go together)",
		               item);
	if (*place)
		return fs_fail(error, "layout: '%s' comes after another value for the same key", item);
	*place = (uint32_t)value;
	return 0;
}

static int read_text(const char *text, struct fs_layout *layout, struct fs_error *error)
{
	char copy[128];
	if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy)
		return fs_fail(error, "layout: '%.40s...' is too long", text);
	for (char *rest = copy, *item; (item = strsep(&rest, ","));)
		if (read_key(item, layout, error))
			return -1;
	return 0;
}

static uint64_t expert_domain(const struct fs_system *system)
{
	for (int k = 0; k < system->tiers; k++)
		if (system->tier[k].group.value > 2)
			return (uint64_t)system->tier[k].group.value;
	return (uint64_t)system->tier[0].group.value;
}

static uint32_t derive_experts(const struct fs_model *model, const struct fs_system *system, uint64_t chips)
{
	uint32_t ep = 1;
	uint64_t domain = expert_domain(system);
	for (uint32_t candidate = 2; candidate <= model->experts; candidate++)
		if (model->experts % candidate == 0 && chips % candidate == 0 && domain % candidate == 0)
			ep = candidate;
	return ep;
}

static int check_divides(const char *key, uint32_t value, uint64_t chips, struct fs_error *error)
{
	if (value && chips % value)
		return fs_fail(
		        error,
		        "layout: dp * ep must be the number of chips, %llu, which %s=%u does not divide",
		        (unsigned long long)chips, key, value);
	return 0;
}

int fs_layout_resolve(const char *text, const struct fs_model *model, const struct fs_system *system,
                      uint64_t chips, struct fs_layout *layout, struct fs_error *error)
{
	struct fs_layout resolved = {0};
	if (text && read_text(text, &resolved, error))
		return -1;
	if (check_divides("dp", resolved.dp, chips, error) || check_divides("ep", resolved.ep, chips, error))
		return -1;
	if (!resolved.ep)
		resolved.ep =
		        resolved.dp ? (uint32_t)(chips / resolved.dp) : derive_experts(model, system, chips);
	if (!resolved.dp)
		resolved.dp = (uint32_t)(chips / resolved.ep);
	if ((uint64_t)resolved.dp * resolved.ep != chips)
		return fs_fail(error, "layout: dp * ep must be the number of chips, %llu; it is %u * %u",
		               (unsigned long long)chips, resolved.dp, resolved.ep);
	if (resolved.ep > 1 && !model->experts)
		return fs_fail(error, "layout: ep=%u, but %s has no experts", resolved.ep, model->name);
	if (model->experts && model->experts % resolved.ep)
		return fs_fail(error, "layout: the %u experts of %s cannot be dealt out to ep=%u chips",
		               model->experts, model->name, resolved.ep);
	if (!resolved.bucket_MB)
		resolved.bucket_MB = 256;
	*layout = resolved;
	return 0;
}

void fs_layout_text(const struct fs_layout *layout, const struct fs_model *model, char *text, size_t size)
{
	if (model->experts)
		snprintf(text, size, "dp=%u,ep=%u,bucket_MB=%u", layout->dp, layout->ep, layout->bucket_MB);
	else
		snprintf(text, size, "dp=%u,bucket_MB=%u", layout->dp, layout->bucket_MB);
}
