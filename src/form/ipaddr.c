#include <arpa/inet.h>
#include <string.h>

#include "form/ipaddr.h"

/* Read a number of at most max without leading zeros; NULL if there is none. */
static const char *
number(const char *s, unsigned max, uint8_t *ret)
{
	unsigned v = 0;
	const char *p;

	for (p = s; *p >= '0' && *p <= '9'; p++) {
		if (p > s && v == 0)
			return (NULL);
		v = v * 10 + (unsigned)(*p - '0');
		if (v > max)
			return (NULL);
	}
	*ret = (uint8_t)v;
	return (p > s ? p : NULL);
}

/* Read a dotted quad; NULL if there is none. */
static const char *
quad(const char *s, uint8_t *addr)
{
	int i;

	for (i = 0; i < 4; i++) {
		if (i > 0 && *s++ != '.')
			return (NULL);
		if ((s = number(s, 255, &addr[i])) == NULL)
			return (NULL);
	}
	return (s);
}

/* Read an IPv6 address up to "/" or the end; NULL if there is none. */
static const char *
groups(const char *s, uint8_t *addr)
{
	size_t n = strcspn(s, "/");
	char text[IPADDR_TEXT];

	if (n >= sizeof(text))
		return (NULL);
	memcpy(text, s, n);
	text[n] = '\0';
	return (inet_pton(AF_INET6, text, addr) == 1 ? s + n : NULL);
}

int
ipaddr_parse(const char *text, struct ipaddr *ret)
{
	struct ipaddr a;
	const char *p;

	memset(&a, 0, sizeof(a));
	if ((p = quad(text, a.addr)) != NULL) {
		a.family = 4;
		a.len = 32;
	} else {
		memset(a.addr, 0, sizeof(a.addr));
		if ((p = groups(text, a.addr)) == NULL)
			return (-1);
		a.family = 6;
		a.len = 128;
	}
	if (*p == '/')
		p = number(p + 1, a.len, &a.len);
	if (p == NULL || *p != '\0')
		return (-1);
	*ret = a;
	return (0);
}

bool
ipaddr_mapped(const struct ipaddr *a)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
	    0xff};

	return (a->family == 6 && memcmp(a->addr, mapped, 12) == 0);
}

size_t
ipaddr_format(const uint8_t *addr, unsigned family, char out[IPADDR_TEXT])
{
	char *p = out;
	int i;

	if (family == 6) {
		if (inet_ntop(AF_INET6, addr, out, IPADDR_TEXT) == NULL)
			out[0] = '\0';
		return (strlen(out));
	}
	/* By hand: exports write millions of these. */
	for (i = 0; i < 4; i++) {
		if (i > 0)
			*p++ = '.';
		if (addr[i] >= 100)
			*p++ = (char)('0' + addr[i] / 100);
		if (addr[i] >= 10)
			*p++ = (char)('0' + addr[i] / 10 % 10);
		*p++ = (char)('0' + addr[i] % 10);
	}
	*p = '\0';
	return ((size_t)(p - out));
}
