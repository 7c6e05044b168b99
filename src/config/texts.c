#include "config/texts.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

int fs_texts_number(struct fs_texts *texts, const char *text)
{
	for (int i = 0; i < texts->count; i++)
		if (strcmp(texts->text[i], text) == 0)
			return i;
	texts->text = fs_reallocate(texts->text, (size_t)(texts->count + 1) * sizeof *texts->text);
	texts->text[texts->count] = fs_duplicate_text(text);
	return texts->count++;
}

const char *fs_texts_keep(struct fs_texts *texts, const char *text)
{
	int number = fs_texts_number(texts, text);
	return texts->text[number];
}

void fs_texts_clear(struct fs_texts *texts)
{
	for (int i = 0; i < texts->count; i++)
		free(texts->text[i]);
	free(texts->text);
	*texts = (struct fs_texts){0};
}
