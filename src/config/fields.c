#include "config/fields.h"

#include "base/error.h"
#include "base/text.h"
#include "config/provenance.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int decode_mapping(const struct fs_decoder *decoder, const struct fs_yaml *mapping, const char *what,
                          const struct fs_field *fields, struct fs_origin origin, void *target);

static int wrong(const struct fs_decoder *decoder, const struct fs_yaml *node, const struct fs_field *field,
                 const char *needed)
{
	char found[64];
	return fs_yaml_fail(decoder->file, node, decoder->error, "%s: %s is needed, not %s", field->key,
	                    needed, fs_yaml_describe(node, found, sizeof found));
}

static int decode_number(const struct fs_decoder *decoder, const struct fs_yaml *node,
                         const struct fs_field *field, double *value)
{
	char needed[128];
	if (node->kind == FS_YAML_TEXT && !node->quoted && fs_number_parse(node->text, value) &&
	    fs_field_allows(field, *value))
		return 0;
	return wrong(decoder, node, field, fs_field_allowed(field, needed, sizeof needed));
}

static int decode_count(const struct fs_decoder *decoder, const struct fs_yaml *node,
                        const struct fs_field *field, uint32_t *target)
{
	double value;
	if (decode_number(decoder, node, field, &value))
		return -1;
	*target = (uint32_t)value;
	return 0;
}

static int decode_text(const struct fs_decoder *decoder, const struct fs_yaml *node,
                       const struct fs_field *field, char *target)
{
	char needed[64];
	snprintf(needed, sizeof needed, "a text of 1 to %zu bytes", field->size - 1);
	if (node->kind != FS_YAML_TEXT || !*node->text || strlen(node->text) >= field->size ||
	    strpbrk(node->text, "\t\n"))
		return wrong(decoder, node, field, needed);
	memcpy(target, node->text, strlen(node->text) + 1);
	return 0;
}

static bool is_name(const struct fs_yaml *node, size_t size)
{
	if (node->kind != FS_YAML_TEXT || strlen(node->text) >= size ||
	    !isalnum((unsigned char)node->text[0]))
		return false;
	for (const char *letter = node->text; *letter; letter++)
		if (!isalnum((unsigned char)*letter) && !strchr("-_.", *letter))
			return false;
	return true;
}

static int decode_name(const struct fs_decoder *decoder, const struct fs_yaml *node,
                       const struct fs_field *field, size_t size, char *target)
{
	char needed[96];
	snprintf(needed, sizeof needed, "a name of letters, digits, '-', '_' and '.', at most %zu,",
	         size - 1);
	if (!is_name(node, size))
		return wrong(decoder, node, field, needed);
	memcpy(target, node->text, strlen(node->text) + 1);
	return 0;
}

static int decode_choice(const struct fs_decoder *decoder, const struct fs_yaml *node,
                         const struct fs_field *field, char *target)
{
	char needed[160];
	if (node->kind != FS_YAML_TEXT || !fs_field_offers(field, node->text)) {
		snprintf(needed, sizeof needed, "one of %s", field->choices);
		return wrong(decoder, node, field, needed);
	}
	snprintf(target, field->size, "%s", node->text);
	return 0;
}

/* A list, of `what`, as long as the field has room for. */
static int check_list(const struct fs_decoder *decoder, const struct fs_yaml *node,
                      const struct fs_field *field, const char *what)
{
	char needed[64];
	size_t least = field->exact ? field->size : 1;
	snprintf(needed, sizeof needed, "a list of %s%zu %s", field->exact ? "" : "1 to ", field->size, what);
	if (node->kind != FS_YAML_LIST)
		return wrong(decoder, node, field, needed);
	if ((size_t)node->count >= least && (size_t)node->count <= field->size)
		return 0;
	return fs_yaml_fail(decoder->file, node, decoder->error, "%s: %s is needed, not one of %d",
	                    field->key, needed, node->count);
}

static int decode_numbers(const struct fs_decoder *decoder, const struct fs_yaml *node,
                          const struct fs_field *field, double *target, int *count)
{
	if (check_list(decoder, node, field, "numbers"))
		return -1;
	for (int i = 0; i < node->count; i++)
		if (decode_number(decoder, &node->child[i], field, &target[i]))
			return -1;
	*count = node->count;
	return 0;
}

/* Which of `count` items begins with the name that this mapping begins with; count: none. */
static int find_item(const struct fs_field *field, const struct fs_yaml *mapping, const char *target,
                     int count)
{
	const struct fs_yaml *name = fs_yaml_get(mapping, field->fields->key);
	int i = 0;
	while (i < count && (!name || name->kind != FS_YAML_TEXT ||
	                     strcmp(target + (size_t)i * field->stride + field->fields->offset, name->text)))
		i++;
	return i;
}

