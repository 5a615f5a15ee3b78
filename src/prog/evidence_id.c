#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include <virbl/key.h>

#include "base/map64.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/wire.h"

#include "evidence_id.h"

#define DOMAIN_TEXT "virbl ingest line\n"
#define DOMAIN_ID "virbl ingest id\n"

struct evidence_id {
	struct map64 *times; /* how often a text was there */
	uint8_t written[16]; /* when the file was, or random */
};

struct evidence_id *
evidence_id_new(int fd)
{
	struct evidence_id *e = mem_zero(sizeof(*e));
	uint8_t hashkey[16];
	struct stat st;
	struct writer w = {.p = e->written, .left = sizeof(e->written)};

	randombytes_buf(hashkey, sizeof(hashkey));
	e->times = map64_new(hashkey);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		wire_put_u64(&w, (uint64_t)st.st_mtim.tv_sec);
		wire_put_u64(&w, (uint64_t)st.st_mtim.tv_nsec);
	} else {
		randombytes_buf(e->written, sizeof(e->written));
	}
	return (e);
}

void
evidence_id_of(struct evidence_id *e, const char *line, size_t len, bool timed,
    char id[EVIDENCE_ID])
{
	uint8_t text[HASH_BYTES], hash[HASH_BYTES];
	uint8_t m[HASH_BYTES + 4 + sizeof(e->written)];
	struct writer w = {.p = m, .left = sizeof(m)};
	uint64_t key;
	uint32_t n;

	key_hash(DOMAIN_TEXT, line, len, text);
	memcpy(&key, text, sizeof(key));
	n = map64_get(e->times, key) + 1;
	map64_set(e->times, key, n);
	wire_put(&w, text, sizeof(text));
	wire_put_u32(&w, n);
	if (!timed)
		wire_put(&w, e->written, sizeof(e->written));
	key_hash(DOMAIN_ID, m, sizeof(m) - w.left, hash);
	text_hex(hash, (EVIDENCE_ID - 1) / 2, id);
}

void
evidence_id_free(struct evidence_id *e)
{
	if (e == NULL)
		return;
	map64_free(e->times);
	mem_free(e);
}
