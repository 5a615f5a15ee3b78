/* Every row of votes is taken or described; what is listed may be listed. */
#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "view/rehearse.h"

static struct policy *
make_policy(void)
{
	struct policy_list list = {.name = "all",
	    .categories = 0xfe,
	    .window = 86400,
	    .hold = 86400,
	    .threshold = 1000,
	    .cap = 2,
	    .groups = 1};
	struct policy_member m = {.key = {1},
	    .name = "m1",
	    .group = "g1",
	    .trust = TRUST_FULL,
	    .weight = 1500};
	struct policy *p = policy_new();
	const char *why;

	why = policy_list_add(p, &list);
	assert(why == NULL);
	why = policy_member_add(p, &m);
	assert(why == NULL);
	policy_ready(p);
	return (p);
}

static void
check(const struct policy *p, const struct rehearsal *r)
{
	size_t i;

	assert(r->nerrors <= REHEARSE_ERRORS && r->nerrors <= r->bad);
	for (i = 0; i < r->nerrors; i++) {
		assert(r->errors[i].field != NULL);
		assert(r->errors[i].text[0] != '\0');
		assert(i == 0 || r->errors[i - 1].line < r->errors[i].line);
	}
	assert(r->nrows <= r->good);
	for (i = 0; i < r->nrows; i++) {
		assert(i == 0 || r->rows[i - 1].subject < r->rows[i].subject);
		assert(r->rows[i].verdict.reason >= RULE_TRUSTED);
		assert(r->rows[i].verdict.until > r->at);
		assert(policy_exempted(p, r->rows[i].subject) == NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy *p;
	struct rehearsal *r;

	if (p == NULL)
		p = make_policy();
	r = rehearse(p, &p->lists[0], (const char *)data, size, 0);
	check(p, r);
	rehearse_free(r);
	return (0);
}
