/*
 * csv: whatever the text, its fields lie in it; written and read again they are the same, and no
 * cell is a formula.
 */
#include <string.h>

#include "check.h"
#include "common/csv.h"

#define RECORDS_MAX 64

static char *copy_of(const void *data, size_t size)
{
    char *copy = malloc(size + 1);

    check(copy != NULL);
    memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

/* A record of one empty field looks like an empty line, which is skipped. */
static bool is_blank(const struct csv_record *record)
{
    return record->n == 1 && record->fields[0].len == 0;
}

static void write_record(struct buf *out, const struct csv_record *record)
{
    for (size_t i = 0; i < record->n; i++) {
        size_t before = out->len;

        csv_add(out, record->fields[i], i == 0);
        check(out->data == NULL || out->len == before ||
              !strchr("=+-@", out->data[before + (i > 0)] ? out->data[before + (i > 0)] : 'x'));
    }
    csv_end(out);
}

static void check_again(const struct buf *text, const struct csv_record *want, size_t n)
{
    char *copy = copy_of(buf_str(text), text->len);
    struct csv_reader reader;
    struct csv_record got;

    csv_begin(&reader, copy, text->len);
    reader.separator = ',';
    for (size_t i = 0; i < n; i++) {
        check(csv_next(&reader, &got, NULL) == 1);
        check(got.n == want[i].n);
        for (size_t k = 0; k < got.n; k++)
            check(span_eq(got.fields[k], want[i].fields[k]));
    }
    check(csv_next(&reader, &got, NULL) == 0);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct csv_record records[RECORDS_MAX];
    char *copy = copy_of(data, size);
    struct csv_reader reader;
    struct buf text = {0};
    size_t n = 0;

    csv_begin(&reader, copy, size);
    while (n < RECORDS_MAX && csv_next(&reader, &records[n], NULL) > 0) {
        for (size_t i = 0; i < records[n].n; i++) {
            const char *from = (const char *)records[n].fields[i].data;

            check(from >= copy && from + records[n].fields[i].len <= copy + size);
        }
        if (!is_blank(&records[n])) {
            write_record(&text, &records[n]);
            n++;
        }
    }
    if (buf_check(&text) == 0)
        check_again(&text, records, n);
    buf_release(&text);
    free(copy);
    return 0;
}
