#include <assert.h>
#include <string.h>

#include "base/text.h"

#include "deflists.h"

#define BIT(c) CATEGORY_BIT(CATEGORY_##c)

static const struct {
	const char *name;
	const char *why; /* a comment in the file */
	uint16_t categories;
	unsigned code; /* 127.0.0.code; 0 none */
} lists[] = {
    {"worm", "Hosts that spread worms and other malware.",
	BIT(WORM) | BIT(MALWARE), 2},
    {"abuse", "Hosts that guess passwords, scan or exploit.",
	BIT(BRUTEFORCE) | BIT(SCAN) | BIT(EXPLOIT), 3},
    {"spam", "Hosts that send spam or phishing.", BIT(SPAM) | BIT(PHISH), 4},
    {"any", "Everything; its zone is the combined one.",
	BIT(WORM) | BIT(MALWARE) | BIT(BRUTEFORCE) | BIT(SCAN) | BIT(EXPLOIT) |
	    BIT(SPAM) | BIT(PHISH),
	0},
};
#define LISTS (sizeof(lists) / sizeof(lists[0]))

void
deflists_add(struct policy *p)
{
	struct policy_list l;
	const char *why;
	size_t i;

	for (i = 0; i < LISTS; i++) {
		memset(&l, 0, sizeof(l));
		text_copy(l.name, sizeof(l.name), lists[i].name);
		l.categories = lists[i].categories;
		l.window = l.hold = 86400;
		l.threshold = 2000;
		l.cap = l.groups = 2;
		if (lists[i].code != 0)
			l.code = UINT32_C(0x7f000000) | lists[i].code;
		why = policy_list_add(p, &l);
		assert(why == NULL);
	}
}

static void
categories_write(struct buf *out, uint16_t mask)
{
	const char *between = "";
	unsigned c;

	buf_text(out, "\tcategories = {");
	for (c = 1; c <= CATEGORY_MAX; c++) {
		if ((mask & CATEGORY_BIT(c)) == 0)
			continue;
		buf_printf(out, "%s%s", between, category_name(c));
		between = ", ";
	}
	buf_text(out, "}\n");
}

void
deflists_write(struct buf *out, const char *zone)
{
	size_t i;

	for (i = 0; i < LISTS; i++) {
		buf_printf(out, "\n# %s\nlist %s {\n", lists[i].why,
		    lists[i].name);
		categories_write(out, lists[i].categories);
		buf_text(out,
		    "\twindow = 24h\n\tthreshold = 2\n\tcap = 2\n"
		    "\tgroups = 2\n\thold = 24h\n");
		if (zone != NULL && lists[i].code != 0)
			buf_printf(out, "\tzone = \"%s.%s\"\n", lists[i].name,
			    zone);
		else if (zone != NULL)
			buf_printf(out, "\tzone = \"%s\"\n", zone);
		if (lists[i].code != 0)
			buf_printf(out, "\tcode = 127.0.0.%u\n", lists[i].code);
		buf_text(out, "}\n");
	}
}
