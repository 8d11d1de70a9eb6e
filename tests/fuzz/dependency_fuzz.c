/*
 * Dependency descriptors of one stream, each behind a byte that is its length: whatever was read
 * can be written, with another mask or without, and reads the same again. And a packet with each of
 * them goes to receivers that want all layers, the lowest, or now these and now those.
 */
#include <string.h>

#include "check.h"
#include "common/reader.h"
#include "mediad/rtc/down_extensions.h"
#include "mediad/rtc/layer.h"
#include "mediad/rtc/payload_dependency.h"

enum { RECEIVERS = 3 };

struct stream {
    struct dependency_state state;
    struct receiver {
        struct layer_state layer;
        struct down_extensions extensions;
    } receivers[RECEIVERS];
};

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

static void start(struct stream *s)
{
    *s = (struct stream){0};
    for (unsigned i = 0; i < RECEIVERS; i++)
        layer_init(&s->receivers[i].layer);
    layer_limit_lowest(&s->receivers[1].layer, true);
}

/* The descriptor as this receiver gets it has the number that follows from all before. */
static void hand_out(struct receiver *to, const struct packet *p)
{
    uint8_t out[DEPENDENCY_SIZE_MAX];
    struct span sent;

    to->extensions.target = layer_target(&to->layer);
    sent = down_extensions_descriptor(&to->extensions, p, out);
    if (sent.len == 0)
        return; /* there is none, or it became too long */
    check(sent.len >= 3 && sent.data[0] == p->data[p->descriptor.at]);
    check((uint16_t)(sent.data[1] << 8 | sent.data[2]) ==
          (uint16_t)((p->data[p->descriptor.at + 1] << 8 | p->data[p->descriptor.at + 2]) +
                     to->extensions.frame_shift));
}

static void decide(struct receiver *to, const struct packet *p)
{
    bool has_started = to->layer.has_started;
    struct layer_decision d = layer_decide(&to->layer, &p->info, p->marker);

    check(layer_target(&to->layer) < TARGET_LAYERS * TARGET_LAYERS);
    check(d.marker || !p->marker);
    /* nothing before a keyframe, for which it asks */
    check(has_started || p->info.keyframe != KEYFRAME_NO || (!d.is_sent && d.wants_keyframe));
    if (d.is_sent)
        hand_out(to, p);
}

/* One packet comes, with nothing but this descriptor. */
static void forward(struct stream *s, struct span extension)
{
    uint8_t data[DEPENDENCY_SIZE_MAX];
    struct packet p = {.data = data, .len = (uint16_t)extension.len, .marker = extension.len % 2};
    uint8_t wish = extension.len > 2 ? extension.data[2] : 0;

    if (extension.len > 0)
        memcpy(data, extension.data, extension.len);
    payload_dependency(&p, &s->state, span_of(data, extension.len));
    check(p.info.sid < DEPENDENCY_SPATIAL_MAX && p.info.tid < DEPENDENCY_TEMPORAL_MAX);
    check(p.descriptor.n_targets <= PACKET_TARGETS && p.descriptor.len <= extension.len);
    check(p.info.targets.is_known == p.info.has_tid);
    if (wish % 16 == 0) {
        layer_want(&s->receivers[2].layer, wish >> 4 & 3, wish >> 6);
        layer_limit_lowest(&s->receivers[2].layer, wish == 0xf0);
    }
    if (wish == 0x80) { /* another rid, and this one again */
        layer_restart(&s->receivers[2].layer);
        down_extensions_restart(&s->receivers[2].extensions);
    }
    for (unsigned i = 0; i < RECEIVERS; i++)
        decide(&s->receivers[i], &p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_init(span_of(data, size));
    struct dependency_state state = {0};
    struct stream stream;

    start(&stream);
    while (reader_left(&r) > 0) {
        struct span extension = reader_span(&r, reader_u8(&r));
        struct dependency_state before = state;
        struct dependency_descriptor d;

        if (r.bad)
            break;
        forward(&stream, extension);
        if (dependency_parse(&d, &state, extension) < 0) {
            check(memcmp(&before, &state, sizeof state) == 0);
            continue;
        }
        check(d.sid < DEPENDENCY_SPATIAL_MAX && d.tid < DEPENDENCY_TEMPORAL_MAX);
        check(stream.state.active == state.active &&
              stream.state.active_since == state.active_since);
        write_and_read(&d, d.has_structure ? state : before, extension);
    }
    return 0;
}
