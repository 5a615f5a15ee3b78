#include <string.h>

#include <virbl/card.h>

#include "base/text.h"
#include "form/ipaddr.h"
#include "shell/confvalue.h"

#define HTTPS "https://"
#define LABEL 63 /* longest label of a domain name */

const char *
confvalue_text(const char *value, size_t most)
{
	size_t i;

	for (i = 0; value[i] != '\0'; i++)
		if (value[i] < 0x20 || value[i] > 0x7e)
			return ("only printable ASCII can stand here");
	return (i > most ? "too long" : NULL);
}

/* True if text is a port number. */
static bool
port(const char *text)
{
	uint64_t n;

	return (text[0] != '0' && text_u64(text, 65535, &n) == 0);
}

/* True if the n bytes at p are an address of the family, 0 any. */
static bool
address(const char *p, size_t n, unsigned family)
{
	char text[IPADDR_TEXT];
	struct ipaddr a;

	if (n >= sizeof(text) || memchr(p, '/', n) != NULL)
		return (false);
	memcpy(text, p, n);
	text[n] = '\0';
	return (
	    ipaddr_parse(text, &a) == 0 && (family == 0 || a.family == family));
}

/* True if the n bytes at p can be a host name. */
static bool
host_name(const char *p, size_t n)
{
	size_t i;

	if (n == 0 || n > CONFVALUE_ZONE || p[0] == '.' || p[0] == '-')
		return (false);
	for (i = 0; i < n; i++)
		if (!(p[i] >= 'a' && p[i] <= 'z') &&
		    !(p[i] >= 'A' && p[i] <= 'Z') &&
		    !(p[i] >= '0' && p[i] <= '9') &&
		    strchr("-._", p[i]) == NULL)
			return (false);
	return (true);
}

const char *
confvalue_url(const char *value)
{
	static const char expected[] =
	    "must be like https://node.example:7443/";
	char authority[CARD_URL + 1];
	const char *host = authority;
	size_t n, i;
	char *colon;

	if (strncmp(value, HTTPS, strlen(HTTPS)) != 0)
		return (expected);
	if (strlen(value) > CARD_URL)
		return ("too long: at most 256 characters");
	for (i = 0; value[i] != '\0'; i++)
		if (value[i] <= 0x20 || value[i] > 0x7e ||
		    strchr("#?@\\\"<>", value[i]) != NULL)
			return (expected);
	value += strlen(HTTPS);
	n = strcspn(value, "/");
	memcpy(authority, value, n);
	authority[n] = '\0';
	if (*host == '[') {
		n = strcspn(++host, "]");
		if (host[n] != ']' || !address(host, n, 6))
			return (expected);
		colon = authority + n + 2;
	} else {
		n = strcspn(host, ":");
		if (!host_name(host, n))
			return (expected);
		colon = authority + n;
	}
	if (*colon == '\0')
		return (NULL);
	return (*colon == ':' && port(colon + 1) ? NULL : expected);
}

const char *
confvalue_listen(const char *value)
{
	static const char expected[] =
	    "must be an address and a port, like 127.0.0.1:7480 or [::]:7443";
	const char *colon = strrchr(value, ':');
	size_t n;

	if (colon == NULL || !port(colon + 1))
		return (expected);
	n = (size_t)(colon - value);
	if (value[0] == '[') {
		if (n < 2 || value[n - 1] != ']' ||
		    !address(value + 1, n - 2, 6))
			return (expected);
		return (NULL);
	}
	return (address(value, n, 4) ? NULL : expected);
}

const char *
confvalue_zone(const char *value, char out[CONFVALUE_ZONE + 1])
{
	static const char expected[] =
	    "must be a domain name, like worm.bl.example";
	size_t i, label = 0, n = strlen(value);

	if (n > 0 && value[n - 1] == '.')
		n--;
	if (n == 0 || n > CONFVALUE_ZONE)
		return (expected);
	for (i = 0; i < n; i++) {
		char c = value[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c == '.') {
			if (label == 0 || value[i - 1] == '-')
				return (expected);
			label = 0;
		} else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    (c == '-' && label > 0) || c == '_') {
			if (++label > LABEL)
				return (expected);
		} else {
			return (expected);
		}
		out[i] = c;
	}
	out[n] = '\0';
	return (label == 0 || out[n - 1] == '-' ? expected : NULL);
}

const char *
confvalue_code(const char *value, uint32_t *ret)
{
	static const char expected[] = "must be 127.0.0.2 to 127.0.0.255";
	uint64_t last;

	if (strncmp(value, "127.0.0.", 8) != 0 || value[8] == '0' ||
	    text_u64(value + 8, 255, &last) != 0 || last < 2)
		return (expected);
	*ret = UINT32_C(0x7f000000) | (uint32_t)last;
	return (NULL);
}

const char *
confvalue_switch(const char *value, bool *ret)
{
	static const char *const words[] = {"off", "on", "no", "yes", "false",
	    "true"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(value, words[i]) == 0) {
			*ret = i % 2 == 1;
			return (NULL);
		}
	return ("must be on or off");
}
