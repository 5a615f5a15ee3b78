/*
 * Requests for removal that wait for somebody to decide.
 */
#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/clock.h"
#include "shell/log.h"
#include "shell/store_impl.h"

struct refusal {
	uint64_t subject;
	const char *who;
};

/* The number that ${sql} finds, -1 on failure. */
static sqlite3_int64
number(sqlite3 *db, const char *sql, uint64_t subject)
{
	sqlite3_int64 n = -1;
	sqlite3_stmt *st;

	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		return (-1);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)subject);
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return (n);
}

/* Note what was done by whom; inside the writer. */
static int
deed(sqlite3 *db, uint64_t subject, const char *act, const char *who)
{
	sqlite3_stmt *st;
	int rc;

	if (sqlite3_prepare_v2(db,
		"INSERT INTO deed(time, subject, act, who) VALUES(?1,?2,?3,?4)",
		-1, &st, NULL) != SQLITE_OK)
		return (-1);
	sqlite3_bind_int64(st, 1, wall_sec(clock_wall()));
	sqlite3_bind_int64(st, 2, (sqlite3_int64)subject);
	sqlite3_bind_text(st, 3, act, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 4, who, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	sqlite3_finalize(st);
	return (rc == SQLITE_DONE ? 0 : -1);
}

static int
put(sqlite3 *db, const struct plea *p)
{
	sqlite3_stmt *st;
	int rc;

	if (sqlite3_prepare_v2(db,
		"INSERT INTO plea VALUES(?1,?2,?3,1,?4,?5,?6)"
		" ON CONFLICT(subject) DO UPDATE SET last = ?3,"
		" times = times + 1, asker = ?4, contact = ?5, statement = ?6",
		-1, &st, NULL) != SQLITE_OK)
		return (-1);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)p->subject);
	sqlite3_bind_int64(st, 2, p->first);
	sqlite3_bind_int64(st, 3, p->last);
	sqlite3_bind_text(st, 4, p->asker, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 5, p->contact, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 6, p->statement, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	sqlite3_finalize(st);
	return (rc == SQLITE_DONE ? 0 : -1);
}

struct adding {
	const struct plea *p;
	const char *problem;
};

static int
plea_add(sqlite3 *db, void *arg)
{
	struct adding *a = arg;
	const struct plea *p = a->p;
	bool known = number(db, "SELECT count(*) FROM plea WHERE subject = ?1",
			 p->subject) > 0;
	char who[ENGINE_WHO + 1];
	int rc;

	snprintf(who, sizeof(who), "somebody%s%s",
	    p->asker[0] != '\0' ? " " : "", p->asker);
	a->problem = "the database cannot be written";
	if (!known && number(db, "SELECT count(*) FROM plea", 0) >= STORE_PLEAS)
		a->problem = "too many requests wait for an answer already";
	else if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) ==
	    SQLITE_OK) {
		rc = put(db, p);
		if (rc == 0 && !known)
			rc = deed(db, p->subject, "asked", who);
		if (rc == 0 &&
		    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
			return (0);
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	}
	return (-1);
}

const char *
store_plea_add(struct store *s, const struct plea *p)
{
	struct adding a = {p, NULL};

	return (store_call(s, plea_add, &a) == 0 ? NULL : a.problem);
}

static int
plea_refuse(sqlite3 *db, void *arg)
{
	const struct refusal *r = arg;
	int rc = -1;

	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return (-1);
	if (number(db, "DELETE FROM plea WHERE subject = ?1 RETURNING 1",
		r->subject) == 1)
		rc = deed(db, r->subject, "refused", r->who);
	if (rc == 0 &&
	    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return (0);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return (-1);
}

int
store_plea_refuse(struct store *s, uint64_t subject, const char *who)
{
	struct refusal r = {subject, who};

	return (store_call(s, plea_refuse, &r));
}

static char *
text(sqlite3_stmt *st, int column)
{
	const char *t = (const char *)sqlite3_column_text(st, column);

	return (mem_string(t != NULL ? t : ""));
}

struct plea *
store_pleas(struct store *s, size_t *n)
{
	sqlite3 *db = store_reader(s);
	struct plea *list = NULL, *p;
	const char *asker;
	sqlite3_stmt *st;

	*n = 0;
	if (db == NULL)
		return (NULL);
	if (sqlite3_prepare_v2(db,
		"SELECT subject, first, last, times, asker, contact, statement"
		" FROM plea ORDER BY last DESC, subject",
		-1, &st, NULL) != SQLITE_OK) {
		log_error("store: cannot read requests: %s",
		    sqlite3_errmsg(db));
		store_reader_back(s, db);
		return (NULL);
	}
	while (sqlite3_step(st) == SQLITE_ROW) {
		list = mem_array(list, *n + 1, sizeof(*list));
		p = &list[(*n)++];
		p->subject = (uint64_t)sqlite3_column_int64(st, 0);
		p->first = (uint32_t)sqlite3_column_int64(st, 1);
		p->last = (uint32_t)sqlite3_column_int64(st, 2);
		p->times = (uint64_t)sqlite3_column_int64(st, 3);
		asker = (const char *)sqlite3_column_text(st, 4);
		text_copy(p->asker, sizeof(p->asker),
		    asker != NULL ? asker : "");
		p->contact = text(st, 5);
		p->statement = text(st, 6);
	}
	sqlite3_finalize(st);
	store_reader_back(s, db);
	return (list);
}

void
store_pleas_free(struct plea *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		mem_free(p[i].contact);
		mem_free(p[i].statement);
	}
	mem_free(p);
}
