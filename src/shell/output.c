#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "shell/clock.h"
#include "shell/exporter.h"
#include "shell/filesig.h"
#include "shell/hook.h"
#include "shell/log.h"
#include "shell/node.h"
#include "shell/outfile.h"
#include "shell/output.h"

#define PIECE (1u << 20) /* most bytes written at once */
#define MODE 0644
#define ASIDE ".XXXXXX"
#define RETRY_MS 10000 /* until what failed is tried again */
#define DIGEST 32
#define IDLE_MS 1000 /* at least so often one looks what is due */
#define BUSY_MS 50 /* while a hook runs */

struct output {
	struct node *node;
	struct conf_export x;
	char *sig_path; /* owned */
	/* The file as it was left, or found. */
	bool known;
	bool is_signed; /* rightly */
	struct stat st;
	uint8_t digest[DIGEST]; /* of its bytes */
	char tag[EXPORTER_TAG]; /* of what they are */
	size_t rows;
	uint32_t at; /* when it was written, 0 not by this run */
	int64_t next; /* not to be written before, mono ms */
	/* Its hook. */
	struct hook *hook;
	bool due; /* to be run */
	int64_t hook_next; /* not before, mono ms */
	bool ending;
	/* What is wrong, "" nothing. */
	struct buf problem;
	struct buf hook_problem;
};

/* The file being made. */
struct draft {
	char *aside; /* owned */
	int fd;
	size_t rows;
	uint8_t digest[DIGEST];
	uint8_t sig[SIGNATURE_BYTES];
};

struct output *
output_new(struct node *node, const struct conf_export *x)
{
	struct output *o = mem_zero(sizeof(*o));
	size_t size;

	o->node = node;
	confexport_copy(&o->x, x);
	size = strlen(x->path) + sizeof(FILESIG_SUFFIX);
	o->sig_path = mem_alloc(size);
	snprintf(o->sig_path, size, "%s" FILESIG_SUFFIX, x->path);
	buf_init(&o->problem, 4096);
	buf_init(&o->hook_problem, 4096);
	/* What it fills may have been emptied: by a reboot, for example. */
	o->due = o->x.nhook > 0;
	return (o);
}

const struct conf_export *
output_conf(const struct output *o)
{
	return (&o->x);
}

/* ${text} is what is wrong now; log it if that is new. */
static void
set_problem(const struct output *o, struct buf *problem, struct buf *text)
{
	if (strcmp(buf_string(problem), buf_string(text)) == 0)
		return;
	if (text->len > 0)
		log_warn("export: %s: %s", o->x.name, buf_string(text));
	else
		log_info("export: %s: works again", o->x.name);
	buf_reset(problem);
	buf_text(problem, buf_string(text));
}

/* ---- The file ---- */

static int
complain(struct buf *error, const char *path)
{
	buf_printf(error, "%s: %s", path, strerror(errno));
	return (-1);
}

static int
put(int fd, const struct buf *piece)
{
	const uint8_t *p = piece->data;
	size_t left = piece->len;
	ssize_t n;

	for (; left > 0; p += n, left -= (size_t)n) {
		n = write(fd, p, left);
		if (n == -1 && errno == EINTR)
			n = 0;
		if (n == -1)
			return (-1);
	}
	return (0);
}

/* Write all that ${x} has to ${d}; its digest is made on the way. */
static int
fill(struct draft *d, struct exporter *x)
{
	crypto_generichash_state state;
	struct buf piece;
	int rc = 0;

	crypto_generichash_init(&state, NULL, 0, DIGEST);
	buf_init(&piece, PIECE);
	do {
		buf_reset(&piece);
		exporter_more(x, &piece);
		crypto_generichash_update(&state, piece.data, piece.len);
		rc = piece.full ? -1 : put(d->fd, &piece);
	} while (rc == 0 && piece.len > 0);
	buf_free(&piece);
	crypto_generichash_final(&state, d->digest, DIGEST);
	d->rows = exporter_rows(x);
	return (rc);
}

static void
draft_drop(struct draft *d)
{
	if (d->fd != -1) {
		close(d->fd);
		unlink(d->aside);
	}
	mem_free(d->aside);
}

