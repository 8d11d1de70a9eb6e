/* Dependency descriptors of one stream, each behind a byte that is its length: whatever was read
 * can be written, with another mask or without, and reads the same again. */
#include <string.h>

#include "check.h"
#include "common/reader.h"
#include "mediad/rtc/dependency_descriptor.h"

static void write_and_read(const struct dependency_descriptor *d, struct dependency_state state,
                           struct span extension)
{
    uint8_t out[DEPENDENCY_SIZE_MAX];
    struct dependency_descriptor again;
    uint32_t active = state.active & 0x55555555;
    size_t len = dependency_write(out, extension, &d->layout, 0, 0, 0);

    check(len == extension.len && memcmp(out, extension.data, len) == 0);
    len = dependency_write(out, extension, &d->layout, 3, d->n_targets, active);
    if (len == 0)
        return; /* too long with the mask */
    check(dependency_parse(&again, &state, span_of(out, len)) == 0);
    check(again.frame_number == (uint16_t)(d->frame_number + 3));
    check(again.sid == d->sid && again.tid == d->tid);
    check(again.has_structure == d->has_structure);
    check(memcmp(&again.references, &d->references, sizeof d->references) == 0);
    check(memcmp(&again.indications, &d->indications, sizeof d->indications) == 0);
    check(memcmp(again.chain_diffs, d->chain_diffs, sizeof d->chain_diffs) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_init(span_of(data, size));
    struct dependency_state state = {0};

    while (reader_left(&r) > 0) {
        struct span extension = reader_span(&r, reader_u8(&r));
        struct dependency_state before = state;
        struct dependency_descriptor d;

        if (r.bad)
            break;
        if (dependency_parse(&d, &state, extension) < 0) {
            check(memcmp(&before, &state, sizeof state) == 0);
            continue;
        }
        check(d.sid < DEPENDENCY_SPATIAL_MAX && d.tid < DEPENDENCY_TEMPORAL_MAX);
        write_and_read(&d, d.has_structure ? state : before, extension);
    }
    return 0;
}
