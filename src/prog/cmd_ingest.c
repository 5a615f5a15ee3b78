/*
 * ingest: many sightings from a file or a pipe.
 *
 * Every line is read here first, by what the daemon reads it with, so that a
 * bad one never travels and errors carry the line of the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "view/sighting.h"

#include "call.h"
#include "commands.h"
#include "evidence_id.h"
#include "lines.h"
#include "out.h"
#include "posting.h"
#include "progress.h"

#define CHUNK_LINES 1000 /* the daemon describes so many errors */
#define CHUNK_BYTES (1u << 20)
#define TRIES 20 /* a second apart, while the daemon is busy */
#define DESCRIBED 1000 /* most rejected lines that are described */

enum { DRY_RUN = 1 };

struct ingest {
	struct cmd_ctx *ctx;
	struct conf *conf; /* NULL for a dry run */
	struct client *client; /* NULL for a dry run */
	struct lines *lines;
	struct evidence_id *ids;
	struct progress *progress;
	/* What is sent next: */
	struct buf chunk;
	size_t n;
	uint64_t number[CHUNK_LINES]; /* of each in the file */
	size_t start[CHUNK_LINES]; /* of each in the chunk */
	/* What came of all: */
	uint64_t accepted, duplicate, bad;
	uint64_t unparsed; /* of the bad, not yet told */
	json_t *rejected;
};

/* Line ${number} was not taken: ${why} (jansson's or ours). */
static void
reject(struct ingest *in, uint64_t number, const char *field, const char *why)
{
	json_t *o;

	if (++in->bad > DESCRIBED)
		return;
	o = json_pack("{s:I, s:s?, s:s?}", "line", (json_int_t)number, "field",
	    field, "error", why);
	if (o == NULL)
		return;
	json_array_append_new(in->rejected, o);
	if (in->ctx->json)
		return;
	fprintf(stderr, "%sline %llu: ", in->progress != NULL ? "\r" : "",
	    (unsigned long long)number);
	if (field != NULL) {
		out_text(stderr, field);
		fprintf(stderr, ": ");
	}
	out_text(stderr, why);
	fprintf(stderr, "\n");
}

/* The lines the daemon asked to be sent again become the chunk. */
static void
keep_lines(struct ingest *in, const bool *again)
{
	size_t i, end, total = in->chunk.len, n = 0, len = 0;

	for (i = 0; i < in->n; i++) {
		end = i + 1 < in->n ? in->start[i + 1] : total;
		if (!again[i])
			continue;
		end -= in->start[i];
		memmove(in->chunk.data + len, in->chunk.data + in->start[i],
		    end);
		in->start[n] = len;
		in->number[n++] = in->number[i];
		len += end;
	}
	in->n = n;
	in->chunk.len = len;
}

/* Count one answer; true if some lines are left to be sent again. */
static bool
count(struct ingest *in, const struct posting *p, bool last)
{
	bool again[CHUNK_LINES] = {false}, some = false;
	const json_t *r, *field;
	json_int_t line;
	size_t i;

	in->accepted += p->accepted;
	in->duplicate += p->duplicate;
	for (i = 0; i < json_array_size(p->rejected); i++) {
		r = json_array_get(p->rejected, i);
		line = json_integer_value(json_object_get(r, "line"));
		if (line < 1 || line > (json_int_t)in->n)
			continue;
		if (!last && json_is_true(json_object_get(r, "retry"))) {
			again[line - 1] = some = true;
			continue;
		}
		field = json_object_get(r, "field");
		reject(in, in->number[line - 1], json_string_value(field),
		    json_string_value(json_object_get(r, "error")));
	}
	if (some)
		keep_lines(in, again);
	return (some);
}

/* Send the chunk until all of it was answered. */
static int
flush(struct ingest *in)
{
	struct posting_lines lines = {.adapter = "ndjson"};
	struct posting p;
	struct answer a;
	unsigned try;
	bool more;
	int rc = CMD_OK;

	/* What could not be read is told too, once, for the meter. */
	lines.unparsed = in->unparsed;
	in->unparsed = 0;
	more = in->n > 0 || lines.unparsed > 0;
	for (try = 1; more && in->client != NULL; try++) {
		lines.bytes = in->chunk.data;
		lines.len = in->chunk.len;
		rc = posting_send(in->client, &lines, &p, &a);
		lines.unparsed = 0;
		if (rc == CMD_OK)
			more = count(in, &p, try == TRIES);
		else if (rc != CMD_TEMPORARY || try == TRIES) {
			cmd_fail(in->ctx, rc, "%s", buf_string(&a.error));
			more = false;
		}
		posting_free(&p);
		client_answer_free(&a);
		if (more)
			sleep(1);
	}
	if (in->client == NULL)
		in->accepted += in->n;
	buf_reset(&in->chunk);
	in->n = 0;
	return (rc);
}

/* Add a good line, with an id if it has none. */
static void
add(struct ingest *in, const char *line, size_t len, const struct item *item)
{
	const char *open = memchr(line, '{', len);
	size_t head = (size_t)(open - line) + 1;
	char id[EVIDENCE_ID];

	in->number[in->n] = lines_number(in->lines);
	in->start[in->n++] = in->chunk.len;
	if (item->idhash == 0) {
		evidence_id_of(in->ids, line, len, item->seen != 0, id);
		buf_printf(&in->chunk, "{\"id\":\"%s\",", id);
		buf_add(&in->chunk, line + head, len - head);
	} else {
		buf_add(&in->chunk, line, len);
	}
	buf_text(&in->chunk, "\n");
}

