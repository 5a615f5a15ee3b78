/*
 * Tokens.
 */
#include <string.h>

#include "base/mem.h"
#include "shell/log.h"
#include "shell/store_impl.h"

#define PREFIXES (1 << 20) /* most text of one token's prefixes */

struct add {
	const struct token *t;
	const uint8_t *hash;
	const char *problem;
};

static void
prefixes_text(const struct token *t, struct buf *out)
{
	char text[SUBJECT_TEXT];
	size_t i;

	for (i = 0; i < t->nprefixes; i++) {
		prefix_format(&t->prefixes[i], text);
		buf_printf(out, "%s%s", i > 0 ? " " : "", text);
	}
}

static int
count_tokens(sqlite3 *db)
{
	sqlite3_stmt *st;
	int n = -1;

	if (sqlite3_prepare_v2(db, "SELECT count(*) FROM token", -1, &st,
		NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return (n);
}

static int
token_insert(sqlite3 *db, void *arg)
{
	struct add *a = arg;
	struct buf prefixes;
	sqlite3_stmt *st;
	int rc;

	if (count_tokens(db) >= STORE_TOKENS) {
		a->problem = "there are too many tokens: remove one first";
		return (-1);
	}
	buf_init(&prefixes, PREFIXES);
	prefixes_text(a->t, &prefixes);
	if (prefixes.full) {
		buf_free(&prefixes);
		a->problem = "there are too many prefixes for one token";
		return (-1);
	}
	rc = sqlite3_prepare_v2(db,
	    "INSERT INTO token(name, role, created,"
	    " hash, prefixes) VALUES(?1,?2,?3,?4,?5)",
	    -1, &st, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_bind_text(st, 1, a->t->name, -1, SQLITE_STATIC);
		sqlite3_bind_int(st, 2, (int)a->t->role);
		sqlite3_bind_int64(st, 3, a->t->created);
		sqlite3_bind_blob(st, 4, a->hash, 32, SQLITE_STATIC);
		sqlite3_bind_text(st, 5, buf_string(&prefixes), -1,
		    SQLITE_STATIC);
		rc = sqlite3_step(st);
		sqlite3_finalize(st);
	}
	buf_free(&prefixes);
	if (rc == SQLITE_DONE)
		return (0);
	a->problem = rc == SQLITE_CONSTRAINT ?
	    "there is a token of this name: remove it first" :
	    "the database cannot be written";
	return (-1);
}

const char *
store_token_add(struct store *s, const struct token *t, const uint8_t hash[32])
{
	struct add a = {t, hash, NULL};

	return (store_call(s, token_insert, &a) == 0 ? NULL : a.problem);
}

/* Read the prefixes of a row, separated by spaces, into ${t}. */
static void
read_prefixes(const char *text, struct token *t)
{
	char *copy = mem_string(text), *save = NULL, *word;
	struct prefix p;

	for (word = strtok_r(copy, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save)) {
		if (prefix_parse(word, &p) != 0)
			continue;
		t->prefixes =
		    mem_array(t->prefixes, t->nprefixes + 1, sizeof(p));
		t->prefixes[t->nprefixes++] = p;
	}
	mem_free(copy);
}

#define COLUMNS "SELECT name, role, id, created, prefixes FROM token "

static void
read_row(sqlite3_stmt *st, struct token *t)
{
	const char *name = (const char *)sqlite3_column_text(st, 0);

	memset(t, 0, sizeof(*t));
	strncpy(t->name, name != NULL ? name : "", sizeof(t->name) - 1);
	t->role = (enum role)sqlite3_column_int(st, 1);
	t->id = (uint64_t)sqlite3_column_int64(st, 2);
	t->created = sqlite3_column_int64(st, 3);
	read_prefixes((const char *)sqlite3_column_text(st, 4), t);
}

int
store_token_find(struct store *s, const uint8_t hash[32], struct token *ret)
{
	sqlite3 *db = store_reader(s);
	sqlite3_stmt *st;
	int rc = -1;

	if (db == NULL)
		return (-1);
	if (sqlite3_prepare_v2(db, COLUMNS "WHERE hash = ?1", -1, &st, NULL) ==
	    SQLITE_OK) {
		sqlite3_bind_blob(st, 1, hash, 32, SQLITE_STATIC);
		if (sqlite3_step(st) == SQLITE_ROW) {
			read_row(st, ret);
			rc = 0;
		}
		sqlite3_finalize(st);
	}
	store_reader_back(s, db);
	return (rc);
}

struct token *
store_token_list(struct store *s, size_t *n)
{
	sqlite3 *db = store_reader(s);
	struct token *list = NULL;
	sqlite3_stmt *st;

	*n = 0;
	if (db == NULL)
		return (NULL);
	if (sqlite3_prepare_v2(db, COLUMNS "ORDER BY name", -1, &st, NULL) ==
	    SQLITE_OK) {
		while (sqlite3_step(st) == SQLITE_ROW) {
			list = mem_array(list, *n + 1, sizeof(*list));
			read_row(st, &list[(*n)++]);
		}
		sqlite3_finalize(st);
	}
	store_reader_back(s, db);
	return (list);
}

void
store_token_free(struct token *t, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		mem_free(t[i].prefixes);
	mem_free(t);
}

static int
token_delete(sqlite3 *db, void *arg)
{
	sqlite3_stmt *st;
	int rc;

	if (sqlite3_prepare_v2(db, "DELETE FROM token WHERE name = ?1", -1, &st,
		NULL) != SQLITE_OK)
		return (-1);
	sqlite3_bind_text(st, 1, arg, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	sqlite3_finalize(st);
	return (rc == SQLITE_DONE && sqlite3_changes(db) == 1 ? 0 : -1);
}

int
store_token_remove(struct store *s, const char *name)
{
	return (store_call(s, token_delete, (void *)(uintptr_t)name));
}
