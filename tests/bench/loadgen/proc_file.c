#include "tests/bench/loadgen/proc_file.h"

#include <stdio.h>

int proc_file_read(const char *path, char *out, size_t size)
{
    FILE *f = fopen(path, "re");
    size_t len;

    if (!f)
        return ERR_NOT_FOUND;
    len = fread(out, 1, size - 1, f);
    fclose(f);
    out[len] = 0;
    return len > 0 ? 0 : ERR_NOT_FOUND;
}
