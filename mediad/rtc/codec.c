#include "mediad/rtc/codec.h"

#include "mediad/rtc/sdp.h"

static const struct codec_info codec_table[CODEC_COUNT] = {
    [CODEC_VP8] = {"vp8", "VP8", TRACK_VIDEO, 90000, 1, 96, 97,
                   FEEDBACK_REMB | FEEDBACK_NACK | FEEDBACK_PLI | FEEDBACK_FIR, ""},
    [CODEC_VP9] = {"vp9", "VP9", TRACK_VIDEO, 90000, 1, 98, 99,
                   FEEDBACK_REMB | FEEDBACK_NACK | FEEDBACK_PLI | FEEDBACK_FIR, "profile-id=0"},
    [CODEC_AV1] = {"av1", "AV1", TRACK_VIDEO, 90000, 1, 35, 36,
                   FEEDBACK_REMB | FEEDBACK_NACK | FEEDBACK_PLI | FEEDBACK_FIR, ""},
    [CODEC_H264] = {"h264", "H264", TRACK_VIDEO, 90000, 1, 108, 109,
                    FEEDBACK_REMB | FEEDBACK_NACK | FEEDBACK_PLI | FEEDBACK_FIR,
                    "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"},
    [CODEC_OPUS] = {"opus", "opus", TRACK_AUDIO, 48000, 2, 111, 0, FEEDBACK_NACK,
                    "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1"},
    [CODEC_G722] = {"g722", "G722", TRACK_AUDIO, 8000, 1, 9, 0, FEEDBACK_NACK, ""},
    [CODEC_PCMU] = {"pcmu", "PCMU", TRACK_AUDIO, 8000, 1, 0, 0, FEEDBACK_NACK, ""},
    [CODEC_PCMA] = {"pcma", "PCMA", TRACK_AUDIO, 8000, 1, 8, 0, FEEDBACK_NACK, ""},
};

const struct codec_info *codec_info(enum codec c)
{
    return c > CODEC_NONE && c < CODEC_COUNT ? &codec_table[c] : NULL;
}

enum codec codec_by_name(struct span name)
{
    for (int c = CODEC_NONE + 1; c < CODEC_COUNT; c++)
        if (span_eq_nocase(name, span_str(codec_table[c].name)))
            return (enum codec)c;
    return CODEC_NONE;
}

enum codec codec_by_rtpmap(struct span sdp_name, uint32_t clock_rate, unsigned channels)
{
    for (int c = CODEC_NONE + 1; c < CODEC_COUNT; c++)
        if (codec_table[c].clock_rate == clock_rate && codec_table[c].channels == channels &&
            span_eq_nocase(sdp_name, span_str(codec_table[c].sdp_name)))
            return (enum codec)c;
    return CODEC_NONE;
}

enum codec codec_by_static_pt(uint8_t pt)
{
    for (int c = CODEC_NONE + 1; c < CODEC_COUNT; c++)
        if (codec_table[c].pt == pt && pt < 35)
            return (enum codec)c;
    return CODEC_NONE;
}

bool codec_fmtp_value(struct span fmtp, const char *name, struct span *value)
{
    struct span piece;

    while (span_split(&fmtp, ';', &piece)) {
        size_t at = span_index(piece, '=', 0);

        if (at == piece.len || !span_eq_nocase(span_trim(span_sub(piece, 0, at)), span_str(name)))
            continue;
        *value = span_trim(span_sub(piece, at + 1, piece.len));
        return true;
    }
    return false;
}

/* The value, or what the parameter means when it is missing. */
static struct span fmtp_value_or(struct span fmtp, const char *name, const char *missing)
{
    struct span value = span_str(missing);

    (void)codec_fmtp_value(fmtp, name, &value);
    return value;
}

static struct span h264_profile(struct span fmtp)
{
    return span_sub(fmtp_value_or(fmtp, "profile-level-id", "420010"), 0, 4);
}

/* The H.264 profiles that browsers know, by the first two bytes of profile-level-id. */
static const struct {
    const char *profile;
    uint8_t pt;
} h264_profiles[] = {{"42e0", 108}, {"4200", 102}, {"4d00", 116}, {"6400", 112}};

int codec_match(enum codec c, struct span fmtp)
{
    struct span value;

    switch (c) {
    case CODEC_NONE:
    case CODEC_COUNT:
        return 0;
    case CODEC_VP9:
        value = fmtp_value_or(fmtp, "profile-id", "0");
        return span_eq_str(value, "0") || span_eq_str(value, "2") ? 2 : 1;
    case CODEC_AV1:
        return span_eq_str(fmtp_value_or(fmtp, "profile", "0"), "0") ? 2 : 1;
    case CODEC_H264:
        value = fmtp_value_or(fmtp, "packetization-mode", "0");
        if (!span_eq_str(value, "0") && !span_eq_str(value, "1"))
            return 0;
        if (!span_eq_str(value, "1"))
            return 1;
        value = h264_profile(fmtp);
        for (size_t i = 0; i < sizeof h264_profiles / sizeof h264_profiles[0]; i++)
            if (span_eq_nocase(value, span_str(h264_profiles[i].profile)))
                return 2;
        return 1;
    default:
        return 2;
    }
}

uint8_t codec_offer_pt(enum codec c, struct span fmtp)
{
    struct span profile;

    switch (c) {
    case CODEC_NONE:
    case CODEC_COUNT:
        return 0;
    case CODEC_VP9:
        return span_eq_str(fmtp_value_or(fmtp, "profile-id", "0"), "2") ? 100 : 98;
    case CODEC_H264:
        profile = h264_profile(fmtp);
        for (size_t i = 0; i < sizeof h264_profiles / sizeof h264_profiles[0]; i++)
            if (span_eq_nocase(profile, span_str(h264_profiles[i].profile)))
                return h264_profiles[i].pt;
        return 102;
    default:
        return codec_table[c].pt;
    }
}
