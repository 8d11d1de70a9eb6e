/*
 * Old tokens leave data/var/tokens.jsonl: by the pool, since it waits for the disk and for
 * admin-cgi (token_store_purge()).
 */
#ifndef NEREID_MEDIAD_TOKEN_PURGE_H
#define NEREID_MEDIAD_TOKEN_PURGE_H

#include "mediad/pool.h"
#include "mediad/signal/env.h"

/** Has it done; what came of it is logged. Without memory or room for the job nothing happens.
 * @param writer outlives the pool
 * @param wall_us since 1970 */
void token_purge_start(struct pool *pool, struct token_writer *writer, int64_t wall_us);

#endif
