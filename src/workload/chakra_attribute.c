#include "workload/chakra_attribute.h"

#include "base/error.h"

#include <string.h>

static const FsChakra__Attribute *find(const struct fs_attributes *attributes, const char *name)
{
	for (size_t i = 0; i < attributes->count; i++)
		if (strcmp(attributes->attribute[i]->name, name) == 0)
			return attributes->attribute[i];
	return NULL;
}

static bool number_of(const FsChakra__Attribute *attribute, double *value)
{
	switch (attribute->value_case) {
	case FS_CHAKRA__ATTRIBUTE__VALUE_DOUBLE_VAL:
		*value = attribute->double_val;
		return true;
	case FS_CHAKRA__ATTRIBUTE__VALUE_FLOAT_VAL:
		*value = attribute->float_val;
		return true;
	case FS_CHAKRA__ATTRIBUTE__VALUE_INT32_VAL:
	case FS_CHAKRA__ATTRIBUTE__VALUE_SINT32_VAL:
	case FS_CHAKRA__ATTRIBUTE__VALUE_SFIXED32_VAL:
		*value = attribute->int32_val;
		return true;
	case FS_CHAKRA__ATTRIBUTE__VALUE_INT64_VAL:
	case FS_CHAKRA__ATTRIBUTE__VALUE_SINT64_VAL:
	case FS_CHAKRA__ATTRIBUTE__VALUE_SFIXED64_VAL:
		*value = (double)attribute->int64_val;
		return true;
	case FS_CHAKRA__ATTRIBUTE__VALUE_UINT32_VAL:
	case FS_CHAKRA__ATTRIBUTE__VALUE_FIXED32_VAL:
		*value = attribute->uint32_val;
		return true;
	case FS_CHAKRA__ATTRIBUTE__VALUE_UINT64_VAL:
	case FS_CHAKRA__ATTRIBUTE__VALUE_FIXED64_VAL:
		*value = (double)attribute->uint64_val;
		return true;
	case FS_CHAKRA__ATTRIBUTE__VALUE_BOOL_VAL:
		*value = attribute->bool_val != 0;
		return true;
	default:
		return false;
	}
}

int fs_attribute_number(const struct fs_attributes *attributes, const char *name, double most, double *value,
                        struct fs_error *error)
{
	const FsChakra__Attribute *attribute = find(attributes, name);
	double number;
	if (!attribute)
		return 0;
	if (!number_of(attribute, &number))
		return fs_fail(error, "%s is not a number", name);
	if (!(number >= 0 && number <= most))
		return fs_fail(error, "%s is %g; it must be from 0 to %g", name, number, most);
	*value = number;
	return 0;
}

const char *fs_attribute_text(const struct fs_attributes *attributes, const char *name)
{
	const FsChakra__Attribute *attribute = find(attributes, name);
	return attribute && attribute->value_case == FS_CHAKRA__ATTRIBUTE__VALUE_STRING_VAL
	               ? attribute->string_val
	               : NULL;
}

bool fs_attribute_all_true(const struct fs_attributes *attributes, const char *name)
{
	const FsChakra__Attribute *attribute = find(attributes, name);
	if (!attribute || attribute->value_case != FS_CHAKRA__ATTRIBUTE__VALUE_BOOL_LIST)
		return true;
	for (size_t i = 0; i < attribute->bool_list->n_values; i++)
		if (!attribute->bool_list->values[i])
			return false;
	return true;
}
