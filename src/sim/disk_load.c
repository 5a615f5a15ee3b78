#include <string.h>

#include "base/mem.h"
#include "sim/disk.h"

struct loading {
	int (*sink)(void *arg, struct event *event);
	void *arg;
};

static int
load_row(const struct loading *l, enum loaded_kind kind,
    const struct diskrow *row)
{
	struct event event = {.type = EV_LOADED};
	struct waiver waiver;
	size_t i;

	event.u.loaded.kind = kind;
	if (kind == LOADED_WAIVER) {
		memcpy(&waiver, row->bytes, sizeof(waiver));
		event.u.loaded.waiver = &waiver;
		return (l->sink(l->arg, &event));
	}
	event.u.loaded.bytes = row->bytes;
	event.u.loaded.len = row->len;
	event.u.loaded.serial = row->serial;
	event.u.loaded.subject = row->subject;
	event.u.loaded.time = row->time;
	if (kind != LOADED_ID)
		return (l->sink(l->arg, &event));
	for (i = 0; i < row->nids; i++) {
		event.u.loaded.idhash = row->ids[i].hash;
		event.u.loaded.time = row->ids[i].expires;
		if (l->sink(l->arg, &event) != 0)
			return (-1);
	}
	return (0);
}

/* Exchange neighbours of different members, often. */
static void
interleave(const struct place **p, size_t n, struct dice *dice)
{
	const struct place *one;
	size_t i, k;

	for (k = 0; n > 1 && k < 8 * n; k++) {
		i = dice_roll(dice, n - 1);
		one = p[i];
		if (memcmp(one->blob->h.member, p[i + 1]->blob->h.member,
			KEY_BYTES) == 0)
			continue;
		p[i] = p[i + 1];
		p[i + 1] = one;
	}
}

static int
load_batches(const struct disk *d, struct dice *shuffle,
    const struct loading *l)
{
	struct event event = {.type = EV_LOADED};
	const struct place **all;
	size_t i, k, n = 0;
	int rc = 0;

	for (i = 0; i < d->nshelves; i++)
		n += d->shelves[i].n;
	all = mem_array(NULL, n + 1, sizeof(*all));
	for (i = n = 0; i < d->nshelves; i++)
		for (k = 0; k < d->shelves[i].n; k++)
			all[n++] = &d->shelves[i].places[k];
	if (shuffle != NULL)
		interleave(all, n, shuffle);
	event.u.loaded.kind = LOADED_BATCH;
	for (i = 0; i < n && rc == 0; i++) {
		event.u.loaded.bytes = all[i]->rotten != NULL ?
		    all[i]->rotten :
		    all[i]->blob->bytes;
		event.u.loaded.len = all[i]->blob->len;
		rc = l->sink(l->arg, &event);
	}
	mem_free(all);
	return (rc);
}

int
disk_load(const struct disk *d, struct dice *shuffle,
    int (*sink)(void *arg, struct event *event), void *arg)
{
	static const struct {
		enum write_kind kind;
		enum loaded_kind as;
	} order[] = {{WRITE_CARD, LOADED_CARD}, {WRITE_FROZEN, LOADED_FROZEN},
	    {WRITE_CLEARED, LOADED_CLEARED}, {WRITE_WAIVER, LOADED_WAIVER},
	    {WRITE_PENDING, LOADED_ID}, {WRITE_PENDING, LOADED_PENDING}};
	const struct loading l = {sink, arg};
	struct event event = {.type = EV_LOADED};
	size_t i, k;

	event.u.loaded.kind = LOADED_HEAD;
	for (i = 0; i < d->nshelves; i++) {
		event.u.loaded.head = &d->shelves[i].head;
		if (sink(arg, &event) != 0)
			return (-1);
	}
	if (load_batches(d, shuffle, &l) != 0)
		return (-1);
	for (k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (i = 0; i < d->n; i++) {
			if (d->rows[i].kind != order[k].kind ||
			    (order[k].as == LOADED_PENDING &&
				d->rows[i].bytes == NULL))
				continue;
			if (load_row(&l, order[k].as, &d->rows[i]) != 0)
				return (-1);
		}
	return (0);
}
