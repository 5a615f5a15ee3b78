#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#include "helper.h"
#include "nodename.h"

#define ANSWER 256 /* most bytes of a name or of a reason */

const char *
nodename_ask(const char *url, const uint8_t key[KEY_BYTES],
    char name[CARD_NAME + 1], char why[NODENAME_WHY])
{
	char id[NODEID_TEXT];
	const char *argv[] = {"virbl-ask", url, id, NULL};
	struct buf answer;
	int status;

	buf_init(&answer, ANSWER);
	nodeid_format(key, id);
	status = helper_ask(argv, &answer);
	while (answer.len > 0 && answer.data[answer.len - 1] == '\n')
		answer.len--;
	if (status == 0 && card_name_valid(buf_string(&answer)))
		text_copy(name, CARD_NAME + 1, buf_string(&answer));
	else if (status != 1 ||
	    text_copy(why, NODENAME_WHY, buf_string(&answer)) != 0)
		status = -1;
	buf_free(&answer);
	if (status == -1)
		text_copy(why, NODENAME_WHY, "virbl-ask cannot be run");
	return (status == 0 ? NULL : why);
}
