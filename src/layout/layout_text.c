/* A layout as text, by one table of its keys. */

#include "base/error.h"
#include "base/text.h"
#include "layout/layout_keys.h"
#include "model/model.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct key {
	const char *name;
	size_t offset;        /* of a uint32_t, or of an enum */
	uint32_t least, most; /* of a number */
	const char *words;    /* of an enum, in its order; NULL: a number */
};

enum { MOST = 1 << 24 };

_Static_assert(sizeof(enum fs_dtype) == sizeof(uint32_t), "enums are read and written as numbers");

#define AT(member) #member, offsetof(struct fs_layout, member)

static const struct key keys[] = {
        {AT(tp), 1, MOST},
        {AT(cp), 1, MOST},
        {AT(pp), 1, MOST},
        {AT(vpp), 1, MOST},
        {AT(dp), 1, MOST},
        {AT(ep), 1, MOST},
        {AT(mbs), 1, MOST},
        {AT(gbs), 1, MOST},
        {AT(seq), 1, MOST},
        {AT(first_layers), 1, MOST},
        {AT(last_layers), 1, MOST},
        {AT(dtype), .words = "bf16|fp16|fp8"},
        {AT(recompute), .words = "none|selective|cheap|full"},
        {AT(fused_loss), 0, 1},
        {AT(flash), 0, 1},
        {AT(sp), 0, 1},
        {AT(zero), 0, 3},
        {AT(overlap_dp), 0, 1},
        {AT(overlap_tp), 0, 2},
        {AT(overlap_pp), 0, 1},
        {AT(schedule), .words = "1f1b|interleaved|dualpipe|zb1p"},
        {AT(imbalance), 100, 100000},
        {AT(gradient_bits), 16, 32},
        {AT(bucket_MB), 1, MOST},
};
enum { KEYS = sizeof keys / sizeof *keys, ONES = 3 /* the first three are 1 unless given */ };

static const char *const dimensions[] = {"tp", "cp", "ep", "dp", "pp", NULL};
static const enum fs_dimension usual_order[] = {FS_TENSOR, FS_CONTEXT, FS_EXPERT, FS_DATA, FS_PIPELINE};

static uint32_t get(const struct fs_layout *layout, const struct key *key)
{
	uint32_t value;
	memcpy(&value, (const char *)layout + key->offset, sizeof value);
	return value;
}

static void set(struct fs_layout *layout, const struct key *key, uint32_t value)
{
	memcpy((char *)layout + key->offset, &value, sizeof value);
}

/* The index of the word of "a|b|c" that `text` is, or -1. */
static int word_index(const char *words, const char *text)
{
	size_t length = strlen(text);
	for (int i = 0;; i++) {
		size_t here = strcspn(words, "|");
		if (here == length && strncmp(words, text, length) == 0)
			return i;
		if (!words[here])
			return -1;
		words += here + 1;
	}
}

static int read_value(const char *item, const struct key *key, uint32_t *value, struct fs_error *error)
{
	const char *text = strchr(item, '=') + 1;
	char *end = NULL;
	if (key->words) {
		int index = word_index(key->words, text);
		if (index < 0)
			return fs_fail(error, "layout: '%.40s': one of %s is needed", item, key->words);
		*value = (uint32_t)index;
		return 0;
	}
	unsigned long long number = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
	if (!end || *end || number < key->least || number > key->most)
		return fs_fail(error, "layout: '%.40s' is not key=number with a number from %u to %u", item,
		               key->least, key->most);
	*value = (uint32_t)number;
	return 0;
}

static int read_order(const char *item, struct fs_layout *layout, struct fs_error *error)
{
	char copy[32];
	unsigned seen = 0;
	int count = 0;
	const char *text = strchr(item, '=') + 1;
	if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy)
		copy[0] = 0;
	for (char *rest = copy, *name; count < FS_DIMENSIONS && (name = strsep(&rest, "-")); count++)
		for (enum fs_dimension d = 0; d < FS_DIMENSIONS; d++)
			if (strcmp(name, dimensions[d]) == 0) {
				layout->order[count] = d;
				seen |= 1u << d;
			}
	if (seen != (1u << FS_DIMENSIONS) - 1 || strlen(text) != strlen("tp-cp-ep-dp-pp"))
		return fs_fail(
		        error,
		        "layout: '%.40s': all of tp, cp, ep, dp and pp are needed, innermost first, as in "
		        "order=tp-cp-ep-dp-pp",
		        item);
	return 0;
}

