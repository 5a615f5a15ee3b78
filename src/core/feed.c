#include "base/mem.h"
#include "core/feed.h"

#define FEED_FIRST 64 /* rows to begin with */

struct feed {
	struct feed_row *rows; /* ring: change k is at (k - 1) % size */
	size_t size; /* grows to FEED_MAX, then wraps */
	uint64_t last;
};

struct feed *
feed_new(void)
{
	struct feed *f = mem_zero(sizeof(*f));

	f->size = FEED_FIRST;
	f->rows = mem_array(NULL, f->size, sizeof(*f->rows));
	return (f);
}

void
feed_add(struct feed *f, enum feed_op op, uint64_t subject, uint32_t until)
{
	struct feed_row *row;

	/* Below FEED_MAX the ring never wraps, so it can be made longer. */
	if (f->last == f->size && f->size < FEED_MAX) {
		f->size *= 2;
		f->rows = mem_array(f->rows, f->size, sizeof(*f->rows));
	}
	row = &f->rows[f->last++ % f->size];
	row->subject = subject;
	row->until = until;
	row->op = op;
}

uint64_t
feed_last(const struct feed *f)
{
	return (f->last);
}

long
feed_read(const struct feed *f, uint64_t since, struct feed_row *out,
    size_t max)
{
	size_t i;

	if (since > f->last || f->last - since > FEED_MAX)
		return (-1);
	for (i = 0; i < max && since + i < f->last; i++)
		out[i] = f->rows[(since + i) % f->size];
	return ((long)i);
}

void
feed_free(struct feed *f)
{
	if (f == NULL)
		return;
	mem_free(f->rows);
	mem_free(f);
}
