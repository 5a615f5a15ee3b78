#include <stddef.h>
#include <string.h>

#include <virbl/category.h>

static const char *const categories[CATEGORY_MAX + 1] = {
    [CATEGORY_WORM] = "worm",
    [CATEGORY_MALWARE] = "malware",
    [CATEGORY_SPAM] = "spam",
    [CATEGORY_PHISH] = "phish",
    [CATEGORY_BRUTEFORCE] = "bruteforce",
    [CATEGORY_SCAN] = "scan",
    [CATEGORY_EXPLOIT] = "exploit",
    [CATEGORY_TEST] = "test",
};

static const char *const bases[BASIS_MAX + 1] = {
    [BASIS_UNSTATED] = "unstated",
    [BASIS_SCANNER] = "scanner",
    [BASIS_TRAP] = "trap",
    [BASIS_HONEYPOT] = "honeypot",
    [BASIS_IDS] = "ids",
    [BASIS_AUTHLOG] = "authlog",
    [BASIS_COMPLAINT] = "complaint",
};

const char *
category_name(unsigned c)
{
	return (c <= CATEGORY_MAX ? categories[c] : NULL);
}

unsigned
category_find(const char *name)
{
	unsigned c;

	for (c = 1; c <= CATEGORY_MAX; c++)
		if (strcmp(categories[c], name) == 0)
			return (c);
	return (0);
}

const char *
basis_name(unsigned b)
{
	return (b <= BASIS_MAX ? bases[b] : NULL);
}

int
basis_find(const char *name)
{
	int b;

	for (b = 0; b <= BASIS_MAX; b++)
		if (strcmp(bases[b], name) == 0)
			return (b);
	return (-1);
}
