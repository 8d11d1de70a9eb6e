#include "mediad/rtc/codec.h"

#include "common/hex.h"
#include "common/macros.h"
#include "mediad/rtc/sdp.h"

#define VIDEO_FEEDBACK                                                                             \
    (FEEDBACK_REMB | FEEDBACK_NACK | FEEDBACK_PLI | FEEDBACK_FIR | FEEDBACK_TRANSPORT_CC)
#define AUDIO_FEEDBACK (FEEDBACK_NACK | FEEDBACK_TRANSPORT_CC)

const struct feedback_kind feedback_kinds[FEEDBACK_KINDS] = {
    {"goog-remb", FEEDBACK_REMB},
    {"nack", FEEDBACK_NACK},
    {"nack pli", FEEDBACK_PLI},
    {"ccm fir", FEEDBACK_FIR},
    {"transport-cc", FEEDBACK_TRANSPORT_CC},
    {"rrtr", FEEDBACK_RRTR},
};

static const struct codec_info codec_table[CODEC_COUNT] = {
    [CODEC_VP8] = {"vp8", "VP8", TRACK_VIDEO, 90000, 1, 96, 97, VIDEO_FEEDBACK, ""},
    [CODEC_VP9] = {"vp9", "VP9", TRACK_VIDEO, 90000, 1, 98, 99, VIDEO_FEEDBACK, "profile-id=0"},
    [CODEC_AV1] = {"av1", "AV1", TRACK_VIDEO, 90000, 1, 35, 36, VIDEO_FEEDBACK, ""},
    [CODEC_H264] = {"h264", "H264", TRACK_VIDEO, 90000, 1, 108, 109, VIDEO_FEEDBACK,
                    "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"},
    [CODEC_OPUS] = {"opus", "opus", TRACK_AUDIO, 48000, 2, 111, 0, AUDIO_FEEDBACK,
                    "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1"},
    [CODEC_G722] = {"g722", "G722", TRACK_AUDIO, 8000, 1, 9, 0, AUDIO_FEEDBACK, ""},
    [CODEC_PCMU] = {"pcmu", "PCMU", TRACK_AUDIO, 8000, 1, 0, 0, AUDIO_FEEDBACK, ""},
    [CODEC_PCMA] = {"pcma", "PCMA", TRACK_AUDIO, 8000, 1, 8, 0, AUDIO_FEEDBACK, ""},
};

const struct codec_info *codec_info(enum codec c)
{
    return c > CODEC_NONE && c < CODEC_COUNT ? &codec_table[c] : NULL;
}

enum codec codec_by_name(struct span name)
{
    for (int c = CODEC_NONE + 1; c < CODEC_COUNT; c++) {
        if (span_eq_nocase(name, span_str(codec_table[c].name)))
            return (enum codec)c;
    }
    return CODEC_NONE;
}

enum codec codec_by_rtpmap(struct span sdp_name, uint32_t clock_rate, unsigned channels)
{
    for (int c = CODEC_NONE + 1; c < CODEC_COUNT; c++) {
        if (codec_table[c].clock_rate == clock_rate &&
            (codec_table[c].channels == channels || (c == CODEC_OPUS && channels == 1)) &&
            span_eq_nocase(sdp_name, span_str(codec_table[c].sdp_name)))
            return (enum codec)c;
    }
    return CODEC_NONE;
}

