/*
 * Memory that lives as long as one request: allocated in blocks, given back all at once.
 * Zeroed is a valid empty arena. A failed allocation returns NULL and sets `bad`; the request is
 * then refused (503) and the worker lives on. Not thread-safe; one per request.
 */
#ifndef NEREID_ADMIN_CGI_ARENA_H
#define NEREID_ADMIN_CGI_ARENA_H

#include "common/error.h"
#include "common/span.h"

struct json_object;
struct language;

struct arena {
    struct arena_block *blocks;
    struct arena_cleanup *cleanups;
    const struct language *language; /* of whom the texts in it are for (say.h); NULL: English */
    bool bad;
};

/** Zeroed memory aligned for any type; NULL when out of memory. Valid until arena_release(). */
void *arena_alloc(struct arena *a, size_t size);
/** Zeroed array; NULL also when the product overflows. */
void *arena_array(struct arena *a, size_t count, size_t size);
/** NUL-terminated copy; an embedded NUL is copied as it is. */
char *arena_dup(struct arena *a, struct span s);
char *arena_str(struct arena *a, const char *text);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
/** "list, name"; `name` itself for no list, NULL. */
const char *arena_listed(struct arena *a, const char *list, const char *name);
/** Call `release(object)` when the arena goes, last one first. On failure it is called at once.
 * @return 0 or ERR_NO_MEMORY */
int arena_defer(struct arena *a, void (*release)(void *object), void *object) MUST_USE;
/** Takes a reference of ours to a JSON object: put when the arena goes. NULL is fine.
 * @return the object, or NULL when out of memory */
struct json_object *arena_json(struct arena *a, struct json_object *object);
/** Runs the cleanups and frees everything; the arena is empty, speaks English and is usable again.
 */
void arena_release(struct arena *a);

#endif
