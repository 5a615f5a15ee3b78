/*
 * Writes of the log, inside the writer's open transaction.
 */
#include "base/mem.h"
#include "form/pending.h"
#include "shell/clock.h"
#include "shell/store_impl.h"

static const char *const sql[STMT_MAX] = {
    /* An own batch in a place that is taken would be a fork: fail. */
    [STMT_OWN] = "INSERT INTO batch VALUES(?1,?2,?3,?4,?5,?6)",
    [STMT_BATCH] = "INSERT INTO batch VALUES(?1,?2,?3,?4,?5,?6)"
		   " ON CONFLICT(member, epoch, seq) DO NOTHING",
    [STMT_HEAD] = "INSERT INTO head VALUES(?1,?2,?3,?4,?5,?6)"
		  " ON CONFLICT(member) DO UPDATE SET epoch = ?2, seq = ?3,"
		  " floor = iif(epoch = ?2, max(floor, ?4), ?4),"
		  " created = ?5, id = ?6"
		  " WHERE (?2, ?3) > (epoch, seq)",
    [STMT_PENDING] = "INSERT INTO pending VALUES(?1,?2)",
    [STMT_PENDING_DONE] = "DELETE FROM pending WHERE serial <= ?1",
    [STMT_ID] = "INSERT INTO idhash VALUES(?1,?2)"
		" ON CONFLICT(hash) DO UPDATE SET expires = ?2",
    [STMT_CLEARED] = "INSERT INTO cleared VALUES(?1,?2)"
		     " ON CONFLICT(subject) DO UPDATE SET time = max(time, ?2)",
    [STMT_FROZEN] = "INSERT INTO frozen VALUES(?1,?2)"
		    " ON CONFLICT(member) DO NOTHING",
    [STMT_CARD] = "INSERT OR REPLACE INTO card VALUES(?1,?2)",
    [STMT_WAIVER] = "INSERT OR REPLACE INTO waiver VALUES(?1,?2,?3,?4,?5)",
    [STMT_WAIVED] = "DELETE FROM waiver WHERE prefix = ?1",
    [STMT_PRUNE_BATCH] = "DELETE FROM batch WHERE created < ?1",
    [STMT_PRUNE_ID] = "DELETE FROM idhash WHERE expires <= ?1",
    [STMT_PRUNE_CLEARED] = "DELETE FROM cleared WHERE time < ?1",
    [STMT_DEED] = "INSERT INTO deed(time, subject, act, who)"
		  " VALUES(?1,?2,?3,?4)",
    [STMT_PLEA_DONE] = "DELETE FROM plea WHERE subject = ?1",
    [STMT_PRUNE_PLEA] = "DELETE FROM plea WHERE last < ?1",
    [STMT_PRUNE_DEED] =
	"DELETE FROM deed WHERE id <= (SELECT max(id) FROM deed)"
	" - ?2 OR time < ?1",
};

/* The prepared statement ${which}, ready to be bound. */
static sqlite3_stmt *
get(struct store *s, enum store_stmt which)
{
	if (s->stmt[which] == NULL &&
	    sqlite3_prepare_v3(s->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT,
		&s->stmt[which], NULL) != SQLITE_OK)
		return (NULL);
	return (s->stmt[which]);
}

static int
run(sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return (rc == SQLITE_DONE ? 0 : -1);
}

static void
bind_blob(sqlite3_stmt *st, int i, const void *p, size_t n)
{
	sqlite3_bind_blob(st, i, p, (int)n, SQLITE_STATIC);
}

static int
write_batch(struct store *s, const struct store_job *job)
{
	const struct batch_header *h = &job->h;
	sqlite3_stmt *st =
	    get(s, job->kind == WRITE_OWN ? STMT_OWN : STMT_BATCH);

	if (st == NULL)
		return (-1);
	bind_blob(st, 1, h->member, KEY_BYTES);
	sqlite3_bind_int64(st, 2, h->epoch);
	sqlite3_bind_int64(st, 3, (sqlite3_int64)h->seq);
	sqlite3_bind_int64(st, 4, h->created);
	bind_blob(st, 5, job->id, HASH_BYTES);
	bind_blob(st, 6, job->bytes, job->len);
	if (run(st) != 0 || (st = get(s, STMT_HEAD)) == NULL)
		return (-1);
	bind_blob(st, 1, h->member, KEY_BYTES);
	sqlite3_bind_int64(st, 2, h->epoch);
	sqlite3_bind_int64(st, 3, (sqlite3_int64)h->seq);
	sqlite3_bind_int64(st, 4, (sqlite3_int64)h->floor);
	sqlite3_bind_int64(st, 5, h->created);
	bind_blob(st, 6, job->id, HASH_BYTES);
	return (run(st));
}

/* One statement with two integers. */
static int
write_pair(struct store *s, enum store_stmt which, uint64_t a, int64_t b)
{
	sqlite3_stmt *st = get(s, which);

	if (st == NULL)
		return (-1);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)a);
	sqlite3_bind_int64(st, 2, b);
	return (run(st));
}

