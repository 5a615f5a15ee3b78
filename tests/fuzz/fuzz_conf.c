/*
 * A configuration is taken whole, or refused with lines that name file and
 * line. It is read from a file in memory, whose directory has no peers.d.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "shell/conf.h"

#define LONGEST 4096

/* Every line is "PATH:LINE: problem" or "PATH: problem". */
static void
check_errors(struct buf *error)
{
	char *line, *end;

	assert(error->len > 0 && error->data[error->len - 1] == '\n');
	for (line = (char *)(uintptr_t)buf_string(error); *line != '\0';
	     line = end + 1) {
		end = strchr(line, '\n');
		assert(end != NULL);
		*end = '\0';
		assert(strstr(line, ": ") != NULL);
	}
}

static void
check(const struct conf *c)
{
	size_t i;

	assert(c->policy->nlists <= POLICY_LISTS);
	for (i = 0; i < c->policy->nlists; i++) {
		assert(c->policy->lists[i].categories != 0);
		assert(c->policy->lists[i].window >= 1);
		assert(c->policy->lists[i].hold >= 1);
		assert(c->policy->lists[i].threshold >= 1);
	}
	assert(c->ndns <= CONF_LISTENS && c->nproxies <= CONF_LISTENS);
	assert(c->policy->exempt != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t own[KEY_BYTES] = {9};
	static int fd = -1;
	struct buf error;
	struct conf *c;
	char path[64];

	if (fd == -1)
		fd = memfd_create("conf", 0);
	assert(fd != -1);
	if (size > LONGEST || ftruncate(fd, 0) != 0 ||
	    pwrite(fd, data, size, 0) != (ssize_t)size)
		return (0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	buf_init(&error, 1 << 20);
	c = conf_load(path, own, &error);
	if (c == NULL)
		check_errors(&error);
	else
		check(c);
	conf_free(c);
	buf_free(&error);
	return (0);
}
