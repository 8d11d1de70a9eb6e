#include "mediad/rtc/keyframe.h"

void keyframe_want_new(struct keyframe_requests *k)
{
    if (k->is_wanted)
        return;
    k->is_wanted = true;
    k->n_sent = 0;
}

static bool is_young(const struct keyframe_requests *k, int64_t now_us)
{
    return k->has_keyframe && now_us - k->keyframe_us < KEYFRAME_INTERVAL_US;
}

bool keyframe_would_ask(const struct keyframe_requests *k, int64_t now_us)
{
    return !k->is_wanted && !is_young(k, now_us);
}

enum keyframe_answer keyframe_want(struct keyframe_requests *k, int64_t now_us)
{
    if (is_young(k, now_us))
        return KEYFRAME_REPLAY;
    keyframe_want_new(k);
    return KEYFRAME_ASKED;
}

/* Some keyframes come by chance while one is asked for: so each answer counts off one silence. */
static void note_heard(struct keyframe_requests *k, bool is_heard)
{
    if (is_heard && k->n_unheard > 0)
        k->n_unheard--;
    if (!is_heard && k->n_unheard < 2 * KEYFRAME_DEAF)
        k->n_unheard++;
    if (k->n_unheard >= KEYFRAME_DEAF)
        k->is_deaf = true;
    else if (k->n_unheard == 0)
        k->is_deaf = false;
}

void keyframe_arrived(struct keyframe_requests *k, int64_t now_us)
{
    if (k->is_wanted && k->n_sent == 1 && now_us - k->requested_us < KEYFRAME_REPEAT_US)
        note_heard(k, true);
    k->is_wanted = false;
    k->has_keyframe = true;
    k->keyframe_us = now_us;
}

int64_t keyframe_next_us(const struct keyframe_requests *k)
{
    if (!k->is_wanted)
        return INT64_MAX;
    if (!k->has_requested)
        return INT64_MIN;
    return k->requested_us + (k->n_sent == 0 ? KEYFRAME_INTERVAL_US : KEYFRAME_REPEAT_US);
}

bool keyframe_tick(struct keyframe_requests *k, int64_t now_us)
{
    if (!k->is_wanted || now_us < keyframe_next_us(k))
        return false;
    /* who sends nothing at all is not deaf */
    if (k->n_sent > 0 && k->is_flowing)
        note_heard(k, false);
    if (k->n_sent > KEYFRAME_REPEATS_MAX) { /* this publisher does not answer; the next wish may */
        k->is_wanted = false;
        return false;
    }
    k->n_sent++;
    k->has_requested = true;
    k->is_flowing = false;
    k->requested_us = now_us;
    return true;
}

bool keyframe_allow(struct keyframe_allowance *a, int64_t now_us)
{
    while (a->n_used && now_us - a->refilled_us >= KEYFRAME_ALLOWANCE_US) {
        a->n_used--;
        a->refilled_us += KEYFRAME_ALLOWANCE_US;
    }
    if (!a->n_used) /* no more is saved up, however long it was */
        a->refilled_us = now_us;
    if (a->n_used >= KEYFRAME_ALLOWANCE)
        return false;
    a->n_used++;
    return true;
}

bool fir_is_new(struct fir_memory *f, uint8_t number)
{
    bool is_new = !f->has_number || f->number != number;

    f->has_number = true;
    f->number = number;
    return is_new;
}
