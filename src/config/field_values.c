#include "config/fields.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_LIST = 64 };

bool fs_number_parse(const char *text, double *value)
{
	if (!*text || text[strspn(text, "0123456789+-.eE")]) /* strtod would take hexadecimal, inf and nan */
		return false;
	char *end;
	double number = strtod(text, &end);
	if (*end || !isfinite(number))
		return false;
	*value = number;
	return true;
}

bool fs_field_allows(const struct fs_field *field, double value)
{
	bool whole = field->whole || field->kind == FS_FIELD_COUNT;
	return value >= field->least && value <= field->most && (!whole || value == floor(value));
}

const char *fs_field_allowed(const struct fs_field *field, char *buffer, size_t size)
{
	bool whole = field->whole || field->kind == FS_FIELD_COUNT;
	bool unit = field->unit && *field->unit;
	snprintf(buffer, size, "a %snumber between %.10g and %.10g%s%s", whole ? "whole " : "", field->least,
	         field->most, unit ? " " : "", unit ? field->unit : "");
	return buffer;
}

bool fs_field_offers(const struct fs_field *field, const char *text)
{
	size_t length = strlen(text);
	for (const char *choice = field->choices; choice; choice = strchr(choice, '|')) {
		choice += *choice == '|';
		if (strcspn(choice, "|") == length && strncmp(choice, text, length) == 0)
			return true;
	}
	return false;
}

static bool read_number(const struct fs_field *field, const char *text, double *value)
{
	double number;
	if (!fs_number_parse(text, &number) || !fs_field_allows(field, number))
		return false;
	*value = number;
	return true;
}

/* Returns how many, or 0. */
static int parse_list(const struct fs_field *field, const char *text, double *value)
{
	assert(field->size <= LONGEST_LIST);
	for (int count = 0; (size_t)count < field->size;) {
		char item[32];
		size_t length = strcspn(text, "x,");
		if (length >= sizeof item)
			return 0;
		memcpy(item, text, length);
		item[length] = 0;
		if (!read_number(field, item, &value[count++]))
			return 0;
		if (!text[length])
			return count;
		text += length + 1;
	}
	return 0;
}

static bool read_list(const struct fs_field *field, const char *text, double *target, int *target_count,
                      bool *changed)
{
	double value[LONGEST_LIST];
	int count = parse_list(field, text, value);
	if (count == 0 || (field->exact && (size_t)count != field->size))
		return false;
	size_t bytes = (size_t)count * sizeof *value;
	*changed = *target_count != count || memcmp(target, value, bytes) != 0;
	*target_count = count;
	memcpy(target, value, bytes);
	return true;
}

static bool read_quantity(const struct fs_field *field, const char *text, struct fs_quantity *target,
                          bool *changed)
{
	double value;
	if (!read_number(field, text, &value))
		return false;
	*changed = target->value != value;
	target->value = value;
	return true;
}

bool fs_field_read(const struct fs_field *field, const char *text, void *base, bool *changed)
{
	char *member = (char *)base + field->offset;
	if (field->kind == FS_FIELD_QUANTITY)
		return read_quantity(field, text, (void *)member, changed);
	if (field->kind == FS_FIELD_NUMBERS)
		return read_list(field, text, (void *)member, (void *)((char *)base + field->count), changed);
	assert(field->kind == FS_FIELD_CHOICE);
	if (!fs_field_offers(field, text))
		return false;
	*changed = strcmp(member, text) != 0;
	snprintf(member, field->size, "%s", text);
	return true;
}

const char *fs_field_readable(const struct fs_field *field, char *buffer, size_t size)
{
	char item[128];
	if (field->kind == FS_FIELD_CHOICE)
		snprintf(buffer, size, "one of %s", field->choices);
	else if (field->kind == FS_FIELD_NUMBERS)
		snprintf(buffer, size, "a list of %s%zu numbers with an x between them, each %s,",
		         field->exact ? "" : "1 to ", field->size,
		         fs_field_allowed(field, item, sizeof item));
	else
		fs_field_allowed(field, buffer, size);
	return buffer;
}

const char *fs_numbers_text(const double *number, int count, char *buffer, size_t size)
{
	size_t used = 0;
	buffer[0] = 0;
	for (int i = 0; i < count && used < size; i++)
		used += (size_t)snprintf(buffer + used, size - used, "%s%.10g", i ? "x" : "", number[i]);
	return buffer;
}

struct fs_quantity *fs_field_origin(const struct fs_field *field, void *base)
{
	size_t offset = field->kind == FS_FIELD_QUANTITY ? field->offset : field->origin;
	if (field->kind != FS_FIELD_QUANTITY && !field->origin)
		return NULL;
	return (void *)((char *)base + offset);
}

static struct fs_quantity fallback(const struct fs_field *field, struct fs_texts *texts)
{
	if (field->quiet)
		return (struct fs_quantity){.value = field->fallback};
	return (struct fs_quantity){field->fallback, 'E',
	                            fs_texts_keep(texts, "not given; the default of the format")};
}

void fs_field_default(const struct fs_field *field, void *base, struct fs_texts *texts)
{
	char *member = (char *)base + field->offset;
	if (field->kind == FS_FIELD_GROUP)
		for (const struct fs_field *inner = field->fields; inner->key; inner++)
			fs_field_default(inner, member, texts);
	if (field->kind == FS_FIELD_NUMBERS)
		*(int *)(void *)((char *)base + field->count) = 0;
	if (field->kind == FS_FIELD_CHOICE)
		snprintf(member, field->size, "%s", field->fallback_word ? field->fallback_word : "");
	if (field->origin)
		*fs_field_origin(field, base) = (struct fs_quantity){0};
	if (field->kind == FS_FIELD_QUANTITY)
		*(struct fs_quantity *)(void *)member = fallback(field, texts);
}
