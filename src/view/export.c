#include <string.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "view/export_formats.h"

#define DEFAULT_CODE 0x7f000002u /* of a list without one, 127.0.0.2 */

static void
nothing(struct buf *out, const struct export_file *f)
{
	(void)out;
	(void)f;
}

/* ---- plain: one subject a line and nothing else ---- */

static void
plain_row(struct buf *out, const struct export_file *f,
    const struct export_row *row)
{
	char text[SUBJECT_TEXT];
	size_t len = subject_format(row->subject, text);

	(void)f;
	text[len] = '\n';
	buf_add(out, text, len + 1);
}

static void
cidr_row(struct buf *out, const struct export_file *f,
    const struct export_row *row)
{
	char text[SUBJECT_TEXT];

	(void)f;
	subject_format(row->subject, text);
	buf_printf(out, "%s%s\n", text,
	    subject_is_v4(row->subject) ? "/32" : "");
}

/* ---- csv (RFC 4180, but lines end as they do here) ---- */

static void
csv_begin(struct buf *out, const struct export_file *f)
{
	(void)f;
	buf_text(out, "address,since,until,score,groups,last,threat\n");
}

/*
 * A threat is some stranger's text: always quoted, and never able to begin a
 * formula in a spreadsheet.
 */
static void
csv_text(struct buf *out, const char *s)
{
	buf_text(out, "\"");
	if (s[0] != '\0' && strchr("=+-@", s[0]) != NULL)
		buf_text(out, "'");
	for (; *s != '\0'; s++) {
		if (*s == '"')
			buf_text(out, "\"");
		buf_add(out, s, 1);
	}
	buf_text(out, "\"");
}

static void
csv_row(struct buf *out, const struct export_file *f,
    const struct export_row *row)
{
	char address[SUBJECT_TEXT], since[TEXT_TIME], until[TEXT_TIME];
	char last[TEXT_TIME], score[32];

	(void)f;
	subject_format(row->subject, address);
	text_time_format(row->verdict.since, since);
	text_time_format(row->verdict.until, until);
	text_time_format(row->verdict.last, last);
	text_milli_format(row->verdict.score, score, sizeof(score));
	buf_printf(out, "%s,%s,%s,%s,%lu,%s,", address, since, until, score,
	    (unsigned long)row->verdict.groups, last);
	csv_text(out, row->threat);
	buf_text(out, "\n");
}

/* ---- json and ndjson ---- */

static void
json_object(struct buf *out, const struct export_row *row)
{
	char address[SUBJECT_TEXT];
	struct jsonw w;

	subject_format(row->subject, address);
	jsonw_init(&w, out);
	jsonw_object(&w);
	jsonw_key(&w, "address");
	jsonw_string(&w, address);
	jsonw_key(&w, "since");
	jsonw_time(&w, row->verdict.since);
	jsonw_key(&w, "until");
	jsonw_time(&w, row->verdict.until);
	jsonw_key(&w, "score");
	jsonw_milli(&w, row->verdict.score);
	jsonw_key(&w, "groups");
	jsonw_u64(&w, row->verdict.groups);
	jsonw_key(&w, "last");
	jsonw_time(&w, row->verdict.last);
	jsonw_key(&w, "threat");
	jsonw_string(&w, row->threat);
	jsonw_end_object(&w);
}

static void
ndjson_row(struct buf *out, const struct export_file *f,
    const struct export_row *row)
{
	(void)f;
	json_object(out, row);
	buf_text(out, "\n");
}

static void
json_begin(struct buf *out, const struct export_file *f)
{
	/* Names of lists are plain: card_name_valid() holds for them. */
	buf_printf(out, "{\"list\":\"%s\",\"rows\":[", f->list);
}

static void
json_row(struct buf *out, const struct export_file *f,
    const struct export_row *row)
{
	buf_text(out, f->rows == 0 ? "\n" : ",\n");
	json_object(out, row);
}

static void
json_end(struct buf *out, const struct export_file *f)
{
	buf_printf(out, "\n],\"count\":%zu}\n", f->rows);
}

/* ---- The formats ---- */

static const struct export_format plain = {"plain", "text/plain; charset=utf-8",
    EXPORT_SUBJECTS, nothing, plain_row, nothing};
static const struct export_format cidr = {"cidr", "text/plain; charset=utf-8",
    EXPORT_SUBJECTS, nothing, cidr_row, nothing};
static const struct export_format csv = {"csv", "text/csv; charset=utf-8",
    EXPORT_DETAILS, csv_begin, csv_row, nothing};
static const struct export_format json = {"json", "application/json",
    EXPORT_DETAILS, json_begin, json_row, json_end};
static const struct export_format ndjson = {"ndjson", "application/x-ndjson",
    EXPORT_DETAILS, nothing, ndjson_row, nothing};
/* The file behind `acl ... src -f` is one address or prefix a line. */
static const struct export_format haproxy = {"haproxy",
    "text/plain; charset=utf-8", EXPORT_SUBJECTS, nothing, plain_row, nothing};

static const struct export_format *const formats[] = {&plain, &cidr, &csv,
    &json, &ndjson, &export_rbldnsd, &export_bind, &export_rpz, &export_nft,
    &export_ipset, &export_postfix, &haproxy, &export_mikrotik, &export_stix,
    &export_misp, &export_crowdsec};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

const struct export_format *
export_find(const char *name)
{
	size_t i;

	for (i = 0; i < FORMATS; i++)
		if (strcmp(formats[i]->name, name) == 0)
			return (formats[i]);
	return (NULL);
}

