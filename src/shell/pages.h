/*
 * pages: the files of www/, built into the program.
 */
#ifndef PAGES_H
#define PAGES_H

#include <stddef.h>
#include <stdint.h>

struct page {
	const char *name;	/* below www/ */
	const char *type;	/* media type */
	const char *etag;	/* with its quotes */
	const uint8_t *bytes;
	size_t	 len;
};

/**
 * pages_find(name):
 * Return the file called ${name}, NULL if there is none.
 */
const struct page *pages_find(const char *name);

#endif
