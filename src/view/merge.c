#include "view/merge.h"

bool
merge_next(struct merge *m, struct merge_row *ret)
{
	const struct listing_row *row;
	bool some = false;
	size_t i;

	for (i = 0; i < POLICY_LISTS; i++) {
		if (m->left[i] == 0 ||
		    (some && m->rows[i]->subject >= ret->subject))
			continue;
		ret->subject = m->rows[i]->subject;
		some = true;
	}
	if (!some)
		return (false);
	ret->until = 0;
	ret->list = POLICY_LISTS;
	for (i = 0; i < POLICY_LISTS; i++) {
		row = m->rows[i];
		if (m->left[i] == 0 || row->subject != ret->subject)
			continue;
		if (ret->list == POLICY_LISTS)
			ret->list = i;
		if (row->until > ret->until)
			ret->until = row->until;
		m->rows[i]++;
		m->left[i]--;
	}
	return (true);
}
