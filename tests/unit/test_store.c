/*
 * The log on disk: every kind of write through a restart, serials, ranges, and
 * databases that must be refused.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "storehouse.h"

#define MS UINT64_C(1790000000000)

static void
persist(struct house *h, uint64_t serial, enum write_kind kind, uint8_t member,
    const char *bytes)
{
	struct action a = {.type = ACT_PERSIST};
	uint8_t key[KEY_BYTES];

	memset(key, member, sizeof(key));
	a.u.persist.serial = serial;
	a.u.persist.kind = kind;
	a.u.persist.member = key;
	a.u.persist.bytes = (const uint8_t *)bytes;
	a.u.persist.len = strlen(bytes);
	store_persist(h->store, &a);
	memset(key, 0xff, sizeof(key));
}

static void
cleared(struct house *h, uint64_t serial, uint64_t subject, uint32_t time)
{
	struct action a = {.type = ACT_PERSIST};

	a.u.persist.serial = serial;
	a.u.persist.kind = WRITE_CLEARED;
	a.u.persist.subject = subject;
	a.u.persist.time = time;
	store_persist(h->store, &a);
}

static void
prune(struct house *h, uint64_t serial, uint64_t created, uint32_t time)
{
	struct action a = {.type = ACT_PERSIST};

	a.u.persist.serial = serial;
	a.u.persist.kind = WRITE_PRUNE;
	a.u.persist.created = (int64_t)created;
	a.u.persist.time = time;
	store_persist(h->store, &a);
}

/* Keep (or, with WRITE_WAIVED, forget) that ${text} is exempted. */
static void
waiver(struct house *h, uint64_t serial, enum write_kind kind, const char *text)
{
	struct waiver x = {.time = 1700000000, .local = true, .by = "desk 'x'"};
	struct action a = {.type = ACT_PERSIST};

	assert_int_equal(prefix_parse(text, &x.prefix), 0);
	x.gone = serial % 2 == 0;
	a.u.persist.serial = serial;
	a.u.persist.kind = kind;
	a.u.persist.waiver = &x;
	store_persist(h->store, &a);
	memset(&x, 0xff, sizeof(x));
}

static void
again(struct house *h)
{
	house_close(h);
	house_open(h);
	assert_int_equal(house_load(h), 0);
}

static size_t
count(const struct house *h, enum loaded_kind kind)
{
	size_t i, n = 0;

	for (i = 0; i < h->nloaded; i++)
		n += h->loaded[i].kind == kind;
	return (n);
}

/* The ${n}th loaded of ${kind}; zeros if there are fewer. */
static const struct loaded *
nth(const struct house *h, enum loaded_kind kind, size_t n)
{
	static uint8_t zeros[64];
	static const struct loaded none = {.bytes = zeros};
	size_t i;

	for (i = 0; i < h->nloaded; i++)
		if (h->loaded[i].kind == kind && n-- == 0)
			return (&h->loaded[i]);
	return (&none);
}

static void
test_empty(void **state)
{
	struct house *h = *state;

	assert_int_equal(house_load(h), 0);
	assert_int_equal(h->nloaded, 0);
	again(h);
	assert_int_equal(h->nloaded, 0);
}

