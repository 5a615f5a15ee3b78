#include "base/mem.h"
#include "core/writes.h"

struct link {
	struct write write; /* first: a write is freed as its link */
	struct link *later;
};

struct writes {
	struct link *first, *last;
	size_t count;
	size_t bytes;
	uint64_t serial; /* of the newest */
};

struct writes *
writes_new(uint64_t last)
{
	struct writes *w = mem_zero(sizeof(*w));

	w->serial = last;
	return (w);
}

struct write *
writes_add(struct writes *w, enum write_kind kind, uint8_t *bytes, size_t len)
{
	struct link *l = mem_zero(sizeof(*l));

	l->write.serial = ++w->serial;
	l->write.kind = kind;
	l->write.bytes = bytes;
	l->write.len = len;
	w->bytes += len;
	if (w->last == NULL)
		w->first = l;
	else
		w->last->later = l;
	w->last = l;
	w->count++;
	return (&l->write);
}

struct write *
writes_newest(struct writes *w)
{
	return (w->last == NULL ? NULL : &w->last->write);
}

struct write *
writes_take(struct writes *w, uint64_t serial)
{
	struct link *l = w->first;

	if (l == NULL || l->write.serial > serial)
		return (NULL);
	w->first = l->later;
	if (w->first == NULL)
		w->last = NULL;
	w->count--;
	w->bytes -= l->write.len;
	return (&l->write);
}

void
writes_done(struct write *write)
{
	struct write_reply *r;

	if (write == NULL)
		return;
	while ((r = write->replies) != NULL) {
		write->replies = r->later;
		mem_free(r->verdicts);
		mem_free(r);
	}
	batch_free(&write->batch);
	mem_free(write->records);
	mem_free(write->waiver);
	mem_free(write->who);
	mem_free(write->bytes);
	mem_free(write);
}

size_t
writes_count(const struct writes *w)
{
	return (w->count);
}

size_t
writes_bytes(const struct writes *w)
{
	return (w->bytes);
}

void
writes_free(struct writes *w)
{
	struct write *write;

	if (w == NULL)
		return;
	while ((write = writes_take(w, UINT64_MAX)) != NULL)
		writes_done(write);
	mem_free(w);
}
