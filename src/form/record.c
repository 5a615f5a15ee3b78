#include <endian.h>
#include <string.h>

#include <virbl/category.h>
#include <virbl/record.h>

/* A record as it lies in a batch. */
struct layout {
	uint8_t kind;
	uint8_t category;
	uint8_t basis;
	uint8_t flags;
	uint8_t subject[8];
	uint32_t count;
	uint32_t first;
	uint32_t last;
	uint16_t threat;
	uint16_t sport;
	uint16_t dport;
	uint16_t zero;
};

_Static_assert(sizeof(struct layout) == RECORD_BYTES, "record has no holes");

void
record_encode(const struct record *r, uint8_t out[RECORD_BYTES])
{
	uint64_t subject = htobe64(r->subject);
	struct layout l = {
	    .kind = r->kind,
	    .category = r->category,
	    .basis = r->basis,
	    .flags = r->flags,
	    .count = htobe32(r->count),
	    .first = htobe32(r->first),
	    .last = htobe32(r->last),
	    .threat = htobe16(r->threat),
	    .sport = htobe16(r->sport),
	    .dport = htobe16(r->dport),
	};

	memcpy(l.subject, &subject, sizeof(l.subject));
	memcpy(out, &l, RECORD_BYTES);
}

/* Check what only a sighting has. */
static const char *
sighting(const struct layout *l, size_t names)
{
	if (l->category == 0 || l->category > CATEGORY_MAX)
		return ("category");
	if (l->basis > BASIS_MAX)
		return ("basis");
	if ((l->flags & ~SIGHTING_FLAGS) != 0)
		return ("flags");
	if (l->count == 0)
		return ("count");
	if (be32toh(l->first) > be32toh(l->last))
		return ("first");
	if (be16toh(l->threat) > names)
		return ("threat");
	return (NULL);
}

/* Check that anything but a sighting has nothing of one. */
static const char *
mark(const struct layout *l)
{
	if (l->category != 0)
		return ("category");
	if (l->basis != 0)
		return ("basis");
	if (l->flags != 0)
		return ("flags");
	if (l->count != 0)
		return ("count");
	if (l->first != 0)
		return ("first");
	if (l->threat != 0)
		return ("threat");
	if (l->sport != 0)
		return ("source port");
	if (l->dport != 0)
		return ("destination port");
	return (NULL);
}

const char *
record_decode(const uint8_t in[RECORD_BYTES], size_t names, uint32_t created,
    struct record *ret)
{
	struct layout l;
	uint64_t subject;
	const char *bad;

	memcpy(&l, in, sizeof(l));
	if (l.kind == 0 || l.kind > RECORD_KIND_MAX)
		return ("kind");
	bad = l.kind == RECORD_SIGHTING ? sighting(&l, names) : mark(&l);
	if (bad != NULL)
		return (bad);
	if (be32toh(l.last) > created)
		return ("last");
	if (l.zero != 0)
		return ("reserved");
	memcpy(&subject, l.subject, sizeof(subject));
	ret->subject = be64toh(subject);
	ret->count = be32toh(l.count);
	ret->first = be32toh(l.first);
	ret->last = be32toh(l.last);
	ret->threat = be16toh(l.threat);
	ret->sport = be16toh(l.sport);
	ret->dport = be16toh(l.dport);
	ret->kind = l.kind;
	ret->category = l.category;
	ret->basis = l.basis;
	ret->flags = l.flags;
	return (NULL);
}
