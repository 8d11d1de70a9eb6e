/*
 * query_value: whatever the query, its value is a string inside its room, and the same when asked
 * for with more.
 */
#include <string.h>

#include "check.h"
#include "mediad/http/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char small[16], large[4096];
    int r = query_value(span_of(data, size), "a", small, sizeof small);
    int again = query_value(span_of(data, size), "a", large, sizeof large);

    check(strlen(small) < sizeof small && (r > 0 || small[0] == '\0'));
    check(again == r || r == ERR_TOO_LARGE);
    check(r < 1 || strcmp(small, large) == 0);
    return 0;
}