enum codec codec_by_static_pt(uint8_t pt)
{
    for (int c = CODEC_NONE + 1; c < CODEC_COUNT; c++) {
        if (codec_table[c].pt == pt && pt < 35)
            return (enum codec)c;
    }
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

/* One digit from 0 to `max`, or -1. */
static int fmtp_digit(struct span fmtp, const char *name, char missing, char max)
{
    struct span value = span_of((const uint8_t *)&missing, 1);

    (void)codec_fmtp_value(fmtp, name, &value);
    return value.len == 1 && value.data[0] >= '0' && value.data[0] <= (uint8_t)max
               ? value.data[0] - '0'
               : -1;
}

enum h264_profile {
    H264_INVALID = -1,
    H264_CONSTRAINED_BASELINE,
    H264_BASELINE,
    H264_MAIN,
    H264_CONSTRAINED_HIGH,
    H264_HIGH,
    H264_HIGH_444,
    H264_OTHER,
    H264_PROFILES
};

_Static_assert(VARIANT_H264 + 2 * H264_PROFILES == VARIANT_COUNT && VARIANT_COUNT <= 32,
               "a bit for each");

/* RFC 6184 section 8.1, table 5: profile_idc, and the bits of profile-iop that count; constrained
 * high by ITU-T H.264 A.2.4.2. */
static const struct {
    uint8_t idc, mask, iop;
    enum h264_profile profile;
} h264_profiles[] = {
    {0x42, 0x4f, 0x40, H264_CONSTRAINED_BASELINE},
    {0x4d, 0x8f, 0x80, H264_CONSTRAINED_BASELINE},
    {0x58, 0xcf, 0xc0, H264_CONSTRAINED_BASELINE},
    {0x42, 0x4f, 0x00, H264_BASELINE},
    {0x58, 0xcf, 0x80, H264_BASELINE},
    {0x4d, 0xaf, 0x00, H264_MAIN},
    {0x64, 0xff, 0x0c, H264_CONSTRAINED_HIGH},
    {0x64, 0xff, 0x00, H264_HIGH},
    {0xf4, 0xff, 0x00, H264_HIGH_444},
};

static const uint8_t h264_pts[H264_PROFILES] = {
    [H264_CONSTRAINED_BASELINE] = 108,
    [H264_BASELINE] = 102,
    [H264_MAIN] = 116,
    [H264_CONSTRAINED_HIGH] = 112,
    [H264_HIGH] = 112,
    [H264_HIGH_444] = 102,
    [H264_OTHER] = 102,
};

static int h264_profile(struct span fmtp)
{
    struct span value = fmtp_value_or(fmtp, "profile-level-id", "420010");
    uint8_t bytes[3];
    char text[HEX_SIZE(sizeof bytes)];

    if (!span_copy(value, text, sizeof text) ||
        hex_decode(text, bytes, sizeof bytes) != sizeof bytes)
        return H264_INVALID;
    for (size_t i = 0; i < LENGTH(h264_profiles); i++) {
        if (h264_profiles[i].idc == bytes[0] &&
            (bytes[1] & h264_profiles[i].mask) == h264_profiles[i].iop)
            return (int)h264_profiles[i].profile;
    }
    return H264_OTHER;
}

int codec_variant(enum codec c, struct span fmtp)
{
    int profile, mode;

    switch (c) {
    case CODEC_VP8:
        return VARIANT_VP8;
    case CODEC_VP9: /* RFC 9628 section 6.1 */
        profile = fmtp_digit(fmtp, "profile-id", '0', '3');
        return profile < 0 ? VARIANT_NONE : VARIANT_VP9 + profile;
    case CODEC_AV1:
        profile = fmtp_digit(fmtp, "profile", '0', '2');
        return profile < 0 ? VARIANT_NONE : VARIANT_AV1 + profile;
    case CODEC_H264:
        profile = h264_profile(fmtp);
        mode = fmtp_digit(fmtp, "packetization-mode", '0', '1');
        return profile < 0 || mode < 0 ? VARIANT_NONE : VARIANT_H264 + 2 * profile + mode;
    default:
        return VARIANT_NONE;
    }
}

uint32_t codec_variant_bit(enum codec c, struct span fmtp)
{
    int variant = codec_variant(c, fmtp);

    return variant < 0 ? 0 : (uint32_t)1 << variant;
}

int codec_match(enum codec c, struct span fmtp)
{
    const struct codec_info *info = codec_info(c);
    int variant = codec_variant(c, fmtp);

    if (!info)
        return 0;
    if (info->kind == TRACK_AUDIO)
        return 4;
    switch (variant) {
    case VARIANT_NONE:
        return 0;
    case VARIANT_VP8:
    case VARIANT_VP9:
    case VARIANT_AV1:
    case VARIANT_H264 + 2 * H264_CONSTRAINED_BASELINE + 1:
        return 4;
    case VARIANT_H264 + 2 * H264_CONSTRAINED_BASELINE:
        return 3;
    case VARIANT_VP9 + 2:
    case VARIANT_H264 + 2 * H264_BASELINE + 1:
    case VARIANT_H264 + 2 * H264_MAIN + 1:
    case VARIANT_H264 + 2 * H264_CONSTRAINED_HIGH + 1:
    case VARIANT_H264 + 2 * H264_HIGH + 1:
        return 2;
    default:
        return 1;
    }
}

/* Decoders of a profile decode those below it (ITU-T H.264 A.2); what is called baseline is in
 * practice sent without what main leaves out of it. */
static const int8_t h264_levels[H264_PROFILES] = {
    [H264_CONSTRAINED_BASELINE] = 0,
    [H264_BASELINE] = 0,
    [H264_MAIN] = 1,
    [H264_CONSTRAINED_HIGH] = 2,
    [H264_HIGH] = 2,
    [H264_HIGH_444] = -1,
    [H264_OTHER] = -1,
};

static int h264_decodes(struct span offered, int from, int to)
{
    struct span profile;
    int8_t sent = h264_levels[(from - VARIANT_H264) / 2],
           taken = h264_levels[(to - VARIANT_H264) / 2];
    bool takes_mode = (to - VARIANT_H264) % 2 >= (from - VARIANT_H264) % 2;

    if (!codec_fmtp_value(offered, "profile-level-id", &profile))
        return 2;
    return takes_mode && sent >= 0 && taken >= sent ? 1 : 0;
}

int codec_decodes(enum codec c, struct span offered, struct span sent)
{
    const struct codec_info *info = codec_info(c);
    int from = codec_variant(c, sent), to = codec_variant(c, offered);

    if (!info)
        return 0;
    if (info->kind == TRACK_AUDIO)
        return 3;
    if (from == VARIANT_NONE || to == VARIANT_NONE)
        return 0;
    if (from == to)
        return 3;
    return c == CODEC_H264 ? h264_decodes(offered, from, to) : 0;
}

uint8_t codec_offer_pt(enum codec c, struct span fmtp)
{
    int profile;

    switch (c) {
    case CODEC_NONE:
    case CODEC_COUNT:
        return 0;
    case CODEC_VP9:
        return span_eq_str(fmtp_value_or(fmtp, "profile-id", "0"), "2") ? 100 : 98;
    case CODEC_H264:
        profile = h264_profile(fmtp);
        return profile < 0 ? 102 : h264_pts[profile];
    default:
        return codec_table[c].pt;
    }
}
