/*
 * Tables for people: what stands in them, when they are written, and that the
 * file may be deleted or damaged.
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

#include "shell/derive.h"
#include "world.h"

#define A 0xc0000201u /* 192.0.2.1 */
#define V6 UINT64_C(0x20010db800010002)

struct place {
	char dir[64];
	char path[128];
	struct world *world;
	struct derive *derive;
	struct derive_source source;
	unsigned holds; /* of the lock so far */
	unsigned stop_at;
	bool held;
};

static const struct engine *
on_lock(void *arg)
{
	struct place *p = arg;

	assert_false(p->held);
	p->held = true;
	p->holds++;
	return (world_engine(p->world, 0));
}

static void
on_unlock(void *arg)
{
	struct place *p = arg;

	assert_true(p->held);
	p->held = false;
}

static bool
on_stop(void *arg)
{
	struct place *p = arg;

	assert_false(p->held);
	return (p->stop_at != 0 && p->holds >= p->stop_at);
}

static int
setup(void **state)
{
	static struct place p;
	struct world_setup s = {.seed = 7, .nodes = 1};

	memset(&p, 0, sizeof(p));
	snprintf(p.dir, sizeof(p.dir), "test_derive.XXXXXX");
	if (mkdtemp(p.dir) == NULL)
		return (-1);
	snprintf(p.path, sizeof(p.path), "%s/derived.db", p.dir);
	p.world = world_new(&s);
	p.derive = derive_open(p.path);
	p.source = (struct derive_source){on_lock, on_unlock, on_stop, &p};
	*state = &p;
	return (0);
}

static int
teardown(void **state)
{
	struct place *p = *state;
	char cmd[128];

	derive_close(p->derive);
	world_free(p->world);
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", p->dir);
	return (system(cmd));
}

static int
pass(struct place *p)
{
	int rc = derive_pass(p->derive, &p->source,
	    wall_sec((struct wall){world_now(p->world)}));

	assert_false(p->held);
	return (rc);
}

static ino_t
inode(const struct place *p)
{
	struct stat st;

	return (stat(p->path, &st) == 0 ? st.st_ino : 0);
}

/* All of a query's rows as text: columns by "|", rows by newline. */
static const char *
ask(const struct place *p, const char *sql)
{
	static char out[4096];
	sqlite3 *db;
	sqlite3_stmt *st;
	size_t n = 0;
	int i, rc;

	out[0] = '\0';
	assert_int_equal(sqlite3_open_v2(p->path, &db, SQLITE_OPEN_READONLY,
			     NULL),
	    SQLITE_OK);
	rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	assert_int_equal(rc, SQLITE_OK);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		for (i = 0; i < sqlite3_column_count(st); i++)
			n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s",
			    (const char *)sqlite3_column_text(st, i),
			    i + 1 < sqlite3_column_count(st) ? "|" : "\n");
	assert_int_equal(rc, SQLITE_DONE);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return (out);
}

static void
tell(struct place *p, uint64_t subject, uint8_t kind, uint32_t count)
{
	struct item i = {.subject = subject, .kind = kind};

	if (kind == RECORD_SIGHTING) {
		i.category = CATEGORY_WORM;
		i.count = count;
		snprintf(i.threat, sizeof(i.threat), "Win.Worm.Sober-G");
	}
	world_report(p->world, 0, &i, 1);
	world_run(p->world, 5000);
}

static void
test_rows(void **state)
{
	struct place *p = *state;

	tell(p, V6, RECORD_SIGHTING, 1);
	tell(p, A, RECORD_SIGHTING, 2);
	tell(p, A + 1, RECORD_SIGHTING, 5);
	tell(p, A + 1, RECORD_RETRACTION, 0);
	assert_int_equal(pass(p), 0);
	assert_string_equal(ask(p,
				"SELECT list, address, score, groups, reason"
				" FROM listing ORDER BY rowid"),
	    "worm|192.0.2.1|2.0|1|trusted\n"
	    "any|192.0.2.1|2.0|1|trusted\n");
	assert_string_equal(ask(p,
				"SELECT address, category, count, threat"
				" FROM vote ORDER BY rowid"),
	    "192.0.2.1|worm|2|Win.Worm.Sober-G\n"
	    "192.0.2.2|worm|5|Win.Worm.Sober-G\n"
	    "192.0.2.2|retraction|0|\n"
	    "2001:db8:1:2::/64|worm|1|Win.Worm.Sober-G\n");
	/* Times are of this form and in this order. */
	assert_string_equal(ask(p,
				"SELECT count(*) FROM listing, made WHERE since"
				" GLOB '20*-*-*T*:*:*Z' AND until > time"
				" AND since <= time"),
	    "2\n");
	assert_string_equal(ask(p,
				"SELECT count(*) FROM vote, made"
				" WHERE member <> '' AND seen <= time"),
	    "4\n");
}