/* Each kind comes back as it was given, in the engine's order. */
static void
test_round_trip(void **state)
{
	static const enum loaded_kind order[] = {LOADED_HEAD, LOADED_HEAD,
	    LOADED_BATCH, LOADED_BATCH, LOADED_CARD, LOADED_FROZEN,
	    LOADED_CLEARED, LOADED_CLEARED, LOADED_ID, LOADED_ID,
	    LOADED_PENDING};
	const uint64_t own[4] = {1, 1, MS, 0}, other[4] = {3, 7, MS + 1, 0};
	struct house *h = *state;
	const struct loaded *l;
	uint64_t repeated[4] = {9, 9, 9, 9};
	size_t i;

	house_start(h);
	cleared(h, 1, UINT64_C(0xffff000000000001), 77);
	house_pending(h, 9, UINT64_C(0x8000000000000001));
	persist(h, 10, WRITE_FROZEN, 6, "proof");
	house_batch(h, 11, 5, other, 300);
	cleared(h, 12, 1, 55);
	house_batch(h, 13, 0, own, 400);
	persist(h, 14, WRITE_CARD, 5, "card");
	house_wait(h, 14);
	again(h);
	assert_int_equal(h->nloaded, sizeof(order) / sizeof(order[0]));
	for (i = 0; i < h->nloaded; i++)
		assert_int_equal(h->loaded[i].kind, order[i]);

	l = nth(h, LOADED_HEAD, 0);
	assert_int_equal(l->head.member[31], 0);
	assert_int_equal(l->head.seq, 1);
	l = nth(h, LOADED_HEAD, 1);
	assert_int_equal(l->head.member[31], 5);
	assert_int_equal(l->head.epoch, 3);
	assert_int_equal(l->head.seq, 7);
	assert_int_equal(l->head.floor, 1);
	assert_int_equal(l->head.created, MS + 1);
	assert_int_equal(l->head.id[31], 7);
	l = nth(h, LOADED_BATCH, 1);
	assert_int_equal(l->len, 300);
	assert_int_equal(l->bytes[0], 7);
	l = nth(h, LOADED_CARD, 0);
	assert_int_equal(l->len, 4);
	assert_memory_equal(l->bytes, "card", 4);
	assert_memory_equal(nth(h, LOADED_FROZEN, 0)->bytes, "proof", 5);
	l = nth(h, LOADED_PENDING, 0);
	assert_int_equal(l->serial, 9);
	assert_int_equal(l->len, sizeof(repeated));
	assert_memory_equal(l->bytes, repeated, sizeof(repeated));
	/* Subjects and hashes above 2^63 keep their value. */
	assert_true(nth(h, LOADED_CLEARED, 0)->subject ==
		UINT64_C(0xffff000000000001) ||
	    nth(h, LOADED_CLEARED, 1)->subject == UINT64_C(0xffff000000000001));
	assert_true(
	    nth(h, LOADED_ID, 0)->idhash == UINT64_C(0x8000000000000001) ||
	    nth(h, LOADED_ID, 1)->idhash == UINT64_C(0x8000000000000001));
}

/* What was written again: the later card, clearance, the first proof. */
static void
test_again(void **state)
{
	struct house *h = *state;

	house_start(h);
	persist(h, 1, WRITE_CARD, 5, "card 1");
	persist(h, 2, WRITE_CARD, 5, "card 2");
	persist(h, 3, WRITE_FROZEN, 5, "proof 1");
	persist(h, 4, WRITE_FROZEN, 5, "proof 2");
	cleared(h, 5, 1, 60);
	cleared(h, 6, 1, 50);
	house_wait(h, 6);
	again(h);
	assert_int_equal(h->nloaded, 3);
	assert_memory_equal(h->loaded[0].bytes, "card 2", 6);
	assert_memory_equal(h->loaded[1].bytes, "proof 1", 7);
	assert_int_equal(h->loaded[2].time, 60);
}

static void
test_waivers(void **state)
{
	struct house *h = *state;
	struct prefix p;

	house_start(h);
	waiver(h, 1, WRITE_WAIVER, "2001:db8:1::/48");
	waiver(h, 2, WRITE_WAIVER, "192.0.2.0/24");
	waiver(h, 3, WRITE_WAIVER, "192.0.2.0/25");
	waiver(h, 4, WRITE_WAIVER, "0.0.0.0/0");
	waiver(h, 5, WRITE_WAIVED, "192.0.2.0/25");
	waiver(h, 6, WRITE_WAIVED, "192.0.2.7/32");
	waiver(h, 7, WRITE_WAIVER, "0.0.0.0/0");
	house_wait(h, 7);
	again(h);
	assert_int_equal(h->nloaded, 3);
	assert_int_equal(h->loaded[0].kind, LOADED_WAIVER);
	assert_int_equal(h->loaded[0].waiver.prefix.len, 0);
	assert_false(h->loaded[0].waiver.gone);
	assert_true(h->loaded[1].waiver.gone);
	prefix_parse("2001:db8:1::/48", &p);
	assert_memory_equal(&h->loaded[2].waiver.prefix, &p, sizeof(p));
	assert_int_equal(h->loaded[2].waiver.time, 1700000000);
	assert_true(h->loaded[2].waiver.local);
	assert_string_equal(h->loaded[2].waiver.by, "desk 'x'");
	/* What somebody spoilt by hand is left out, the rest stays. */
	house_close(h);
	house_sql(h, "UPDATE waiver SET prefix = 'all' WHERE gone = 1");
	house_open(h);
	assert_int_equal(house_load(h), 0);
	assert_int_equal(h->nloaded, 2);
}