/* An item that is new must be whole, one that is there says what differs. */
static int extend_list(const struct fs_decoder *decoder, const struct fs_yaml *node,
                       const struct fs_field *field, struct fs_origin origin, char *target, int *count)
{
	for (int i = 0; i < node->count; i++) {
		const struct fs_yaml *mapping = &node->child[i];
		int place = find_item(field, mapping, target, *count);
		if ((size_t)place == field->size)
			return fs_yaml_fail(decoder->file, mapping, decoder->error,
			                    "%s: at most %zu are allowed, with those that are there already",
			                    field->key, field->size);
		origin.partial = place < *count;
		if (mapping->kind != FS_YAML_MAPPING)
			return wrong(decoder, mapping, field, "a list of mappings");
		if (decode_mapping(decoder, mapping, field->what, field->fields, origin,
		                   target + (size_t)place * field->stride))
			return -1;
		*count += place == *count;
	}
	return 0;
}

static int decode_list(const struct fs_decoder *decoder, const struct fs_yaml *node,
                       const struct fs_field *field, struct fs_origin origin, char *target, int *count)
{
	if (check_list(decoder, node, field, "mappings"))
		return -1;
	if (origin.partial)
		return extend_list(decoder, node, field, origin, target, count);
	for (int i = 0; i < node->count; i++) {
		void *item = target + (size_t)i * field->stride;
		if (node->child[i].kind != FS_YAML_MAPPING)
			return wrong(decoder, &node->child[i], field, "a list of mappings");
		if (decode_mapping(decoder, &node->child[i], field->what, field->fields, origin, item))
			return -1;
	}
	*count = node->count;
	return 0;
}

/* The group's word: all of its quantities are 0, because the mapping around them says so. */
static int decode_word(const struct fs_decoder *decoder, const struct fs_yaml *node,
                       const struct fs_field *field, const struct fs_origin *origin, char *target)
{
	for (const struct fs_field *inner = field->fields; inner->key; inner++)
		if (fs_origin_give(decoder, node, origin,
		                   (struct fs_quantity *)(void *)(target + inner->offset)))
			return -1;
	return 0;
}

static int decode_group(const struct fs_decoder *decoder, const struct fs_yaml *node,
                        const struct fs_field *field, struct fs_origin origin, char *target)
{
	char needed[64];
	if (node->kind == FS_YAML_MAPPING)
		return decode_mapping(decoder, node, field->what, field->fields, origin, target);
	if (field->word && node->kind == FS_YAML_TEXT && strcmp(node->text, field->word) == 0)
		return decode_word(decoder, node, field, &origin, target);
	snprintf(needed, sizeof needed, "a mapping%s%s", field->word ? " or the word " : "",
	         field->word ? field->word : "");
	return wrong(decoder, node, field, needed);
}

/* What has provenance is written as it is, or as `{value: 450, trust: R, source: id}`: finds the value, and
 * refines the origin. NULL: failed. */
static const struct fs_yaml *unwrap(const struct fs_decoder *decoder, const struct fs_yaml *node,
                                    const struct fs_field *field, struct fs_origin *origin)
{
	if (node->kind != FS_YAML_MAPPING)
		return node;
	const struct fs_yaml *value = fs_yaml_get(node, "value");
	for (int i = 0; i < node->count; i++)
		if (&node->child[i] != value && !fs_origin_is_key(node->child[i].key)) {
			fs_yaml_fail_key(decoder->file, &node->child[i], decoder->error,
			                 "%s: unknown key '%.40s'; allowed: value, trust, source", field->key,
			                 node->child[i].key);
			return NULL;
		}
	if (!value)
		fs_yaml_fail(decoder->file, node, decoder->error, "%s: needs the key 'value'", field->key);
	return value && fs_origin_refine(decoder, node, origin) == 0 ? value : NULL;
}

static int decode_value(const struct fs_decoder *decoder, const struct fs_yaml *node,
                        const struct fs_field *field, struct fs_origin origin, char *base)
{
	void *target = base + field->offset;
	int *count = (void *)(base + field->count);
	switch (field->kind) {
	case FS_FIELD_NAME:
		return decode_name(decoder, node, field, field->size, target);
	case FS_FIELD_TEXT:
		return decode_text(decoder, node, field, target);
	case FS_FIELD_CHOICE:
		return decode_choice(decoder, node, field, target);
	case FS_FIELD_COUNT:
		return decode_count(decoder, node, field, target);
	case FS_FIELD_QUANTITY:
		return decode_number(decoder, node, field, &((struct fs_quantity *)target)->value);
	case FS_FIELD_NUMBERS:
		return decode_numbers(decoder, node, field, target, count);
	case FS_FIELD_GROUP:
		return decode_group(decoder, node, field, origin, target);
	case FS_FIELD_LIST:
		return decode_list(decoder, node, field, origin, target, count);
	case FS_FIELD_NAMED:
		if (node->kind == FS_YAML_MAPPING)
			return decode_mapping(decoder, node, field->what, field->fields, origin, target);
		return decode_name(decoder, node, field, FS_NAME, target);
	case FS_FIELD_ORIGIN:
		break;
	}
	return 0;
}

