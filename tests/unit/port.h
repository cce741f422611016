/* SPDX-License-Identifier: MIT */
/* The port of the unit tests, as a test sees it. */
#ifndef UNIT_PORT_H
#define UNIT_PORT_H

#include <rota/port.h>
#include <setjmp.h>

struct unit_port {
        struct rota_cpu *cpu; /* that the test plays; NULL: none */
        uint64_t now;
        uint64_t armed; /* the latest deadline */
        bool booting;   /* interrupts are masked, as far as anybody asks */
        uint32_t kicks;
        const struct rota_cpu *kicked; /* the latest */
        uint32_t halts;
        void *space;        /* the one that was switched to last */
        jmp_buf *fatal;     /* where a fatal end goes on; NULL: abort */
        const char *reason; /* of the latest fatal end */
};

extern struct unit_port unit_port;

#endif