/* A head never goes back; its floor is the highest of the epoch. */
static void
test_head(void **state)
{
	const uint64_t places[][4] = {{2, 5, MS, 0}, {2, 4, MS, 0},
	    {1, 9, MS, 0}, {2, 6, MS + 5, 0}};
	struct house *h = *state;
	size_t i;

	house_start(h);
	for (i = 0; i < 4; i++)
		house_batch(h, i + 1, 5, places[i], 100);
	/* The same place again: the first stays. */
	house_batch(h, 5, 5, places[3], 200);
	prune(h, 6, MS + 10, 0);
	house_wait(h, 6);
	again(h);
	/* High-water marks outlive the batches. */
	assert_int_equal(h->nloaded, 1);
	assert_int_equal(h->loaded[0].head.epoch, 2);
	assert_int_equal(h->loaded[0].head.seq, 6);
	assert_int_equal(h->loaded[0].head.created, MS + 5);
}

/* An own batch ends what it contains, of this run and of earlier ones. */
static void
test_pending(void **state)
{
	const uint64_t one[4] = {1, 1, MS, 4}, two[4] = {1, 2, MS, 8};
	const uint64_t none[4] = {1, 3, MS, 0};
	struct house *h = *state;
	uint64_t i;

	house_start(h);
	for (i = 1; i <= 6; i++)
		house_pending(h, i, i);
	house_batch(h, 7, 0, one, 100);
	house_wait(h, 7);
	again(h);
	assert_int_equal(nth(h, LOADED_PENDING, 0)->serial, 5);
	assert_int_equal(nth(h, LOADED_PENDING, 1)->serial, 6);
	assert_int_equal(count(h, LOADED_PENDING), 2);
	/* The next run numbers on from the greatest loaded. */
	house_start(h);
	house_pending(h, 7, 7);
	house_pending(h, 8, 8);
	house_pending(h, 9, 9);
	house_batch(h, 10, 0, two, 100);
	house_batch(h, 11, 0, none, 100);
	house_wait(h, 11);
	again(h);
	assert_int_equal(nth(h, LOADED_PENDING, 0)->serial, 9);
	assert_int_equal(count(h, LOADED_PENDING), 1);
}

static void
test_prune(void **state)
{
	struct house *h = *state;
	uint64_t place[4] = {1, 0, 0, 0};

	house_start(h);
	for (place[1] = 1; place[1] <= 10; place[1]++) {
		place[2] = MS + place[1];
		house_batch(h, place[1], 5, place, 100);
	}
	house_pending(h, 11, 1); /* ids that expire at 2000000000 and 1 */
	prune(h, 12, MS + 4, 1);
	house_wait(h, 12);
	again(h);
	assert_int_equal(nth(h, LOADED_BATCH, 0)->bytes[0], 4);
	assert_int_equal(count(h, LOADED_BATCH), 7);
	assert_int_equal(nth(h, LOADED_ID, 0)->time, 2000000000);
	assert_int_equal(count(h, LOADED_ID), 1);
}

/* Ascending (epoch, seq) per member, whatever the order of arrival. */
static void
test_order(void **state)
{
	struct house *h = *state;
	uint64_t place[4] = {0, 0, MS, 0}, serial = 0, i;
	const struct loaded *l, *before = NULL;

	house_start(h);
	for (i = 0; i < 300; i++) {
		place[0] = 1 + (i * 7) % 2;
		place[1] = 1 + (i * 37) % 100;
		house_batch(h, ++serial, (uint8_t)(1 + i % 3), place, 64);
	}
	house_wait(h, serial);
	assert_true(h->reports <= serial);
	again(h);
	for (i = 0; i < count(h, LOADED_BATCH); i++) {
		l = nth(h, LOADED_BATCH, i);
		if (before != NULL && before->bytes[0] >= l->bytes[0])
			place[2]++;
		before = l;
	}
	assert_true(i > 100);
	/* Bytes show the seq: it falls only where member or epoch change. */
	assert_true(place[2] - MS < 6);
}

/* ---- Ranges ---- */

