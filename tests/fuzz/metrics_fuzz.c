/*
 * metric_set: what it reads it writes, and reads again as the same.
 */
#include <stdlib.h>

#include "common/metric_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
    if (!good)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct metric_set first = {0}, second = {0};
    struct buf once = {0}, twice = {0};
    struct error e = {0};
    int r = metric_set_read(&first, span_of(data, size), &e);

    check(r == 0 || (r == ERR_SYNTAX && e.place[0]));
    check(metric_set_write(&first, &once) == 0);
    check(metric_set_read(&second, buf_span(&once), NULL) == 0);
    check(metric_set_write(&second, &twice) == 0);
    check(span_eq(buf_span(&once), buf_span(&twice)));
    buf_release(&once);
    buf_release(&twice);
    metric_set_release(&first);
    metric_set_release(&second);
    return 0;
}
