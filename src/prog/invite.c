#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "shell/conf.h"
#include "shell/infile.h"

#include "invite.h"

#define CARD_FILE 65536 /* most bytes of a card file */
#define TALK 65536 /* most bytes of complaints */

const char *
invite_line(const char *line, struct policy_member *m)
{
	const char *hash = strchr(line, '#');
	size_t len = hash != NULL ? (size_t)(hash - line) : 0;

	memset(m, 0, sizeof(*m));
	m->trust = TRUST_VOTE;
	m->weight = 1000;
	if (hash == NULL || strncmp(line, "https://", 8) != 0)
		return ("an invitation looks like https://HOST:PORT/#ID");
	if (len + 1 >= sizeof(m->url))
		return ("the URL is too long");
	memcpy(m->url, line, len);
	if (m->url[len - 1] != '/')
		m->url[len] = '/';
	if (nodeid_parse(hash + 1, m->key) != 0)
		return ("the node ID behind '#' has a typing error");
	if (key_valid(m->key) != 0)
		return ("the node ID behind '#' is not that of a key");
	return (NULL);
}

/* Say the lines of ${error} under the name of the card. */
static void
complain(const struct cmd_ctx *ctx, const char *path, const char *error,
    const char *alias)
{
	const char *end;
	size_t n = strlen(alias);

	for (; *error != '\0'; error = *end != '\0' ? end + 1 : end) {
		end = error + strcspn(error, "\n");
		if (strncmp(error, alias, n) == 0)
			cmd_fail(ctx, CMD_FAILED, "%s%.*s", path,
			    (int)(end - error - (long)n), error + n);
		else
			cmd_fail(ctx, CMD_FAILED, "%.*s", (int)(end - error),
			    error);
	}
}

/*
 * The card is read through a name that has no directory of its own, so that
 * no peers.d beside it is taken for a part of it.
 */
struct policy *
invite_card(const struct cmd_ctx *ctx, const char *path)
{
	struct policy *p = NULL;
	struct conf *c = NULL;
	struct buf bytes, error;
	char alias[64] = "";
	int fd = memfd_create("virbl-card", MFD_CLOEXEC);

	buf_init(&bytes, CARD_FILE);
	buf_init(&error, TALK);
	snprintf(alias, sizeof(alias), "/proc/self/fd/%d", fd);
	if (fd == -1 || infile_read(path, &bytes, NULL, &error) != 0 ||
	    write(fd, bytes.data, bytes.len) != (ssize_t)bytes.len) {
		if (error.len == 0)
			buf_printf(&error, "%s: %s", path, strerror(errno));
	} else {
		c = conf_load(alias, NULL, &error);
	}
	if (c == NULL) {
		complain(ctx, path, buf_string(&error), alias);
	} else if ((p = conf_policy(c))->nmembers < 2) {
		cmd_fail(ctx, CMD_FAILED, "%s: holds no peer section", path);
		policy_free(p);
		p = NULL;
	}
	conf_free(c);
	if (fd != -1)
		close(fd);
	buf_free(&bytes);
	buf_free(&error);
	return (p);
}
