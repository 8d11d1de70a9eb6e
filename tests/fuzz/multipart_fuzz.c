/*
 * Forms with files, which come in pieces of any length: whatever they are cut into, the same parts
 * are read, and no byte twice. The first byte says how long the pieces are, the second how long the
 * boundary is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "admin-cgi/multipart.h"
#include "tests/fuzz/check.h"

struct text {
    const uint8_t *data;
    size_t len, at, step;
};

/* What was read, as numbers that two readings have in common. */
struct summary {
    int result;
    unsigned n_parts;
    size_t bytes;
    uint64_t sum;
};

static long give(void *source, char *out, size_t size)
{
    struct text *t = source;
    size_t n = t->len - t->at;

    if (n > t->step)
        n = t->step;
    if (n > size)
        n = size;
    if (n)
        memcpy(out, t->data + t->at, n);
    t->at += n;
    return (long)n;
}

static void add(struct summary *s, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        s->sum = s->sum * 31 + bytes.data[i];
    s->bytes += bytes.len;
}

static void read_all(struct summary *s, const char *type, struct span body, size_t step)
{
    struct multipart *m = malloc(sizeof *m);
    struct text t = {.data = body.data, .len = body.len, .step = step};
    struct error e = {0};
    struct span piece;

    check(m);
    *s = (struct summary){0};
    s->result = multipart_begin(m, type, give, &t, &e);
    while (s->result >= 0 && (s->result = multipart_next(m, &e)) == 1) {
        s->n_parts++;
        check(strlen(m->name) <= MULTIPART_NAME_MAX);
        add(s, span_str(m->name));
        s->sum += m->is_file;
        while ((s->result = multipart_read(m, &piece, &e)) == 1) {
            check(piece.len > 0 && piece.len <= MULTIPART_PIECE);
            add(s, piece);
        }
    }
    check(s->result >= 0 || e.text[0]);
    check(s->bytes <= body.len);
    free(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char type[128] = "multipart/form-data; boundary=";
    size_t start = strlen(type), len;
    struct summary one, other;

    if (size < 2)
        return 0;
    len = data[1] % (MULTIPART_BOUNDARY_MAX + 2);
    if (len > size - 2)
        len = size - 2;
    if (len)
        memcpy(type + start, data + 2, len);
    type[start + len] = 0;
    read_all(&one, type, span_of(data + 2 + len, size - 2 - len), 1 + data[0]);
    read_all(&other, type, span_of(data + 2 + len, size - 2 - len), MULTIPART_PIECE);
    check(one.result == other.result && one.n_parts == other.n_parts);
    check(one.result < 0 || (one.sum == other.sum && one.bytes == other.bytes));
    return 0;
}
