#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sim/disk.h"

struct disk *
disk_new(void)
{
	return (mem_zero(sizeof(struct disk)));
}

void
disk_row_free(struct diskrow *row)
{
	mem_free(row->bytes);
	mem_free(row->ids);
}

static void *
copy_of(const void *p, size_t n)
{
	return (p == NULL ? NULL : mem_dup(p, n));
}

struct disk *
disk_copy(const struct disk *from)
{
	struct disk *d = mem_zero(sizeof(*d));
	struct shelf *s;
	size_t i, k;

	d->nshelves = from->nshelves;
	d->shelves = mem_dup(from->shelves, d->nshelves * sizeof(*d->shelves));
	for (i = 0; i < d->nshelves; i++) {
		s = &d->shelves[i];
		s->room = s->n;
		s->places = mem_dup(s->places, s->n * sizeof(*s->places));
		for (k = 0; k < s->n; k++)
			s->places[k].rotten = copy_of(s->places[k].rotten,
			    s->places[k].blob->len);
	}
	d->n = d->room = from->n;
	d->rows = mem_dup(from->rows, d->n * sizeof(*d->rows));
	for (i = 0; i < d->n; i++) {
		d->rows[i].bytes = copy_of(d->rows[i].bytes, d->rows[i].len);
		d->rows[i].ids = copy_of(d->rows[i].ids,
		    d->rows[i].nids * sizeof(*d->rows[i].ids));
	}
	return (d);
}

void
disk_free(struct disk *d)
{
	size_t i, k;

	if (d == NULL)
		return;
	for (i = 0; i < d->nshelves; i++) {
		for (k = 0; k < d->shelves[i].n; k++)
			mem_free(d->shelves[i].places[k].rotten);
		mem_free(d->shelves[i].places);
	}
	for (i = 0; i < d->n; i++)
		disk_row_free(&d->rows[i]);
	mem_free(d->shelves);
	mem_free(d->rows);
	mem_free(d);
}

/* ---- Logs ---- */

static struct shelf *
find_shelf(const struct disk *d, const uint8_t member[KEY_BYTES])
{
	size_t i;

	for (i = 0; i < d->nshelves; i++)
		if (memcmp(d->shelves[i].member, member, KEY_BYTES) == 0)
			return (&d->shelves[i]);
	return (NULL);
}

const struct shelf *
disk_shelf(const struct disk *d, const uint8_t member[KEY_BYTES])
{
	return (find_shelf(d, member));
}

static struct shelf *
make_shelf(struct disk *d, const uint8_t member[KEY_BYTES])
{
	struct shelf *s = find_shelf(d, member);

	if (s != NULL)
		return (s);
	d->shelves =
	    mem_array(d->shelves, d->nshelves + 1, sizeof(*d->shelves));
	s = &d->shelves[d->nshelves++];
	memset(s, 0, sizeof(*s));
	memcpy(s->member, member, KEY_BYTES);
	return (s);
}

/* Order of ${b} and the place (${epoch}, ${seq}). */
static int
compare_place(const struct blob *b, uint32_t epoch, uint64_t seq)
{
	if (b->h.epoch != epoch)
		return (b->h.epoch < epoch ? -1 : 1);
	return (b->h.seq < seq ? -1 : b->h.seq > seq);
}