/* One statement with one integer. */
static int
write_one(struct store *s, enum store_stmt which, int64_t a)
{
	sqlite3_stmt *st = get(s, which);

	if (st == NULL)
		return (-1);
	sqlite3_bind_int64(st, 1, a);
	return (run(st));
}

static int
write_member(struct store *s, enum store_stmt which,
    const struct store_job *job)
{
	sqlite3_stmt *st = get(s, which);

	if (st == NULL)
		return (-1);
	bind_blob(st, 1, job->member, KEY_BYTES);
	bind_blob(st, 2, job->bytes, job->len);
	return (run(st));
}

/* Note that somebody did something about a subject. */
static int
write_deed(struct store *s, const struct store_job *job, uint64_t subject,
    const char *act)
{
	sqlite3_stmt *st = get(s, STMT_DEED);

	if (st == NULL)
		return (-1);
	sqlite3_bind_int64(st, 1, wall_sec(clock_wall()));
	sqlite3_bind_int64(st, 2, (sqlite3_int64)subject);
	sqlite3_bind_text(st, 3, act, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 4, job->who, -1, SQLITE_STATIC);
	if (run(st) != 0)
		return (-1);
	/* Whoever asked for it has an answer. */
	return (write_one(s, STMT_PLEA_DONE, (int64_t)subject));
}

/* Note who ordered what is no sighting. */
static int
write_deeds(struct store *s, const struct store_job *job)
{
	struct pending *p = mem_alloc(sizeof(*p));
	const struct record *r;
	int rc = -1;
	size_t i;

	if (pending_decode(job->bytes, job->len, p) == NULL)
		rc = 0;
	for (i = 0; rc == 0 && i < p->nrecords; i++) {
		r = &p->records[i];
		if (r->kind == RECORD_RETRACTION || r->kind == RECORD_CLEARANCE)
			rc = write_deed(s, job, r->subject,
			    r->kind == RECORD_RETRACTION ? "retracted" :
							   "cleared");
	}
	mem_free(p);
	return (rc);
}

static int
write_pending(struct store *s, const struct store_job *job)
{
	sqlite3_stmt *st = get(s, STMT_PENDING);
	size_t i;

	if (st == NULL)
		return (-1);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)job->serial);
	bind_blob(st, 2, job->bytes, job->len);
	if (run(st) != 0)
		return (-1);
	for (i = 0; i < job->nids; i++)
		if (write_pair(s, STMT_ID, job->ids[i].hash,
			job->ids[i].expires) != 0)
			return (-1);
	return (job->who != NULL ? write_deeds(s, job) : 0);
}

static int
write_cleared(struct store *s, const struct store_job *job)
{
	if (write_pair(s, STMT_CLEARED, job->subject, job->time) != 0)
		return (-1);
	return (job->who == NULL ?
		0 :
		write_deed(s, job, job->subject, "cleared here"));
}

static int
prune(struct store *s, const struct store_job *job)
{
	int64_t oldest = (int64_t)job->time - STORE_DEED_DAYS * 86400;

	if (write_one(s, STMT_PRUNE_BATCH, job->created) != 0 ||
	    write_one(s, STMT_PRUNE_ID, job->time) != 0 ||
	    write_one(s, STMT_PRUNE_CLEARED, job->created / 1000) != 0 ||
	    write_one(s, STMT_PRUNE_PLEA,
		(int64_t)job->time - STORE_PLEA_DAYS * 86400) != 0)
		return (-1);
	return (write_pair(s, STMT_PRUNE_DEED, (uint64_t)oldest, STORE_DEEDS));
}

/* What the operator exempts: written or, with STMT_WAIVED, deleted. */
static int
write_waiver(struct store *s, enum store_stmt which, const struct waiver *x)
{
	sqlite3_stmt *st = get(s, which);
	char prefix[SUBJECT_TEXT];

	if (st == NULL)
		return (-1);
	prefix_format(&x->prefix, prefix);
	sqlite3_bind_text(st, 1, prefix, -1, SQLITE_STATIC);
	if (which == STMT_WAIVER) {
		sqlite3_bind_int64(st, 2, x->time);
		sqlite3_bind_int(st, 3, x->local);
		sqlite3_bind_int(st, 4, x->gone);
		sqlite3_bind_text(st, 5, x->by, -1, SQLITE_STATIC);
	}
	return (run(st));
}

int
store_write(struct store *s, const struct store_job *job)
{
	switch (job->kind) {
	case WRITE_PENDING:
		return (write_pending(s, job));
	case WRITE_OWN:
		if (write_batch(s, job) != 0)
			return (-1);
		return (write_one(s, STMT_PENDING_DONE, (int64_t)job->pending));
	case WRITE_BATCH:
		return (write_batch(s, job));
	case WRITE_CLEARED:
		return (write_cleared(s, job));
	case WRITE_FROZEN:
		return (write_member(s, STMT_FROZEN, job));
	case WRITE_CARD:
		return (write_member(s, STMT_CARD, job));
	case WRITE_WAIVER:
		return (write_waiver(s, STMT_WAIVER, &job->waiver));
	case WRITE_WAIVED:
		return (write_waiver(s, STMT_WAIVED, &job->waiver));
	case WRITE_PRUNE:
		return (prune(s, job));
	}
	return (-1);
}
