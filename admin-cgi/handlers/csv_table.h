/*
 * A table that somebody pasted or chose: its rows with their columns by name, and what is wrong
 * with it, by line and column.
 */
#ifndef NEREID_ADMIN_CGI_HANDLERS_CSV_TABLE_H
#define NEREID_ADMIN_CGI_HANDLERS_CSV_TABLE_H

#include <json-c/json.h>

#include "admin-cgi/arena.h"
#include "common/csv.h"

#define CSV_ROWS_MAX 2000
#define CSV_PROBLEMS_MAX 100

struct csv_row {
    unsigned line;
    const char *cells[CSV_FIELDS_MAX]; /* as many as there are columns */
};

struct csv_table {
    struct arena *arena;
    const char *columns[CSV_FIELDS_MAX];
    size_t n_columns;
    struct csv_row *rows;
    size_t n_rows;
    struct json_object *problems; /* rows {line, column, text} of the page; borrowed */
    size_t n_problems;
};

/**
 * Read the text. Whatever is wrong becomes a problem; then the table has no rows behind it.
 * @param is_known   may a column have this name?
 * @param needed     NULL-terminated names of columns that must be there
 * @param problems   an array of the page; NULL when out of memory
 */
void csv_table_read(struct csv_table *t, struct arena *a, const char *text,
                    bool (*is_known)(const char *name), const char *const *needed,
                    struct json_object *problems);

/** Note what is wrong with a cell. @param column NULL: with the whole line */
void csv_table_problem(struct csv_table *t, unsigned line, const char *column, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/** The same of a value that was refused. @param text with {reason}, where the error's sentence
 * stands */
void csv_table_refused(struct csv_table *t, unsigned line, const char *column, const char *text,
                       const struct error *e);

/** The cell of a row by its column's name; NULL when there is no such column. */
const char *csv_table_cell(const struct csv_table *t, const struct csv_row *row, const char *name);

#endif
