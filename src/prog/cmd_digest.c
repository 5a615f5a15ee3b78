/*
 * digest: what each list holds, in one line, to compare nodes by.
 */
#include <string.h>

#include "base/buf.h"

#include "call.h"
#include "commands.h"
#include "out.h"

enum { AT = 1 };

/* Keep only the list ${want}; false if there is none. */
static bool
keep(json_t *lists, const char *want)
{
	const char *name;
	size_t i = 0;

	while (i < json_array_size(lists)) {
		name = json_string_value(
		    json_object_get(json_array_get(lists, i), "list"));
		if (name != NULL && strcmp(name, want) == 0)
			i++;
		else
			json_array_remove(lists, i);
	}
	return (i > 0);
}

static void
print(const json_t *lists)
{
	const json_t *row;
	size_t i;

	for (i = 0; i < json_array_size(lists); i++) {
		row = json_array_get(lists, i);
		out_value(stdout, json_object_get(row, "list"));
		putchar(' ');
		out_value(stdout, json_object_get(row, "count"));
		putchar(' ');
		out_value(stdout, json_object_get(row, "sha256"));
		putchar('\n');
	}
}

static int
run(struct cmd_ctx *ctx, int argc, char **argv)
{
	json_t *lists, *o = NULL;
	struct buf path;
	uint32_t at = 0;
	int rc;

	buf_init(&path, CALL_PATH);
	buf_text(&path, "/v1/digest");
	rc = call_time(ctx, AT, &path, "?", &at);
	if (rc == CMD_OK)
		rc = call_at(ctx, buf_string(&path), at, &o);
	buf_free(&path);
	lists = json_object_get(o, "lists");
	if (rc == CMD_OK && argc > 0 && !keep(lists, argv[0]))
		rc = cmd_fail(ctx, CMD_NOTHING, "there is no list '%s'",
		    argv[0]);
	if (rc == CMD_OK && !out_result(ctx, o))
		print(lists);
	json_decref(o);
	return (rc);
}

static const struct poptOption options[] = {
    {"at", '\0', POPT_ARG_STRING, NULL, AT,
	"as it was then, by what was known then", "TIME"},
    POPT_TABLEEND,
};

const struct command cmd_digest = {
    "digest",
    "[LIST] [--at TIME]",
    "print LIST COUNT SHA256, one line a list",
    run,
    options,
    0,
    1,
};