static int
range(struct house *h, uint8_t member, uint32_t epoch, uint64_t from,
    uint64_t to, struct buf *out)
{
	uint8_t key[KEY_BYTES];
	uint64_t r[2] = {from, to};

	memset(key, member, sizeof(key));
	buf_reset(out);
	return (store_range(h->store, key, epoch, r, out));
}

static void
test_range(void **state)
{
	struct house *h = *state;
	uint64_t place[4] = {1, 0, 0, 0};
	struct buf out;

	buf_init(&out, ENGINE_RANGE_BYTES + BATCH_BYTES);
	house_start(h);
	for (place[1] = 1; place[1] <= 100; place[1]++) {
		place[2] = MS + place[1];
		house_batch(h, place[1], 5, place, 64);
	}
	house_wait(h, 100);
	assert_int_equal(range(h, 5, 1, 10, 12, &out), 3);
	assert_int_equal(out.len, 3 * 64);
	assert_int_equal(out.data[0], 10);
	assert_int_equal(out.data[64], 11);
	assert_int_equal(out.data[128], 12);
	assert_int_equal(range(h, 5, 1, 1, UINT64_MAX, &out), ENGINE_RANGE);
	assert_int_equal(out.data[63 * 64], 64);
	assert_int_equal(range(h, 5, 1, 99, 500, &out), 2);
	assert_int_equal(range(h, 5, 1, 101, 500, &out), 0);
	assert_int_equal(range(h, 5, 1, 12, 10, &out), 0);
	assert_int_equal(range(h, 5, 1, UINT64_MAX, UINT64_MAX, &out), 0);
	assert_int_equal(range(h, 5, 2, 1, 9, &out), 0);
	assert_int_equal(range(h, 4, 1, 1, 9, &out), 0);
	prune(h, 101, MS + 11, 0);
	house_wait(h, 101);
	assert_int_equal(range(h, 5, 1, 1, 12, &out), 2);
	assert_int_equal(out.data[0], 11);
	/* The caller's own limit counts too. */
	buf_free(&out);
	buf_init(&out, 100);
	assert_int_equal(range(h, 5, 1, 11, 12, &out), -1);
	buf_free(&out);
}

/* Large batches, enough for the writer to move the log into the database. */
static void
test_large(void **state)
{
	struct house *h = *state;
	uint64_t place[4] = {1, 0, MS, 0};
	struct stat st;
	struct buf out;

	buf_init(&out, ENGINE_RANGE_BYTES + BATCH_BYTES);
	house_start(h);
	for (place[1] = 1; place[1] <= 200; place[1]++)
		house_batch(h, place[1], 5, place, BATCH_BYTES);
	house_wait(h, 200);
	assert_int_equal(range(h, 5, 1, 1, 200, &out),
	    ENGINE_RANGE_BYTES / BATCH_BYTES);
	assert_int_equal(out.data[out.len - BATCH_BYTES],
	    ENGINE_RANGE_BYTES / BATCH_BYTES);
	buf_free(&out);
	/* 16 MB are one transaction at most. */
	assert_true(h->reports >= 2);
	assert_int_equal(stat(h->path, &st), 0);
	assert_true(st.st_size > 10000000);
	again(h);
	assert_int_equal(count(h, LOADED_BATCH), 200);
}

/* The sink may refuse. */
static void
test_refusing_sink(void **state)
{
	struct house *h = *state;
	uint64_t i;

	house_start(h);
	for (i = 1; i <= 5; i++)
		house_pending(h, i, i);
	house_wait(h, 5);
	house_close(h);
	house_open(h);
	h->refuse_at = 3;
	assert_int_equal(house_load(h), -1);
	assert_int_equal(h->nloaded, 2);
	h->refuse_at = 0;
	assert_int_equal(house_load(h), 0);
	assert_int_equal(h->nloaded, 15);
}

/* ---- What is refused ---- */

static void
refused(struct house *h, const char *path, const char *part)
{
	const char *s;

	buf_reset(&h->error);
	assert_null(store_open(path, &h->error));
	s = buf_string(&h->error);
	assert_int_equal(strncmp(s, path, strlen(path)), 0);
	assert_non_null(strstr(s, part));
	assert_null(strchr(s, '\n'));
	buf_reset(&h->error);
}

