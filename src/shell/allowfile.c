#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "form/ipaddr.h"
#include "shell/allowfile.h"
#include "shell/infile.h"

#define SPACE " \t\r\v\f"

/* Clear what stands behind the length of a. */
static void
mask(struct ipaddr *a)
{
	unsigned i, bits;

	for (i = 0; i < sizeof(a->addr); i++) {
		bits = a->len > 8 * i ? a->len - 8 * i : 0;
		if (bits < 8)
			a->addr[i] &= (uint8_t)(0xff00 >> bits);
	}
}

int
allowfile_prefix(const char *text, struct prefix *ret, char *why, size_t size)
{
	char fixed[IPADDR_TEXT];
	struct ipaddr a;

	if (prefix_parse(text, ret) == 0)
		return (0);
	if (ipaddr_parse(text, &a) == 0) {
		mask(&a);
		ipaddr_format(a.addr, a.family, fixed);
		snprintf(why, size,
		    "'%s' has host bits set: write %s/%u, or the one address",
		    text, fixed, a.len);
	} else {
		snprintf(why, size,
		    "'%.64s' is not an address or prefix "
		    "(such as 192.0.2.0/24 or 2001:db8::/32)",
		    text);
	}
	return (-1);
}

/* Read one line, which is changed; -1 with a text in why. */
static int
take(char *line, struct prefix *ret, char *why, size_t size)
{
	char *word, *action, *rest = line;

	line[strcspn(line, "#")] = '\0';
	rest += strspn(rest, SPACE);
	word = strsep(&rest, SPACE);
	if (*word == '\0')
		return (1);
	if (allowfile_prefix(word, ret, why, size) == -1)
		return (-1);
	if (rest == NULL)
		return (0);
	rest += strspn(rest, SPACE);
	action = strsep(&rest, SPACE);
	if (*action != '\0' && strcasecmp(action, "permit") != 0) {
		snprintf(why, size,
		    "'%.64s' after the prefix: only permit can stand there",
		    action);
		return (-1);
	}
	if (rest != NULL && rest[strspn(rest, SPACE)] != '\0') {
		snprintf(why, size, "'%.64s' after permit: one prefix a line",
		    rest + strspn(rest, SPACE));
		return (-1);
	}
	return (0);
}

/* Exempt the prefixes of a whole text; return the number of bad lines. */
static unsigned
take_all(const char *path, char *next, struct policy *p, struct buf *error)
{
	struct prefix prefix;
	unsigned n = 0, bad = 0;
	char *line, why[192];
	int rc;

	while ((line = strsep(&next, "\n")) != NULL) {
		if (++n > ALLOWFILE_LINES) {
			buf_printf(error, "%s: more than %d lines\n", path,
			    ALLOWFILE_LINES);
			return (1);
		}
		rc = take(line, &prefix, why, sizeof(why));
		if (rc == 0)
			policy_exempt_add(p, &prefix, path, n);
		else if (rc == -1 && bad++ < ALLOWFILE_ERRORS)
			buf_printf(error, "%s:%u: %s\n", path, n, why);
	}
	return (bad);
}

int
allowfile_read(const char *path, struct policy *p, struct stat *st,
    struct buf *error)
{
	struct buf text;
	unsigned bad = 0;

	buf_init(&text, ALLOWFILE_BYTES);
	if (infile_read(path, &text, st, error) == -1) {
		buf_text(error, "\n");
		bad = 1;
	} else if (strlen(buf_string(&text)) != text.len) {
		buf_printf(error, "%s: not a text file: holds a NUL\n", path);
		bad = 1;
	} else if (text.len > 0) {
		bad = take_all(path, (char *)text.data, p, error);
	}
	if (bad > ALLOWFILE_ERRORS)
		buf_printf(error, "%s: %u more lines are wrong\n", path,
		    bad - ALLOWFILE_ERRORS);
	buf_free(&text);
	return (bad == 0 ? 0 : -1);
}
