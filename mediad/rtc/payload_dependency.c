#include "mediad/rtc/payload_dependency.h"

/* Targets that we can follow: the first of its layers, with one of the first chains, the same for
 * all of its spatial layer. */
static bool target_is_followed(const struct dependency_structure *s, unsigned i,
                               const uint8_t *chains, uint16_t seen)
{
    uint8_t sid = s->target_sid[i], tid = s->target_tid[i];
    uint16_t of_layer = (uint16_t)(0xfu << (TARGET_LAYERS * sid));

    if (tid >= TARGET_LAYERS || (seen >> target_number(sid, tid) & 1))
        return false;
    return s->target_chain[i] < TARGET_CHAINS &&
           (!(seen & of_layer) || chains[sid] == s->target_chain[i]);
}

static void read_references(struct payload_targets *out, const struct dependency_references *refs)
{
    out->n_references = refs->n;
    for (unsigned i = 0; i < refs->n && i < TARGET_REFERENCES; i++) {
        if (refs->diffs[i] > UINT8_MAX)
            out->n_references = UINT8_MAX;
        out->references[i] = (uint8_t)refs->diffs[i];
    }
}

static struct payload_targets read_targets(const struct dependency_descriptor *d,
                                           const struct dependency_state *state)
{
    const struct dependency_structure *s = &state->structure;
    struct payload_targets out = {.is_known = true, .frame_number = d->frame_number};
    uint8_t chains[DEPENDENCY_SPATIAL_MAX] = {0};
    uint16_t seen = 0;

    for (unsigned i = 0; i < s->n_targets; i++) {
        if (!target_is_followed(s, i, chains, seen))
            continue;
        uint8_t target = target_number(s->target_sid[i], s->target_tid[i]);

        seen |= (uint16_t)(1u << target);
        out.active |= (uint16_t)((state->active >> i & 1) << target);
        out.present |= (uint16_t)((d->indications.present >> i & 1) << target);
        out.switches |= (uint16_t)((d->indications.switches >> i & 1) << target);
        chains[s->target_sid[i]] = s->target_chain[i];
    }
    for (unsigned i = 0; i < DEPENDENCY_SPATIAL_MAX; i++)
        out.chains |= (uint8_t)(chains[i] << (2 * i));
    for (unsigned i = 0; i < s->n_chains && i < TARGET_CHAINS; i++)
        out.chain_diffs[i] = d->chain_diffs[i];
    read_references(&out, &d->references);
    return out;
}

static void write_layers(struct packet_descriptor *out, const struct dependency_structure *s)
{
    for (unsigned i = 0; i < s->n_targets && i < PACKET_TARGETS; i++) {
        uint8_t tid = s->target_tid[i] < TARGET_LAYERS ? s->target_tid[i] : TARGET_LAYERS - 1;

        out->targets[i / 2] |= (uint8_t)(target_number(s->target_sid[i], tid) << (4 * (i % 2)));
    }
}

void payload_dependency(struct packet *p, struct dependency_state *state, struct span extension)
{
    struct payload_info *info = &p->info;
    struct dependency_descriptor d;
    bool is_keyframe;

    int code = dependency_parse(&d, state, extension);

    if (code == ERR_NOT_FOUND) /* its structure is on its way again: receivers wait for it, too */
        p->descriptor = (struct packet_descriptor){.at = (uint16_t)(extension.data - p->data),
                                                   .len = (uint8_t)extension.len};
    if (code < 0)
        return;
    is_keyframe = d.is_frame_start && d.has_structure && d.references.n == 0;
    info->keyframe = is_keyframe ? KEYFRAME_YES : KEYFRAME_NO;
    info->is_frame_start = d.is_frame_start;
    info->is_picture_start = d.is_frame_start && d.sid == 0;
    info->is_frame_end = d.is_frame_end;
    info->has_tid = true;
    info->sid = d.sid;
    info->tid = d.tid;
    info->is_inter = d.references.n > 0;
    info->targets = read_targets(&d, state);
    if (is_keyframe && state->structure.height)
        info->height = state->structure.height;
    p->descriptor = (struct packet_descriptor){
        .at = (uint16_t)(extension.data - p->data),
        .len = (uint8_t)extension.len,
        .layout = d.layout,
        .active = (uint16_t)state->active,
        .n_targets = d.n_targets <= PACKET_TARGETS ? d.n_targets : 0,
    };
    write_layers(&p->descriptor, &state->structure);
}
