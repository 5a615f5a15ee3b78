/*
 * Who ordered what: retractions, clearances.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/log.h"
#include "shell/store_impl.h"

static void
read_text(sqlite3_stmt *st, int column, char *out, size_t size)
{
	const char *text = (const char *)sqlite3_column_text(st, column);

	text_copy(out, size, text != NULL ? text : "");
}

struct deed *
store_deeds(struct store *s, uint64_t subject, size_t *n)
{
	sqlite3 *db = store_reader(s);
	struct deed *list = NULL;
	sqlite3_stmt *st;

	*n = 0;
	if (db == NULL)
		return (NULL);
	if (sqlite3_prepare_v2(db,
		"SELECT time, act, who FROM deed WHERE subject = ?1"
		" ORDER BY id DESC LIMIT ?2",
		-1, &st, NULL) == SQLITE_OK) {
		sqlite3_bind_int64(st, 1, (sqlite3_int64)subject);
		sqlite3_bind_int64(st, 2, STORE_DEEDS_SHOWN);
		while (sqlite3_step(st) == SQLITE_ROW) {
			list = mem_array(list, *n + 1, sizeof(*list));
			list[*n].time = (uint32_t)sqlite3_column_int64(st, 0);
			read_text(st, 1, list[*n].act, sizeof(list->act));
			read_text(st, 2, list[*n].who, sizeof(list->who));
			(*n)++;
		}
		sqlite3_finalize(st);
	} else
		log_error("store: cannot read deeds: %s", sqlite3_errmsg(db));
	store_reader_back(s, db);
	return (list);
}
