#include "mediad/rtc/sdp_parse.h"

#include <stdlib.h>
#include <string.h>

#include "mediad/rtc/sdp_attribute.h"

static bool format_is_rtx(const struct sdp_format *f)
{
    return span_eq_nocase(f->name, span_str("rtx"));
}

static void apply_simulcast(struct sdp_section *s, struct span list)
{
    struct span piece;
    unsigned done = 0;

    while (span_split(&list, ';', &piece)) {
        struct span id =
            span_sub(piece, 0, span_index(piece, ',', 0)); /* alternatives: the first */
        bool is_paused = id.len > 0 && id.data[0] == '~';

        if (is_paused)
            id = span_sub(id, 1, id.len);
        for (unsigned i = done; i < s->n_rids; i++) {
            struct sdp_rid rid = s->rids[i];

            if (!rid.is_send || !span_eq(rid.id, id))
                continue;
            rid.is_paused = is_paused;
            memmove(&s->rids[done + 1], &s->rids[done], (i - done) * sizeof s->rids[0]);
            s->rids[done++] = rid;
            break;
        }
    }
}

/* The checks that need the whole section: called after its last line. */
static int end_section(struct sdp_parser *p)
{
    struct sdp_section *s = p->section;
    unsigned n_codecs = 0;

    if (!s)
        return 0;
    for (unsigned i = 0; i < s->n_formats; i++) {
        struct sdp_format *f = &s->formats[i];

        if (!format_is_rtx(f))
            n_codecs++;
        for (unsigned k = 0; k < p->n_all_feedback; k++) {
            int r = sdp_add_feedback(p, f, p->all_feedback[k]);

            if (r < 0)
                return r;
        }
    }
    if (n_codecs > SDP_CODECS_MAX) {
        p->line = s->line;
        return sdp_fail(p, ERR_TOO_LARGE, "more than 32 codecs in a section");
    }
    apply_simulcast(s, p->simulcast);
    p->simulcast = span_of(NULL, 0);
    p->n_all_feedback = 0;
    return 0;
}

static int add_section(struct sdp_parser *p)
{
    struct sdp_session *s = p->session;
    struct sdp_section *section;

    if (s->n_sections == SDP_SECTIONS_MAX)
        return sdp_fail(p, ERR_TOO_LARGE, "more than 64 sections");
    if (s->n_sections == p->n_allocated) {
        unsigned n = p->n_allocated ? p->n_allocated * 2 : 2;
        struct sdp_section *grown = realloc(s->sections, n * sizeof *grown);

        if (!grown)
            return sdp_fail(p, ERR_NO_MEMORY, "out of memory");
        s->sections = grown;
        p->n_allocated = n;
    }
    section = &s->sections[s->n_sections++];
    memset(section, 0, sizeof *section);
    section->line = p->line;
    section->direction = p->session_direction;
    p->section = section;
    return 0;
}

static int parse_formats(struct sdp_parser *p, struct span rest)
{
    struct sdp_section *s = p->section;
    struct span token;

    s->format_list = span_trim(rest);
    if (s->kind == SDP_OTHER)
        return 0;
    while ((token = sdp_next_token(&rest)).len > 0) {
        uint64_t pt;

        if (!sdp_number(token, 127, &pt))
            return sdp_fail(p, ERR_SYNTAX, "a payload type that is not a number up to 127");
        if (sdp_format_by_pt(s, (unsigned)pt))
            return sdp_fail(p, ERR_SYNTAX, "a payload type that stands twice");
        if (s->n_formats == SDP_FORMATS_MAX)
            return sdp_fail(p, ERR_TOO_LARGE, "more than 64 formats in a section");
        s->formats[s->n_formats++] = (struct sdp_format){.pt = (uint8_t)pt, .channels = 1};
    }
    return 0;
}

static int parse_m_line(struct sdp_parser *p, struct span value)
{
    struct span media = sdp_next_token(&value);
    struct span port = sdp_next_token(&value);
    struct span proto = sdp_next_token(&value);
    uint64_t number;
    int r = end_section(p);

    if (r < 0)
        return r;
    port = span_sub(port, 0, span_index(port, '/', 0));
    if (media.len == 0 || proto.len == 0 || !sdp_number(port, 65535, &number))
        return sdp_fail(p, ERR_SYNTAX, "an m-line needs media, port, protocol and formats");
    r = add_section(p);
    if (r < 0)
        return r;
    p->section->media = media;
    p->section->port = (uint16_t)number;
    p->section->proto = proto;
    p->section->kind = span_eq_str(media, "audio")   ? SDP_AUDIO
                       : span_eq_str(media, "video") ? SDP_VIDEO
                                                     : SDP_OTHER;
    return parse_formats(p, value);
}

static int parse_line(struct sdp_parser *p, struct span line)
{
    struct span value;

    if (line.len > SDP_LINE_MAX)
        return sdp_fail(p, ERR_TOO_LARGE, "a line of more than 4096 bytes");
    if (line.len < 2 || line.data[1] != '=' || line.data[0] < 'a' || line.data[0] > 'z')
        return sdp_fail(p, ERR_SYNTAX, "a line must be a letter, = and a value");
    for (size_t i = 2; i < line.len; i++) {
        if (line.data[i] < 0x20 && line.data[i] != '\t')
            return sdp_fail(p, ERR_SYNTAX, "a control character");
    }
    value = span_sub(line, 2, line.len);
    if (p->line == 1 && (line.data[0] != 'v' || !span_eq_str(value, "0")))
        return sdp_fail(p, ERR_SYNTAX, "a description must begin with v=0");
    if (line.data[0] == 'm')
        return parse_m_line(p, value);
    if (line.data[0] == 'a')
        return sdp_attribute_parse(p, value);
    return 0;
}

static int parse_lines(struct sdp_parser *p, struct span text)
{
    struct span line;
    int r;

    while (span_split(&text, '\n', &line)) {
        p->line++;
        if (line.len > 0 && line.data[line.len - 1] == '\r')
            line.len--;
        if (line.len == 0 && text.len == 0 && p->line > 1)
            break; /* what follows the last line end */
        r = parse_line(p, line);
        if (r < 0)
            return r;
    }
    return end_section(p);
}

int sdp_parse(struct sdp_session **out, struct span text, struct error *e)
{
    struct sdp_parser p = {.error = e};
    int r;

    if (text.len > SDP_SIZE_MAX)
        return error_set(e, ERR_TOO_LARGE, NULL, "a description of more than 64 KiB");
    p.session = calloc(1, sizeof *p.session);
    if (!p.session)
        return error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
    p.session->text = malloc(text.len + 1);
    if (!p.session->text) {
        r = error_set(e, ERR_NO_MEMORY, NULL, "out of memory");
        goto out;
    }
    if (text.len > 0)
        memcpy(p.session->text, text.data, text.len);
    p.session->text[text.len] = 0;
    r = parse_lines(&p, span_of(p.session->text, text.len));
    if (r < 0)
        goto out;
    *out = p.session;
    p.session = NULL;
out:
    sdp_session_free(p.session);
    return r;
}

void sdp_session_free(struct sdp_session *s)
{
    if (!s)
        return;
    free(s->sections);
    free(s->text);
    free(s);
}
