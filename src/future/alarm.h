/* SPDX-License-Identifier: MIT */
/* A deadline that wakes who polls. */
#ifndef ROTA_FUTURE_ALARM_H
#define ROTA_FUTURE_ALARM_H

#include <rota/combine.h>

enum { ALARM_NEW, ALARM_ARMED, ALARM_NEVER, ALARM_OVER };

void alarm_init(struct rota_alarm *alarm);
/* Begins, unless it has. The deadline is absolute; ROTA_NEVER arms nothing. */
void alarm_begin(
        struct rota_alarm *alarm, uint64_t deadline, const struct rota_poll_context *context);
/* Whether it has begun. */
bool alarm_begun(const struct rota_alarm *alarm);
/* Whether its time has come. */
bool alarm_over(const struct rota_alarm *alarm);
/* It is not waited for any more. */
void alarm_end(struct rota_alarm *alarm);

#endif
