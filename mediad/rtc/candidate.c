#include "mediad/rtc/candidate.h"

#include <arpa/inet.h>
#include <string.h>

#include "mediad/rtc/ice_text.h"

enum { CANDIDATE_LINE_MAX = 1024 };

static struct span next_token(struct span *rest)
{
    struct span piece;

    while (span_split(rest, ' ', &piece)) {
        if (piece.len > 0)
            return piece;
    }
    return span_of(NULL, 0);
}

static int candidate_fail(struct error *e, const char *field)
{
    return error_set(e, ERR_SYNTAX, "candidate", "%s is missing or malformed", field);
}

static bool is_host_name(const char *text)
{
    for (; *text; text++) {
        if (!(*text >= 'a' && *text <= 'z') && !(*text >= 'A' && *text <= 'Z') &&
            !(*text >= '0' && *text <= '9') && *text != '-' && *text != '.' && *text != '_')
            return false;
    }
    return true;
}

static bool candidate_address(struct candidate *c, struct span text)
{
    struct in_addr v4;
    struct in6_addr v6;
    size_t len = text.len;

    if (len == 0 || !span_copy(text, c->address, sizeof c->address))
        return false;
    if (inet_pton(AF_INET, c->address, &v4) == 1 || inet_pton(AF_INET6, c->address, &v6) == 1)
        return true;
    if (!is_host_name(c->address))
        return false;
    c->is_mdns = len > 6 && strcmp(c->address + len - 6, ".local") == 0;
    return true;
}

static bool candidate_type_of(struct span text, enum candidate_type *out)
{
    static const char *const names[] = {
        [CANDIDATE_HOST] = "host",
        [CANDIDATE_SRFLX] = "srflx",
        [CANDIDATE_PRFLX] = "prflx",
        [CANDIDATE_RELAY] = "relay",
    };

    for (int i = CANDIDATE_HOST; i <= CANDIDATE_RELAY; i++) {
        if (span_eq_str(text, names[i])) {
            *out = (enum candidate_type)i;
            return true;
        }
    }
    return false;
}

static bool candidate_number(struct span *rest, uint64_t min, uint64_t max, uint64_t *out)
{
    return span_u64(next_token(rest), out) && *out >= min && *out <= max;
}

static struct span candidate_strip(struct span line)
{
    while (line.len > 0 && (line.data[line.len - 1] == '\n' || line.data[line.len - 1] == '\r'))
        line.len--;
    if (span_starts_with(line, "a="))
        line = span_sub(line, 2, line.len);
    return line;
}

int candidate_parse(struct candidate *out, struct span line, struct error *e)
{
    struct candidate c = {0};
    struct span rest, token;
    uint64_t number = 0;

    if (line.len > CANDIDATE_LINE_MAX)
        return error_set(e, ERR_TOO_LARGE, "candidate", "more than 1024 bytes");
    rest = candidate_strip(line);
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.data[i] < 0x20)
            return error_set(e, ERR_SYNTAX, "candidate", "a control character");
    }
    if (!span_starts_with(rest, "candidate:"))
        return error_set(e, ERR_SYNTAX, "candidate", "does not begin with \"candidate:\"");
    rest = span_sub(rest, strlen("candidate:"), rest.len);
    token = next_token(&rest);
    if (!ice_text_check(token, 1, 32, "") || !span_copy(token, c.foundation, sizeof c.foundation))
        return candidate_fail(e, "the foundation");
    if (!candidate_number(&rest, 1, 256, &number))
        return candidate_fail(e, "the component");
    c.component = (uint16_t)number;
    token = next_token(&rest);
    if (token.len == 0)
        return candidate_fail(e, "the transport");
    c.transport = span_eq_nocase(token, span_str("udp"))   ? CANDIDATE_UDP
                  : span_eq_nocase(token, span_str("tcp")) ? CANDIDATE_TCP
                                                           : CANDIDATE_OTHER_TRANSPORT;
    if (!candidate_number(&rest, 0, UINT32_MAX, &number))
        return candidate_fail(e, "the priority");
    c.priority = (uint32_t)number;
    if (!candidate_address(&c, next_token(&rest)))
        return candidate_fail(e, "the address");
    if (!candidate_number(&rest, 0, UINT16_MAX, &number))
        return candidate_fail(e, "the port");
    c.port = (uint16_t)number;
    if (!span_eq_str(next_token(&rest), "typ") || !candidate_type_of(next_token(&rest), &c.type))
        return candidate_fail(e, "the type");
    *out = c;
    return 0;
}

void candidate_host(struct candidate *out, const char *address, uint16_t port, unsigned index)
{
    uint32_t local_preference = index < 65535 ? 65535 - index : 0;

    *out = (struct candidate){.component = 1, .transport = CANDIDATE_UDP, .port = port};
    snprintf(out->foundation, sizeof out->foundation, "%u", index + 1);
    snprintf(out->address, sizeof out->address, "%s", address);
    out->priority = 126u << 24 | local_preference << 8 | (256 - 1);
    out->type = CANDIDATE_HOST;
}

void candidate_write(struct buf *b, const struct candidate *c)
{
    static const char *const types[] = {
        [CANDIDATE_HOST] = "host",
        [CANDIDATE_SRFLX] = "srflx",
        [CANDIDATE_PRFLX] = "prflx",
        [CANDIDATE_RELAY] = "relay",
    };

    buf_printf(b, "candidate:%s %u %s %u %s %u typ %s", c->foundation, c->component,
               c->transport == CANDIDATE_TCP ? "tcp" : "udp", c->priority, c->address, c->port,
               types[c->type]);
}
