#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/listing.h"
#include "shell/derive.h"
#include "shell/log.h"

/* Most under one lock: subjects looked at, rows made, subjects collected. */
#define SUBJECTS 256
#define ROWS 4096
#define WALK 4096

static const char schema[] =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
    "PRAGMA locking_mode = EXCLUSIVE; BEGIN;"
    "CREATE TABLE made(time TEXT NOT NULL) STRICT;"
    "CREATE TABLE listing(list TEXT NOT NULL, address TEXT NOT NULL,"
    " since TEXT NOT NULL, until TEXT NOT NULL, score REAL NOT NULL,"
    " groups INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;"
    "CREATE TABLE vote(address TEXT NOT NULL, member TEXT NOT NULL,"
    " category TEXT NOT NULL, seen TEXT NOT NULL, count INTEGER NOT NULL,"
    " threat TEXT NOT NULL) STRICT;";

static const char finish[] =
    "CREATE INDEX listing_address ON listing(address);"
    "CREATE INDEX vote_address ON vote(address); COMMIT;";

enum { MADE, LISTING, VOTE, INSERTS };
static const char *const inserts[INSERTS] = {
    "INSERT INTO made VALUES(?1)",
    "INSERT INTO listing VALUES(?1,?2,?3,?4,?5,?6,?7)",
    "INSERT INTO vote VALUES(?1,?2,?3,?4,?5,?6)",
};

enum result { DONE, GIVE_UP, FAILED };

/* What to compare to know that nothing changed. */
struct stamp {
	uint64_t records;
	uint64_t heads;
	const struct policy *policy;
	size_t nlists;
	uint64_t generations[POLICY_LISTS];
};

/* A row of listing or vote, made under the lock, inserted after it. */
struct row {
	uint64_t subject;
	uint32_t time[2]; /* since and until; seen */
	uint64_t number; /* score, count */
	uint32_t groups;
	const char *word; /* reason, category */
	const char *more; /* vote: threat; listing: NULL */
	char name[NODEID_TEXT + CARD_NAME]; /* of list or member */
};

struct derive {
	char *path;
	char *aside; /* written, then renamed to path */
	struct rule *rule;
	bool failing;
	struct stamp stamp; /* of the file */
	/* During a pass: */
	sqlite3 *db;
	sqlite3_stmt *st[INSERTS];
	uint32_t now;
	struct row *rows;
	size_t nrows;
	size_t room;
};

struct derive *
derive_open(const char *path)
{
	struct derive *d = mem_zero(sizeof(*d));
	struct buf aside;

	buf_init(&aside, 4096);
	buf_printf(&aside, "%s.new", path);
	d->path = mem_string(path);
	d->aside = mem_string(buf_string(&aside));
	d->rule = rule_new();
	buf_free(&aside);
	return (d);
}

void
derive_close(struct derive *d)
{
	if (d == NULL)
		return;
	rule_free(d->rule);
	mem_free(d->rows);
	mem_free(d->path);
	mem_free(d->aside);
	mem_free(d);
}

/* ---- Under the lock ---- */

static struct row *
row_new(struct derive *d, uint64_t subject)
{
	struct row *r;

	if (d->nrows == d->room) {
		d->room = d->room * 2 + ROWS;
		d->rows = mem_array(d->rows, d->room, sizeof(*d->rows));
	}
	r = &d->rows[d->nrows++];
	memset(r, 0, sizeof(*r));
	r->subject = subject;
	return (r);
}

/* Write the name of a member, else its ID. */
static void
member_name(const struct engine *e, uint16_t number, char *out, size_t size)
{
	struct engine_member m;

	if (engine_member(e, number, &m) != 0)
		return;
	if (m.policy != NULL && m.policy->name[0] != '\0')
		snprintf(out, size, "%s", m.policy->name);
	else
		nodeid_format(m.head.member, out);
}

static const char *
vote_word(uint8_t what)
{
	const char *name = category_name(what);

	if (what == VOTE_RETRACTION)
		return ("retraction");
	if (what == VOTE_CLEARANCE)
		return ("clearance");
	if (what == VOTE_CLEARED)
		return ("cleared");
	return (name != NULL ? name : "");
}

