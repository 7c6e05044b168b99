#ifndef FARSCALE_CONFIG_TEXTS_H
#define FARSCALE_CONFIG_TEXTS_H

/* Texts that live as long as what was loaded with them; equal texts are stored once, so that two sources are
 * the same text exactly when the pointers are equal. */

struct fs_texts {
	int count;
	char **text;
};

/** The stored copy of `text`. */
const char *fs_texts_keep(struct fs_texts *texts, const char *text);

/** Its place among them, from 0: the order in which they were first kept. */
int fs_texts_number(struct fs_texts *texts, const char *text);

/** Frees what is in it, not `texts` itself. */
void fs_texts_clear(struct fs_texts *texts);

#endif
