#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/listing.h"
#include "shell/derive.h"
#include "shell/log.h"

#define HOLD 128 /* most subjects looked at in one hold of the lock */

struct derive {
	char *path;
	sqlite3 *db;
	sqlite3_stmt *listing;
	sqlite3_stmt *vote;
	struct rule *rule;
	uint64_t seen; /* sum of the listings' generations */
	bool failed; /* and said so */
};

/* A row of either table, copied out of the engine. */
struct row {
	uint64_t subject;
	struct verdict v; /* listing */
	struct vote vote; /* vote */
	char name[CARD_NAME + 1]; /* of the list or member */
	char threat[BATCH_NAME + 1];
	bool is_vote;
};

struct rows {
	struct row *row;
	size_t n, cap;
};

static const char schema[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
    "CREATE TABLE IF NOT EXISTS listing(list TEXT NOT NULL,"
    " address TEXT NOT NULL, since TEXT, until TEXT, score REAL,"
    " groups INTEGER, reason TEXT) STRICT;"
    "CREATE TABLE IF NOT EXISTS vote(address TEXT NOT NULL,"
    " member TEXT NOT NULL, what TEXT NOT NULL, seen TEXT NOT NULL,"
    " count INTEGER, threat TEXT) STRICT;";

struct derive *
derive_open(const char *path)
{
	struct derive *d = mem_zero(sizeof(*d));

	d->path = mem_string(path);
	d->rule = rule_new();
	return (d);
}

static void
shut(struct derive *d)
{
	sqlite3_finalize(d->listing);
	sqlite3_finalize(d->vote);
	sqlite3_close(d->db);
	d->listing = d->vote = NULL;
	d->db = NULL;
}

/* Open the file, made anew if it is of no use. */
static int
open_file(struct derive *d)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	char name[4096];
	size_t i;
	int try;

	for (try = 0; try < 2 && d->db == NULL; try++) {
		if (sqlite3_open_v2(d->path, &d->db,
			SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			    SQLITE_OPEN_NOMUTEX,
			NULL) == SQLITE_OK &&
		    sqlite3_busy_timeout(d->db, 1000) == SQLITE_OK &&
		    sqlite3_exec(d->db, schema, NULL, NULL, NULL) ==
			SQLITE_OK &&
		    sqlite3_prepare_v2(d->db,
			"INSERT INTO listing VALUES(?1,?2,?3,?4,?5,?6,?7)", -1,
			&d->listing, NULL) == SQLITE_OK &&
		    sqlite3_prepare_v2(d->db,
			"INSERT INTO vote VALUES(?1,?2,?3,?4,?5,?6)", -1,
			&d->vote, NULL) == SQLITE_OK)
			return (0);
		shut(d);
		for (i = 0; i < 3; i++) {
			snprintf(name, sizeof(name), "%s%s", d->path,
			    suffixes[i]);
			unlink(name);
		}
	}
	return (-1);
}

static struct row *
add(struct rows *rows)
{
	if (rows->n == rows->cap) {
		rows->cap = rows->cap > 0 ? rows->cap * 2 : 1024;
		rows->row = mem_array(rows->row, rows->cap, sizeof(struct row));
	}
	memset(&rows->row[rows->n], 0, sizeof(struct row));
	return (&rows->row[rows->n++]);
}

static const char *
what(const struct vote *v)
{
	switch (v->what) {
	case VOTE_RETRACTION:
		return ("retraction");
	case VOTE_CLEARANCE:
		return ("clearance");
	case VOTE_CLEARED:
		return ("cleared here");
	default:
		return (category_name(v->what));
	}
}

/* Copy what the engine says of one subject; the lock is held. */
static void
copy(struct derive *d, const struct engine *e, uint64_t subject, uint32_t now,
    struct rows *rows)
{
	const struct policy *p = engine_policy(e);
	struct engine_member m;
	const struct vote *votes;
	struct verdict v;
	struct row *row;
	size_t n, i;

	votes = engine_votes(e, subject, &n);
	for (i = 0; i < n; i++) {
		row = add(rows);
		row->is_vote = true;
		row->subject = subject;
		row->vote = votes[i];
		text_copy(row->threat, sizeof(row->threat),
		    engine_threat(e, votes[i].threat));
		if (engine_member(e, votes[i].member, &m) == 0 &&
		    m.policy != NULL)
			text_copy(row->name, sizeof(row->name), m.policy->name);
	}
	if (policy_exempted(p, subject) != NULL)
		return;
	rule_prepare(d->rule, engine_world(e), subject, votes, n, now);
	for (i = 0; i < p->nlists; i++) {
		rule_decide(d->rule, &p->lists[i], &v);
		if (v.reason != RULE_TRUSTED && v.reason != RULE_COMPANY)
			continue;
		row = add(rows);
		row->subject = subject;
		row->v = v;
		text_copy(row->name, sizeof(row->name), p->lists[i].name);
	}
}

