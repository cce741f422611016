/* SPDX-License-Identifier: MIT */
/* Of a port whose tasks have general registers only: for the worlds of tests that run on the host. */
#include <rota/port.h>

size_t rota_port_extra_size(void)
{
        return ROTA_EXTRA_NONE;
}

void rota_port_extra_init(struct rota_extra *extra)
{
        (void)extra;
}

void rota_port_extra_switch(struct rota_extra *from, struct rota_extra *to, bool involuntary)
{
        (void)from;
        (void)to;
        (void)involuntary;
}
