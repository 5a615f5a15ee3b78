#include <virbl/record.h>

#include "base/mem.h"
#include "form/batch_root.h"
#include "form/merkle.h"

void
batch_root_hash(const uint8_t *body, size_t nrecords, size_t nnames,
    uint8_t out[HASH_BYTES])
{
	size_t i, n = nrecords + nnames;
	struct merkle_leaf *leaves = mem_array(NULL, n, sizeof(*leaves));

	for (i = 0; i < n; i++) {
		leaves[i].data = body;
		leaves[i].len =
		    i < nrecords ? RECORD_BYTES : (size_t)body[0] + 1;
		body += leaves[i].len;
	}
	merkle_root(leaves, n, out);
	mem_free(leaves);
}
