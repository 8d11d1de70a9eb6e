#include "admin-cgi/plural.h"

#include <stddef.h>
#include <string.h>

#include "common/macros.h"

static const char *english(uint64_t n)
{
    return n == 1 ? "one" : "other";
}

static const char *french(uint64_t n)
{
    if (n < 2)
        return "one";
    return n % 1000000 == 0 ? "many" : "other";
}

static const char *spanish(uint64_t n)
{
    if (n == 1)
        return "one";
    return n != 0 && n % 1000000 == 0 ? "many" : "other";
}

static const char *arabic(uint64_t n)
{
    static const char *const few[] = {"zero", "one", "two"};

    if (n < LENGTH(few))
        return few[n];
    if (n % 100 >= 3 && n % 100 <= 10)
        return "few";
    return n % 100 >= 11 ? "many" : "other";
}

static const char *chinese(uint64_t n)
{
    (void)n;
    return "other";
}

static const struct {
    const char *tag;
    const char *(*form)(uint64_t n);
} rules[] = {
    {"ar", arabic},
    {"es", spanish},
    {"fr", french},
    {"zh", chinese},
};

const char *plural_form(const char *tag, uint64_t n)
{
    for (size_t i = 0; i < LENGTH(rules); i++) {
        if (strcmp(rules[i].tag, tag) == 0)
            return rules[i].form(n);
    }
    return english(n);
}

bool plural_is_form(const char *word)
{
    static const char *const forms[] = {"zero", "one", "two", "few", "many", "other"};

    for (size_t i = 0; i < LENGTH(forms); i++) {
        if (strcmp(forms[i], word) == 0)
            return true;
    }
    return false;
}
