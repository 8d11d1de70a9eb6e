/*
 * What answers of the main socket have in common: headers, texts, redirects, and who may read them.
 */
#ifndef NEREID_MEDIAD_HTTP_REPLY_H
#define NEREID_MEDIAD_HTTP_REPLY_H

#include "common/server_origin.h"
#include "mediad/http/exchange.h"

/** data/config.json as of now; borrowed until the next call. */
const struct server_config *reply_config(struct exchange *x);

/** Headers that every answer has. */
void reply_headers(struct exchange *x);
/** The same and those of what is no page. @param is_shared pages of another origin may read it */
void reply_data_headers(struct exchange *x, bool is_shared);
/** One line of text for programs and people, which no other origin may read. */
void reply_text(struct exchange *x, unsigned status, const char *text);

/** Whose page asks; Vary and Access-Control-Allow-Origin are set (allowOrigin of
 * data/config.json). */
enum origin_verdict reply_share(struct exchange *x);

/** @param location a URL, or a path of ours, percent-encoded; query with its '?' */
void reply_redirect(struct exchange *x, const char *location, struct span query);
/** To "/group/G" and what follows. */
void reply_redirect_to_group(struct exchange *x, const char *tail, struct span query);
/** @return true when the canonical host answers instead */
bool reply_from_canonical_host(struct exchange *x);
/** Append the path "/group/G" and what follows, as it may stand in a URL. */
void reply_group_path(struct buf *out, const struct exchange *x, const char *tail);

#endif
