/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Durations: always with a unit, so that nobody has to guess.
 */
#include "duration.h"

#include <stdio.h>
#include <string.h>

static const struct {
        const char *name;
        uint64_t ns;
} units[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000}};

#define NS_MOST ((uint64_t)1 << 60)

bool duration_read(const char *text, const char *what, uint64_t *ns, struct error *error)
{
        uint64_t whole = 0;
        uint64_t part = 0;
        uint64_t scale = 1;
        const char *p = text;
        bool digits = false;

        for (; *p >= '0' && *p <= '9'; p++, digits = true) {
                if (whole > NS_MOST / 10)
                        return error_set(error, "%s: %s is too long", what, text);
                whole = whole * 10 + (uint64_t)(*p - '0');
        }
        if (digits && *p == '.')
                for (p++; *p >= '0' && *p <= '9' && scale < NS_MOST / 1000; p++, scale *= 10)
                        part = part * 10 + (uint64_t)(*p - '0');
        if (!digits)
                return error_set(error,
                        "%s: \"%s\" is no duration; write a number and a unit, such as 5ms", what,
                        text);
        if (*p == '\0')
                return error_set(error, "%s: %s has no unit; write %sms, %sus or %ss", what, text,
                        text, text, text);
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
                if (strcmp(p, units[i].name) != 0)
                        continue;
                if (whole > NS_MOST / units[i].ns)
                        return error_set(error, "%s: %s is too long", what, text);
                const double rest = (double)part / (double)scale * (double)units[i].ns;
                *ns = whole * units[i].ns + (uint64_t)(rest + 0.5);
                return true;
        }
        return error_set(error, "%s: \"%s\" has no unit of time that is known: ns, us, ms, s or m",
                what, text);
}

const char *duration_text(char *out, size_t size, uint64_t ns)
{
        static const char *const names[] = {"ns", "us", "ms", "s"};
        double value = (double)ns;
        size_t unit = 0;

        while (value >= 999.5 && unit < 3) {
                value /= 1000;
                unit++;
        }
        if (ns == 0) {
                snprintf(out, size, "0");
                return out;
        }
        const int digits = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
        snprintf(out, size, "%.*f%s", digits, value, names[unit]);
        return out;
}