/* One line that is not blank. */
static void
take(struct ingest *in, const char *line, size_t len)
{
	uint64_t number = lines_number(in->lines);
	struct sightings s;
	const char *problem;

	if (line[strspn(line, " \t")] != '{') {
		reject(in, number, NULL, "this is no JSON object");
		in->unparsed++;
		return;
	}
	problem = sighting_read((const uint8_t *)line, len, 0, &s);
	if (problem != NULL)
		reject(in, number, NULL, problem);
	else if (s.nerrors > 0)
		reject(in, number,
		    s.errors[0].field[0] != '\0' ? s.errors[0].field : NULL,
		    s.errors[0].text);
	else if (s.n == 1)
		add(in, line, len, &s.items[0]);
	in->unparsed += problem != NULL || s.nerrors > 0;
	if (problem == NULL)
		sighting_free(&s);
}

/* The next line is too long to be read. */
static void
reject_long(struct ingest *in)
{
	reject(in, lines_number(in->lines), NULL, "the line is too long");
	in->unparsed++;
}

static int
read_all(struct ingest *in)
{
	enum lines_got got;
	size_t len, most = CHUNK_BYTES;
	char *line;
	int rc = CMD_OK;

	if (in->conf != NULL && in->conf->body / 2 < most)
		most = in->conf->body / 2;
	while (rc == CMD_OK &&
	    (got = lines_next(in->lines, &line, &len)) != LINES_END) {
		if (got == LINES_LONG)
			reject_long(in);
		else if (line[strspn(line, " \t")] != '\0' ||
		    len > strlen(line))
			take(in, line, len);
		if (in->n == CHUNK_LINES || in->chunk.len >= most)
			rc = flush(in);
		progress_to(in->progress, lines_bytes(in->lines));
	}
	return (rc == CMD_OK ? flush(in) : rc);
}

static int
verdict(const struct ingest *in, int rc)
{
	if (rc != CMD_OK)
		return (rc);
	if (in->bad == 0)
		return (CMD_OK);
	return (in->accepted + in->duplicate > 0 ? CMD_PARTIAL : CMD_FAILED);
}

static void
sum_up(struct ingest *in, int rc)
{
	json_t *o;

	if (in->ctx->json) {
		o = json_pack("{s:I, s:I, s:O, s:I}", "accepted",
		    (json_int_t)in->accepted, "duplicate",
		    (json_int_t)in->duplicate, "rejected", in->rejected,
		    "rejected_left_out",
		    (json_int_t)(in->bad - json_array_size(in->rejected)));
		out_result(in->ctx, o);
		json_decref(o);
	} else {
		if (in->bad > DESCRIBED)
			cmd_note("and %llu more bad lines",
			    (unsigned long long)(in->bad - DESCRIBED));
		printf("%s %llu, duplicate %llu, rejected %llu\n",
		    in->client == NULL ? "acceptable" : "accepted",
		    (unsigned long long)in->accepted,
		    (unsigned long long)in->duplicate,
		    (unsigned long long)in->bad);
	}
	if (rc != CMD_OK && in->accepted + in->duplicate > 0)
		cmd_hint("run the same command again: nothing is counted "
			 "twice");
}

/* Read ${file}, which stays open, and send what it holds. */
static int
ingest(struct cmd_ctx *ctx, struct conf *conf, FILE *file)
{
	struct ingest *in = mem_zero(sizeof(*in));
	struct stat st;
	int rc;

	in->ctx = ctx;
	in->conf = conf;
	in->client = conf != NULL ? client_open(conf->socket) : NULL;
	in->lines = lines_new(file, SIGHTING_LINE);
	in->ids = evidence_id_new(fileno(file));
	in->rejected = json_array();
	buf_init(&in->chunk, CHUNK_BYTES + 2 * SIGHTING_LINE);
	if (fstat(fileno(file), &st) != 0 || !S_ISREG(st.st_mode))
		st.st_size = 0;
	in->progress = progress_start("reading", (uint64_t)st.st_size);
	rc = read_all(in);
	progress_end(in->progress);
	in->progress = NULL;
	if (ferror(file) && rc == CMD_OK)
		rc = cmd_fail(ctx, CMD_FAILED, "cannot read the file: %s",
		    strerror(errno));
	sum_up(in, rc);
	rc = verdict(in, rc);
	buf_free(&in->chunk);
	json_decref(in->rejected);
	evidence_id_free(in->ids);
	lines_free(in->lines);
	client_close(in->client);
	mem_free(in);
	return (rc);
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	static const char *const formats[] = {"ndjson"};
	const char *path = argc > 1 ? argv[1] : "-";
	struct conf *conf = NULL;
	FILE *file = stdin;
	int rc;

	if (cmd_choose(ctx, "format", argv[0], formats, 1) == -1)
		return (CMD_USAGE);
	if (strcmp(path, "-") != 0 && (file = fopen(path, "re")) == NULL)
		return (
		    cmd_fail(ctx, CMD_FAILED, "%s: %s", path, strerror(errno)));
	if (cmd_option(ctx, DRY_RUN) == NULL && (conf = call_conf(ctx)) == NULL)
		rc = CMD_FAILED;
	else
		rc = ingest(ctx, conf, file);
	conf_free(conf);
	if (file != stdin)
		fclose(file);
	return (rc);
}

static const struct poptOption options[] = {
    {"dry-run", 'n', POPT_ARG_NONE, NULL, DRY_RUN,
	"only check the lines, send nothing", NULL},
    POPT_TABLEEND,
};

const struct command cmd_ingest = {
    "ingest",
    "ndjson [FILE|-] [--dry-run]",
    "report many sightings from a file",
    run,
    options,
    1,
    2,
};