static void
test_create(void **state)
{
	struct house *h = *state;
	char path[160];
	struct stat st;

	assert_int_equal(stat(h->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(store_create(h->path, &h->error), -1);
	assert_non_null(strstr(buf_string(&h->error), "File exists"));
	snprintf(path, sizeof(path), "%s/none/virbl.db", h->dir);
	buf_reset(&h->error);
	assert_int_equal(store_create(path, &h->error), -1);
	assert_non_null(strstr(buf_string(&h->error), "cannot make"));
	refused(h, path, "virbl init");
}

static void
test_second(void **state)
{
	struct house *h = *state;

	refused(h, h->path, "another virbld");
	house_close(h);
	house_open(h);
}

static void
test_versions(void **state)
{
	struct house *h = *state;
	char sql[64];

	house_close(h);
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d",
	    STORE_VERSION + 1);
	house_sql(h, sql);
	refused(h, h->path, "newer");
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", STORE_VERSION);
	house_sql(h, sql);
	house_open(h);
	house_close(h);
	house_sql(h, "PRAGMA user_version = 0");
	refused(h, h->path, "not a database of virbl");
	snprintf(sql, sizeof(sql),
	    "PRAGMA user_version = %d; PRAGMA application_id = 7",
	    STORE_VERSION);
	house_sql(h, sql);
	refused(h, h->path, "not a database of virbl");
}

/* A database of an earlier version gets what is new and keeps the rest. */
static void
test_upgrade(void **state)
{
	struct house *h = *state;

	house_start(h);
	cleared(h, 1, 1, 60);
	house_wait(h, 1);
	house_close(h);
	house_sql(h,
	    "DROP TABLE waiver; DROP TABLE deed; DROP TABLE plea; "
	    "PRAGMA user_version = 1");
	house_open(h);
	house_start(h);
	waiver(h, 2, WRITE_WAIVER, "192.0.2.0/24");
	house_wait(h, 2);
	again(h);
	assert_int_equal(h->nloaded, 2);
	assert_int_equal(h->loaded[0].time, 60);
	assert_int_equal(h->loaded[1].kind, LOADED_WAIVER);
}

/* Overwrite ${n} bytes from ${at} with 'x'. */
static void
spoil(const char *path, off_t at, size_t n)
{
	char x[4096];
	int fd = open(path, O_WRONLY);
	size_t part;

	memset(x, 'x', sizeof(x));
	assert_int_not_equal(fd, -1);
	for (; n > 0; n -= part, at += (off_t)part) {
		part = n < sizeof(x) ? n : sizeof(x);
		assert_int_equal(pwrite(fd, x, part, at), part);
	}
	close(fd);
}

static void
test_garbage(void **state)
{
	struct house *h = *state;
	struct stat st;

	house_close(h);
	assert_int_equal(stat(h->path, &st), 0);
	spoil(h->path, 0, (size_t)st.st_size);
	refused(h, h->path, "not a database");
	/* An empty file would be a log that begins anew. */
	assert_int_equal(truncate(h->path, 0), 0);
	refused(h, h->path, "not a database of virbl");
	assert_int_equal(unlink(h->path), 0);
	assert_int_equal(mkdir(h->path, 0700), 0);
	refused(h, h->path, "cannot open");
}

/* Pages in the middle are lost: it is found when they are read. */
static void
test_damaged(void **state)
{
	struct house *h = *state;
	uint64_t place[4] = {1, 0, MS, 0};
	struct stat st;

	house_start(h);
	for (place[1] = 1; place[1] <= 300; place[1]++)
		house_batch(h, place[1], 5, place, 1000);
	house_wait(h, 300);
	house_close(h);
	assert_int_equal(stat(h->path, &st), 0);
	spoil(h->path, 40 * 4096, 20 * 4096);
	house_open(h);
	assert_int_equal(house_load(h), -1);
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
	    T(test_empty),
	    T(test_round_trip),
	    T(test_again),
	    T(test_head),
	    T(test_pending),
	    T(test_prune),
	    T(test_order),
	    T(test_range),
	    T(test_large),
	    T(test_refusing_sink),
	    T(test_create),
	    T(test_second),
	    T(test_versions),
	    T(test_waivers),
	    T(test_upgrade),
	    T(test_garbage),
	    T(test_damaged),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