static void
bind_time(sqlite3_stmt *st, int i, uint32_t sec)
{
	char text[TEXT_TIME];

	text_time_format(sec, text);
	sqlite3_bind_text(st, i, text, -1, SQLITE_TRANSIENT);
}

static int
put(struct derive *d, const struct row *r)
{
	sqlite3_stmt *st = r->is_vote ? d->vote : d->listing;
	char address[SUBJECT_TEXT];
	int rc;

	subject_format(r->subject, address);
	if (r->is_vote) {
		sqlite3_bind_text(st, 1, address, -1, SQLITE_STATIC);
		sqlite3_bind_text(st, 2, r->name, -1, SQLITE_STATIC);
		sqlite3_bind_text(st, 3, what(&r->vote), -1, SQLITE_STATIC);
		bind_time(st, 4, r->vote.seen);
		sqlite3_bind_int64(st, 5, r->vote.count);
		sqlite3_bind_text(st, 6, r->threat, -1, SQLITE_STATIC);
	} else {
		sqlite3_bind_text(st, 1, r->name, -1, SQLITE_STATIC);
		sqlite3_bind_text(st, 2, address, -1, SQLITE_STATIC);
		bind_time(st, 3, r->v.since);
		bind_time(st, 4, r->v.until);
		sqlite3_bind_double(st, 5, (double)r->v.score / 1000);
		sqlite3_bind_int64(st, 6, r->v.groups);
		sqlite3_bind_text(st, 7, rule_reason_text(r->v.reason), -1,
		    SQLITE_STATIC);
	}
	rc = sqlite3_step(st);
	sqlite3_reset(st);
	return (rc == SQLITE_DONE ? 0 : -1);
}

/* Walk the engine, a short hold at a time, and write what it says. */
static int
walk(struct derive *d, const struct derive_source *s, uint32_t now)
{
	struct rows rows = {NULL, 0, 0};
	uint64_t subjects[HOLD];
	const struct engine *e;
	size_t from = 0, n, i;
	int rc = 0;

	do {
		rows.n = 0;
		e = s->lock(s->arg);
		n = engine_subjects(e, &from, subjects, HOLD);
		for (i = 0; i < n; i++)
			copy(d, e, subjects[i], now, &rows);
		s->unlock(s->arg);
		for (i = 0; i < rows.n && rc == 0; i++)
			rc = put(d, &rows.row[i]);
		if (s->stop(s->arg))
			rc = -1;
	} while (n > 0 && rc == 0);
	mem_free(rows.row);
	return (rc);
}

/* The sum of the generations of all listings. */
static uint64_t
generation(const struct derive_source *s)
{
	const struct engine *e = s->lock(s->arg);
	size_t n = engine_policy(e)->nlists, i;
	uint64_t sum = n;

	for (i = 0; i < n; i++)
		sum += listing_generation(engine_listing(e, i));
	s->unlock(s->arg);
	return (sum);
}

static int
write_all(struct derive *d, const struct derive_source *s, uint32_t now)
{
	if (d->db == NULL && open_file(d) != 0)
		return (-1);
	if (sqlite3_exec(d->db,
		"BEGIN IMMEDIATE; DELETE FROM listing; DELETE FROM vote", NULL,
		NULL, NULL) == SQLITE_OK &&
	    walk(d, s, now) == 0 &&
	    sqlite3_exec(d->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return (0);
	sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
	return (-1);
}

int
derive_pass(struct derive *d, const struct derive_source *s, uint32_t now)
{
	uint64_t seen = generation(s);

	if (d->db != NULL && access(d->path, F_OK) != 0)
		shut(d);
	if (d->db != NULL && seen == d->seen)
		return (0);
	if (write_all(d, s, now) == 0) {
		d->seen = seen;
		d->failed = false;
		return (0);
	}
	if (!d->failed && !s->stop(s->arg)) {
		log_warn("derive: cannot write %s: %s: it will be made anew",
		    d->path, d->db != NULL ? sqlite3_errmsg(d->db) : "");
		d->failed = true;
	}
	shut(d);
	return (-1);
}

void
derive_close(struct derive *d)
{
	if (d == NULL)
		return;
	shut(d);
	rule_free(d->rule);
	mem_free(d->path);
	mem_free(d);
}
