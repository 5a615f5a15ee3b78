/*
 * Tokens, callers and named values, while the writer runs and while it does
 * not, and from many threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/mem.h"
#include "form/pending.h"
#include "store_old.h"
#include "storehouse.h"

#define THREADS 6
#define ROUNDS 40

static const char *
add(struct house *h, const char *name, enum role role, uint8_t secret,
    const char *const *prefixes)
{
	struct token t = {.role = role, .created = 1790000000123};
	uint8_t hash[32];
	const char *problem;
	size_t n = 0;

	memset(hash, secret, sizeof(hash));
	snprintf(t.name, sizeof(t.name), "%s", name);
	for (; prefixes != NULL && prefixes[n] != NULL; n++) {
		t.prefixes = mem_array(t.prefixes, n + 1, sizeof(*t.prefixes));
		assert_int_equal(prefix_parse(prefixes[n], &t.prefixes[n]), 0);
	}
	t.nprefixes = n;
	problem = store_token_add(h->store, &t, hash);
	mem_free(t.prefixes);
	return (problem);
}

static int
find(struct house *h, uint8_t secret, struct token *t)
{
	uint8_t hash[32];

	memset(hash, secret, sizeof(hash));
	return (store_token_find(h->store, hash, t));
}

static void
test_tokens(void **state)
{
	static const char *const desk[] = {"192.0.2.0/24", "2001:db8::/32",
	    NULL};
	struct house *h = *state;
	struct token t, *list;
	char text[SUBJECT_TEXT];
	uint64_t id;
	size_t n;

	assert_null(add(h, "zoe", ROLE_DESK, 1, desk));
	house_start(h);
	assert_null(add(h, "ann", ROLE_REPORTER, 2, NULL));
	assert_string_equal(add(h, "ann", ROLE_READER, 3, NULL),
	    "there is a token of this name: remove it first");
	assert_int_equal(find(h, 3, &t), -1);
	assert_int_equal(find(h, 1, &t), 0);
	assert_string_equal(t.name, "zoe");
	assert_int_equal(t.role, ROLE_DESK);
	assert_int_equal(t.created, 1790000000123);
	assert_int_equal(t.nprefixes, 2);
	prefix_format(&t.prefixes[1], text);
	assert_string_equal(text, "2001:db8::/32");
	mem_free(t.prefixes);
	/* They outlive a restart, and are listed by name. */
	house_close(h);
	house_open(h);
	house_start(h);
	list = store_token_list(h->store, &n);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].name, "ann");
	assert_string_equal(list[1].name, "zoe");
	assert_int_equal(list[1].nprefixes, 2);
	assert_true(list[0].id != list[1].id);
	id = list[0].id > list[1].id ? list[0].id : list[1].id;
	store_token_free(list, n);
	assert_int_equal(store_token_remove(h->store, "ann"), 0);
	assert_int_equal(store_token_remove(h->store, "ann"), -1);
	assert_int_equal(find(h, 2, &t), -1);
	/* The number of one that is gone is not used again. */
	assert_null(add(h, "ann", ROLE_REPORTER, 2, NULL));
	assert_int_equal(find(h, 2, &t), 0);
	assert_true(t.id > id);
	assert_int_equal(t.nprefixes, 0);
}

/* Neither a token without its prefixes nor one of no role. */
static void
test_token_limits(void **state)
{
	static const char *const many[] = {"192.0.2.0/24", NULL};
	struct house *h = *state;
	struct token t = {.role = ROLE_DESK, .name = "wide"}, *list;
	const uint8_t hash[32] = {9};
	size_t n, i;

	t.nprefixes = 100000;
	t.prefixes = mem_array(NULL, t.nprefixes, sizeof(*t.prefixes));
	for (i = 0; i < t.nprefixes; i++)
		assert_int_equal(prefix_parse(many[0], &t.prefixes[i]), 0);
	assert_string_equal(store_token_add(h->store, &t, hash),
	    "there are too many prefixes for one token");
	mem_free(t.prefixes);
	assert_non_null(add(h, "nobody", ROLE_PUBLIC, 4, NULL));
	list = store_token_list(h->store, &n);
	assert_int_equal(n, 0);
	store_token_free(list, n);
	house_sql(h,
	    "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1"
	    " FROM n WHERE i < 9999) INSERT INTO token(name, role,"
	    " created, hash, prefixes) SELECT 'n' || i, 1, 0,"
	    " CAST(i AS BLOB), '' FROM n");
	assert_null(add(h, "last", ROLE_READER, 5, NULL));
	assert_string_equal(add(h, "one more", ROLE_READER, 6, NULL),
	    "there are too many tokens: remove one first");
}