static void
make_votes(struct derive *d, const struct engine *e, uint64_t subject,
    const struct vote *votes, size_t n)
{
	struct row *r;
	size_t i;

	for (i = 0; i < n; i++) {
		r = row_new(d, subject);
		r->time[0] = votes[i].seen;
		r->number = votes[i].count;
		r->word = vote_word(votes[i].what);
		/* Names of threats live as long as the engine. */
		r->more = engine_threat(e, votes[i].threat);
		if (votes[i].what != VOTE_CLEARED)
			member_name(e, votes[i].member, r->name,
			    sizeof(r->name));
	}
}

static void
make_listing(struct derive *d, const struct policy_list *list, uint64_t subject,
    uint32_t until)
{
	struct row *r = row_new(d, subject);
	struct verdict v;

	rule_decide(d->rule, list, &v);
	snprintf(r->name, sizeof(r->name), "%s", list->name);
	r->time[0] = v.since;
	r->time[1] = until;
	r->number = v.score;
	r->groups = v.groups;
	r->word = rule_reason_text(v.reason);
}

/* Everything about one subject. */
static void
make_rows(struct derive *d, const struct engine *e, uint64_t subject)
{
	const struct policy *p = engine_policy(e);
	const struct vote *votes;
	bool prepared = false;
	uint32_t until;
	size_t i, n;

	votes = engine_votes(e, subject, &n);
	if (votes == NULL)
		return;
	for (i = 0; i < p->nlists; i++) {
		until = listing_until(engine_listing(e, i), subject);
		if (until <= d->now)
			continue;
		if (!prepared)
			rule_prepare(d->rule, engine_world(e), subject, votes,
			    n, d->now);
		prepared = true;
		make_listing(d, &p->lists[i], subject, until);
	}
	make_votes(d, e, subject, votes, n);
}

static void
stamp_take(const struct engine *e, struct stamp *s)
{
	const struct policy *p = engine_policy(e);
	struct engine_state state;
	size_t i;

	memset(s, 0, sizeof(*s));
	engine_state(e, &state);
	s->records = state.records;
	s->heads = state.serial;
	s->policy = p;
	s->nlists = p->nlists;
	for (i = 0; i < p->nlists; i++)
		s->generations[i] = listing_generation(engine_listing(e, i));
}

/* ---- Writing ---- */

/* Insert what was bound. */
static int
put(sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	return (rc == SQLITE_DONE ? 0 : -1);
}

static void
text(sqlite3_stmt *st, int i, const char *s)
{
	sqlite3_bind_text(st, i, s, -1, SQLITE_TRANSIENT);
}

static void
when(sqlite3_stmt *st, int i, uint32_t sec)
{
	char out[TEXT_TIME];

	text_time_format(sec, out);
	text(st, i, out);
}

static int
put_row(struct derive *d, const struct row *r)
{
	sqlite3_stmt *st = d->st[r->more == NULL ? LISTING : VOTE];
	char address[SUBJECT_TEXT];

	subject_format(r->subject, address);
	if (r->more != NULL) {
		text(st, 1, address);
		text(st, 2, r->name);
		text(st, 3, r->word);
		when(st, 4, r->time[0]);
		sqlite3_bind_int64(st, 5, (sqlite3_int64)r->number);
		text(st, 6, r->more);
	} else {
		text(st, 1, r->name);
		text(st, 2, address);
		when(st, 3, r->time[0]);
		when(st, 4, r->time[1]);
		sqlite3_bind_double(st, 5, (double)r->number / 1000);
		sqlite3_bind_int64(st, 6, r->groups);
		text(st, 7, r->word);
	}
	return (put(st));
}

