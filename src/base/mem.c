#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void *
mem_alloc(size_t n)
{
	void *p = malloc(n != 0 ? n : 1);

	if (p == NULL)
		abort();
	return (p);
}

void *
mem_zero(size_t n)
{
	void *p = calloc(1, n != 0 ? n : 1);

	if (p == NULL)
		abort();
	return (p);
}

void *
mem_array(void *p, size_t n, size_t size)
{
	void *q;

	if (size != 0 && n > SIZE_MAX / size)
		abort();
	n *= size;
	q = realloc(p, n != 0 ? n : 1);
	if (q == NULL)
		abort();
	return (q);
}

void *
mem_dup(const void *p, size_t n)
{
	void *q = mem_alloc(n);

	if (n != 0)
		memcpy(q, p, n);
	return (q);
}

char *
mem_string(const char *s)
{
	return (mem_dup(s, strlen(s) + 1));
}

void
mem_free(void *p)
{
	free(p);
}
