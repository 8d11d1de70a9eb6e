/*
 * A session that HTTP requests steer, as a resource with a URL of its own (WHIP, RFC 9725; WHEP):
 * its name, its version, and who may ask for it. The name is random: whoever sees the member in a
 * group cannot tell it.
 */
#ifndef NEREID_MEDIAD_SIGNAL_RESOURCE_H
#define NEREID_MEDIAD_SIGNAL_RESOURCE_H

#include "common/list.h"
#include "common/span.h"
#include "common/token.h"
#include "mediad/name_index.h"

enum resource_kind { RESOURCE_WHIP, RESOURCE_WHEP };

#define RESOURCE_SECRET_SIZE 32
#define RESOURCE_ETAG_SIZE (TOKEN_NAME_SIZE + 2)

/** All of one process. Zeroed is empty. */
struct resources {
    struct name_index by_id;
    struct list all; /* struct resource */
};

struct resource {
    struct name_entry by_id;
    struct list_node in_all;
    struct resources *owner;
    enum resource_kind kind;
    char *group;                          /* in whose path it is */
    char id[TOKEN_NAME_SIZE];             /* 128 random bits */
    char etag[RESOURCE_ETAG_SIZE];        /* with its quotes */
    bool has_secret;                      /* it was made with credentials */
    uint8_t secret[RESOURCE_SECRET_SIZE]; /* digest of those */
    /** Ends the session, and with it the resource. */
    void (*end)(struct resource *r);
};

/** Enter a new one. @param secret who made it: token, or name and password; empty for anybody
 * @return 0, ERR_NO_MEMORY, ERR_CRYPTO; nothing is left over then */
int resource_init(struct resource *r, struct resources *owner, enum resource_kind kind,
                  const char *group, struct span secret) MUST_USE;
/** Harmless for a zeroed one. */
void resource_release(struct resource *r);

/** It has changed. @return 0 or ERR_CRYPTO */
int resource_renew_etag(struct resource *r) MUST_USE;
/** NULL when there is none of that kind and group. */
struct resource *resource_find(const struct resources *all, enum resource_kind kind,
                               const char *group, const char *id);
/** Whether a request with these credentials may have it. Takes as long for every wrong secret. */
bool resource_is_secret(const struct resource *r, struct span secret);
/** End them all. */
void resources_end_all(struct resources *all);

#endif
