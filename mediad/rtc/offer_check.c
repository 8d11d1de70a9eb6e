#include "mediad/rtc/offer_check.h"

#include "common/buf.h"
#include "common/macros.h"
#include "mediad/rtc/negotiate_internal.h"

static bool is_allowed(const struct sdp_format *f, const char *const *codecs)
{
    enum codec c = negotiate_codec(f);

    for (size_t i = 0; c != CODEC_NONE && codecs[i]; i++) {
        if (codec_by_name(span_str(codecs[i])) == c)
            return codec_match(c, f->fmtp) > 0;
    }
    return false;
}

static bool has_allowed(const struct sdp_section *s, const char *const *codecs)
{
    for (unsigned i = 0; i < s->n_formats; i++) {
        if (is_allowed(&s->formats[i], codecs))
            return true;
    }
    return false;
}

static void add_item(struct buf *list, struct span item)
{
    char room[64];

    if (list->len > 0)
        buf_add_str(list, ", ");
    buf_add_str(list, span_printable(item, room, sizeof room));
}

/* What goes with codecs, and carries nothing of its own. */
static bool is_helper(struct span name)
{
    static const char *const names[] = {"rtx",        "red", "ulpfec",
                                        "flexfec-03", "CN",  "telephone-event"};

    for (size_t i = 0; i < LENGTH(names); i++) {
        if (span_eq_nocase(name, span_str(names[i])))
            return true;
    }
    return false;
}

static void list_offered(struct buf *list, const struct sdp_section *s)
{
    for (unsigned i = 0; i < s->n_formats; i++) {
        const struct sdp_format *f = &s->formats[i];
        const struct codec_info *info = codec_info(negotiate_codec(f));
        bool is_repeated = false;

        for (unsigned k = 0; k < i; k++)
            is_repeated = is_repeated || span_eq_nocase(s->formats[k].name, f->name);
        if (is_repeated || is_helper(f->name))
            continue;
        if (f->name.len > 0 || info)
            add_item(list, f->name.len > 0 ? f->name : span_str(info->sdp_name));
    }
}

static void list_allowed(struct buf *list, enum track_kind kind, const char *const *codecs)
{
    for (size_t i = 0; codecs[i]; i++) {
        const struct codec_info *info = codec_info(codec_by_name(span_str(codecs[i])));

        if (info && info->kind == kind)
            add_item(list, span_str(info->sdp_name));
    }
}

static int refuse(const struct sdp_section *s, const char *const *codecs, struct error *e)
{
    bool is_audio = s->kind == SDP_AUDIO;
    struct buf offered = {0}, allowed = {0};
    int r;

    list_offered(&offered, s);
    list_allowed(&allowed, is_audio ? TRACK_AUDIO : TRACK_VIDEO, codecs);
    r = error_set(e, ERR_UNSUPPORTED, NULL,
                  "the offer has %s as %s, and this group allows %s (\"codecs\" in its settings)",
                  offered.len > 0 ? buf_str(&offered) : "nothing known",
                  is_audio ? "audio" : "video", allowed.len > 0 ? buf_str(&allowed) : "none");
    buf_release(&offered);
    buf_release(&allowed);
    return r;
}

int offer_check_codecs(const struct sdp_session *offer, const char *const *codecs, struct error *e)
{
    for (unsigned i = 0; i < offer->n_sections; i++) {
        const struct sdp_section *s = &offer->sections[i];
        bool sends = s->direction == SDP_SENDRECV || s->direction == SDP_SENDONLY;

        if (s->kind != SDP_OTHER && sends && !negotiate_is_refused(s) && !has_allowed(s, codecs))
            return refuse(s, codecs, e);
    }
    return 0;
}