static int unknown(const char *item, struct fs_error *error)
{
	const char *names[KEYS + 2] = {NULL};
	char all[256] = "", name[41];
	for (int i = 0; i < KEYS; i++)
		names[i] = keys[i].name;
	names[KEYS] = "order";
	for (int i = 0; names[i]; i++)
		fs_text_join(all, sizeof all, names[i]);
	snprintf(name, sizeof name, "%.*s", (int)strcspn(item, "="), item);
	const char *nearest = fs_text_nearest(name, names);
	if (nearest)
		return fs_fail(error, "layout: unknown key in '%.40s'; did you mean %s?", item, nearest);
	return fs_fail(error, "layout: unknown key in '%.40s'; there are %s", item, all);
}

static const struct key *find(const char *item)
{
	for (int i = 0; i < KEYS; i++) {
		size_t length = strlen(keys[i].name);
		if (strncmp(item, keys[i].name, length) == 0 && item[length] == '=')
			return &keys[i];
	}
	return NULL;
}

static int read_item(const char *item, struct fs_layout *layout, struct fs_error *error)
{
	uint32_t value = 0;
	const struct key *key = find(item);
	bool order = strncmp(item, "order=", 6) == 0;
	if (!strchr(item, '='))
		return fs_fail(error, "layout: '%.40s' is not key=number or key=word", item);
	if (!key && !order)
		return unknown(item, error);
	if (order ? layout->order[0] != FS_DIMENSIONS : get(layout, key) != FS_UNSET)
		return fs_fail(error, "layout: '%.40s' comes after another value for the same key", item);
	if (order)
		return read_order(item, layout, error);
	if (read_value(item, key, &value, error))
		return -1;
	set(layout, key, value);
	return 0;
}

int fs_layout_read(const char *text, struct fs_layout *layout, struct fs_error *error)
{
	char copy[512];
	for (int i = 0; i < KEYS; i++)
		set(layout, &keys[i], FS_UNSET);
	layout->order[0] = FS_DIMENSIONS;
	if (!text)
		return 0;
	if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy)
		return fs_fail(error, "layout: '%.40s...' is too long", text);
	for (char *rest = copy, *item; (item = strsep(&rest, ","));)
		if (read_item(item, layout, error))
			return -1;
	return 0;
}

/* One micro-batch for each replica; in a pipeline enough of them that it is idle for less than a fifth. */
static uint32_t usual_batch(const struct fs_layout *layout)
{
	double batch =
	        (double)layout->mbs * layout->dp * layout->ep * (layout->pp > 1 ? 4.0 * layout->pp : 1);
	return batch < FS_UNSET ? (uint32_t)batch : FS_UNSET - 1; /* then gbs is refused as not divisible */
}

static void set_usual(struct fs_layout *layout, const char *name, uint32_t value)
{
	for (int i = 0; i < KEYS; i++)
		if (strcmp(keys[i].name, name) == 0 && get(layout, &keys[i]) == FS_UNSET)
			set(layout, &keys[i], value);
}

uint32_t fs_layout_gradient_bits(const struct fs_layout *layout)
{
	return layout->dtype == FS_FP16 || layout->zero == 3 ? 16 : 32;
}

