#include <sys/stat.h>

#include "base/mem.h"
#include "shell/listener.h"
#include "shell/tlsfiles.h"

struct tlsfiles {
	char *paths[2]; /* certificate, key; owned */
	struct timespec stamps[2]; /* when they had been written */
};

struct tlsfiles *
tlsfiles_new(const char *cert, const char *key)
{
	struct tlsfiles *f = mem_zero(sizeof(*f));

	f->paths[0] = mem_string(cert);
	f->paths[1] = mem_string(key);
	return (f);
}

/* Store when file ${i} was written; false if it is not there. */
static bool
stamp(const struct tlsfiles *f, int i, struct timespec *ret)
{
	struct stat st;

	if (stat(f->paths[i], &st) != 0)
		return (false);
	*ret = st.st_mtim;
	return (true);
}

bool
tlsfiles_changed(const struct tlsfiles *f)
{
	struct timespec now;
	bool changed = false;
	int i;

	for (i = 0; i < 2; i++) {
		if (!stamp(f, i, &now))
			return (false);
		if (now.tv_sec != f->stamps[i].tv_sec ||
		    now.tv_nsec != f->stamps[i].tv_nsec)
			changed = true;
	}
	return (changed);
}

int
tlsfiles_read(struct tlsfiles *f, struct buf *cert, struct buf *key,
    struct buf *error)
{
	/* What is written while they are read is a change. */
	stamp(f, 0, &f->stamps[0]);
	stamp(f, 1, &f->stamps[1]);
	if (listener_file(f->paths[0], cert, error) != 0 ||
	    listener_file(f->paths[1], key, error) != 0)
		return (-1);
	return (0);
}

void
tlsfiles_text(const struct tlsfiles *f, struct buf *out)
{
	buf_printf(out, "%s and %s", f->paths[0], f->paths[1]);
}

void
tlsfiles_free(struct tlsfiles *f)
{
	if (f == NULL)
		return;
	mem_free(f->paths[0]);
	mem_free(f->paths[1]);
	mem_free(f);
}