static int decode_field(const struct fs_decoder *decoder, const struct fs_yaml *node,
                        const struct fs_field *field, struct fs_origin origin, char *base)
{
	struct fs_quantity *provenance = fs_field_origin(field, base);
	if (!provenance)
		return decode_value(decoder, node, field, origin, base);
	const struct fs_yaml *value = unwrap(decoder, node, field, &origin);
	if (!value || decode_value(decoder, value, field, origin, base))
		return -1;
	return fs_origin_give(decoder, node, &origin, provenance);
}

static int missing(const struct fs_decoder *decoder, const struct fs_yaml *mapping, const char *what,
                   const struct fs_field *field, const struct fs_origin *origin, char *base)
{
	if (origin->partial && field->kind != FS_FIELD_NAME)
		return 0;
	if (!field->optional)
		return fs_yaml_fail(decoder->file, mapping, decoder->error, "%s needs the key '%s'", what,
		                    field->key);
	fs_field_default(field, base, decoder->texts);
	return 0;
}

static const struct fs_field *find(const struct fs_field *fields, const char *key)
{
	for (; fields->key; fields++)
		if (fields->kind != FS_FIELD_ORIGIN && strcmp(fields->key, key) == 0)
			return fields;
	return NULL;
}

static int unknown_key(const struct fs_decoder *decoder, const struct fs_yaml *entry, const char *what,
                       const struct fs_field *fields)
{
	const char *keys[64];
	char allowed[512] = "", quoted[64];
	int count = 0;
	for (; fields->key && count < 60; fields++)
		if (fields->kind != FS_FIELD_ORIGIN)
			keys[count++] = fields->key;
	if (decoder->texts) {
		keys[count++] = "trust";
		keys[count++] = "source";
	}
	keys[count] = NULL;
	for (int i = 0; i < count; i++)
		fs_text_join(allowed, sizeof allowed, keys[i]);
	const char *nearest = fs_text_nearest(entry->key, keys);
	fs_text_quote(entry->key, quoted, sizeof quoted);
	if (nearest)
		return fs_yaml_fail_key(decoder->file, entry, decoder->error,
		                        "unknown key %s in %s; did you mean '%s'?", quoted, what, nearest);
	return fs_yaml_fail_key(decoder->file, entry, decoder->error, "unknown key %s in %s; allowed: %s",
	                        quoted, what, allowed);
}

/* Keys that belong to the file as a whole and are read elsewhere. */
static bool is_file_key(const struct fs_decoder *decoder, const struct fs_yaml *mapping, const char *key)
{
	if (mapping != &decoder->file->root)
		return false;
	return strcmp(key, "schema") == 0 || (decoder->texts && strcmp(key, "sources") == 0);
}

static bool extends(const struct fs_yaml *mapping, const struct fs_field *fields)
{
	for (; fields->key; fields++)
		if (fields->extends && fs_yaml_get(mapping, fields->key))
			return true;
	return false;
}

static int decode_mapping(const struct fs_decoder *decoder, const struct fs_yaml *mapping, const char *what,
                          const struct fs_field *fields, struct fs_origin origin, void *target)
{
	char *base = target;
	for (int i = 0; i < mapping->count; i++) {
		const struct fs_yaml *entry = &mapping->child[i];
		bool general = (decoder->texts && fs_origin_is_key(entry->key)) ||
		               is_file_key(decoder, mapping, entry->key);
		if (!general && !find(fields, entry->key))
			return unknown_key(decoder, entry, what, fields);
	}
	if (decoder->texts && fs_origin_refine(decoder, mapping, &origin))
		return -1;
	origin.partial = origin.partial || extends(mapping, fields);
	for (const struct fs_field *field = fields; field->key; field++) {
		const struct fs_yaml *entry = fs_yaml_get(mapping, field->key);
		int result;
		if (field->kind == FS_FIELD_ORIGIN)
			result = fs_origin_give(decoder, mapping, &origin, (void *)(base + field->offset));
		else if (entry)
			result = decode_field(decoder, entry, field, origin, base);
		else
			result = missing(decoder, mapping, what, field, &origin, base);
		if (result)
			return result;
	}
	return 0;
}

static int check_schema(const struct fs_decoder *decoder, const char *schema)
{
	const struct fs_yaml *found = fs_yaml_get(&decoder->file->root, "schema");
	char quoted[64];
	if (!found)
		return fs_yaml_fail(decoder->file, &decoder->file->root, decoder->error,
		                    "needs the key 'schema'; this kind of file is 'schema: %s'", schema);
	if (found->kind != FS_YAML_TEXT || strcmp(found->text, schema) != 0)
		return fs_yaml_fail(decoder->file, found, decoder->error, "schema: %s is needed, not %s",
		                    schema, fs_yaml_describe(found, quoted, sizeof quoted));
	return 0;
}

int fs_file_decode(const struct fs_decoder *decoder, const char *schema, const char *what,
                   const struct fs_field *fields, void *target)
{
	if (check_schema(decoder, schema) || (decoder->texts && fs_sources_check(decoder)))
		return -1;
	return decode_mapping(decoder, &decoder->file->root, what, fields, (struct fs_origin){0}, target);
}
