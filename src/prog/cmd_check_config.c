/*
 * virbl check-config: would the daemon start with this configuration?
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "shell/keyfile.h"

#include "commands.h"
#include "self.h"

#define TALK 1048576 /* most bytes of complaints */

/* An array of the lines. */
static void
lines_write(struct jsonw *w, const char *lines)
{
	char line[1024];
	size_t n;

	jsonw_array(w);
	for (; *lines != '\0'; lines += n + (lines[n] == '\n')) {
		n = strcspn(lines, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)n, lines);
		jsonw_string(w, line);
	}
	jsonw_end_array(w);
}

static void
print_json(const char *file, const struct conf *c, const char *errors)
{
	struct jsonw w;
	struct buf out;
	size_t i;

	buf_init(&out, 2 * TALK);
	jsonw_init(&w, &out);
	jsonw_object(&w);
	jsonw_key(&w, "ok");
	jsonw_bool(&w, c != NULL);
	jsonw_key(&w, "file");
	jsonw_string(&w, file);
	jsonw_key(&w, "errors");
	lines_write(&w, errors);
	jsonw_key(&w, "warnings");
	lines_write(&w,
	    c != NULL && c->warnings != NULL ? c->warnings : "");
	if (c != NULL) {
		jsonw_key(&w, "node");
		jsonw_string(&w, c->have_node ? c->name : NULL);
		jsonw_key(&w, "lists");
		jsonw_array(&w);
		for (i = 0; i < c->policy->nlists; i++)
			jsonw_string(&w, c->policy->lists[i].name);
		jsonw_end_array(&w);
		jsonw_key(&w, "peers");
		jsonw_u64(&w, c->policy->nmembers - 1);
		jsonw_key(&w, "exempt");
		jsonw_u64(&w, c->policy->nexempts);
	}
	jsonw_end_object(&w);
	printf("%s\n", buf_string(&out));
	buf_free(&out);
}

static void
print_text(const struct conf *c)
{
	size_t i;

	printf("%s: ok\n", c->file);
	printf("node      %s\n", c->have_node ? c->name : "-");
	printf("lists    ");
	for (i = 0; i < c->policy->nlists; i++)
		printf(" %s", c->policy->lists[i].name);
	printf("%s\npeers     %zu\nexempt    %zu prefixes\n",
	    c->policy->nlists == 0 ? " -" : "", c->policy->nmembers - 1,
	    c->policy->nexempts);
}

/*
 * Read the own key, for what depends on it. Return 1 if there is one, 0 if not
 * for us to know, -1 with a line in error if the daemon would stop here.
 */
static int
own_key(const struct conf *paths, uint8_t own[KEY_BYTES], struct buf *error)
{
	struct buf why;
	struct key key;
	int rc = -1;

	if (!paths->have_node)
		return (0);
	buf_init(&why, TALK);
	if (keyfile_read(paths->key_file, &key, &why) == 0) {
		memcpy(own, key.public, KEY_BYTES);
		key_wipe(&key);
		rc = 1;
	} else if (access(paths->key_file, R_OK) != 0 && errno == EACCES) {
		cmd_note("note: cannot look into %s: its key is not checked",
		    paths->key_file);
		rc = 0;
	} else {
		buf_printf(error, "%s\n", buf_string(&why));
	}
	buf_free(&why);
	return (rc);
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	uint8_t own[KEY_BYTES];
	struct conf *c = NULL, *paths;
	struct buf error;
	int have = 0;

	(void)argc;
	(void)argv;
	buf_init(&error, TALK);
	paths = conf_paths(ctx->config, &error);
	if (paths != NULL && (have = own_key(paths, own, &error)) == -1)
		have = 0;
	/* All problems at once: those of the key and of everything else. */
	if (paths != NULL) {
		size_t before = error.len;

		c = conf_load(ctx->config, have ? own : NULL, &error);
		if (before > 0) {
			conf_free(c);
			c = NULL;
		}
	}
	conf_free(paths);
	if (ctx->json)
		print_json(ctx->config, c, buf_string(&error));
	else if (c != NULL)
		print_text(c);
	if (c != NULL && c->warnings != NULL)
		self_say(c->warnings);
	self_say(buf_string(&error));
	buf_free(&error);
	have = c != NULL;
	conf_free(c);
	return (have ? CMD_OK : CMD_FAILED);
}

const struct command cmd_check_config = {"check-config", "",
    "check the configuration files", run, NULL, 0, 0};
