/*
 * Stands in for libFuzzer in an ordinary build: gives each file named on the command line to the
 * fuzz target once, in a block of exactly its size, so that a kept case is checked by `make check`.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    long size = -1;
    int r = -1;

    if (!file || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0)
        goto out;
    rewind(file);
    data = malloc(size > 0 ? (size_t)size : 1);
    if (!data || fread(data, 1, (size_t)size, file) != (size_t)size)
        goto out;
    LLVMFuzzerTestOneInput(data, (size_t)size);
    r = 0;
out:
    if (r < 0)
        perror(path);
    free(data);
    if (file)
        fclose(file);
    return r;
}

int main(int argc, char **argv)
{
    int failed = 0;

    for (int i = 1; i < argc; i++) {
        if (replay(argv[i]) < 0)
            failed = 1;
    }
    return failed;
}
