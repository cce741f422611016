/* SPDX-License-Identifier: MIT */
/* User mode as a future. */
#include <rota/user.h>

static enum rota_poll drive(struct rota_future *future, struct rota_poll_context *context)
{
        struct rota_user_drive *self = (struct rota_user_drive *)future;
        int reason = rota_user_execute(self->context, self->answer);

        if (reason == ROTA_TRAP_PREEMPTED) {
                context->preempted = true;
                return ROTA_POLL_YIELDED;
        }
        future->value = reason;
        return ROTA_POLL_READY;
}

void rota_user_drive_init(struct rota_user_drive *self, struct rota_user_context *context)
{
        rota_future_init(&self->future, drive, NULL);
        self->context = context;
        self->answer = 0;
}