static void
call(struct house *h, uint8_t key, int64_t now, const char *card)
{
	struct caller c;

	memset(&c, 0, sizeof(c));
	memset(c.key, key, sizeof(c.key));
	snprintf(c.from, sizeof(c.from), "192.0.2.%u", key);
	c.first = c.last = now;
	c.card = (uint8_t *)(uintptr_t)card;
	c.cardlen = card == NULL ? 0 : strlen(card);
	store_caller(h->store, &c);
}

static void
test_callers(void **state)
{
	struct house *h = *state;
	struct caller *list;
	size_t n;

	house_start(h);
	list = store_callers(h->store, &n);
	assert_int_equal(n, 0);
	store_callers_free(list, n);
	call(h, 1, 1000, "card");
	call(h, 2, 2000, NULL);
	call(h, 1, 3000, NULL); /* keeps the card */
	list = store_callers(h->store, &n);
	assert_int_equal(n, 2);
	assert_int_equal(list[0].key[31], 1);
	assert_string_equal(list[0].from, "192.0.2.1");
	assert_int_equal(list[0].first, 1000);
	assert_int_equal(list[0].last, 3000);
	assert_int_equal(list[0].calls, 2);
	assert_int_equal(list[0].cardlen, 4);
	assert_memory_equal(list[0].card, "card", 4);
	assert_int_equal(list[1].key[0], 2);
	assert_null(list[1].card);
	store_callers_free(list, n);
	house_sql(h,
	    "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1"
	    " FROM n WHERE i < 1500) INSERT INTO caller SELECT"
	    " CAST(printf('%032d', i) AS BLOB), 'x', 0,"
	    " 5000 + i, 1, NULL FROM n");
	/* The longest unseen go. */
	call(h, 3, 4000, NULL);
	list = store_callers(h->store, &n);
	assert_int_equal(n, STORE_CALLERS);
	assert_int_equal(list[0].last, 6500);
	assert_int_equal(list[n - 1].last, 5501);
	store_callers_free(list, n);
}

static void
test_meta(void **state)
{
	struct house *h = *state;
	struct buf out;

	buf_init(&out, 100);
	assert_int_equal(store_meta_get(h->store, "card", &out), -1);
	assert_int_equal(store_meta_put(h->store, "card", "one\0two", 7), 0);
	house_start(h);
	assert_int_equal(store_meta_get(h->store, "card", &out), 0);
	assert_int_equal(out.len, 7);
	assert_memory_equal(out.data, "one\0two", 7);
	assert_int_equal(store_meta_put(h->store, "card", "three", 5), 0);
	house_close(h);
	house_open(h);
	buf_reset(&out);
	assert_int_equal(store_meta_get(h->store, "card", &out), 0);
	assert_int_equal(out.len, 5);
	buf_free(&out);
}

/* ---- Deeds ---- */

/* Persist an order of ${who} about ${subject}: a clearance here if ${kind} is
   0, else a record of that kind. */
static void
order(struct house *h, uint64_t serial, uint8_t kind, uint64_t subject,
    const char *who)
{
	struct action a = {.type = ACT_PERSIST};
	struct record records[2] = {{.kind = RECORD_SIGHTING,
					.subject = subject,
					.category = 1,
					.count = 1,
					.first = 9,
					.last = 9},
	    {.kind = kind, .subject = subject, .last = 10}};
	uint8_t *bytes = mem_alloc(PENDING_BYTES);

	a.u.persist.serial = serial;
	a.u.persist.who = who;
	if (kind == 0) {
		a.u.persist.kind = WRITE_CLEARED;
		a.u.persist.subject = subject;
		a.u.persist.time = 10;
	} else {
		a.u.persist.kind = WRITE_PENDING;
		a.u.persist.bytes = bytes;
		a.u.persist.len = pending_encode(records, 2, NULL, 0, bytes);
	}
	store_persist(h->store, &a);
	mem_free(bytes);
}

