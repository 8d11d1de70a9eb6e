#include "admin-cgi/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#define BLOCK_SIZE (16 * 1024)

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char data[];
};

struct arena_cleanup {
    struct arena_cleanup *next;
    void (*release)(void *object);
    void *object;
};

static struct arena_block *block_new(struct arena *a, size_t size)
{
    struct arena_block *b = malloc(sizeof *b + size);

    if (!b) {
        a->bad = true;
        return NULL;
    }
    b->used = 0;
    b->size = size;
    return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
    const size_t align = alignof(max_align_t);
    struct arena_block *b = a->blocks;
    void *p;

    if (size > SIZE_MAX / 2) {
        a->bad = true;
        return NULL;
    }
    size = (size + align - 1) / align * align;
    if (size > BLOCK_SIZE / 4) {
        /* A block of its own, behind the one in use, whose rest stays useful. */
        struct arena_block *own = block_new(a, size);

        if (!own)
            return NULL;
        own->used = size;
        own->next = b ? b->next : NULL;
        if (b)
            b->next = own;
        else
            a->blocks = own;
        return memset(own->data, 0, size);
    }
    if (!b || b->size - b->used < size) {
        b = block_new(a, BLOCK_SIZE);
        if (!b)
            return NULL;
        b->next = a->blocks;
        a->blocks = b;
    }
    p = b->data + b->used;
    b->used += size;
    return memset(p, 0, size);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / 2 / size) {
        a->bad = true;
        return NULL;
    }
    return arena_alloc(a, count * size);
}

char *arena_dup(struct arena *a, struct span s)
{
    char *copy = arena_alloc(a, s.len + 1);

    if (copy && s.len)
        memcpy(copy, s.data, s.len);
    return copy;
}

char *arena_str(struct arena *a, const char *text)
{
    return arena_dup(a, span_str(text));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list args;
    char *text;
    int len;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0)
        return NULL;
    text = arena_alloc(a, (size_t)len + 1);
    if (!text)
        return NULL;
    va_start(args, fmt);
    vsnprintf(text, (size_t)len + 1, fmt, args);
    va_end(args);
    return text;
}

const char *arena_listed(struct arena *a, const char *list, const char *name)
{
    return list ? arena_printf(a, "%s, %s", list, name) : name;
}

int arena_defer(struct arena *a, void (*release)(void *object), void *object)
{
    struct arena_cleanup *c = arena_alloc(a, sizeof *c);

    if (!c) {
        release(object);
        return ERR_NO_MEMORY;
    }
    c->release = release;
    c->object = object;
    c->next = a->cleanups;
    a->cleanups = c;
    return 0;
}

static void put_json(void *object)
{
    json_object_put(object);
}

struct json_object *arena_json(struct arena *a, struct json_object *object)
{
    if (object && arena_defer(a, put_json, object) < 0)
        return NULL;
    return object;
}

void arena_release(struct arena *a)
{
    while (a->cleanups) {
        struct arena_cleanup *c = a->cleanups;

        a->cleanups = c->next;
        c->release(c->object);
    }
    while (a->blocks) {
        struct arena_block *b = a->blocks;

        a->blocks = b->next;
        free(b);
    }
    a->language = NULL;
    a->bad = false;
}
