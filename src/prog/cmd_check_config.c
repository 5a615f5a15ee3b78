/*
 * check-config: would the daemon start with this configuration?
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shell/keyfile.h"

#include "commands.h"
#include "out.h"
#include "self.h"

#define TALK 1048576 /* most bytes of complaints */

/* An array of the lines. */
static json_t *
lines_array(const char *lines)
{
	json_t *a = json_array(), *line;
	size_t n;

	for (; *lines != '\0'; lines += n + (lines[n] == '\n')) {
		n = strcspn(lines, "\n");
		/* File names may be anything; what is no UTF-8 has no JSON. */
		line = json_stringn(lines, n);
		json_array_append_new(a,
		    line != NULL ? line : json_string("(not UTF-8)"));
	}
	return (a);
}

static json_t *
result(const char *file, const struct conf *c, const char *errors)
{
	const char *warnings =
	    c != NULL && c->warnings != NULL ? c->warnings : "";
	json_t *o = json_pack("{s:b, s:s, s:o, s:o}", "ok", c != NULL, "file",
	    file, "errors", lines_array(errors), "warnings",
	    lines_array(warnings));
	json_t *lists;
	size_t i;

	if (c == NULL || o == NULL)
		return (o);
	lists = json_array();
	for (i = 0; i < c->policy->nlists; i++)
		json_array_append_new(lists,
		    json_string(c->policy->lists[i].name));
	json_object_set_new(o, "node",
	    c->have_node ? json_string(c->name) : json_null());
	json_object_set_new(o, "lists", lists);
	json_object_set_new(o, "peers",
	    json_integer((json_int_t)c->policy->nmembers - 1));
	json_object_set_new(o, "exempt",
	    json_integer((json_int_t)c->policy->nexempts));
	return (o);
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
	struct conf *c, *paths;
	struct buf error, again;
	json_t *o;
	bool bad;
	int have = 0;

	(void)argc;
	(void)argv;
	buf_init(&error, 2 * TALK);
	buf_init(&again, TALK);
	/* What is wrong with the paths is told by conf_load(), too. */
	paths = conf_paths(ctx->config, &again);
	if (paths != NULL)
		have = own_key(paths, own, &error);
	bad = have == -1;
	c = conf_load(ctx->config, have == 1 ? own : NULL, &error);
	if (bad) {
		conf_free(c);
		c = NULL;
	}
	buf_free(&again);
	conf_free(paths);
	o = result(ctx->config, c, buf_string(&error));
	if (!out_result(ctx, o) && c != NULL)
		print_text(c);
	json_decref(o);
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
