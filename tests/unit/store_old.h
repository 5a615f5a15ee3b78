/*
 * store_old: a database as earlier versions made it, with something in it.
 */
#ifndef STORE_OLD_H
#define STORE_OLD_H

static const char store_old[] =
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
    " calls INTEGER NOT NULL, card BLOB) STRICT, WITHOUT ROWID;"
    "INSERT INTO meta VALUES('card', x'0102');"
    "INSERT INTO cleared VALUES(7, 1790000000);"
    "INSERT INTO token(name, role, created, hash, prefixes)"
    " VALUES('noc', 3, 1790000000123, zeroblob(32), '192.0.2.0/24');"
    "PRAGMA application_id = 1448231500; PRAGMA user_version = 1";

#endif
