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

/* Does any receiver of a higher spatial layer need the frame? */
static bool is_needed_above(const struct dependency_descriptor *d,
                            const struct dependency_structure *s)
{
    for (unsigned i = 0; i < s->n_targets; i++) {
        if ((d->indications.present >> i & 1) && s->target_sid[i] > d->sid)
            return true;
    }
    return false;
}

/* Nothing that the payload said counts any more, which may be noise, but for the numbers that
 * receivers without the extension go by. */
static struct payload_info read_info(const struct dependency_descriptor *d,
                                     const struct dependency_state *state,
                                     const struct payload_info *said)
{
    bool is_keyframe = d->is_frame_start && d->has_structure && d->references.n == 0;
    uint16_t height = state->structure.height;

    if (!height && said->keyframe == KEYFRAME_YES)
        height = said->height;
    return (struct payload_info){
        .keyframe = is_keyframe ? KEYFRAME_YES : KEYFRAME_NO,
        .is_picture_start = d->is_frame_start && d->sid == 0,
        .is_frame_start = d->is_frame_start,
        .is_frame_end = d->is_frame_end,
        .has_tid = true,
        .tid = d->tid,
        .sid = d->sid,
        .is_not_reference = !is_needed_above(d, &state->structure),
        .is_inter = d->references.n > 0,
        .picture_id_bits = said->picture_id_bits,
        .picture_id = said->picture_id,
        .targets = read_targets(d, state),
        .height = is_keyframe ? height : 0,
    };
}

static void write_layers(struct packet_descriptor *out, const struct dependency_structure *s)
{
    for (unsigned i = 0; i < s->n_targets && i < PACKET_TARGETS; i++) {
        uint8_t tid = s->target_tid[i] < TARGET_LAYERS ? s->target_tid[i] : TARGET_LAYERS - 1;

        out->targets[i / 2] |= (uint8_t)(target_number(s->target_sid[i], tid) << (4 * (i % 2)));
    }
}

/* To everybody, as long as nothing is known of it. A keyframe would have brought the structure. */
static void pass_on(struct packet *p, struct span extension)
{
    p->info = (struct payload_info){.keyframe = KEYFRAME_NO,
                                    .picture_id_bits = p->info.picture_id_bits,
                                    .picture_id = p->info.picture_id};
    p->descriptor = (struct packet_descriptor){.at = (uint16_t)(extension.data - p->data),
                                               .len = (uint8_t)extension.len};
}

void payload_dependency(struct packet *p, struct dependency_state *state, struct span extension)
{
    struct dependency_descriptor d;
    int code = dependency_parse(&d, state, extension);

    if (code == ERR_NOT_FOUND) /* its structure is on its way again: receivers wait for it, too */
        pass_on(p, extension);
    if (code < 0)
        return;
    p->info = read_info(&d, state, &p->info);
    p->descriptor = (struct packet_descriptor){
        .at = (uint16_t)(extension.data - p->data),
        .len = (uint8_t)extension.len,
        .layout = d.layout,
        .active = (uint16_t)state->active,
        .n_targets = d.n_targets <= PACKET_TARGETS ? d.n_targets : 0,
    };
    write_layers(&p->descriptor, &state->structure);
}
