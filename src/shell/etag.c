#include <string.h>

#include "shell/etag.h"

bool
etag_matches(const char *header, const char *etag)
{
	size_t n = strlen(etag);
	const char *p;

	if (header == NULL || n < 2)
		return (false);
	if (strcmp(header, "*") == 0)
		return (true);
	for (p = header; (p = strstr(p, "\"")) != NULL; p++)
		if (strncmp(p, etag, n - 1) == 0 &&
		    (p[n - 1] == '"' || strncmp(p + n - 1, "-gzip\"", 6) == 0))
			return (true);
	return (false);
}
