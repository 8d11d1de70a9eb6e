#include "mediad/rtc/dependency_descriptor.h"

#include <string.h>

#include "common/bit_reader.h"

/* Sections that are cited here are of the RTP payload format for AV1, appendix A. */

enum {
    MANDATORY_SIZE = 3, /* bytes of the mandatory fields; more are the extended ones */
    FLAGS_AT = 24,      /* bits: what the extended fields hold */
    EXTENDED_AT = 29,
    LAYER_NEXT_TEMPORAL = 1,
    LAYER_NEXT_SPATIAL = 2,
    LAYER_NO_MORE = 3,
    DTI_DISCARDABLE = 1,
    DTI_SWITCH = 2,
};

struct flags {
    bool has_structure, has_active, has_dtis, has_fdiffs, has_chains;
};

static uint32_t all_targets(uint8_t n)
{
    return n < 32 ? (1u << n) - 1 : UINT32_MAX;
}

/* ---- the structure (A.8.3) ---- */

static int read_layers(struct bit_reader *r, struct dependency_structure *s)
{
    uint8_t sid = 0, tid = 0;
    uint32_t next = 0;

    while (next != LAYER_NO_MORE) {
        if (r->bad)
            return ERR_TRUNCATED;
        if (s->n_templates == DEPENDENCY_TEMPLATES_MAX || sid >= DEPENDENCY_SPATIAL_MAX ||
            tid >= DEPENDENCY_TEMPORAL_MAX)
            return ERR_SYNTAX;
        s->templates[s->n_templates].sid = sid;
        s->templates[s->n_templates++].tid = tid;
        next = bit_reader_bits(r, 2);
        if (next == LAYER_NEXT_TEMPORAL) {
            tid++;
        } else if (next == LAYER_NEXT_SPATIAL) {
            sid++;
            tid = 0;
        }
    }
    s->max_sid = sid;
    return 0;
}

static struct dependency_indications read_indications(struct bit_reader *r, uint8_t n)
{
    struct dependency_indications out = {0};

    for (unsigned i = 0; i < n; i++) {
        uint32_t dti = bit_reader_bits(r, 2);

        out.present |= (uint32_t)(dti != 0) << i;
        out.discardable |= (uint32_t)(dti == DTI_DISCARDABLE) << i;
        out.switches |= (uint32_t)(dti == DTI_SWITCH) << i;
    }
    return out;
}

static void add_reference(struct dependency_references *refs, uint32_t diff)
{
    if (refs->n < DEPENDENCY_REFERENCES)
        refs->diffs[refs->n] = (uint16_t)diff;
    if (refs->n < UINT8_MAX)
        refs->n++;
}

static void read_chains(struct bit_reader *r, struct dependency_structure *s)
{
    s->n_chains = (uint8_t)bit_reader_below(r, s->n_targets + 1u);
    if (s->n_chains == 0)
        return;
    for (unsigned i = 0; i < s->n_targets; i++)
        s->target_chain[i] = (uint8_t)bit_reader_below(r, s->n_chains);
    for (unsigned i = 0; i < s->n_templates; i++) {
        for (unsigned k = 0; k < s->n_chains; k++)
            s->templates[i].chain_diffs[k] = (uint8_t)bit_reader_bits(r, 4);
    }
}

/* A decode target's layers are the highest of the frames that it needs. */
static void derive_targets(struct dependency_structure *s)
{
    for (unsigned i = 0; i < s->n_templates; i++) {
        const struct dependency_template *t = &s->templates[i];

        for (unsigned k = 0; k < s->n_targets; k++) {
            if (!(t->indications.present >> k & 1))
                continue;
            if (t->sid > s->target_sid[k])
                s->target_sid[k] = t->sid;
            if (t->tid > s->target_tid[k])
                s->target_tid[k] = t->tid;
        }
    }
}

