/*
 * Small files of proc(5).
 */
#ifndef NEREID_TESTS_BENCH_LOADGEN_PROC_FILE_H
#define NEREID_TESTS_BENCH_LOADGEN_PROC_FILE_H

#include "common/error.h"

/** The file's beginning as a string. @return 0; ERR_NOT_FOUND when it cannot be read */
int proc_file_read(const char *path, char *out, size_t size) MUST_USE;

#endif
