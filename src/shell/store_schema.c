/*
 * Tables of the log, and how they change.
 *
 * To change them: raise STORE_VERSION, append the statements that turn the
 * version before into the new one to steps[] (never edit a step that was
 * released), and add a database of the old version to the tests.
 */
#include <stdio.h>

#include "shell/store_impl.h"

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
    " name TEXT NOT NULL UNIQUE, role INTEGER NOT NULL,"
    " created INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE,"
    " prefixes TEXT NOT NULL) STRICT;"
    "CREATE TABLE caller(key BLOB PRIMARY KEY, address TEXT NOT NULL,"
    " first INTEGER NOT NULL, last INTEGER NOT NULL,"
    " calls INTEGER NOT NULL, card BLOB) STRICT, WITHOUT ROWID;",
};

static int
version_get(sqlite3 *db)
{
	sqlite3_stmt *st;
	int version = -1;

	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL) !=
	    SQLITE_OK)
		return (-1);
	if (sqlite3_step(st) == SQLITE_ROW)
		version = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return (version);
}

static int
step(sqlite3 *db, int version)
{
	char set[64];

	snprintf(set, sizeof(set), "PRAGMA user_version = %d", version + 1);
	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return (-1);
	if (sqlite3_exec(db, steps[version], NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(db, set, NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return (0);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return (-1);
}

int
store_schema(sqlite3 *db, struct buf *error)
{
	const char *path = sqlite3_db_filename(db, "main");
	int version = version_get(db);

	if (version < 0) {
		buf_printf(error, "%s: not a usable database: %s", path,
		    sqlite3_errmsg(db));
		return (-1);
	}
	if (version > STORE_VERSION) {
		buf_printf(error,
		    "%s: made by a newer virbl (database version "
		    "%d, this program knows %d): install that version again",
		    path, version, STORE_VERSION);
		return (-1);
	}
	for (; version < STORE_VERSION; version++)
		if (step(db, version) != 0) {
			buf_printf(error, "%s: cannot make its tables: %s",
			    path, sqlite3_errmsg(db));
			return (-1);
		}
	return (0);
}

sqlite3 *
store_connect(const char *path, int flags, struct buf *error)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK)
		goto fail;
	sqlite3_busy_timeout(db, 10000);
	if (sqlite3_exec(db,
		"PRAGMA journal_mode = WAL;"
		"PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;"
		"PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16384",
		NULL, NULL, NULL) == SQLITE_OK)
		return (db);
fail:
	buf_printf(error, "%s: cannot open the database: %s", path,
	    sqlite3_errmsg(db));
	sqlite3_close(db);
	return (NULL);
}
