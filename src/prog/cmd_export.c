/*
 * export: a whole list in the format of whoever needs it, streamed to stdout
 * or into a file that appears whole or not at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <virbl/subject.h>

#include "base/buf.h"
#include "base/mem.h"
#include "shell/conf.h"
#include "shell/filesig.h"
#include "shell/keyfile.h"
#include "shell/outfile.h"

#include "call.h"
#include "commands.h"
#include "out.h"

enum { FAMILY = 1, PREFIX, LIMIT, OUTPUT, UNSIGNED };

struct target {
	const char *path; /* NULL: stdout */
	char *aside; /* what is written first; owned */
	int fd;
	int why; /* errno of what failed */
	size_t bytes; /* written */
};

static int
piece(void *arg, const void *p, size_t n)
{
	const char *bytes = p;
	struct target *t = arg;
	ssize_t done;

	t->bytes += n;
	for (; n > 0; bytes += done, n -= (size_t)done) {
		done = write(t->fd, bytes, n);
		if (done == -1 && errno == EINTR)
			done = 0;
		if (done == -1) {
			t->why = errno;
			return (-1);
		}
	}
	return (0);
}

static int
target_open(struct target *t, const char *path)
{
	size_t size;

	t->path = path;
	t->fd = STDOUT_FILENO;
	if (path == NULL)
		return (0);
	size = strlen(path) + sizeof(".XXXXXX");
	t->aside = mem_alloc(size);
	snprintf(t->aside, size, "%s.XXXXXX", path);
	t->fd = mkostemp(t->aside, O_CLOEXEC);
	t->why = t->fd == -1 ? errno : 0;
	return (t->fd == -1 ? -1 : 0);
}

/* What the user wants of new files. */
static mode_t
file_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return (0666 & ~mask);
}

/*
 * Write FILE.sig with the node's key, before the file gets its name. Without
 * the key there is no signature, and none of an earlier file either.
 */
static void
sign(struct cmd_ctx *ctx, const struct target *t)
{
	uint8_t sig[SIGNATURE_BYTES];
	struct conf *conf = NULL;
	struct buf name, error;
	struct key key;
	bool good;

	buf_init(&name, 1u << 16);
	buf_init(&error, 8192);
	buf_printf(&name, "%s" FILESIG_SUFFIX, t->path);
	if (cmd_option(ctx, UNSIGNED) == NULL)
		conf = conf_paths(ctx->config, &error);
	good = conf != NULL && keyfile_read(conf->key_file, &key, &error) == 0;
	if (good) {
		good = filesig_make(t->fd, &key, sig, &error) == 0 &&
		    outfile_write(buf_string(&name), sig, sizeof(sig),
			file_mode(), &error) == 0;
		key_wipe(&key);
	}
	if (!good && error.len > 0)
		cmd_note("virbl: %s is not written: %s", buf_string(&name),
		    buf_string(&error));
	if (!good)
		unlink(buf_string(&name));
	conf_free(conf);
	buf_free(&name);
	buf_free(&error);
}

/* Give the file its name if all went well, else remove it. */
static int
target_close(struct cmd_ctx *ctx, struct target *t, bool good)
{
	struct buf error;
	int rc = 0;

	if (t->path == NULL || t->fd == -1)
		goto done;
	if (good && (fchmod(t->fd, file_mode()) != 0 || fsync(t->fd) != 0)) {
		t->why = errno;
		rc = -1;
	}
	if (good && rc == 0)
		sign(ctx, t);
	close(t->fd);
	buf_init(&error, 8192);
	if (good && rc == 0 &&
	    (rename(t->aside, t->path) != 0 ||
		outfile_sync(t->path, &error) != 0)) {
		t->why = errno;
		rc = -1;
	}
	buf_free(&error);
	if (!good || rc != 0)
		unlink(t->aside);
done:
	mem_free(t->aside);
	return (rc);
}

/* The path and query of what was asked for. */
static int
ask(struct cmd_ctx *ctx, char **argv, struct buf *path)
{
	const char *family = cmd_option(ctx, FAMILY);
	const char *prefix = cmd_option(ctx, PREFIX);
	unsigned long limit = 0;
	struct prefix p;

	if (cmd_number(ctx, LIMIT, UINT32_MAX, &limit) != 0)
		return (CMD_USAGE);
	if (family != NULL && strcmp(family, "4") != 0 &&
	    strcmp(family, "6") != 0)
		return (cmd_fail(ctx, CMD_USAGE, "--family is 4 or 6"));
	if (prefix != NULL && prefix_parse(prefix, &p) == -1)
		return (cmd_fail(ctx, CMD_USAGE,
		    "'%s' is no prefix: give "
		    "192.0.2.0/24 or "
		    "2001:db8::/32",
		    prefix));
	buf_text(path, "/v1/list/");
	client_escape(path, argv[0]);
	buf_text(path, "?format=");
	client_escape(path, argv[1]);
	if (family != NULL)
		buf_printf(path, "&family=%s", family);
	if (prefix != NULL) {
		buf_text(path, "&prefix=");
		client_escape(path, prefix);
	}
	if (cmd_option(ctx, LIMIT) != NULL)
		buf_printf(path, "&limit=%lu", limit);
	return (CMD_OK);
}

/* With --json say which file was made; a list on stdout speaks for itself. */
static void
tell(const struct cmd_ctx *ctx, char **argv, const struct target *t)
{
	json_t *o;

	if (t->path == NULL)
		return;
	o = json_pack("{s:s, s:s, s:s, s:I}", "list", argv[0], "format",
	    argv[1], "file", t->path, "bytes", (json_int_t)t->bytes);
	out_result(ctx, o);
	json_decref(o);
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	struct target t = {.fd = -1};
	struct client_call call = {.method = "GET", .sink = piece, .arg = &t};
	struct buf path;
	struct answer a;
	int rc;

	(void)argc;
	buf_init(&path, CALL_PATH);
	rc = ask(ctx, argv, &path);
	if (rc != CMD_OK) {
		buf_free(&path);
		return (rc);
	}
	if (target_open(&t, cmd_option(ctx, OUTPUT)) == 0) {
		call.path = buf_string(&path);
		rc = call_do(ctx, &call, &a);
		client_answer_free(&a);
	}
	if (target_close(ctx, &t, rc == CMD_OK && t.why == 0) != 0 ||
	    t.why != 0)
		rc = cmd_fail(ctx, CMD_FAILED, "%s: %s",
		    t.path != NULL ? t.path : "stdout", strerror(t.why));
	if (rc == CMD_OK)
		tell(ctx, argv, &t);
	buf_free(&path);
	return (rc);
}

static const struct poptOption options[] = {
    {"family", '\0', POPT_ARG_STRING, NULL, FAMILY, "only IPv4 or only IPv6",
	"4|6"},
    {"prefix", '\0', POPT_ARG_STRING, NULL, PREFIX, "only what lies in it",
	"PREFIX"},
    {"limit", '\0', POPT_ARG_STRING, NULL, LIMIT, "at most N, those seen last",
	"N"},
    {"output", 'o', POPT_ARG_STRING, NULL, OUTPUT,
	"into a file, replaced when all of it is there; FILE.sig is its "
	"signature",
	"FILE"},
    {"unsigned", '\0', POPT_ARG_NONE, NULL, UNSIGNED, "do not write FILE.sig",
	NULL},
    POPT_TABLEEND,
};

const struct command cmd_export = {
    "export",
    "LIST FORMAT [--family 4|6] [--prefix PREFIX] [--limit N] [-o FILE "
    "[--unsigned]]",
    "print a list in one of many formats",
    run,
    options,
    2,
    2,
};
