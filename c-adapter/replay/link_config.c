// Owns the `link` line of a scenario: the keys of a configuration.
#include <string.h>

#include "subject.h"

static bool read_backoff(relink_backoff *backoff, char *value) {
    static const struct {
        const char *name;
        enum relink_preset preset;
    } presets[] = {
        {"interactive", RELINK_PRESET_INTERACTIVE},
        {"fleet", RELINK_PRESET_FLEET},
        {"grpc", RELINK_PRESET_GRPC},
        {"rfc6455", RELINK_PRESET_RFC6455},
    };
    for (size_t at = 0; at < sizeof presets / sizeof *presets; at++) {
        if (strcmp(value, presets[at].name) == 0) {
            return relink_backoff_preset(presets[at].preset, backoff) == RELINK_STATUS_OK;
        }
    }
    char *dots = strstr(value, "..");
    if (dots != NULL) {
        *dots = '\0';
        return read_length(value, &backoff->delay_min_ms) && read_length(dots + 2, &backoff->delay_max_ms);
    }
    uint32_t delay_ms = 0;
    return read_length(value, &delay_ms) && relink_backoff_fixed(delay_ms, backoff) == RELINK_STATUS_OK;
}

static bool read_jitter(relink_backoff *backoff, char *value) {
    static const struct {
        const char *name;
        enum relink_jitter jitter;
    } jitters[] = {
        {"none", RELINK_JITTER_NONE},
        {"full", RELINK_JITTER_FULL},
        {"equal", RELINK_JITTER_EQUAL},
        {"decorrelated", RELINK_JITTER_DECORRELATED},
    };
    for (size_t at = 0; at < sizeof jitters / sizeof *jitters; at++) {
        if (strcmp(value, jitters[at].name) == 0) {
            backoff->jitter = (uint8_t)jitters[at].jitter;
            return true;
        }
    }
    backoff->jitter = RELINK_JITTER_AROUND;
    char *percent = text_behind(value, "around");
    return percent != NULL && text_cut(percent, "%") && read_u8(percent, &backoff->jitter_percent);
}

static bool read_lifetime(relink_config *config, char *value) {
    char *spread = strstr(value, "\xC2\xB1"); // plus-minus
    if (spread == NULL) {
        spread = strstr(value, "+-");
    }
    if (spread == NULL) {
        return read_length(value, &config->lifetime_max_ms);
    }
    *spread = '\0';
    spread += 2;
    return read_length(value, &config->lifetime_max_ms) && text_cut(spread, "%") && read_u8(spread, &config->lifetime_spread_percent);
}

// The keys whose value is a length of time, and where it goes.
static uint32_t *length_named(relink_config *config, const char *key) {
    const struct {
        const char *key;
        uint32_t *ms;
    } lengths[] = {
        {"opening", &config->opening_timeout_ms},
        {"acceptance", &config->acceptance_timeout_ms},
        {"ping", &config->ping_after_ms},
        {"pong", &config->pong_timeout_ms},
        {"closing", &config->closing_timeout_ms},
        {"reset", &config->reset_after_ms},
        {"first", &config->backoff.first_spread_ms},
        {"start", &config->start_spread_ms},
        {"gap", &config->dial_gap_min_ms},
        {"retry-after-max", &config->retry_after_max_ms},
        {"overlap", &config->overlap_max_ms},
    };
    for (size_t at = 0; at < sizeof lengths / sizeof *lengths; at++) {
        if (strcmp(key, lengths[at].key) == 0) {
            return lengths[at].ms;
        }
    }
    return NULL;
}

static bool read_key(relink_config *config, const char *key, char *value) {
    uint32_t *length_ms = length_named(config, key);
    if (length_ms != NULL) {
        return read_length(value, length_ms);
    }
    if (strcmp(key, "backoff") == 0) {
        return read_backoff(&config->backoff, value);
    }
    if (strcmp(key, "jitter") == 0) {
        return read_jitter(&config->backoff, value);
    }
    if (strcmp(key, "failures") == 0) {
        config->backoff.failures_max = 0;
        return strcmp(value, "none") == 0 || read_u32(value, &config->backoff.failures_max);
    }
    if (strcmp(key, "lifetime") == 0) {
        return read_lifetime(config, value);
    }
    if (strcmp(key, "redial") == 0) {
        config->redial = strcmp(value, "yes") == 0;
        return config->redial || strcmp(value, "no") == 0;
    }
    return strcmp(key, "timeout-code") == 0 && read_u16(value, &config->timeout_code);
}

bool link_begin(link_subject *subject, cursor *words) {
    relink_config config;
    if (relink_config_default(&config) != RELINK_STATUS_OK) {
        return false;
    }
    subject->is_single = words_take(words, "single");
    subject->latest = 0;
    for (char *word = words_next(words); word != NULL; word = words_next(words)) {
        char *equals = strchr(word, '=');
        if (equals == NULL) {
            char *growth = text_behind(word, "x");
            if (growth == NULL || !text_cut(growth, "%") || !read_u16(growth, &config.backoff.growth_percent)) {
                return false;
            }
        } else {
            *equals = '\0';
            if (!read_key(&config, word, equals + 1)) {
                return false;
            }
        }
    }
    relink_status status =
        subject->is_single ? relink_single_init(&subject->single, &config) : relink_link_init(&subject->link, &config);
    return status == RELINK_STATUS_OK;
}
