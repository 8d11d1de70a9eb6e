/* What every fuzz target has: the function that libFuzzer and replay_main.c call, and an assertion
 * that ends the program whatever it was built with. */
#ifndef NEREID_TESTS_FUZZ_CHECK_H
#define NEREID_TESTS_FUZZ_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void check(bool good)
{
    if (!good)
        abort();
}

#endif
