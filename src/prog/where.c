#include <string.h>

#include "base/text.h"

#include "where.h"

int
where_local(const char *listen, struct where *ret)
{
	const char *colon, *end;
	size_t n;

	if (listen == NULL || (colon = strrchr(listen, ':')) == NULL)
		return (-1);
	end = colon;
	if (*listen == '[') {
		if (colon == listen + 1 || colon[-1] != ']')
			return (-1);
		listen++;
		end--;
	}
	n = (size_t)(end - listen);
	if (n >= sizeof(ret->address) ||
	    text_copy(ret->port, sizeof(ret->port), colon + 1) != 0)
		return (-1);
	memcpy(ret->address, listen, n);
	ret->address[n] = '\0';
	if (strcmp(ret->address, "0.0.0.0") == 0 ||
	    strcmp(ret->address, "::") == 0)
		text_copy(ret->address, sizeof(ret->address), "127.0.0.1");
	return (0);
}
