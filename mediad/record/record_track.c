#include "mediad/record/record_track.h"

#include <stdlib.h>
#include <string.h>

static struct waiting_frame *first_of(const struct record_track *t)
{
    return LIST_FIRST(&t->waiting, struct waiting_frame, in_track);
}

static void keep_frame(void *user, const struct whole_frame *frame)
{
    struct record_track *t = user;
    struct waiting_frame *w = malloc(sizeof *w + frame->data.len);

    if (!w) {
        t->frames.needs_keyframe = true;
        return;
    }
    *w = (struct waiting_frame){.frame = *frame};
    w->frame.data.data = (const uint8_t *)(w + 1);
    memcpy(w + 1, frame->data.data, frame->data.len);
    list_append(&t->waiting, &w->in_track);
    t->waiting_bytes += sizeof *w + frame->data.len;
    t->frame_us = frame->at_us;
    record_clock_arrival(&t->clock, frame->source, frame->rtp_ts, frame->at_us);
}

static void make_frames(void *user, const struct record *packet, bool is_after_gap)
{
    struct record_track *t = user;

    frames_push(&t->frames, packet, is_after_gap);
}

int record_track_init(struct record_track *t, enum codec codec)
{
    const struct codec_info *info = codec_info(codec);
    int r;

    *t = (struct record_track){.codec = codec};
    if (!info)
        return ERR_UNSUPPORTED;
    r = frames_init(&t->frames, codec);
    if (r < 0)
        return r;
    t->is_video = info->kind == TRACK_VIDEO;
    t->frames.deliver = keep_frame;
    t->frames.user = t;
    t->reorder.deliver = make_frames;
    t->reorder.user = t;
    record_clock_init(&t->clock, info->clock_rate);
    return 0;
}

void record_track_release(struct record_track *t)
{
    while (first_of(t))
        record_track_pop(t);
    reorder_release(&t->reorder);
    frames_release(&t->frames);
}

void record_track_take(struct record_track *t, const struct record *r)
{
    switch (r->kind) {
    case RECORD_PACKET:
        t->has_ended = false;
        if (r->at_us > t->packet_us)
            t->packet_us = r->at_us;
        if (t->frame_us == 0)
            t->frame_us = r->at_us; /* not for longer than packets have come */
        reorder_push(&t->reorder, r);
        break;
    case RECORD_CLOCK:
        record_clock_report(&t->clock, r->source, r->rtp_ts, r->at_us);
        break;
    case RECORD_END:
        record_track_flush(t);
        t->has_ended = true;
        break;
    default:
        break;
    }
}

void record_track_tick(struct record_track *t, int64_t now_us)
{
    reorder_tick(&t->reorder, now_us);
}

void record_track_flush(struct record_track *t)
{
    reorder_flush(&t->reorder);
}

const struct whole_frame *record_track_next(struct record_track *t, int64_t *us)
{
    struct waiting_frame *w = first_of(t);

    if (!w)
        return NULL;
    if (!w->is_placed) {
        w->us = record_clock_place(&t->clock, w->frame.source, w->frame.rtp_ts, w->frame.at_us);
        w->is_placed = true;
    }
    *us = w->us;
    return &w->frame;
}

void record_track_pop(struct record_track *t)
{
    struct waiting_frame *w = first_of(t);

    t->waiting_bytes -= sizeof *w + w->frame.data.len;
    list_remove(&w->in_track);
    free(w);
}

bool record_track_waits_since(const struct record_track *t, int64_t *at_us)
{
    const struct waiting_frame *first = first_of(t);

    if (first)
        *at_us = first->frame.at_us;
    return first;
}

bool record_track_outgrows(struct record_track *t)
{
    const struct waiting_frame *larger = NULL, *key = NULL;

    LIST_EACH (const struct waiting_frame, w, &t->waiting, in_track) {
        if (w->frame.width > (larger ? larger : first_of(t))->frame.width)
            larger = w;
        if (larger && w->frame.is_key && w->frame.width >= larger->frame.width)
            key = w;
    }
    while (key && first_of(t) != key)
        record_track_pop(t);
    return larger && !key;
}

bool record_track_has_clock(const struct record_track *t)
{
    const struct waiting_frame *first = first_of(t);

    return first && record_clock_is_known(&t->clock, first->frame.source);
}