void fs_layout_set_usual(struct fs_layout *layout, const struct fs_model *model)
{
	set_usual(layout, "vpp", 1);
	set_usual(layout, "mbs", model->microbatch);
	set_usual(layout, "gbs", usual_batch(layout));
	set_usual(layout, "seq", model->sequence);
	set_usual(layout, "first_layers", 0);
	set_usual(layout, "last_layers", 0);
	set_usual(layout, "dtype", FS_BF16);
	set_usual(layout, "recompute", FS_RECOMPUTE_NONE);
	set_usual(layout, "fused_loss", 0);
	set_usual(layout, "flash", 1);
	set_usual(layout, "sp", layout->tp > 1);
	set_usual(layout, "zero", 0);
	set_usual(layout, "overlap_dp", 1);
	set_usual(layout, "overlap_tp", 1);
	set_usual(layout, "overlap_pp", 1);
	set_usual(layout, "schedule", layout->vpp > 1 ? FS_INTERLEAVED : FS_1F1B);
	set_usual(layout, "imbalance", 100);
	set_usual(layout, "gradient_bits", fs_layout_gradient_bits(layout));
	set_usual(layout, "bucket_MB", 256);
	if (layout->order[0] == FS_DIMENSIONS)
		memcpy(layout->order, usual_order, sizeof usual_order);
}

/* Would this value be derived from the others? */
static bool is_usual(const struct fs_layout *layout, const struct fs_model *model, const struct key *key)
{
	struct fs_layout other = *layout;
	if (key < keys + ONES) /* tp, cp, pp */
		return get(layout, key) == 1;
	set(&other, key, FS_UNSET);
	fs_layout_set_usual(&other, model);
	return get(&other, key) == get(layout, key);
}

static bool is_always_named(const struct key *key, const struct fs_model *model)
{
	return strcmp(key->name, "dp") == 0 || strcmp(key->name, "bucket_MB") == 0 ||
	       (strcmp(key->name, "ep") == 0 && model->experts > 0);
}

static const char *value_text(const struct fs_layout *layout, const struct key *key, char *buffer,
                              size_t size)
{
	uint32_t value = get(layout, key);
	const char *word = key->words;
	if (!word) {
		snprintf(buffer, size, "%u", value);
		return buffer;
	}
	while (value--)
		word = strchr(word, '|') + 1;
	snprintf(buffer, size, "%.*s", (int)strcspn(word, "|"), word);
	return buffer;
}

static const char *order_text(const struct fs_layout *layout, char buffer[16])
{
	buffer[0] = 0;
	for (int i = 0; i < FS_DIMENSIONS; i++) {
		strcat(buffer, i ? "-" : "");
		strcat(buffer, dimensions[layout->order[i]]);
	}
	return buffer;
}

static void append(char *text, size_t size, const char *key, const char *value)
{
	size_t used = strlen(text);
	snprintf(text + used, size - used, "%s%s=%s", used ? "," : "", key, value);
}

void fs_layout_text(const struct fs_layout *layout, const struct fs_model *model, char *text, size_t size)
{
	char value[24];
	*text = 0;
	for (int i = 0; i < KEYS; i++)
		if (strcmp(keys[i].name, "bucket_MB") != 0 &&
		    (is_always_named(&keys[i], model) ||
		     (strcmp(keys[i].name, "ep") != 0 && !is_usual(layout, model, &keys[i]))))
			append(text, size, keys[i].name, value_text(layout, &keys[i], value, sizeof value));
	if (memcmp(layout->order, usual_order, sizeof usual_order) != 0)
		append(text, size, "order", order_text(layout, value));
	snprintf(value, sizeof value, "%u", layout->bucket_MB);
	append(text, size, "bucket_MB", value);
}

const char *fs_layout_unusual(const struct fs_layout *layout, const struct fs_model *model)
{
	for (int i = 0; i < KEYS; i++)
		if (!is_always_named(&keys[i], model) && strcmp(keys[i].name, "ep") != 0 &&
		    !is_usual(layout, model, &keys[i]))
			return keys[i].name;
	return memcmp(layout->order, usual_order, sizeof usual_order) != 0 ? "order" : NULL;
}

void fs_layout_each(const struct fs_layout *layout,
                    void (*visit)(const char *key, const char *value, void *context), void *context)
{
	char value[24];
	for (int i = 0; i < KEYS; i++)
		visit(keys[i].name, value_text(layout, &keys[i], value, sizeof value), context);
	visit("order", order_text(layout, value), context);
}
