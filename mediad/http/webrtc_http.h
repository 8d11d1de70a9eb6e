/*
 * What WHIP (RFC 9725) and WHEP have in common over HTTP: who asks, from which page; the statuses
 * of refusals; Link, ETag and preconditions. Each answer that is no success says in one sentence of
 * text what is wrong.
 */
#ifndef NEREID_MEDIAD_HTTP_WEBRTC_HTTP_H
#define NEREID_MEDIAD_HTTP_WEBRTC_HTTP_H

#include "mediad/http/exchange.h"
#include "mediad/signal/resource.h"

/** What a resource of ours takes, for OPTIONS and refusals. */
struct webrtc_methods {
    const char *allow;  /* "OPTIONS, POST" */
    const char *accept; /* header that names the type of a body, "accept-post:" */
    const char *type;   /* that type */
};
extern const struct webrtc_methods webrtc_endpoint; /* POST application/sdp */
extern const struct webrtc_methods
    webrtc_session; /* PATCH application/trickle-ice-sdpfrag, DELETE */

/** Who asks. Zeroed is nobody. */
struct webrtc_login {
    struct buf plain;   /* what the spans below point into */
    char *username;     /* owned; NULL without Basic */
    char *password;     /* owned; "" without */
    char *token;        /* owned; "" without Bearer */
    struct span secret; /* for resource_init() and resource_is_secret(); empty for nobody */
};
/** Read the Authorization header. @return 0, ERR_SYNTAX (neither Basic nor Bearer), ERR_NO_MEMORY
 */
int webrtc_login_read(struct webrtc_login *out, struct exchange *x) MUST_USE;
void webrtc_login_release(struct webrtc_login *l);

/** Keep what is needed of the request's headers, before its body comes. */
void webrtc_read(struct exchange *x);
/**
 * The first step of every request: headers that all answers have, pages of other origins, and
 * OPTIONS.
 * @return false when the request is answered
 */
bool webrtc_begin(struct exchange *x, const struct webrtc_methods *methods);
/** The second one, when the body has come: its size and type. @return false when answered */
bool webrtc_check_body(struct exchange *x, const struct webrtc_methods *methods);

/** One sentence. A 401 says how to log in. */
void webrtc_refuse(struct exchange *x, unsigned status, const char *text);
/** The same for what signalling refused: its identifier decides the status. */
void webrtc_refuse_error(struct exchange *x, const char *error, const char *text);
void webrtc_method_refused(struct exchange *x, const struct webrtc_methods *methods);

/** Link headers, one for each ICE server (RFC 9725 section 4.6). */
void webrtc_links(struct exchange *x);
/** 201 with a description in x->answer. @param name of the endpoint, ".whip" */
void webrtc_created(struct exchange *x, const struct resource *r, const char *name);
/** The resource that a request is about, when it is there, the request may have it, and If-Match
 * holds. @return NULL when answered */
struct resource *webrtc_find(struct exchange *x, enum resource_kind kind, const char *id);
/** PATCH with an SDP fragment: 204 for candidates, 200 with ours and a new ETag for a restart.
 * @param patch does it, as whip_session_patch() */
void webrtc_patch(struct exchange *x, struct resource *r,
                  int (*patch)(struct resource *r, struct span fragment, struct buf *answer,
                               bool *is_restart, struct error *e));

#endif
