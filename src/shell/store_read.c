/*
 * Reading the log: all of it at the start, ranges of batches while serving.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/log.h"
#include "shell/store_impl.h"

sqlite3 *
store_reader(struct store *s)
{
	struct buf error;
	sqlite3 *db = NULL;

	pthread_mutex_lock(&s->readers_mutex);
	if (s->nreaders > 0)
		db = s->readers[--s->nreaders];
	pthread_mutex_unlock(&s->readers_mutex);
	if (db != NULL)
		return (db);
	buf_init(&error, 4096);
	db = store_connect(s->path, &error);
	if (db == NULL)
		log_error("store: %s", buf_string(&error));
	buf_free(&error);
	return (db);
}

void
store_reader_back(struct store *s, sqlite3 *db)
{
	if (db == NULL)
		return;
	pthread_mutex_lock(&s->readers_mutex);
	if (s->nreaders < STORE_READERS) {
		s->readers[s->nreaders++] = db;
		db = NULL;
	}
	pthread_mutex_unlock(&s->readers_mutex);
	sqlite3_close(db);
}

/* Append what ${st} finds; the number of batches, -1 on failure. */
static int
append(sqlite3_stmt *st, struct buf *out)
{
	size_t begin = out->len, len;
	int n = 0, rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		len = (size_t)sqlite3_column_bytes(st, 0);
		if (n > 0 && out->len - begin + len > ENGINE_RANGE_BYTES)
			return (n);
		buf_add(out, sqlite3_column_blob(st, 0), len);
		n++;
	}
	return (rc == SQLITE_DONE && !out->full ? n : -1);
}

int
store_range(struct store *s, const uint8_t member[KEY_BYTES], uint32_t epoch,
    const uint64_t range[2], struct buf *out)
{
	sqlite3 *db = store_reader(s);
	sqlite3_stmt *st;
	int n = -1;

	if (db == NULL)
		return (-1);
	if (sqlite3_prepare_v2(db,
		"SELECT bytes FROM batch WHERE member = ?1"
		" AND epoch = ?2 AND seq BETWEEN ?3 AND ?4 ORDER BY seq LIMIT "
		"?5",
		-1, &st, NULL) == SQLITE_OK) {
		sqlite3_bind_blob(st, 1, member, KEY_BYTES, SQLITE_STATIC);
		sqlite3_bind_int64(st, 2, epoch);
		sqlite3_bind_int64(st, 3,
		    range[0] > INT64_MAX ? INT64_MAX : (sqlite3_int64)range[0]);
		sqlite3_bind_int64(st, 4,
		    range[1] > INT64_MAX ? INT64_MAX : (sqlite3_int64)range[1]);
		sqlite3_bind_int64(st, 5, ENGINE_RANGE);
		n = append(st, out);
		sqlite3_finalize(st);
	}
	if (n < 0)
		log_error("store: cannot read batches: %s",
		    out->full ? "no room for them" : sqlite3_errmsg(db));
	store_reader_back(s, db);
	return (n);
}

/* What is loaded, in this order; columns as fill() reads them. */
static const struct {
	enum loaded_kind kind;
	const char *sql;
} tables[] = {
    {LOADED_HEAD, "SELECT member, epoch, seq, floor, created, id FROM head"},
    {LOADED_BATCH, "SELECT bytes FROM batch ORDER BY member, epoch, seq"},
    {LOADED_CARD, "SELECT bytes FROM card"},
    {LOADED_FROZEN, "SELECT proof FROM frozen"},
    {LOADED_CLEARED, "SELECT subject, time FROM cleared"},
    {LOADED_WAIVER, "SELECT prefix, time, local, gone, asker FROM waiver"},
    {LOADED_ID, "SELECT hash, expires FROM idhash"},
    {LOADED_PENDING, "SELECT bytes, serial FROM pending ORDER BY serial"},
};

