/*
 * Tables of the log, and how they change.
 *
 * To change them: raise STORE_VERSION, append the statements that turn the
 * version before into the new one to steps[] (never edit a step that was
 * released), and add a database of the old version to the tests.
 *
 * batch has a rowid and an index: measured with groups of 64 it takes batches a
 * third faster than a table clustered by member, is smaller, and ranges are
 * read as fast.
 */
#include <stdio.h>
#include <string.h>

#include "shell/store_impl.h"

#define APPLICATION 0x5652424c /* "VRBL", so that file(1) can tell */

static const char *const steps[STORE_VERSION] = {
    /* 0 -> 1 */
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;"
    "CREATE TABLE batch(member BLOB NOT NULL, epoch INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, created INTEGER NOT NULL, id BLOB NOT NULL,"
    " bytes BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX batch_place ON batch(member, epoch, seq);"
    "CREATE INDEX batch_created ON batch(created);"
    "CREATE TABLE head(member BLOB PRIMARY KEY, epoch INTEGER NOT NULL,"
    " seq INTEGER NOT NULL, floor INTEGER NOT NULL,"
    " created INTEGER NOT NULL, id BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE pending(serial INTEGER PRIMARY KEY,"
    " bytes BLOB NOT NULL) STRICT;"
    "CREATE TABLE idhash(hash INTEGER PRIMARY KEY,"
    " expires INTEGER NOT NULL) STRICT;"
    "CREATE INDEX idhash_expires ON idhash(expires);"
    "CREATE TABLE cleared(subject INTEGER PRIMARY KEY,"
    " time INTEGER NOT NULL) STRICT;"
    "CREATE TABLE frozen(member BLOB PRIMARY KEY,"
    " proof BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE card(member BLOB PRIMARY KEY,"
    " bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE token(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL UNIQUE, role INTEGER NOT NULL CHECK(role BETWEEN 1 "
    "AND 4),"
    " created INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE,"
    " prefixes TEXT NOT NULL) STRICT;"
    "CREATE TABLE caller(key BLOB PRIMARY KEY, address TEXT NOT NULL,"
    " first INTEGER NOT NULL, last INTEGER NOT NULL,"
    " calls INTEGER NOT NULL, card BLOB) STRICT, WITHOUT ROWID;",
    /* 1 -> 2 */
    "CREATE TABLE waiver(prefix TEXT PRIMARY KEY, time INTEGER NOT NULL,"
    " local INTEGER NOT NULL, gone INTEGER NOT NULL,"
    " asker TEXT NOT NULL) STRICT, WITHOUT ROWID;",
    /* 2 -> 3: who ordered what. */
    "CREATE TABLE deed(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " time INTEGER NOT NULL, subject INTEGER NOT NULL, act TEXT NOT NULL,"
    " who TEXT NOT NULL) STRICT;"
    "CREATE INDEX deed_subject ON deed(subject);",
    /* 3 -> 4: requests for removal that wait. */
    "CREATE TABLE plea(subject INTEGER PRIMARY KEY, first INTEGER NOT NULL,"
    " last INTEGER NOT NULL, times INTEGER NOT NULL, asker TEXT NOT NULL,"
    " contact TEXT NOT NULL, statement TEXT NOT NULL) STRICT;",
};

const char *
store_why(sqlite3 *db)
{
	int code = sqlite3_errcode(db) & 0xff;
	int number = sqlite3_system_errno(db);

	/* "disk I/O error" is what SQLite makes of a full disk at times. */
	if ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && number != 0)
		return (strerror(number));
	return (sqlite3_errmsg(db));
}

/* The number that ${pragma} reads, -1 on failure. */
static int
number(sqlite3 *db, const char *pragma)
{
	sqlite3_stmt *st;
	int n = -1;

	if (sqlite3_prepare_v2(db, pragma, -1, &st, NULL) != SQLITE_OK)
		return (-1);
	if (sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return (n);
}

/* Take one step; if that fails say why in ${why}. */
static int
step(sqlite3 *db, int version, char why[128])
{
	char set[128];

	snprintf(set, sizeof(set),
	    "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION,
	    version + 1);
	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) ==
		SQLITE_OK &&
	    sqlite3_exec(db, steps[version], NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(db, set, NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return (0);
	snprintf(why, 128, "%s", store_why(db));
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return (-1);
}

/* Take the steps from ${version} to the present one. */
static int
upgrade(sqlite3 *db, const char *path, int version, struct buf *error)
{
	char why[128];

	for (; version < STORE_VERSION; version++)
		if (step(db, version, why) != 0) {
			buf_printf(error, "%s: cannot make its tables: %s",
			    path, why);
			return (-1);
		}
	return (0);
}

int
store_schema_make(sqlite3 *db, const char *path, struct buf *error)
{
	return (upgrade(db, path, 0, error));
}

int
store_schema_check(sqlite3 *db, const char *path, struct buf *error)
{
	int version = number(db, "PRAGMA user_version");

	if (version < 0) {
		buf_printf(error, "%s: not a usable database: %s", path,
		    store_why(db));
		return (-1);
	}
	/* An empty file too: beginning anew by mistake would be a fork. */
	if (version == 0 ||
	    number(db, "PRAGMA application_id") != APPLICATION) {
		buf_printf(error,
		    "%s: not a database of virbl: put the right one back, or "
		    "move it away and make a new one with virbl init",
		    path);
		return (-1);
	}
	if (version > STORE_VERSION) {
		buf_printf(error,
		    "%s: made by a newer virbl (database version "
		    "%d, this program knows %d): install that version again",
		    path, version, STORE_VERSION);
		return (-1);
	}
	return (upgrade(db, path, version, error));
}

sqlite3 *
store_connect(const char *path, struct buf *error)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		goto fail;
	sqlite3_busy_timeout(db, 10000);
	if (sqlite3_exec(db,
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		"PRAGMA foreign_keys = OFF; PRAGMA cell_size_check = ON",
		NULL, NULL, NULL) == SQLITE_OK)
		return (db);
fail:
	buf_printf(error, "%s: cannot open the database: %s", path,
	    store_why(db));
	sqlite3_close(db);
	return (NULL);
}
