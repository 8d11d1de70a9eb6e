/*
 * Tables as text (RFC 4180): read with line numbers for people's mistakes, and written so that a
 * spreadsheet takes no cell for a formula.
 */
#ifndef NEREID_COMMON_CSV_H
#define NEREID_COMMON_CSV_H

#include "common/buf.h"
#include "common/error.h"

#define CSV_FIELDS_MAX 64

/** A text that is read. Fields lie in the text itself, which is changed on the way. */
struct csv_reader {
    char *data; /* borrowed */
    size_t len, at;
    char separator;
    unsigned line;     /* where the reader stands, from 1 */
    unsigned bad_line; /* after an error: where it is */
};

/** One record. Spans lie in the reader's text. */
struct csv_record {
    unsigned line; /* where it begins */
    size_t n;
    struct span fields[CSV_FIELDS_MAX];
};

/**
 * Begin. A byte order mark is skipped; commas, semicolons or tabs separate, whichever the first
 * line has most of.
 * @param data changed while reading, and borrowed by the records
 */
void csv_begin(struct csv_reader *r, char *data, size_t len);

/**
 * The next record; empty lines are skipped. Lines end in LF, CR LF or CR. What csv_add() put before
 * a cell against formulas is taken off.
 * @return 1, 0 at the end, ERR_SYNTAX with the place ("line 7") for a quotation mark where none may
 * be, one that is not closed, or too many fields
 */
int csv_next(struct csv_reader *r, struct csv_record *out, struct error *e) MUST_USE;

/** Append a field, with a comma before it unless `is_first`. One that begins with = + - @, a tab or
 * an apostrophe gets an apostrophe before it. */
void csv_add(struct buf *out, struct span field, bool is_first);
/** End the record: CR LF. */
void csv_end(struct buf *out);

#endif
