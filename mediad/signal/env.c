#include "mediad/signal/env.h"

#include "common/now.h"
#include "mediad/signal/message_write.h"

#define RTC_FRESH_US (60 * US_PER_S)

struct span env_rtc_configuration(struct signal_env *env)
{
    struct json_object *configuration;

    if (env->rtc_configuration.len > 0 && env->now_us - env->rtc_made_us < RTC_FRESH_US)
        return buf_span(&env->rtc_configuration);
    configuration = ice_servers_configuration(env->ice, env->wall_us);
    if (!configuration)
        return env->rtc_configuration.len > 0 ? buf_span(&env->rtc_configuration) : span_str("{}");
    buf_clear(&env->rtc_configuration);
    message_write_value(&env->rtc_configuration, configuration);
    json_object_put(configuration);
    env->rtc_made_us = env->now_us;
    return env->rtc_configuration.bad ? span_str("{}") : buf_span(&env->rtc_configuration);
}
