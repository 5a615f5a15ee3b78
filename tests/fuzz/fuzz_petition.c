/* A request for removal is read whole, or refused with a sentence. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "fuzz.h"
#include "view/petition.h"

static void
look(const char *problem, const struct petition *p)
{
	size_t contact = strnlen(p->contact, sizeof(p->contact));
	size_t statement = strnlen(p->statement, sizeof(p->statement));

	assert(contact <= PETITION_CONTACT);
	assert(statement <= PETITION_STATEMENT);
	if (problem != NULL)
		assert(problem[0] != '\0');
	else
		assert(text_utf8(p->contact, contact) &&
		    text_utf8(p->statement, statement));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct petition p;

	look(petition_json(data, size, &p), &p);
	look(petition_form(data, size, &p), &p);
	return (0);
}