static void
prune(struct house *h, uint64_t serial, uint32_t now)
{
	struct action a = {.type = ACT_PERSIST};

	a.u.persist.serial = serial;
	a.u.persist.kind = WRITE_PRUNE;
	a.u.persist.time = now;
	a.u.persist.created = 11000;
	store_persist(h->store, &a);
}

static void
test_deeds(void **state)
{
	const uint64_t six = UINT64_C(0xfc00000000000001);
	struct house *h = *state;
	struct deed *d;
	uint32_t now;
	size_t n;

	house_start(h);
	order(h, 1, RECORD_CLEARANCE, six, "desk noc");
	order(h, 2, RECORD_RETRACTION, six, "operator");
	order(h, 3, 0, six, "address");
	order(h, 4, RECORD_CLEARANCE, 7, NULL);
	house_wait(h, 4);
	d = store_deeds(h->store, 7, &n);
	assert_int_equal(n, 0);
	mem_free(d);
	d = store_deeds(h->store, six, &n);
	assert_int_equal(n, 3);
	assert_string_equal(d[0].act, "cleared here");
	assert_string_equal(d[0].who, "address");
	assert_string_equal(d[1].act, "retracted");
	assert_string_equal(d[1].who, "operator");
	assert_string_equal(d[2].act, "cleared");
	assert_string_equal(d[2].who, "desk noc");
	assert_true(d[0].time >= d[2].time && d[2].time > 1700000000);
	now = d[2].time;
	mem_free(d);
	prune(h, 5, now);
	house_wait(h, 5);
	mem_free(store_deeds(h->store, six, &n));
	assert_int_equal(n, 3);
	prune(h, 6, now + STORE_DEED_DAYS * 86400 + 3600);
	house_wait(h, 6);
	assert_null(store_deeds(h->store, six, &n));
	assert_int_equal(n, 0);
}

/* ---- Requests for removal ---- */

static const char *
ask(struct house *h, uint64_t subject, uint32_t now, const char *asker)
{
	char contact[] = "noc@example.net", statement[] = "cleaned";
	struct plea p = {.subject = subject, .first = now, .last = now};

	p.contact = contact;
	p.statement = statement;
	snprintf(p.asker, sizeof(p.asker), "%s", asker);
	return (store_plea_add(h->store, &p));
}

static size_t
waiting(struct house *h)
{
	struct plea *p;
	size_t n;

	p = store_pleas(h->store, &n);
	store_pleas_free(p, n);
	return (n);
}

static void
test_pleas(void **state)
{
	struct house *h = *state;
	struct plea *p;
	struct deed *d;
	size_t n;

	house_start(h);
	assert_null(ask(h, 7, 1000, "192.0.2.9"));
	assert_null(ask(h, 8, 2000, ""));
	assert_null(ask(h, 7, 3000, "192.0.2.10"));
	p = store_pleas(h->store, &n);
	assert_int_equal(n, 2);
	assert_int_equal(p[0].subject, 7);
	assert_int_equal(p[0].first, 1000);
	assert_int_equal(p[0].last, 3000);
	assert_int_equal(p[0].times, 2);
	assert_string_equal(p[0].asker, "192.0.2.10");
	assert_string_equal(p[1].asker, "");
	assert_string_equal(p[1].contact, "noc@example.net");
	assert_string_equal(p[1].statement, "cleaned");
	store_pleas_free(p, n);
	/* Refused, or granted by an order about it. */
	assert_int_equal(store_plea_refuse(h->store, 8, "desk noc"), 0);
	assert_int_equal(store_plea_refuse(h->store, 8, "desk noc"), -1);
	assert_int_equal(waiting(h), 1);
	d = store_deeds(h->store, 8, &n);
	assert_int_equal(n, 2);
	assert_string_equal(d[0].act, "refused");
	assert_string_equal(d[0].who, "desk noc");
	assert_string_equal(d[1].act, "asked");
	assert_string_equal(d[1].who, "somebody");
	mem_free(d);
	order(h, 1, RECORD_CLEARANCE, 7, "operator");
	house_wait(h, 1);
	assert_int_equal(waiting(h), 0);
	/* Forgotten after a while. */
	assert_null(ask(h, 9, 1000, ""));
	prune(h, 2, 1000 + STORE_PLEA_DAYS * 86400);
	house_wait(h, 2);
	assert_int_equal(waiting(h), 1);
	prune(h, 3, 1001 + STORE_PLEA_DAYS * 86400);
	house_wait(h, 3);
	assert_int_equal(waiting(h), 0);
}

