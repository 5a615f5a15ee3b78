/* Replies of any server: names end within their room, numbers within theirs. */
#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "prog/dnsask.h"

static void
check(const uint8_t *data, size_t size, unsigned type)
{
	struct dnsask_reply r;
	size_t i;

	memset(&r, 0x55, sizeof(r));
	if (dnsask_read(0x1234, data, size, type, &r) != 0)
		return;
	assert(r.rcode < 16 && r.n <= DNSASK_ANSWERS);
	for (i = 0; i < r.n && type == DNSASK_MX; i++)
		assert(memchr(r.names[i], '\0', DNSASK_NAME) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check(data, size, DNSASK_A);
	check(data, size, DNSASK_MX);
	return (0);
}