static int read_structure(struct bit_reader *r, struct dependency_structure *s)
{
    int code;

    *s = (struct dependency_structure){0};
    s->id_offset = (uint8_t)bit_reader_bits(r, 6);
    s->n_targets = (uint8_t)(bit_reader_bits(r, 5) + 1);
    code = read_layers(r, s);
    if (code < 0)
        return code;
    for (unsigned i = 0; i < s->n_templates; i++)
        s->templates[i].indications = read_indications(r, s->n_targets);
    for (unsigned i = 0; i < s->n_templates; i++) {
        while (bit_reader_flag(r))
            add_reference(&s->templates[i].references, bit_reader_bits(r, 4) + 1);
    }
    read_chains(r, s);
    derive_targets(s);
    if (bit_reader_flag(r)) {
        for (unsigned i = 0; i <= s->max_sid; i++) {
            uint32_t height;

            bit_reader_skip(r, 16); /* width */
            height = bit_reader_bits(r, 16) + 1;
            s->height = (uint16_t)(height > UINT16_MAX ? UINT16_MAX : height);
        }
    }
    return r->bad ? ERR_TRUNCATED : 0;
}

/* ---- a frame (A.8.2, A.8.4) ---- */

static struct dependency_references read_references(struct bit_reader *r)
{
    struct dependency_references refs = {0};
    unsigned size;

    while ((size = bit_reader_bits(r, 2)) != 0)
        add_reference(&refs, bit_reader_bits(r, 4 * size) + 1);
    return refs;
}

static void read_frame(struct bit_reader *r, struct flags flags,
                       const struct dependency_structure *s, const struct dependency_template *t,
                       struct dependency_descriptor *d)
{
    d->sid = t->sid;
    d->tid = t->tid;
    d->indications = flags.has_dtis ? read_indications(r, s->n_targets) : t->indications;
    d->references = flags.has_fdiffs ? read_references(r) : t->references;
    memcpy(d->chain_diffs, t->chain_diffs, sizeof d->chain_diffs);
    for (unsigned i = 0; flags.has_chains && i < s->n_chains; i++)
        d->chain_diffs[i] = (uint8_t)bit_reader_bits(r, 8);
}

static struct flags read_flags(struct bit_reader *r)
{
    struct flags flags = {0};

    flags.has_structure = bit_reader_flag(r);
    flags.has_active = bit_reader_flag(r);
    flags.has_dtis = bit_reader_flag(r);
    flags.has_fdiffs = bit_reader_flag(r);
    flags.has_chains = bit_reader_flag(r);
    return flags;
}

/* Frames come in another order, repeated ones above all; numbers that are farther back than this
 * are a new count. */
#define LATE_FRAMES 512

static bool is_late(const struct dependency_state *state, uint16_t frame_number)
{
    uint16_t back = (uint16_t)(state->active_since - frame_number);

    return state->has_structure && back > 0 && back < LATE_FRAMES;
}

int dependency_parse(struct dependency_descriptor *out, struct dependency_state *state,
                     struct span extension)
{
    struct bit_reader r = bit_reader_init(extension);
    struct dependency_descriptor d = {0};
    struct dependency_structure fresh;
    const struct dependency_structure *s = &state->structure;
    struct flags flags = {0};
    uint32_t active = 0;
    uint8_t id, index;
    int code;