/* Where the first batch stands that is not before (${epoch}, ${seq}). */
static size_t
position(const struct shelf *s, uint32_t epoch, uint64_t seq)
{
	size_t lo = 0, hi = s->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (compare_place(s->places[mid].blob, epoch, seq) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

bool
disk_holds(const struct shelf *s, const struct blob *b)
{
	size_t i = position(s, b->h.epoch, b->h.seq);

	return (i < s->n && s->places[i].blob == b);
}

static int
write_batch(struct disk *d, const struct diskrow *row)
{
	struct blob *b = row->blob;
	struct shelf *s = make_shelf(d, b->h.member);
	size_t i = position(s, b->h.epoch, b->h.seq);

	if (s->head.epoch == 0 ||
	    compare_place(b, s->head.epoch, s->head.seq) > 0)
		chain_advance(&s->head, &b->h, b->id);
	if (i < s->n &&
	    compare_place(s->places[i].blob, b->h.epoch, b->h.seq) == 0) {
		if (row->kind == WRITE_OWN)
			return (s->places[i].blob == b ? 0 : -1);
		mem_free(s->places[i].rotten);
		s->places[i].rotten = NULL;
		s->places[i].blob = b;
		return (0);
	}
	if (s->n == s->room) {
		s->room = s->room == 0 ? 64 : s->room * 2;
		s->places = mem_array(s->places, s->room, sizeof(*s->places));
	}
	memmove(&s->places[i + 1], &s->places[i],
	    (s->n - i) * sizeof(*s->places));
	s->n++;
	s->places[i].blob = b;
	s->places[i].rotten = NULL;
	return (0);
}

static void
prune_shelf(struct shelf *s, int64_t created)
{
	size_t i, left = 0;

	for (i = 0; i < s->n; i++)
		if (s->places[i].blob->h.created < created)
			mem_free(s->places[i].rotten);
		else
			s->places[left++] = s->places[i];
	s->n = left;
}

/* ---- Rows ---- */

static void
drop_row(struct disk *d, size_t i)
{
	disk_row_free(&d->rows[i]);
	memmove(&d->rows[i], &d->rows[i + 1], (--d->n - i) * sizeof(*d->rows));
}

/* Pending reports up to ${serial} are in batches now; their ids stay. */
static void
end_pending(struct disk *d, uint64_t serial)
{
	size_t i;

	for (i = d->n; i-- > 0;) {
		if (d->rows[i].kind != WRITE_PENDING ||
		    d->rows[i].serial > serial)
			continue;
		mem_free(d->rows[i].bytes);
		d->rows[i].bytes = NULL;
		d->rows[i].len = 0;
		if (d->rows[i].nids == 0)
			drop_row(d, i);
	}
}

static void
prune(struct disk *d, const struct diskrow *row)
{
	struct diskrow *r;
	size_t i, k, left;

	for (i = 0; i < d->nshelves; i++)
		prune_shelf(&d->shelves[i], row->created);
	for (i = d->n; i-- > 0;) {
		r = &d->rows[i];
		for (k = left = 0; k < r->nids; k++)
			if (r->ids[k].expires > row->time)
				r->ids[left++] = r->ids[k];
		r->nids = left;
		if (r->kind == WRITE_PENDING && left == 0 && r->bytes == NULL)
			drop_row(d, i);
	}
}

/* Both are about the waiver of one prefix. */
static bool
same_prefix(const struct diskrow *a, const struct diskrow *b)
{
	struct waiver x, y;

	memcpy(&x, a->bytes, sizeof(x));
	memcpy(&y, b->bytes, sizeof(y));
	return (memcmp(&x.prefix, &y.prefix, sizeof(x.prefix)) == 0);
}

static void
end_waiver(struct disk *d, struct diskrow *row)
{
	size_t i;

	for (i = d->n; i-- > 0;)
		if (d->rows[i].kind == WRITE_WAIVER &&
		    same_prefix(&d->rows[i], row))
			drop_row(d, i);
	disk_row_free(row);
}

/* True if ${row} replaces ${old}. */
static bool
replaces(const struct diskrow *row, const struct diskrow *old)
{
	if (row->kind != old->kind)
		return (false);
	if (row->kind == WRITE_WAIVER)
		return (same_prefix(row, old));
	if (row->kind == WRITE_CARD)
		return (memcmp(row->member, old->member, KEY_BYTES) == 0);
	return (row->kind == WRITE_CLEARED && row->subject == old->subject &&
	    row->time >= old->time);
}

/* True if ${old} makes ${row} needless. */
static bool
stands(const struct diskrow *old, const struct diskrow *row)
{
	if (row->kind != old->kind)
		return (false);
	if (row->kind == WRITE_FROZEN)
		return (memcmp(row->member, old->member, KEY_BYTES) == 0);
	return (row->kind == WRITE_CLEARED && row->subject == old->subject &&
	    row->time < old->time);
}

static void
add_row(struct disk *d, struct diskrow *row)
{
	size_t i;

	for (i = d->n; row->kind != WRITE_PENDING && i-- > 0;) {
		if (replaces(row, &d->rows[i])) {
			drop_row(d, i);
		} else if (stands(&d->rows[i], row)) {
			disk_row_free(row);
			return;
		}
	}
	if (d->n == d->room) {
		d->room = d->room == 0 ? 64 : d->room * 2;
		d->rows = mem_array(d->rows, d->room, sizeof(*d->rows));
	}
	d->rows[d->n++] = *row;
}

int
disk_write(struct disk *d, struct diskrow *row)
{
	int rc = 0;

	switch (row->kind) {
	case WRITE_OWN:
	case WRITE_BATCH:
		rc = write_batch(d, row);
		if (row->kind == WRITE_OWN && row->pending != 0)
			end_pending(d, row->pending);
		disk_row_free(row);
		break;
	case WRITE_PRUNE:
		prune(d, row);
		disk_row_free(row);
		break;
	case WRITE_WAIVED:
		end_waiver(d, row);
		break;
	default:
		add_row(d, row);
	}
	return (rc);
}

/* ---- Decay ---- */

struct blob *
disk_rot(struct disk *d, struct dice *dice)
{
	size_t i, n = 0;
	uint64_t pick;
	struct place *p;

	for (i = 0; i < d->nshelves; i++)
		n += d->shelves[i].n;
	if (n == 0)
		return (NULL);
	pick = dice_roll(dice, n);
	for (i = 0; pick >= d->shelves[i].n; i++)
		pick -= d->shelves[i].n;
	p = &d->shelves[i].places[pick];
	if (p->rotten == NULL)
		p->rotten = mem_dup(p->blob->bytes, p->blob->len);
	p->rotten[dice_roll(dice, p->blob->len)] ^=
	    (uint8_t)(1u << dice_roll(dice, 8));
	return (p->blob);
}
