#include <string.h>

#include "shell/pages.h"

/* Made by build-aux/embed. */
#include "shell/pages_data.h"

const struct page *
pages_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strcmp(files[i].name, name) == 0)
			return (&files[i]);
	return (NULL);
}