static void
test_plea_limit(void **state)
{
	struct house *h = *state;

	house_sql(h,
	    "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1"
	    " FROM n WHERE i < 999) INSERT INTO plea"
	    " SELECT i, 0, 0, 1, '', '', '' FROM n");
	assert_null(ask(h, 5000, 1000, ""));
	assert_string_equal(ask(h, 5001, 1000, ""),
	    "too many requests wait for an answer already");
	/* Who waits may ask again. */
	assert_null(ask(h, 5000, 1000, ""));
	assert_int_equal(waiting(h), STORE_PLEAS);
}

/* ---- Databases of earlier versions ---- */

static void
test_old(void **state)
{
	struct house *h = *state;
	struct token *list;
	size_t n;

	house_close(h);
	assert_int_equal(unlink(h->path), 0);
	house_sql(h, store_old);
	house_open(h);
	house_start(h);
	list = store_token_list(h->store, &n);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].name, "noc");
	store_token_free(list, n);
	assert_null(ask(h, 9, 1000, ""));
	order(h, 1, 0, 7, "operator");
	house_wait(h, 1);
	mem_free(store_deeds(h->store, 7, &n));
	assert_int_equal(n, 1);
	house_close(h);
	house_open(h);
	mem_free(store_deeds(h->store, 7, &n));
	assert_int_equal(n, 1);
}

/* ---- Many threads ---- */

struct worker {
	struct house *h;
	pthread_t thread;
	unsigned number;
	unsigned wrong;
};

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct buf out;
	char name[16];
	uint64_t range[2] = {1, 1000};
	uint8_t key[KEY_BYTES];
	unsigned i, got;

	memset(key, 5, sizeof(key));
	buf_init(&out, ENGINE_RANGE_BYTES + BATCH_BYTES);
	for (i = 0; i < ROUNDS; i++) {
		snprintf(name, sizeof(name), "n%u", w->number);
		if (store_meta_put(w->h->store, name, &i, sizeof(i)) != 0)
			w->wrong++;
		buf_reset(&out);
		if (store_meta_get(w->h->store, name, &out) != 0 ||
		    out.len != sizeof(got) ||
		    memcmp(out.data, &i, sizeof(i)) != 0)
			w->wrong++;
		buf_reset(&out);
		if (store_range(w->h->store, key, 1, range, &out) < 0)
			w->wrong++;
	}
	buf_free(&out);
	return (NULL);
}

static void
test_threads(void **state)
{
	struct house *h = *state;
	struct worker workers[THREADS];
	uint64_t place[4] = {1, 0, 1, 0};
	unsigned i;

	house_start(h);
	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.h = h, .number = i};
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work,
				     &workers[i]),
		    0);
	}
	for (place[1] = 1; place[1] <= 2000; place[1]++)
		house_batch(h, place[1], 5, place, 500);
	for (i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].wrong, 0);
	}
	house_wait(h, 2000);
	assert_int_equal(h->done, 2000);
}

/* What waits when the store is closed is written first. */
static void
test_close(void **state)
{
	struct house *h = *state;
	uint64_t i;

	house_start(h);
	for (i = 1; i <= 3000; i++)
		house_pending(h, i, i);
	house_close(h);
	assert_int_equal(h->done, 3000);
	house_open(h);
	assert_int_equal(house_load(h), 0);
	assert_int_equal(h->loaded[h->nloaded - 1].serial, 3000);
}

/* Someone looks at the database with sqlite3 and keeps it locked a while. */
static void
test_locked(void **state)
{
	struct house *h = *state;
	sqlite3 *db;

	house_start(h);
	assert_int_equal(sqlite3_open(h->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL),
	    SQLITE_OK);
	house_pending(h, 1, 1);
	usleep(50000);
	pthread_mutex_lock(&h->mutex);
	assert_int_equal(h->done, 0);
	pthread_mutex_unlock(&h->mutex);
	assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
	house_wait(h, 1);
}

int
main(void)
{
#define T(name) \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
	    T(test_tokens),
	    T(test_token_limits),
	    T(test_callers),
	    T(test_meta),
	    T(test_deeds),
	    T(test_pleas),
	    T(test_plea_limit),
	    T(test_old),
	    T(test_threads),
	    T(test_close),
	    T(test_locked),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
