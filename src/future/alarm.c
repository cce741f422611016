/* SPDX-License-Identifier: MIT */
/* A deadline that wakes who polls: a timer, a waker and a word. */
#include "future/alarm.h"

#include "core/core.h"

void alarm_init(struct rota_alarm *alarm)
{
        *alarm = (struct rota_alarm){.state = ALARM_NEW};
}

/* The timer's callback. */
static void ring(void *argument)
{
        struct rota_alarm *alarm = (struct rota_alarm *)argument;
        struct rota_handle waker = alarm->waker; /* once it has rung the memory is not ours */

        /* Release: that nothing here reads the alarm any more; partner: the acquire in alarm_over. */
        rota_atomic_store_release(&alarm->state, (uint32_t)ALARM_OVER);
        rota_wake(waker);
}

void alarm_begin(
        struct rota_alarm *alarm, uint64_t deadline, const struct rota_poll_context *context)
{
        if (alarm_begun(alarm))
                return;
        alarm->waker = context->waker;
        if (deadline == ROTA_NEVER) {
                alarm->state = ALARM_NEVER;
        } else if (deadline <= rota_port_now()) {
                alarm->state = ALARM_OVER;
        } else {
                alarm->state = ALARM_ARMED; /* to the callback by the timer queue's lock */
                rota_timer_arm(&alarm->timer, deadline, ring, alarm);
        }
}

bool alarm_begun(const struct rota_alarm *alarm)
{
        return rota_atomic_load(&alarm->state) != ALARM_NEW;
}

bool alarm_over(const struct rota_alarm *alarm)
{
        return rota_atomic_load_acquire(&alarm->state) == ALARM_OVER;
}

void alarm_end(struct rota_alarm *alarm)
{
        /* Who has rung is in no queue. */
        if (rota_atomic_load_acquire(&alarm->state) == ALARM_ARMED)
                rota_timer_cancel(&alarm->timer);
}