/* Only what changed is a reason to write. */
static void
test_when(void **state)
{
	struct place *p = *state;
	ino_t first, second;

	assert_int_equal(pass(p), 0);
	first = inode(p);
	assert_int_not_equal(first, 0);
	assert_int_equal(pass(p), 0);
	assert_int_equal(inode(p), first);
	/* A vote that lists nothing is news too. */
	tell(p, A, RECORD_SIGHTING, 1);
	assert_int_equal(pass(p), 0);
	second = inode(p);
	assert_string_equal(ask(p, "SELECT count(*) FROM listing"), "0\n");
	assert_string_equal(ask(p, "SELECT count(*) FROM vote"), "1\n");
	assert_int_equal(pass(p), 0);
	assert_int_equal(inode(p), second);
}

static void
test_deleted(void **state)
{
	struct place *p = *state;

	tell(p, A, RECORD_SIGHTING, 2);
	assert_int_equal(pass(p), 0);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(pass(p), 0);
	assert_string_equal(ask(p, "SELECT count(*) FROM listing"), "2\n");
}

/* Garbage, with a log of another database beside it. */
static void
test_damaged(void **state)
{
	struct place *p = *state;
	char log[160];
	int fd;

	fd = open(p->path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "this is no database", 19), 19);
	close(fd);
	snprintf(log, sizeof(log), "%s-wal", p->path);
	fd = open(log, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "nor is this its log", 19), 19);
	close(fd);
	tell(p, A, RECORD_SIGHTING, 2);
	assert_int_equal(pass(p), 0);
	assert_string_equal(ask(p, "SELECT count(*) FROM listing"), "2\n");
	assert_string_equal(ask(p, "PRAGMA integrity_check"), "ok\n");
	assert_int_equal(access(log, F_OK), -1);
}

/* More subjects than fit under one hold; readers keep what they opened. */
static void
test_many(void **state)
{
	struct place *p = *state;
	struct item items[1000];
	sqlite3 *db;
	sqlite3_stmt *st;
	size_t i;

	assert_int_equal(pass(p), 0);
	assert_int_equal(sqlite3_open(p->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM vote", -1,
			     &st, NULL),
	    SQLITE_OK);
	memset(items, 0, sizeof(items));
	for (i = 0; i < 1000; i++) {
		/* Not in order. */
		items[i].subject = A + (i * 617) % 1000;
		items[i].kind = RECORD_SIGHTING;
		items[i].category = CATEGORY_SPAM;
		items[i].count = 1;
	}
	world_report(p->world, 0, items, 1000);
	world_run(p->world, 5000);
	p->holds = 0;
	assert_int_equal(pass(p), 0);
	assert_true(p->holds > 5);
	assert_string_equal(ask(p, "SELECT count(DISTINCT address) FROM vote"),
	    "1000\n");
	assert_string_equal(ask(p,
				"SELECT address FROM vote WHERE rowid = 256"
				" OR rowid = 257 ORDER BY rowid"),
	    "192.0.3.0\n192.0.3.1\n");
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(st, 0), 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
}

/* Told to stop at any hold: the old file stays, nothing is left aside. */
static void
test_stop(void **state)
{
	struct place *p = *state;
	char aside[160];
	ino_t old;
	unsigned i;

	assert_int_equal(pass(p), 0);
	old = inode(p);
	tell(p, A, RECORD_SIGHTING, 2);
	snprintf(aside, sizeof(aside), "%s.new", p->path);
	for (i = 1; i <= 3; i++) {
		p->holds = 0;
		p->stop_at = i;
		assert_int_equal(pass(p), 0);
		assert_int_equal(inode(p), old);
		assert_int_equal(access(aside, F_OK), -1);
	}
	p->stop_at = 0;
	assert_int_equal(pass(p), 0);
	assert_string_equal(ask(p, "SELECT count(*) FROM listing"), "2\n");
}

/* The directory is gone for a while. */
static void
test_no_place(void **state)
{
	struct place *p = *state;
	char away[80];

	snprintf(away, sizeof(away), "%s.away", p->dir);
	assert_int_equal(rename(p->dir, away), 0);
	assert_int_equal(pass(p), -1);
	assert_int_equal(pass(p), -1);
	assert_int_equal(rename(away, p->dir), 0);
	assert_int_equal(pass(p), 0);
	assert_int_not_equal(inode(p), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_when, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_deleted, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_many, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_stop, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_no_place, setup, teardown),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
