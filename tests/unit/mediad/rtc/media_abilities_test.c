/* What a client can decode, after its offers and answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/macros.h"
#include "mediad/rtc/media_abilities.h"

enum step { OFFER = 1, ACCEPT, REFUSE };

static void test_abilities(void **state)
{
    static const struct {
        const char *name;
        struct {
            enum step step;
            uint32_t variants;
        } steps[4];
        uint32_t want;
    } rows[] = {
        {"nothing is known", {{0}}, UINT32_MAX},
        {"an offer", {{OFFER, 3}}, 3},
        {"the last offer counts", {{OFFER, 3}, {OFFER, 4}}, 4},
        {"an offer without video says nothing", {{OFFER, 3}, {OFFER, 0}}, 3},
        {"an answer accepts more", {{OFFER, 3}, {ACCEPT, 8}}, 11},
        {"an answer refuses what was offered", {{OFFER, 3}, {REFUSE, 1}}, 2},
        {"an answer alone refuses", {{REFUSE, 1}}, UINT32_MAX - 1},
        {"the last answer counts", {{OFFER, 3}, {REFUSE, 8}, {ACCEPT, 8}}, 11},
        {"the last answer counts, refusing", {{OFFER, 3}, {ACCEPT, 8}, {REFUSE, 8}}, 3},
        {"an offer does not undo a refusal", {{REFUSE, 1}, {OFFER, 3}}, 2},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct media_abilities a = {0};

        print_message("row: %s\n", rows[i].name);
        for (size_t k = 0; k < LENGTH(rows[i].steps) && rows[i].steps[k].step; k++) {
            if (rows[i].steps[k].step == OFFER)
                media_abilities_offer(&a, rows[i].steps[k].variants);
            else
                media_abilities_answer(&a, rows[i].steps[k].variants,
                                       rows[i].steps[k].step == ACCEPT);
        }
        assert_int_equal(rows[i].want, media_abilities_can(&a));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_abilities)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
