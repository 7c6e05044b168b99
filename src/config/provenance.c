#include "config/provenance.h"

#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_CITATION = 1000, MOST_SOURCES = 64 };

static const char separator[] = FS_SOURCE_SEPARATOR;

bool fs_origin_is_key(const char *key)
{
	return strcmp(key, "trust") == 0 || strcmp(key, "source") == 0;
}

int fs_sources_check(const struct fs_decoder *decoder)
{
	const struct fs_yaml *sources = fs_yaml_get(&decoder->file->root, "sources");
	char found[64];
	if (!sources)
		return 0;
	if (sources->kind != FS_YAML_MAPPING || sources->count > MOST_SOURCES)
		return fs_yaml_fail(decoder->file, sources, decoder->error,
		                    "sources: a mapping of at most %d ids to citations is needed",
		                    MOST_SOURCES);
	for (int i = 0; i < sources->count; i++) {
		const struct fs_yaml *citation = &sources->child[i];
		if (citation->kind != FS_YAML_TEXT || !*citation->text ||
		    strlen(citation->text) > LONGEST_CITATION || strstr(citation->text, separator))
			return fs_yaml_fail(
			        decoder->file, citation, decoder->error,
			        "source %s: a citation of 1 to %d bytes without '%s' is needed, not %s",
			        citation->key, LONGEST_CITATION, separator,
			        fs_yaml_describe(citation, found, sizeof found));
	}
	return 0;
}

static int unknown_source(const struct fs_decoder *decoder, const struct fs_yaml *sources,
                          const struct fs_yaml *id)
{
	const char *ids[MOST_SOURCES + 1];
	char found[64];
	int count = 0;
	for (; sources && count < sources->count; count++)
		ids[count] = sources->child[count].key;
	ids[count] = NULL;
	fs_yaml_describe(id, found, sizeof found);
	const char *nearest = id->kind == FS_YAML_TEXT ? fs_text_nearest(id->text, ids) : NULL;
	if (nearest)
		return fs_yaml_fail(decoder->file, id, decoder->error,
		                    "source: %s is not in this file's 'sources:'; did you mean '%s'?", found,
		                    nearest);
	return fs_yaml_fail(decoder->file, id, decoder->error,
	                    "source: the id of a citation in this file's 'sources:' is needed, not %s",
	                    found);
}

/* Appends the citation of one id to *joined, which may move. */
static int cite(const struct fs_decoder *decoder, const struct fs_yaml *id, char **joined)
{
	const struct fs_yaml *sources = fs_yaml_get(&decoder->file->root, "sources");
	const struct fs_yaml *citation =
	        sources && id->kind == FS_YAML_TEXT ? fs_yaml_get(sources, id->text) : NULL;
	if (!citation)
		return unknown_source(decoder, sources, id);
	size_t used = strlen(*joined), size = used + strlen(citation->text) + sizeof separator;
	*joined = fs_reallocate(*joined, size);
	snprintf(*joined + used, size - used, "%s%s", used ? separator : "", citation->text);
	return 0;
}

static int refine_source(const struct fs_decoder *decoder, const struct fs_yaml *source,
                         struct fs_origin *origin)
{
	char *joined = fs_duplicate_text("");
	int result = 0;
	if (source->kind == FS_YAML_LIST && source->count > 0 && source->count <= MOST_SOURCES)
		for (int i = 0; i < source->count && result == 0; i++)
			result = cite(decoder, &source->child[i], &joined);
	else
		result = cite(decoder, source, &joined);
	if (result == 0)
		origin->source = fs_texts_keep(decoder->texts, joined);
	free(joined);
	return result;
}

static int refine_trust(const struct fs_decoder *decoder, const struct fs_yaml *trust,
                        struct fs_origin *origin)
{
	char found[64];
	if (trust->kind != FS_YAML_TEXT || strlen(trust->text) != 1 || !strchr("RDME", trust->text[0]))
		return fs_yaml_fail(
		        decoder->file, trust, decoder->error,
		        "trust: one of R (read in a source), D (derived), M (from memory), E (estimate) is "
		        "needed, not %s",
		        fs_yaml_describe(trust, found, sizeof found));
	origin->trust = trust->text[0];
	return 0;
}

int fs_origin_refine(const struct fs_decoder *decoder, const struct fs_yaml *mapping,
                     struct fs_origin *origin)
{
	const struct fs_yaml *trust = fs_yaml_get(mapping, "trust"), *source = fs_yaml_get(mapping, "source");
	if (trust && refine_trust(decoder, trust, origin))
		return -1;
	if (source && refine_source(decoder, source, origin))
		return -1;
	return 0;
}

int fs_origin_give(const struct fs_decoder *decoder, const struct fs_yaml *node,
                   const struct fs_origin *origin, struct fs_quantity *quantity)
{
	if (!origin->trust || !origin->source)
		return fs_yaml_fail_key(decoder->file, node, decoder->error,
		                        "%s: has no %s; give it here or in a mapping around it", node->key,
		                        origin->trust ? "'source:'" : "'trust:' letter (R, D, M or E)");
	quantity->trust = origin->trust;
	quantity->source = origin->source;
	return 0;
}
