/*
 * Print what rehearse() lists at each of many times, one row a line:
 * time, subject, since, until and score, separated by tabs.
 *
 *	rehearse_times WINDOW HOLD THRESHOLD CAP GROUPS FILE MEMBERS TIME...
 *
 * Durations in seconds, THRESHOLD in thousandths; the list has all categories
 * but test. MEMBERS is a file with "name trust weight group" a line, or "-".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "view/rehearse.h"

#define LIMIT ((size_t)1 << 30)

static uint32_t
number(const char *text)
{
	uint64_t n;

	if (text_u64(text, UINT32_MAX, &n) != 0) {
		fprintf(stderr, "not a number: '%s'\n", text);
		exit(2);
	}
	return ((uint32_t)n);
}

static void
check(const char *problem)
{
	if (problem == NULL)
		return;
	fprintf(stderr, "%s\n", problem);
	exit(2);
}

static void
read_file(const char *name, struct buf *b)
{
	FILE *f = fopen(name, "rb");
	uint8_t *room;
	size_t n;

	if (f == NULL) {
		perror(name);
		exit(2);
	}
	buf_init(b, LIMIT);
	do {
		room = buf_room(b, 65536);
		n = room == NULL ? 0 : fread(room, 1, 65536, f);
		b->len += n;
	} while (n > 0);
	if (ferror(f) || b->full) {
		fprintf(stderr, "cannot read '%s'\n", name);
		exit(2);
	}
	fclose(f);
}

static void
read_members(struct policy *p, const char *name)
{
	struct policy_member m = {.trust = TRUST_NONE};
	FILE *f = fopen(name, "r");
	char trust[16];
	unsigned weight;

	if (f == NULL) {
		perror(name);
		exit(2);
	}
	while (fscanf(f, "%32s %15s %u %64s", m.name, trust, &weight,
		   m.group) == 4) {
		m.trust = (enum trust)trust_find(trust);
		m.weight = weight;
		m.key[0]++;
		check(policy_member_add(p, &m));
	}
	fclose(f);
}

static void
print(const struct rehearsal *r)
{
	char subject[SUBJECT_TEXT];
	const struct verdict *v;
	size_t i;

	for (i = 0; i < r->nerrors; i++)
		fprintf(stderr, "line %zu: %s: %s\n", r->errors[i].line,
		    r->errors[i].field, r->errors[i].text);
	for (i = 0; i < r->nrows; i++) {
		v = &r->rows[i].verdict;
		subject_format(r->rows[i].subject, subject);
		printf("%" PRIu32 "\t%s\t%" PRIu32 "\t%" PRIu32 "\t%" PRIu64
		       "\n",
		    r->at, subject, v->since, v->until, v->score);
	}
}

int
main(int argc, char **argv)
{
	struct policy *p = policy_new();
	struct policy_list list = {.name = "oracle", .categories = 0xfe};
	struct rehearsal *r;
	struct buf text;
	size_t bad = 0;
	int i;

	if (argc < 9) {
		fprintf(stderr, "too few arguments\n");
		return (2);
	}
	list.window = number(argv[1]);
	list.hold = number(argv[2]);
	list.threshold = number(argv[3]);
	list.cap = number(argv[4]);
	list.groups = number(argv[5]);
	check(policy_list_add(p, &list));
	if (strcmp(argv[7], "-") != 0)
		read_members(p, argv[7]);
	policy_ready(p);
	read_file(argv[6], &text);
	for (i = 8; i < argc; i++) {
		r = rehearse(p, &p->lists[0], (const char *)text.data, text.len,
		    number(argv[i]));
		print(r);
		bad += r->bad;
		rehearse_free(r);
	}
	buf_free(&text);
	policy_free(p);
	return (bad == 0 ? 0 : 1);
}
