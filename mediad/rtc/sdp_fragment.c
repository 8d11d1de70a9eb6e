#include "mediad/rtc/sdp_fragment.h"

#include <stdio.h>

#include "mediad/rtc/sdp.h"

static int fail(struct error *e, int code, unsigned line, const char *text)
{
    char place[32];

    snprintf(place, sizeof place, "line %u", line);
    return error_set(e, code, place, "%s", text);
}

/* @return false: it stands already, with another value */
static bool set_once(struct span *out, struct span value)
{
    if (out->len > 0)
        return span_eq(*out, value);
    *out = value;
    return value.len > 0;
}

static int parse_candidate(struct sdp_fragment *out, struct span line, unsigned number,
                           struct error *e)
{
    struct candidate unused;
    struct error why = {0};
    int r;

    if (out->n_candidates++ == SDP_FRAGMENT_CANDIDATES_MAX)
        return fail(e, ERR_TOO_LARGE, number, "more than 256 candidates");
    r = candidate_parse(&unused, line, &why);
    return r < 0 ? fail(e, r, number, why.text) : 0;
}

static int parse_attribute(struct sdp_fragment *out, struct span line, unsigned number,
                           struct error *e)
{
    struct span attribute = span_sub(line, 2, line.len), value;
    size_t colon = span_index(attribute, ':', 0);
    struct span name = span_sub(attribute, 0, colon);

    value = span_sub(attribute, colon + 1, attribute.len);
    if (span_eq_str(name, "candidate"))
        return parse_candidate(out, line, number, e);
    if (span_eq_str(name, "end-of-candidates"))
        out->has_end_of_candidates = true;
    if (span_eq_str(name, "ice-ufrag") && !set_once(&out->ufrag, value))
        return fail(e, ERR_SYNTAX, number, "ice-ufrag is empty, or differs from an earlier one");
    if (span_eq_str(name, "ice-pwd") && !set_once(&out->pwd, value))
        return fail(e, ERR_SYNTAX, number, "ice-pwd is empty, or differs from an earlier one");
    return 0;
}

static int parse_line(struct sdp_fragment *out, struct span line, unsigned number, struct error *e)
{
    if (line.len > SDP_LINE_MAX)
        return fail(e, ERR_TOO_LARGE, number, "a line of more than 4096 bytes");
    if (line.len < 2 || line.data[1] != '=' || line.data[0] < 'a' || line.data[0] > 'z')
        return fail(e, ERR_SYNTAX, number, "a line must be a letter, = and a value");
    for (size_t i = 2; i < line.len; i++) {
        if (line.data[i] < 0x20 && line.data[i] != '\t')
            return fail(e, ERR_SYNTAX, number, "a control character");
    }
    return line.data[0] == 'a' ? parse_attribute(out, line, number, e) : 0;
}

int sdp_fragment_parse(struct sdp_fragment *out, struct span text, struct error *e)
{
    struct sdp_fragment f = {0};
    struct span line;
    unsigned number = 0;

    if (text.len > SDP_SIZE_MAX)
        return error_set(e, ERR_TOO_LARGE, NULL, "a fragment of more than 64 KiB");
    while (span_split(&text, '\n', &line)) {
        int r;

        number++;
        if (line.len > 0 && line.data[line.len - 1] == '\r')
            line.len--;
        if (line.len == 0 && text.len == 0)
            break; /* what follows the last line end */
        r = parse_line(&f, line, number, e);
        if (r < 0)
            return r;
    }
    if (f.n_candidates == 0 && !f.has_end_of_candidates && f.ufrag.len == 0 && f.pwd.len == 0)
        return error_set(e, ERR_SYNTAX, NULL,
                         "a fragment needs a candidate, their end, or ICE credentials");
    *out = f;
    return 0;
}

int sdp_fragment_write(struct buf *b, const struct sdp_fragment_section *sections, size_t n,
                       const struct local_transport *local)
{
    if (local->is_ice_lite)
        buf_add_str(b, "a=ice-lite\r\n");
    buf_add_str(b, "a=ice-options:trickle\r\na=group:BUNDLE");
    for (size_t i = 0; i < n; i++)
        buf_printf(b, " %s", sections[i].mid);
    buf_printf(b, "\r\nm=%s 9 UDP/TLS/RTP/SAVPF %u\r\n", sections[0].media, sections[0].pt);
    buf_printf(b, "a=mid:%s\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", sections[0].mid, local->ufrag,
               local->pwd);
    sdp_write_candidates(b, local);
    return buf_check(b);
}

int sdp_fragment_write_answer(struct buf *b, const struct negotiated *n,
                              const struct local_transport *local)
{
    struct sdp_fragment_section sections[SDP_SECTIONS_MAX];
    size_t count = 0;

    for (unsigned i = 0; i < n->n_sections; i++) {
        const struct up_section *s = &n->sections[i];

        if (s->is_accepted)
            sections[count++] = (struct sdp_fragment_section){s->media, s->mid, s->codecs[0].pt};
    }
    return sdp_fragment_write(b, sections, count, local);
}

static bool is_restart_of(const struct sdp_fragment *f, const struct remote_transport *present)
{
    return (f->ufrag.len > 0 && !span_eq_str(f->ufrag, present->ufrag)) ||
           (f->pwd.len > 0 && !span_eq_str(f->pwd, present->pwd));
}

int sdp_fragment_read(struct sdp_fragment *out, struct span text,
                      const struct remote_transport *present, bool *is_restart, struct error *e)
{
    int r = sdp_fragment_parse(out, text, e);

    if (r < 0)
        return r;
    if (!present)
        return error_set(e, ERR_WRONG_STATE, NULL, "nothing was offered yet");
    *is_restart = is_restart_of(out, present);
    return 0;
}
