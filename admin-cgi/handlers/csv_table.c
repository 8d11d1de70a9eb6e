#include "admin-cgi/handlers/csv_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "admin-cgi/page.h"
#include "admin-cgi/say.h"

void csv_table_refused(struct csv_table *t, unsigned line, const char *column, const char *text,
                       const struct error *e)
{
    csv_table_problem(t, line, column, "%s",
                      say_with(t->arena, text, "reason", say_reported(t->arena, e->text), NULL));
}

void csv_table_problem(struct csv_table *t, unsigned line, const char *column, const char *fmt, ...)
{
    struct json_object *row;
    char text[320];
    const char *said;
    va_list ap;

    if (++t->n_problems > CSV_PROBLEMS_MAX)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (text[0] >= 'a' && text[0] <= 'z') /* words of the store and of common/ begin so */
        text[0] = (char)(text[0] - 'a' + 'A');
    said = say_reported(t->arena, text);
    row = page_row(t->problems);
    page_number(row, "line", line);
    page_text(row, "column", column);
    page_text(row, "text", said);
}

static void read_header(struct csv_table *t, const struct csv_record *record,
                        bool (*is_known)(const char *name), const char *const *needed)
{
    for (size_t i = 0; i < record->n; i++) {
        const char *name = arena_dup(t->arena, span_trim(record->fields[i]));

        if (!name)
            return;
        if (!is_known(name))
            csv_table_problem(t, record->line, name, "There is no such column.");
        for (size_t k = 0; k < t->n_columns; k++) {
            if (strcmp(t->columns[k], name) == 0)
                csv_table_problem(t, record->line, name, "This column is there twice.");
        }
        t->columns[t->n_columns++] = name;
    }
    for (; *needed; needed++) {
        bool found = false;

        for (size_t i = 0; i < t->n_columns; i++)
            found = found || strcmp(t->columns[i], *needed) == 0;
        if (!found)
            csv_table_problem(t, record->line, *needed, "This column is missing.");
    }
}

static void read_row(struct csv_table *t, const struct csv_record *record)
{
    struct csv_row *row;

    if (t->n_rows == CSV_ROWS_MAX) {
        csv_table_problem(t, record->line, NULL, "There are more than %d rows.", CSV_ROWS_MAX);
        return;
    }
    if (record->n != t->n_columns) {
        csv_table_problem(t, record->line, NULL, "There are %zu fields for %zu columns.", record->n,
                          t->n_columns);
        return;
    }
    row = &t->rows[t->n_rows];
    row->line = record->line;
    for (size_t i = 0; i < record->n; i++) {
        row->cells[i] = arena_dup(t->arena, record->fields[i]);
        if (!row->cells[i])
            return;
    }
    t->n_rows++;
}

void csv_table_read(struct csv_table *t, struct arena *a, const char *text,
                    bool (*is_known)(const char *name), const char *const *needed,
                    struct json_object *problems)
{
    struct csv_reader reader;
    struct csv_record record;
    struct error e = {0};
    char *copy;
    int r;

    *t = (struct csv_table){.arena = a, .problems = problems};
    t->rows = arena_array(a, CSV_ROWS_MAX, sizeof *t->rows);
    copy = arena_str(a, text);
    if (!t->rows || !copy)
        return;
    csv_begin(&reader, copy, strlen(copy));
    r = csv_next(&reader, &record, &e);
    if (r > 0)
        read_header(t, &record, is_known, needed);
    else if (r == 0)
        csv_table_problem(t, 1, NULL, "There is nothing in it.");
    while (r > 0 && t->n_problems == 0 && (r = csv_next(&reader, &record, &e)) > 0)
        read_row(t, &record);
    if (r < 0)
        csv_table_problem(t, reader.bad_line, NULL, "%s.", e.text);
}

const char *csv_table_cell(const struct csv_table *t, const struct csv_row *row, const char *name)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (strcmp(t->columns[i], name) == 0)
            return row->cells[i];
    }
    return NULL;
}