/* Write the file aside; -1 with a line in ${error}, nothing left. */
static int
draft_make(struct output *o, const struct listref *l, uint32_t now,
    struct draft *d, struct buf *error)
{
	struct exporter_ask ask = {.format = o->x.format,
	    .filter = o->x.filter,
	    .serial = o->x.rising ? now : 0};
	size_t size = strlen(o->x.path) + sizeof(ASIDE);
	char tag[EXPORTER_TAG];
	struct exporter *x;
	int rc;

	d->aside = mem_alloc(size);
	snprintf(d->aside, size, "%s" ASIDE, o->x.path);
	d->fd = mkostemp(d->aside, O_CLOEXEC);
	if (d->fd == -1)
		return (complain(error, o->x.path));
	x = exporter_new(o->node, l, &ask, now, tag);
	rc = fill(d, x);
	exporter_free(x);
	if (rc != 0 || fchmod(d->fd, MODE) != 0 || fsync(d->fd) != 0)
		return (complain(error, o->x.path));
	return (0);
}

/* The digest of the file that is there; -1 if there is none to be read. */
static int
read_digest(const char *path, struct stat *st, uint8_t digest[DIGEST])
{
	crypto_generichash_state state;
	uint8_t piece[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = -1;

	if (fd == -1)
		return (-1);
	crypto_generichash_init(&state, NULL, 0, DIGEST);
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		while ((n = read(fd, piece, sizeof(piece))) > 0)
			crypto_generichash_update(&state, piece, (size_t)n);
	crypto_generichash_final(&state, digest, DIGEST);
	close(fd);
	return (n == 0 ? 0 : -1);
}

/* True if the file, and its signature, is still as it was left. */
static bool
untouched(const struct output *o)
{
	struct stat st;

	return (o->known && (!o->x.sign || access(o->sig_path, F_OK) == 0) &&
	    stat(o->x.path, &st) == 0 && st.st_ino == o->st.st_ino &&
	    st.st_size == o->st.st_size &&
	    st.st_mtim.tv_sec == o->st.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == o->st.st_mtim.tv_nsec);
}

/* Write FILE.sig, unless it says this already. */
static int
write_signature(const struct output *o, const struct draft *d,
    struct buf *error)
{
	uint8_t had[SIGNATURE_BYTES];

	if (filesig_read(o->x.path, had, error) == 0 &&
	    memcmp(had, d->sig, sizeof(had)) == 0)
		return (0);
	buf_reset(error);
	return (
	    outfile_write(o->sig_path, d->sig, sizeof(d->sig), MODE, error));
}

/*
 * Give the file its name. The signature comes first: who watches the file finds
 * the right one when it changes.
 */
static int
publish(struct output *o, struct draft *d, bool same, const struct key *key,
    struct buf *error)
{
	if (o->x.sign && !(same && o->is_signed)) {
		if (filesig_make(d->fd, key, d->sig, error) != 0 ||
		    write_signature(o, d, error) != 0)
			return (-1);
		o->is_signed = true;
	}
	if (same)
		return (0);
	if (rename(d->aside, o->x.path) != 0)
		return (complain(error, o->x.path));
	if (fstat(d->fd, &o->st) != 0)
		return (complain(error, o->x.path));
	close(d->fd);
	d->fd = -1;
	memcpy(o->digest, d->digest, DIGEST);
	o->known = true;
	o->at = wall_sec(clock_wall());
	o->due = o->x.nhook > 0;
	o->hook_next = 0;
	return (outfile_sync(o->x.path, error));
}

/* Write the file if it would say something else. */
static int
refresh(struct output *o, const struct key *key, struct buf *error)
{
	struct exporter_ask ask = {.format = o->x.format,
	    .filter = o->x.filter};
	uint32_t now = wall_sec(clock_wall());
	char tag[EXPORTER_TAG];
	struct draft d = {.fd = -1};
	struct listref l;
	int rc;

	if (listref_find(o->node, o->x.list, &l) != 0) {
		buf_printf(error, "there is no list '%s' any more", o->x.list);
		return (-1);
	}
	exporter_tag(o->node, &l, &ask, now, tag);
	if (untouched(o) && strcmp(tag, o->tag) == 0)
		return (0);
	o->next = clock_mono().ms + (int64_t)o->x.interval * 1000;
	if (!untouched(o)) {
		o->known = read_digest(o->x.path, &o->st, o->digest) == 0;
		o->is_signed = false;
	}
	rc = draft_make(o, &l, now, &d, error);
	if (rc == 0)
		rc = publish(o, &d,
		    o->known && memcmp(d.digest, o->digest, DIGEST) == 0, key,
		    error);
	if (rc == 0)
		o->rows = d.rows;
	/* The name of what was written, or found to be there already. */
	text_copy(o->tag, sizeof(o->tag), rc == 0 ? tag : "");
	draft_drop(&d);
	return (rc);
}

/* ---- Its hook ---- */

static void
start_hook(struct output *o)
{
	struct buf vars[4], error;
	const char *env[5] = {NULL};
	size_t i;

	for (i = 0; i < 4; i++)
		buf_init(&vars[i], 1u << 16);
	buf_init(&error, 4096);
	buf_printf(&vars[0], "VIRBL_EXPORT=%s", o->x.name);
	buf_printf(&vars[1], "VIRBL_LIST=%s", o->x.list);
	buf_printf(&vars[2], "VIRBL_FORMAT=%s", o->x.format->name);
	buf_printf(&vars[3], "VIRBL_FILE=%s", o->x.path);
	for (i = 0; i < 4; i++)
		env[i] = buf_string(&vars[i]);
	o->due = false;
	o->hook = hook_start(o->x.hook, env, o->x.hook_timeout, &error);
	if (o->hook == NULL) {
		set_problem(o, &o->hook_problem, &error);
		o->due = true;
		o->hook_next = clock_mono().ms + RETRY_MS;
	}
	for (i = 0; i < 4; i++)
		buf_free(&vars[i]);
	buf_free(&error);
}

static void
poll_hook(struct output *o)
{
	struct buf error;
	enum hook_state state;

	buf_init(&error, 4096);
	state = hook_poll(o->hook, &error);
	if (state != HOOK_RUNS) {
		o->hook = NULL;
		if (!o->ending)
			set_problem(o, &o->hook_problem, &error);
	}
	if (state == HOOK_FAILED && !o->ending) {
		o->due = true;
		o->hook_next = clock_mono().ms + RETRY_MS;
	}
	buf_free(&error);
}

int64_t
output_step(struct output *o, const struct key *key)
{
	int64_t now = clock_mono().ms;
	struct buf error;

	if (o->hook != NULL)
		poll_hook(o);
	/* What a hook reads does not change under it. */
	if (o->hook != NULL)
		return (BUSY_MS);
	if (now >= o->next) {
		buf_init(&error, 4096);
		if (refresh(o, key, &error) != 0)
			o->next = now + RETRY_MS;
		set_problem(o, &o->problem, &error);
		buf_free(&error);
	}
	if (o->due && o->known && now >= o->hook_next)
		start_hook(o);
	if (o->hook != NULL)
		return (BUSY_MS);
	now = clock_mono().ms;
	return (
	    o->next > now && o->next < now + IDLE_MS ? o->next - now : IDLE_MS);
}

void
output_write(const struct output *o, struct jsonw *w)
{
	struct buf problem;

	buf_init(&problem, 16384);
	buf_add(&problem, o->problem.data, o->problem.len);
	if (problem.len == 0)
		buf_add(&problem, o->hook_problem.data, o->hook_problem.len);
	jsonw_object(w);
	jsonw_key(w, "name");
	jsonw_string(w, o->x.name);
	jsonw_key(w, "list");
	jsonw_string(w, o->x.list);
	jsonw_key(w, "format");
	jsonw_string(w, o->x.format->name);
	jsonw_key(w, "path");
	jsonw_string(w, o->x.path);
	jsonw_key(w, "rows");
	jsonw_u64(w, o->rows);
	jsonw_key(w, "written");
	jsonw_time(w, o->at);
	jsonw_key(w, "problem");
	jsonw_string(w, buf_string(&problem));
	jsonw_end_object(w);
	buf_free(&problem);
}

bool
output_end(struct output *o)
{
	o->ending = true;
	hook_end(o->hook);
	if (o->hook != NULL)
		poll_hook(o);
	return (o->hook != NULL);
}

void
output_free(struct output *o)
{
	if (o == NULL)
		return;
	confexport_free(&o->x);
	mem_free(o->sig_path);
	buf_free(&o->problem);
	buf_free(&o->hook_problem);
	mem_free(o);
}
