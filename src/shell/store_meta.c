/*
 * Small named values, and nodes that called without being configured.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "shell/store_impl.h"

int
store_meta_get(struct store *s, const char *name, struct buf *out)
{
	sqlite3 *db = store_reader(s);
	sqlite3_stmt *st;
	int rc = -1;

	if (db == NULL)
		return (-1);
	if (sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE name = ?1", -1,
		&st, NULL) == SQLITE_OK) {
		sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
		if (sqlite3_step(st) == SQLITE_ROW) {
			buf_add(out, sqlite3_column_blob(st, 0),
			    (size_t)sqlite3_column_bytes(st, 0));
			rc = 0;
		}
		sqlite3_finalize(st);
	}
	store_reader_back(s, db);
	return (rc);
}

struct put {
	const char *name;
	const void *p;
	size_t len;
};

static int
meta_put(sqlite3 *db, void *arg)
{
	const struct put *put = arg;
	sqlite3_stmt *st;
	int rc;

	if (sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO meta VALUES(?1,?2)",
		-1, &st, NULL) != SQLITE_OK)
		return (-1);
	sqlite3_bind_text(st, 1, put->name, -1, SQLITE_STATIC);
	sqlite3_bind_blob(st, 2, put->p, (int)put->len, SQLITE_STATIC);
	rc = sqlite3_step(st);
	sqlite3_finalize(st);
	return (rc == SQLITE_DONE ? 0 : -1);
}

int
store_meta_put(struct store *s, const char *name, const void *p, size_t len)
{
	struct put put = {name, p, len};

	return (store_call(s, meta_put, &put));
}

static int
caller_put(sqlite3 *db, void *arg)
{
	const struct caller *c = arg;
	char sql[160];
	sqlite3_stmt *st;
	int rc;

	if (sqlite3_prepare_v2(db,
		"INSERT INTO caller VALUES(?1,?2,?3,?3,1,?4)"
		" ON CONFLICT(key) DO UPDATE SET address = ?2, last = ?3,"
		" calls = calls + 1, card = coalesce(?4, card)",
		-1, &st, NULL) != SQLITE_OK)
		return (-1);
	sqlite3_bind_blob(st, 1, c->key, KEY_BYTES, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, c->from, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 3, c->last);
	if (c->card != NULL)
		sqlite3_bind_blob(st, 4, c->card, (int)c->cardlen,
		    SQLITE_STATIC);
	rc = sqlite3_step(st);
	sqlite3_finalize(st);
	if (rc != SQLITE_DONE)
		return (-1);
	snprintf(sql, sizeof(sql),
	    "DELETE FROM caller WHERE key IN (SELECT key"
	    " FROM caller ORDER BY last DESC LIMIT -1 OFFSET %d)",
	    STORE_CALLERS);
	rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	return (rc == SQLITE_OK ? 0 : -1);
}

void
store_caller(struct store *s, const struct caller *c)
{
	store_call(s, caller_put, (void *)(uintptr_t)c);
}

struct caller *
store_callers(struct store *s, size_t *n)
{
	sqlite3 *db = store_reader(s);
	struct caller *list = NULL, *c;
	sqlite3_stmt *st;

	*n = 0;
	if (db == NULL)
		return (NULL);
	if (sqlite3_prepare_v2(db,
		"SELECT key, address, first, last, calls,"
		" card FROM caller ORDER BY last DESC",
		-1, &st, NULL) == SQLITE_OK) {
		while (sqlite3_step(st) == SQLITE_ROW) {
			list = mem_array(list, *n + 1, sizeof(*list));
			c = &list[(*n)++];
			memset(c, 0, sizeof(*c));
			if (sqlite3_column_bytes(st, 0) == KEY_BYTES)
				memcpy(c->key, sqlite3_column_blob(st, 0),
				    KEY_BYTES);
			strncpy(c->from,
			    (const char *)sqlite3_column_text(st, 1),
			    sizeof(c->from) - 1);
			c->first = sqlite3_column_int64(st, 2);
			c->last = sqlite3_column_int64(st, 3);
			c->calls = (uint64_t)sqlite3_column_int64(st, 4);
			c->cardlen = (size_t)sqlite3_column_bytes(st, 5);
			if (c->cardlen > 0)
				c->card = mem_dup(sqlite3_column_blob(st, 5),
				    c->cardlen);
		}
		sqlite3_finalize(st);
	}
	store_reader_back(s, db);
	return (list);
}

void
store_callers_free(struct caller *c, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		mem_free(c[i].card);
	mem_free(c);
}
