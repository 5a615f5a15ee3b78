#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <sodium.h>

#include "shell/filesig.h"
#include "shell/infile.h"

int
filesig_make(int fd, const struct key *key, uint8_t sig[SIGNATURE_BYTES],
    struct buf *error)
{
	const uint8_t *bytes = (const uint8_t *)"";
	void *map = NULL;
	struct stat st;
	size_t len;

	if (fstat(fd, &st) != 0)
		goto fail;
	len = (size_t)st.st_size;
	/* Ed25519 reads it twice: it is mapped rather than held. */
	if (len > 0) {
		map = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
		if (map == MAP_FAILED)
			goto fail;
		bytes = map;
	}
	crypto_sign_detached(sig, NULL, bytes, len, key->secret);
	if (len > 0)
		munmap(map, len);
	return (0);
fail:
	buf_printf(error, "cannot sign: %s", strerror(errno));
	return (-1);
}

int
filesig_read(const char *path, uint8_t sig[SIGNATURE_BYTES], struct buf *error)
{
	struct buf name, bytes;
	int rc;

	buf_init(&name, 1u << 16);
	/* One more shows that it is too long. */
	buf_init(&bytes, SIGNATURE_BYTES + 1);
	buf_printf(&name, "%s" FILESIG_SUFFIX, path);
	errno = 0;
	rc = infile_read(buf_string(&name), &bytes, NULL, error);
	if (rc != 0 && errno == ENOENT) {
		buf_reset(error);
		rc = 1;
	} else if (rc != 0 || bytes.len != SIGNATURE_BYTES) {
		buf_reset(error);
		buf_printf(error, "%s: not a signature of %d bytes",
		    buf_string(&name), SIGNATURE_BYTES);
		rc = -1;
	} else {
		memcpy(sig, bytes.data, SIGNATURE_BYTES);
	}
	buf_free(&name);
	buf_free(&bytes);
	return (rc);
}

int
filesig_check(const void *bytes, size_t len, const uint8_t sig[SIGNATURE_BYTES],
    const uint8_t public[KEY_BYTES])
{
	return (key_verify(public, "", bytes, len, sig));
}
