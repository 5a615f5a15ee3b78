#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/mem.h"
#include "storehouse.h"

int
house_setup(void **state)
{
	static struct house h;

	memset(&h, 0, sizeof(h));
	snprintf(h.dir, sizeof(h.dir), "test_store.XXXXXX");
	if (mkdtemp(h.dir) == NULL)
		return (-1);
	snprintf(h.path, sizeof(h.path), "%s/virbl.db", h.dir);
	buf_init(&h.error, 4096);
	pthread_mutex_init(&h.mutex, NULL);
	pthread_cond_init(&h.cond, NULL);
	*state = &h;
	if (store_create(h.path, &h.error) != 0)
		return (-1);
	h.store = store_open(h.path, &h.error);
	return (h.store == NULL ? -1 : 0);
}

static void
forget(struct house *h)
{
	size_t i;

	for (i = 0; i < h->nloaded; i++)
		mem_free(h->loaded[i].bytes);
	mem_free(h->loaded);
	h->loaded = NULL;
	h->nloaded = h->room = 0;
}

int
house_teardown(void **state)
{
	struct house *h = *state;
	char cmd[128];

	house_close(h);
	forget(h);
	buf_free(&h->error);
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", h->dir);
	return (system(cmd));
}

void
house_open(struct house *h)
{
	h->store = store_open(h->path, &h->error);
	assert_string_equal(buf_string(&h->error), "");
	assert_non_null(h->store);
	h->done = 0;
	h->reports = 0;
}

void
house_close(struct house *h)
{
	store_close(h->store);
	h->store = NULL;
}

static void
on_done(void *arg, uint64_t serial)
{
	struct house *h = arg;

	pthread_mutex_lock(&h->mutex);
	h->done = serial;
	h->reports++;
	pthread_cond_signal(&h->cond);
	pthread_mutex_unlock(&h->mutex);
}

void
house_start(struct house *h)
{
	store_start(h->store, on_done, h);
}

void
house_wait(struct house *h, uint64_t serial)
{
	pthread_mutex_lock(&h->mutex);
	while (h->done < serial)
		pthread_cond_wait(&h->cond, &h->mutex);
	pthread_mutex_unlock(&h->mutex);
}

static int
sink(void *arg, struct event *event)
{
	struct house *h = arg;
	struct loaded *l;

	assert_int_equal(event->type, EV_LOADED);
	if (h->refuse_at != 0 && h->nloaded + 1 == h->refuse_at)
		return (-1);
	if (h->nloaded == h->room) {
		h->room = 2 * h->room + 64;
		h->loaded = mem_array(h->loaded, h->room, sizeof(*l));
	}
	l = &h->loaded[h->nloaded++];
	memset(l, 0, sizeof(*l));
	l->kind = event->u.loaded.kind;
	if (event->u.loaded.head != NULL)
		l->head = *event->u.loaded.head;
	l->len = event->u.loaded.len;
	if (l->len > 0)
		l->bytes = mem_dup(event->u.loaded.bytes, l->len);
	l->serial = event->u.loaded.serial;
	l->idhash = event->u.loaded.idhash;
	l->time = event->u.loaded.time;
	l->subject = event->u.loaded.subject;
	if (event->u.loaded.waiver != NULL)
		l->waiver = *event->u.loaded.waiver;
	return (0);
}

int
house_load(struct house *h)
{
	forget(h);
	return (store_load(h->store, sink, h));
}

void
house_sql(struct house *h, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(h->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

void
house_batch(struct house *h, uint64_t serial, uint8_t member,
    const uint64_t place[4], size_t len)
{
	struct action a = {.type = ACT_PERSIST};
	struct batch_header header;
	uint8_t id[HASH_BYTES], *bytes = mem_alloc(len);

	memset(&header, 0, sizeof(header));
	memset(header.member, member, KEY_BYTES);
	header.epoch = (uint32_t)place[0];
	header.seq = place[1];
	header.floor = 1;
	header.created = (int64_t)place[2];
	memset(id, (int)place[1], sizeof(id));
	memset(bytes, (int)place[1], len);
	/* So that another batch of this place differs. */
	memcpy(bytes + len - sizeof(serial), &serial, sizeof(serial));
	a.u.persist.serial = serial;
	a.u.persist.kind = member == 0 ? WRITE_OWN : WRITE_BATCH;
	a.u.persist.bytes = bytes;
	a.u.persist.len = len;
	a.u.persist.h = &header;
	a.u.persist.id = id;
	a.u.persist.pending = place[3];
	store_persist(h->store, &a);
	/* It was copied. */
	memset(bytes, 0xff, len);
	mem_free(bytes);
}

void
house_pending(struct house *h, uint64_t serial, uint64_t id)
{
	struct action a = {.type = ACT_PERSIST};
	struct write_id ids[2] = {{id, 2000000000}, {~id, 1}};
	uint64_t bytes[4] = {serial, serial, serial, serial};

	a.u.persist.serial = serial;
	a.u.persist.kind = WRITE_PENDING;
	a.u.persist.bytes = (const uint8_t *)bytes;
	a.u.persist.len = sizeof(bytes);
	a.u.persist.ids = ids;
	a.u.persist.nids = 2;
	store_persist(h->store, &a);
	memset(ids, 0xff, sizeof(ids));
}