void
export_names(struct buf *out)
{
	size_t i;

	for (i = 0; i < FORMATS; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", formats[i]->name);
}

/* Return the index of the first row at or above ${subject}. */
static size_t
first_from(const struct listing_row *rows, size_t n, uint64_t subject)
{
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (rows[mid].subject < subject)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

/* Return how many of ${rows} lie in the filter, and in *${from} the first. */
static size_t
slice(const struct listing_row *rows, size_t n,
    const struct export_filter *filter, size_t *from)
{
	uint64_t lo = 0, hi = UINT64_MAX, plo = 0, phi = UINT64_MAX;
	size_t end;

	*from = 0;
	if (filter->family == 4)
		hi = UINT32_MAX;
	else if (filter->family == 6)
		lo = (uint64_t)UINT32_MAX + 1;
	if (filter->within && prefix_range(&filter->prefix, &plo, &phi) != 0)
		return (0);
	lo = plo > lo ? plo : lo;
	hi = phi < hi ? phi : hi;
	if (lo > hi)
		return (0);
	*from = first_from(rows, n, lo);
	end = hi == UINT64_MAX ? n : first_from(rows, n, hi + 1);
	return (end - *from);
}

#define HALF 65536 /* values of half of a time */

/*
 * Return the highest value at which ${want} are reached, counting ${counts}
 * from the top, and take from *${want} what lies above it.
 */
static uint32_t
reach(const uint32_t *counts, size_t *want)
{
	uint32_t v = HALF - 1;

	for (; counts[v] < *want; v--)
		*want -= counts[v];
	return (v);
}

/*
 * Keep ${limit} of more ${rows}: a consumer with little room has most of what
 * was seen last. Of those seen at once the lowest addresses.
 */
static void
keep_latest(struct listing_row *rows, size_t n, size_t limit)
{
	uint32_t *counts = mem_zero(HALF * sizeof(*counts));
	uint32_t edge;
	size_t i, kept = 0, ties = limit;

	for (i = 0; i < n; i++)
		counts[rows[i].until >> 16]++;
	edge = reach(counts, &ties) << 16;
	memset(counts, 0, HALF * sizeof(*counts));
	for (i = 0; i < n; i++)
		if (rows[i].until >> 16 == edge >> 16)
			counts[rows[i].until & 0xffff]++;
	edge |= reach(counts, &ties);
	mem_free(counts);
	for (i = 0; i < n; i++) {
		if (rows[i].until < edge)
			continue;
		if (rows[i].until == edge && ties-- == 0) {
			ties = 0;
			continue;
		}
		rows[kept++] = rows[i];
	}
}

size_t
export_select(struct listing_row *rows, size_t n,
    const struct export_filter *filter)
{
	size_t from;

	n = slice(rows, n, filter, &from);
	if (from > 0)
		memmove(rows, rows + from, n * sizeof(*rows));
	if (filter->limit == 0 || n <= filter->limit)
		return (n);
	keep_latest(rows, n, filter->limit);
	return (filter->limit);
}

void
export_begin(struct export_file *f, const struct policy_list *list,
    const struct listing_row *rows, size_t n)
{
	uint32_t latest = 0;
	size_t i;

	f->list = list->name;
	f->code = list->code != 0 ? list->code : DEFAULT_CODE;
	for (i = 0; i < n; i++)
		latest = rows[i].until > latest ? rows[i].until : latest;
	/* A listing ends hold after the last sighting that counts. */
	f->newest = latest > list->hold ? latest - list->hold : 0;
}

/* True if ${v}, of ${n} ${votes}, was withdrawn by its author. */
static bool
retracted(const struct vote *votes, size_t n, const struct vote *v)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (votes[i].what == VOTE_RETRACTION &&
		    votes[i].member == v->member && votes[i].seen >= v->seen)
			return (true);
	return (false);
}

/* The threat of a sighting that counts at row->verdict.last. */
static uint32_t
latest_threat(const struct engine *e, const struct policy_list *list,
    const struct export_row *row)
{
	const struct rule_world *world = engine_world(e);
	const struct vote *votes;
	uint32_t best = 0;
	size_t n, i;

	votes = engine_votes(e, row->subject, &n);
	for (i = n; i > 0 && votes[i - 1].seen >= row->verdict.last; i--) {
		const struct vote *v = &votes[i - 1];

		if (v->seen != row->verdict.last || v->what > CATEGORY_MAX ||
		    (list->categories & CATEGORY_BIT(v->what)) == 0 ||
		    world->members[v->member].trust <= TRUST_OBSERVE ||
		    v->threat == 0 || retracted(votes, n, v))
			continue;
		/* Equal lists give equal files: not who came first, but the
		   least name. */
		if (best == 0 ||
		    strcmp(engine_threat(e, v->threat),
			engine_threat(e, best)) < 0)
			best = v->threat;
	}
	return (best);
}

bool
export_detail(const struct engine *e, struct rule *rule,
    const struct policy_list *list, uint32_t at, struct export_row *row)
{
	const struct vote *votes;
	size_t n;

	votes = engine_votes(e, row->subject, &n);
	if (votes == NULL)
		return (false);
	rule_prepare(rule, engine_world(e), row->subject, votes, n, at);
	rule_decide(rule, list, &row->verdict);
	if (row->verdict.reason < RULE_TRUSTED ||
	    engine_exempt(e, row->subject, NULL))
		return (false);
	text_copy(row->threat, sizeof(row->threat),
	    engine_threat(e, latest_threat(e, list, row)));
	return (true);
}
