#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "shell/conf.h"
#include "shell/conftext.h"
#include "shell/outfile.h"
#include "shell/peerfile.h"

#define MOST 65536 /* bytes of a file */

void
peerfile_format(const struct policy_member *m, struct buf *out)
{
	char id[NODEID_TEXT], weight[24], prefix[SUBJECT_TEXT];
	size_t i;

	nodeid_format(m->key, id);
	text_milli_format(m->weight, weight, sizeof(weight));
	buf_printf(out, "peer %s {\n\tid = \"%s\"\n\turl = ", m->name, id);
	conftext_quote(out, m->url);
	buf_text(out, "\n\tgroup = ");
	conftext_quote(out, m->group);
	buf_printf(out, "\n\ttrust = %s\n\tweight = %s\n\tprefixes = {",
	    trust_name(m->trust), weight);
	for (i = 0; i < m->nprefixes; i++) {
		prefix_format(&m->prefixes[i], prefix);
		buf_printf(out, "%s\n\t\t\"%s\"", i > 0 ? "," : "", prefix);
	}
	buf_text(out, i > 0 ? "\n\t}\n}\n" : "}\n}\n");
}

static char *
path_of(const char *dir, const char *name)
{
	struct buf b;
	char *path;

	buf_init(&b, MOST);
	buf_printf(&b, "%s/%s.conf", dir, name);
	path = mem_string(buf_string(&b));
	buf_free(&b);
	return (path);
}

/* Check that the file at path is the one peer's; -1 with a line. */
static int
check_alone(const char *path, const char *name, struct buf *error)
{
	struct policy *p = conf_cards(path, error);
	int rc = -1;

	if (p == NULL) {
		return (-1);
	} else if (p->nmembers != 2 || strcmp(p->members[1].name, name) != 0) {
		buf_printf(error,
		    "%s: holds more than the peer '%s': edit it by hand", path,
		    name);
	} else {
		rc = 0;
	}
	policy_free(p);
	return (rc);
}

int
peerfile_write(const char *dir, const struct policy_member *m, bool replace,
    struct buf *error)
{
	char *path = path_of(dir, m->name);
	bool there = access(path, F_OK) == 0;
	struct buf text;
	int rc = -1;

	buf_init(&text, MOST);
	if (there && !replace) {
		buf_printf(error, "%s: exists already", path);
		goto done;
	}
	if (there && check_alone(path, m->name, error) != 0)
		goto done;
	if (mkdir(dir, 0755) != 0 && errno != EEXIST) {
		buf_printf(error, "%s: %s", dir, strerror(errno));
		goto done;
	}
	buf_text(&text,
	    "# Written by 'virbl peer', which writes it anew at "
	    "each change.\n");
	peerfile_format(m, &text);
	if (there)
		rc = outfile_write(path, text.data, text.len, 0644, error);
	else
		rc = outfile_create(path, text.data, text.len, 0644, error);
done:
	buf_free(&text);
	mem_free(path);
	return (rc);
}

int
peerfile_remove(const char *dir, const char *name, struct buf *error)
{
	char *path = path_of(dir, name);
	int rc = -1;

	if (access(path, F_OK) != 0)
		buf_printf(error, "%s: %s", path, strerror(errno));
	else if (check_alone(path, name, error) == 0)
		rc = outfile_remove(path, error);
	mem_free(path);
	return (rc);
}
