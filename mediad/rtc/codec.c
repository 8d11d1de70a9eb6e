#include "mediad/rtc/codec.h"

#include "common/hex.h"
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
        if (codec_table[c].clock_rate == clock_rate &&
            (codec_table[c].channels == channels || (c == CODEC_OPUS && channels == 1)) &&
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

/* The H.264 profiles that browsers know, by the first two bytes of profile-level-id. */
static const struct {
    const char *profile;
    uint8_t pt;
} h264_profiles[] = {{"42e0", 108}, {"4200", 102}, {"4d00", 116}, {"6400", 112}};

#define H264_PROFILES (sizeof h264_profiles / sizeof h264_profiles[0])
#define VP9_PROFILES 4 /* 0 to 3: VP9 payload format (RFC 9628), section 6.1 */
#define AV1_PROFILES 3 /* 0 to 2: AV1 RTP payload specification, section 7.2 */

/* Index into h264_profiles, H264_PROFILES for another one. */
static size_t h264_profile(struct span fmtp)
{
    struct span id = fmtp_value_or(fmtp, "profile-level-id", "420010");
    size_t i = 0;

    while (i < H264_PROFILES &&
           !span_eq_nocase(span_sub(id, 0, 4), span_str(h264_profiles[i].profile)))
        i++;
    return i;
}

/* Three bytes in hexadecimal (RFC 6184 section 8.1). */
static bool is_profile_level_id(struct span id)
{
    for (size_t i = 0; i < id.len; i++)
        if (hex_digit(id.data[i]) < 0)
            return false;
    return id.len == 6;
}

/* A profile of one digit; -1 for what is none. */
static int profile_number(struct span fmtp, const char *name, int n_profiles)
{
    struct span value = fmtp_value_or(fmtp, name, "0");
    int number = value.len == 1 ? value.data[0] - '0' : -1;

    return number >= 0 && number < n_profiles ? number : -1;
}

/* -1: not one that we can forward */
static int h264_mode(struct span fmtp)
{
    struct span value = fmtp_value_or(fmtp, "packetization-mode", "0");

    return span_eq_str(value, "0") ? 0 : span_eq_str(value, "1") ? 1 : -1;
}

static int h264_match(struct span fmtp)
{
    int mode = h264_mode(fmtp);
    size_t profile = h264_profile(fmtp);

    if (mode < 0 || !is_profile_level_id(fmtp_value_or(fmtp, "profile-level-id", "420010")))
        return 0;
    if (mode == 0 || profile == H264_PROFILES)
        return 1;
    return profile == 0 ? 3 : 2;
}

int codec_match(enum codec c, struct span fmtp)
{
    int profile;

    switch (c) {
    case CODEC_NONE:
    case CODEC_COUNT:
        return 0;
    case CODEC_VP9:
        profile = profile_number(fmtp, "profile-id", VP9_PROFILES);
        return profile < 0 ? 0 : profile % 2 == 0 ? 2 : 1;
    case CODEC_AV1:
        profile = profile_number(fmtp, "profile", AV1_PROFILES);
        return profile < 0 ? 0 : profile == 0 ? 2 : 1;
    case CODEC_H264:
        return h264_match(fmtp);
    default:
        return 2;
    }
}

uint32_t codec_format_bit(enum codec c, struct span fmtp)
{
    enum { VP8_AT, VP9_AT, AV1_AT = VP9_AT + VP9_PROFILES, H264_AT = AV1_AT + AV1_PROFILES };

    if (codec_match(c, fmtp) == 0)
        return 0;
    switch (c) {
    case CODEC_VP8:
        return 1u << VP8_AT;
    case CODEC_VP9:
        return 1u << (VP9_AT + profile_number(fmtp, "profile-id", VP9_PROFILES));
    case CODEC_AV1:
        return 1u << (AV1_AT + profile_number(fmtp, "profile", AV1_PROFILES));
    case CODEC_H264:
        return 1u << (H264_AT + 2 * h264_profile(fmtp) + (size_t)h264_mode(fmtp));
    default:
        return 0;
    }
}

uint8_t codec_offer_pt(enum codec c, struct span fmtp)
{
    size_t profile;

    switch (c) {
    case CODEC_NONE:
    case CODEC_COUNT:
        return 0;
    case CODEC_VP9:
        return span_eq_str(fmtp_value_or(fmtp, "profile-id", "0"), "2") ? 100 : 98;
    case CODEC_H264:
        profile = h264_profile(fmtp);
        return profile == H264_PROFILES ? 102 : h264_profiles[profile].pt;
    default:
        return codec_table[c].pt;
    }
}