    if (extension.len > DEPENDENCY_SIZE_MAX)
        return ERR_SYNTAX;
    d.is_frame_start = bit_reader_flag(&r);
    d.is_frame_end = bit_reader_flag(&r);
    id = (uint8_t)bit_reader_bits(&r, 6);
    d.frame_number = (uint16_t)bit_reader_bits(&r, 16);
    if (extension.len > MANDATORY_SIZE)
        flags = read_flags(&r);
    if (flags.has_structure) {
        code = read_structure(&r, &fresh);
        if (code < 0)
            return code;
        s = &fresh;
        d.has_structure = true;
        active = all_targets(fresh.n_targets);
    } else if (!state->has_structure) {
        return r.bad ? ERR_TRUNCATED : ERR_NOT_FOUND;
    }
    d.layout.structure_end = (uint16_t)r.at;
    d.n_targets = s->n_targets;
    if (flags.has_active)
        active = bit_reader_bits(&r, s->n_targets);
    d.layout.rest_at = (uint16_t)r.at;
    index = (uint8_t)((id + 64u - s->id_offset) % 64u);
    if (!r.bad && index >= s->n_templates)
        return ERR_NOT_FOUND;
    read_frame(&r, flags, s, &s->templates[index % DEPENDENCY_TEMPLATES_MAX], &d);
    if (r.bad)
        return ERR_TRUNCATED;
    *out = d;
    if (is_late(state, d.frame_number))
        return 0;
    if (flags.has_structure) {
        state->structure = fresh;
        state->has_structure = true;
    }
    if (flags.has_structure || flags.has_active) {
        state->active = active;
        state->active_since = d.frame_number;
    }
    return 0;
}

/* ---- writing ---- */

/* The highest bit of `n` first. @param at where in `out`, which is zeroed from there on */
static void put_bits(uint8_t *out, size_t *at, uint32_t value, unsigned n)
{
    while (n > 0) {
        unsigned left = 8 - (unsigned)(*at % 8);
        unsigned take = n < left ? n : left;
        uint32_t bits = value >> (n - take) & ((1u << take) - 1);

        out[*at / 8] |= (uint8_t)(bits << (left - take));
        *at += take;
        n -= take;
    }
}

static void copy_bits(uint8_t *out, size_t *at, struct bit_reader *r, size_t end)
{
    while (r->at < end) {
        unsigned n = end - r->at < 32 ? (unsigned)(end - r->at) : 32;

        put_bits(out, at, bit_reader_bits(r, n), n);
    }
}

/* With the mask between the structure and what follows. */
static size_t write_masked(uint8_t *out, struct span extension,
                           const struct dependency_layout *layout, uint8_t n_targets,
                           uint32_t active)
{
    struct bit_reader r = bit_reader_init(extension);
    bool is_extended = extension.len > MANDATORY_SIZE;
    size_t structure_end = is_extended ? layout->structure_end : EXTENDED_AT;
    size_t n_bits = structure_end + n_targets + (extension.len * 8 - layout->rest_at);
    size_t len = (n_bits + 7) / 8;
    size_t at = FLAGS_AT;
    uint32_t flags;

    if (len > DEPENDENCY_SIZE_MAX)
        return 0;
    memset(out + MANDATORY_SIZE, 0, len - MANDATORY_SIZE);
    bit_reader_skip(&r, FLAGS_AT);
    flags = is_extended ? bit_reader_bits(&r, EXTENDED_AT - FLAGS_AT) : 0;
    put_bits(out, &at, flags | 1u << 3, EXTENDED_AT - FLAGS_AT); /* active targets are there */
    copy_bits(out, &at, &r, layout->structure_end);
    put_bits(out, &at, active, n_targets);
    r.at = layout->rest_at;
    copy_bits(out, &at, &r, extension.len * 8);
    return len;
}

size_t dependency_write(uint8_t *out, struct span extension, const struct dependency_layout *layout,
                        uint16_t frame_shift, uint8_t n_targets, uint32_t active)
{
    size_t len = extension.len;
    uint16_t number;

    if (len < MANDATORY_SIZE || len > DEPENDENCY_SIZE_MAX)
        return 0;
    number = (uint16_t)((extension.data[1] << 8 | extension.data[2]) + frame_shift);
    if (n_targets)
        len = write_masked(out, extension, layout, n_targets, active);
    else
        memcpy(out + MANDATORY_SIZE, extension.data + MANDATORY_SIZE, len - MANDATORY_SIZE);
    out[0] = extension.data[0];
    out[1] = (uint8_t)(number >> 8);
    out[2] = (uint8_t)number;
    return len;
}
