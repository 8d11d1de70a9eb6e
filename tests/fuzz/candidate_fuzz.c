/* candidate_parse: what it accepts is written and read again as the same. */
#include <stdlib.h>
#include <string.h>

#include "mediad/rtc/candidate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct candidate c, again;
    struct error e = {0};
    struct buf b = {0};

    if (candidate_parse(&c, span_of(data, size), &e) < 0) {
        check(strcmp(e.place, "candidate") == 0 && e.text[0]);
        return 0;
    }
    if (c.transport == CANDIDATE_OTHER_TRANSPORT)
        return 0;
    candidate_write(&b, &c);
    check(candidate_parse(&again, buf_span(&b), NULL) == 0);
    check(strcmp(c.foundation, again.foundation) == 0 && strcmp(c.address, again.address) == 0);
    check(c.component == again.component && c.transport == again.transport);
    check(c.priority == again.priority && c.port == again.port);
    check(c.type == again.type && c.is_mdns == again.is_mdns);
    buf_release(&b);
    return 0;
}
