/* Walks tests/vectors/: each verdict must be the one written there. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <virbl/batch.h>
#include <virbl/card.h>
#include <virbl/chain.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/wire.h"

#define ITEM (8 + BATCH_HEADER) /* of a chain: floor and header */

static void
get_batch(const uint8_t *p, size_t n, struct buf *got)
{
	enum batch_verdict v;
	struct batch b;

	v = batch_decode(p, n, &b);
	if (v == BATCH_OK) {
		v = batch_verify(&b);
		batch_free(&b);
	}
	buf_text(got, batch_verdict_name(v));
}

static void
get_chain(const uint8_t *p, size_t n, struct buf *got)
{
	struct reader r = {p, n, false};
	struct head head = {0};
	struct batch_header h;
	uint8_t id[HASH_BYTES];
	enum batch_verdict bad;
	enum chain_verdict v;
	uint64_t floor;

	assert_int_equal(n % ITEM, 0);
	while (r.left > 0) {
		floor = wire_u64(&r);
		p = wire_bytes(&r, BATCH_HEADER);
		if (head.floor < floor)
			head.floor = floor;
		if (got->len > 0)
			buf_text(got, " ");
		if ((bad = batch_header_decode(p, &h)) != BATCH_OK) {
			buf_text(got, batch_verdict_name(bad));
			continue;
		}
		key_hash(BATCH_ID_DOMAIN, p, BATCH_HEADER, id);
		v = chain_judge(&head, &h, id);
		if (v == CHAIN_NEXT || v == CHAIN_SKIP || v == CHAIN_BUMP)
			chain_advance(&head, &h, id);
		buf_text(got, chain_verdict_name(v));
	}
}

static void
get_fork(const uint8_t *p, size_t n, struct buf *got)
{
	uint8_t member[KEY_BYTES];

	buf_text(got, fork_proof_check(p, n, member) == 0 ? "ok" : "bad");
}

static void
get_card(const uint8_t *p, size_t n, struct buf *got)
{
	static struct card c;
	const char *why = card_decode(p, n, &c);

	buf_text(got, why != NULL ? why : "ok");
}

static void
get_nodeid(const uint8_t *p, size_t n, struct buf *got)
{
	char text[128], id[NODEID_TEXT];
	uint8_t key[KEY_BYTES];

	assert_in_range(n, KEY_BYTES, KEY_BYTES + sizeof(text) - 1);
	memcpy(text, p + KEY_BYTES, n - KEY_BYTES);
	text[n - KEY_BYTES] = '\0';
	nodeid_format(p, id);
	if (nodeid_parse(text, key) == -1 || memcmp(key, p, KEY_BYTES) != 0)
		buf_text(got, "bad");
	else
		buf_text(got, strcmp(id, text) == 0 ? "canonical" : "ok");
}

static void
get_signature(const uint8_t *p, size_t n, struct buf *got)
{
	size_t at = KEY_BYTES + SIGNATURE_BYTES;

	assert_true(n >= at);
	buf_text(got,
	    key_verify(p, "", p + at, n - at, p + KEY_BYTES) == 0 ? "ok" :
								    "bad");
}

static struct kind {
	const char *name;
	void (*get)(const uint8_t *p, size_t n, struct buf *got);
	unsigned least; /* vectors there must be */
	unsigned met;
} kinds[] = {
    {"batch", get_batch, 90, 0},
    {"chain", get_chain, 20, 0},
    {"fork", get_fork, 12, 0},
    {"card", get_card, 45, 0},
    {"nodeid", get_nodeid, 15, 0},
    {"signature", get_signature, 50, 0},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Append the bytes of an indented line: hexadecimal or "text". */
static void
read_bytes(const char *line, struct buf *data)
{
	char pair[3] = {0};
	const char *end;
	uint8_t byte;

	for (line++; *line != '\0' && *line != '#'; line++) {
		if (*line == '"') {
			end = strchr(++line, '"');
			assert_non_null(end);
			buf_add(data, line, (size_t)(end - line));
			line = end;
		} else if (*line != ' ' && *line != '\t') {
			memcpy(pair, line++, 2);
			assert_int_equal(text_unhex(pair, &byte, 1), 0);
			buf_add(data, &byte, 1);
		}
	}
}

/* Compare the verdict on data with that of the title "kind name verdict". */
static int
check(char *title, struct buf *data)
{
	char *name, *want;
	struct buf got;
	int ok = -1;
	size_t i;

	name = strchr(title, ' ');
	assert_non_null(name);
	*name++ = '\0';
	want = strchr(name, ' ');
	assert_non_null(want);
	*want++ = '\0';
	buf_init(&got, 1000);
	buf_room(data, 0);
	for (i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i].name, title) != 0)
			continue;
		kinds[i].met++;
		kinds[i].get(data->data, data->len, &got);
		ok = strcmp(buf_string(&got), want) == 0;
	}
	assert_int_not_equal(ok, -1);
	if (!ok)
		print_error("%s %s: %s instead of %s\n", title, name,
		    buf_string(&got), want);
	buf_free(&got);
	return (!ok);
}

static int
walk(const char *path)
{
	static char line[1024], title[256];
	struct buf data;
	int bad = 0;
	FILE *f;

	f = fopen(path, "r");
	assert_non_null(f);
	buf_init(&data, 65536);
	title[0] = '\0';
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\t') {
			read_bytes(line, &data);
		} else if (title[0] != '\0') {
			bad += check(title, &data);
			title[0] = '\0';
			buf_reset(&data);
		}
		if (line[0] != '\t' && line[0] != '#' && line[0] != '\0')
			assert_int_equal(text_copy(title, sizeof(title), line),
			    0);
	}
	if (title[0] != '\0')
		bad += check(title, &data);
	assert_false(data.full);
	fclose(f);
	buf_free(&data);
	return (bad);
}

static void
test_vectors(void **state)
{
	char path[4096];
	struct dirent *e;
	int bad = 0;
	size_t i;
	DIR *dir;

	(void)state;
	dir = opendir(VECTORS);
	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL) {
		if (strstr(e->d_name, ".txt") == NULL)
			continue;
		snprintf(path, sizeof(path), "%s/%s", VECTORS, e->d_name);
		bad += walk(path);
	}
	closedir(dir);
	assert_int_equal(bad, 0);
	for (i = 0; i < KINDS; i++)
		if (kinds[i].met < kinds[i].least)
			fail_msg("only %u vectors of %s", kinds[i].met,
			    kinds[i].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors)};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