static void
copy_blob(sqlite3_stmt *st, int column, uint8_t *out, size_t n)
{
	memset(out, 0, n);
	if ((size_t)sqlite3_column_bytes(st, column) == n)
		memcpy(out, sqlite3_column_blob(st, column), n);
}

static bool
fill_waiver(sqlite3_stmt *st, struct waiver *x)
{
	const char *prefix = (const char *)sqlite3_column_text(st, 0);
	const char *by = (const char *)sqlite3_column_text(st, 4);

	memset(x, 0, sizeof(*x));
	if (prefix == NULL || prefix_parse(prefix, &x->prefix) != 0) {
		log_error("store: '%s' is exempted but no prefix: left out",
		    prefix == NULL ? "" : prefix);
		return (false);
	}
	x->time = (uint32_t)sqlite3_column_int64(st, 1);
	x->local = sqlite3_column_int(st, 2) != 0;
	x->gone = sqlite3_column_int(st, 3) != 0;
	text_copy(x->by, sizeof(x->by), by == NULL ? "" : by);
	return (true);
}

/* What a row becomes; events point into it. */
struct row {
	struct head head;
	struct waiver waiver;
};

/* Fill ${ev} from a row; false if it is to be left out. */
static bool
fill(sqlite3_stmt *st, struct event *ev, struct row *row)
{
	struct head *head = &row->head;

	switch (ev->u.loaded.kind) {
	case LOADED_HEAD:
		copy_blob(st, 0, head->member, KEY_BYTES);
		head->epoch = (uint32_t)sqlite3_column_int64(st, 1);
		head->seq = (uint64_t)sqlite3_column_int64(st, 2);
		head->floor = (uint64_t)sqlite3_column_int64(st, 3);
		head->created = sqlite3_column_int64(st, 4);
		copy_blob(st, 5, head->id, HASH_BYTES);
		ev->u.loaded.head = head;
		break;
	case LOADED_CLEARED:
		ev->u.loaded.subject = (uint64_t)sqlite3_column_int64(st, 0);
		ev->u.loaded.time = (uint32_t)sqlite3_column_int64(st, 1);
		break;
	case LOADED_WAIVER:
		ev->u.loaded.waiver = &row->waiver;
		return (fill_waiver(st, &row->waiver));
	case LOADED_ID:
		ev->u.loaded.idhash = (uint64_t)sqlite3_column_int64(st, 0);
		ev->u.loaded.time = (uint32_t)sqlite3_column_int64(st, 1);
		break;
	case LOADED_PENDING:
		ev->u.loaded.serial = (uint64_t)sqlite3_column_int64(st, 1);
		__attribute__((fallthrough));
	case LOADED_BATCH:
	case LOADED_CARD:
	case LOADED_FROZEN:
		ev->u.loaded.bytes = sqlite3_column_blob(st, 0);
		ev->u.loaded.len = (size_t)sqlite3_column_bytes(st, 0);
		break;
	}
	return (true);
}

int
store_load(struct store *s, int (*sink)(void *arg, struct event *event),
    void *arg)
{
	struct event ev;
	struct row row;
	sqlite3_stmt *st;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		rc = sqlite3_prepare_v2(s->db, tables[i].sql, -1, &st, NULL);
		while (
		    rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
			memset(&ev, 0, sizeof(ev));
			ev.type = EV_LOADED;
			ev.u.loaded.kind = tables[i].kind;
			rc = !fill(st, &ev, &row) || sink(arg, &ev) == 0 ?
			    SQLITE_OK :
			    SQLITE_ABORT;
		}
		sqlite3_finalize(st);
		/* The sink says itself why it stops. */
		if (rc != SQLITE_DONE && rc != SQLITE_ABORT)
			log_error("store: %s: cannot load: %s: put a copy of "
				  "the database back",
			    s->path, sqlite3_errstr(rc));
		if (rc != SQLITE_DONE)
			return (-1);
	}
	return (0);
}
