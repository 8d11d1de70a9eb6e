/*
 * ICE candidates as text (RFC 8839 section 5.1): check what a client trickles, write our own host
 * candidates. Resolves nothing, connects nowhere.
 */
#ifndef NEREID_MEDIAD_RTC_CANDIDATE_H
#define NEREID_MEDIAD_RTC_CANDIDATE_H

#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"

enum candidate_type { CANDIDATE_HOST, CANDIDATE_SRFLX, CANDIDATE_PRFLX, CANDIDATE_RELAY };
enum candidate_transport { CANDIDATE_UDP, CANDIDATE_TCP, CANDIDATE_OTHER_TRANSPORT };

struct candidate {
    char foundation[33];
    uint16_t component; /* 1 to 256 */
    enum candidate_transport transport;
    uint32_t priority;
    char address[256]; /* IPv4, IPv6 or a name ("x.local") */
    uint16_t port;
    enum candidate_type type;
    bool is_mdns; /* the address is a name that ends in .local */
};

/**
 * Parse "candidate:…" (a leading "a=" and a final line end are allowed).
 * @return 0; ERR_SYNTAX naming the field, ERR_TOO_LARGE for over 1 KiB; *out untouched then
 */
int candidate_parse(struct candidate *out, struct span line, struct error *e) MUST_USE;

/**
 * Our host candidate for UDP, component 1.
 * @param index   0 for the address we prefer; gives foundation and priority (RFC 8445 5.1.2.1)
 * @param address numeric text
 */
void candidate_host(struct candidate *out, const char *address, uint16_t port, unsigned index);

/** Append "candidate:…" without "a=" and without line end. */
void candidate_write(struct buf *b, const struct candidate *c);

#endif