static int
ascending(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

/*
 * Collect the subjects into *${ret}, ascending. The engine moves on meanwhile:
 * one may come twice, and one that came new may wait for the next pass.
 */
static enum result
collect(const struct derive_source *src, uint64_t **ret, size_t *n)
{
	const struct engine *e;
	uint64_t *list = NULL;
	size_t from = 0, got = 1, room = 0, i, kept = 0;

	for (*n = 0; got > 0; *n += got) {
		if (room < *n + WALK)
			list = mem_array(list, room = 2 * *n + WALK,
			    sizeof(*list));
		if (src->stop(src->arg)) {
			mem_free(list);
			return (GIVE_UP);
		}
		e = src->lock(src->arg);
		got = engine_subjects(e, &from, list + *n, WALK);
		src->unlock(src->arg);
	}
	qsort(list, *n, sizeof(*list), ascending);
	for (i = 0; i < *n; i++)
		if (kept == 0 || list[kept - 1] != list[i])
			list[kept++] = list[i];
	*n = kept;
	*ret = list;
	return (DONE);
}

static enum result
put_all(struct derive *d, const struct derive_source *src)
{
	enum result result;
	const struct engine *e;
	uint64_t *list;
	size_t i = 0, row, n, end;

	when(d->st[MADE], 1, d->now);
	if (put(d->st[MADE]) != 0)
		return (FAILED);
	result = collect(src, &list, &n);
	if (result != DONE)
		return (result);
	while (i < n && result == DONE) {
		e = src->lock(src->arg);
		d->nrows = 0;
		end = i + SUBJECTS < n ? i + SUBJECTS : n;
		for (; i < end && d->nrows < ROWS; i++)
			make_rows(d, e, list[i]);
		src->unlock(src->arg);
		for (row = 0; row < d->nrows && result == DONE; row++)
			if (put_row(d, &d->rows[row]) != 0)
				result = FAILED;
		if (result == DONE && src->stop(src->arg))
			result = GIVE_UP;
	}
	mem_free(list);
	return (result);
}

/* A log of an earlier file would be taken for one of the new file's. */
static void
unlink_logs(const struct derive *d)
{
	static const char *const suffixes[] = {"-wal", "-shm", "-journal"};
	struct buf name;
	size_t i;

	buf_init(&name, 4096);
	for (i = 0; i < 3; i++) {
		buf_reset(&name);
		buf_printf(&name, "%s%s", d->path, suffixes[i]);
		unlink(buf_string(&name));
	}
	buf_free(&name);
}

/* Write the file aside, complete, and put it in its place. */
static enum result
write_file(struct derive *d, const struct derive_source *src)
{
	enum result result = FAILED;
	int i;

	unlink(d->aside);
	if (sqlite3_open_v2(d->aside, &d->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
		    SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK ||
	    sqlite3_exec(d->db, schema, NULL, NULL, NULL) != SQLITE_OK)
		goto done;
	for (i = 0; i < INSERTS; i++)
		if (sqlite3_prepare_v2(d->db, inserts[i], -1, &d->st[i],
			NULL) != SQLITE_OK)
			goto done;
	result = put_all(d, src);
	if (result == DONE &&
	    sqlite3_exec(d->db, finish, NULL, NULL, NULL) != SQLITE_OK)
		result = FAILED;
done:
	if (result == FAILED && !d->failing)
		log_warn("derived: cannot write %s: %s", d->aside,
		    sqlite3_errmsg(d->db));
	for (i = 0; i < INSERTS; i++) {
		sqlite3_finalize(d->st[i]);
		d->st[i] = NULL;
	}
	sqlite3_close(d->db);
	unlink_logs(d);
	if (result == DONE && rename(d->aside, d->path) != 0) {
		if (!d->failing)
			log_warn("derived: cannot replace %s: %s", d->path,
			    strerror(errno));
		result = FAILED;
	}
	if (result != DONE)
		unlink(d->aside);
	return (result);
}

int
derive_pass(struct derive *d, const struct derive_source *source, uint32_t now)
{
	enum result result;
	struct stamp stamp;

	stamp_take(source->lock(source->arg), &stamp);
	source->unlock(source->arg);
	if (memcmp(&stamp, &d->stamp, sizeof(stamp)) == 0 &&
	    access(d->path, F_OK) == 0)
		return (0);
	d->now = now;
	result = write_file(d, source);
	if (result == DONE)
		d->stamp = stamp;
	if (result != GIVE_UP)
		d->failing = result == FAILED;
	return (result == FAILED ? -1 : 0);
}
