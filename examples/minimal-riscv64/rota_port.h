/* SPDX-License-Identifier: MIT */
/* The port: what Rota asks of this kernel. One CPU, one address space, a periodic tick. */
#include "rota_arch.h"
#include <rota/rota.h>
extern struct rota_cpu the_cpu;
extern volatile uint64_t clock_ns;
ROTA_NORETURN void rota_port_fatal(const char *reason);
#define rota_port_cpu()          (&the_cpu)
#define rota_port_now()          clock_ns
#define rota_port_irq_save       rota_arch_irq_save
#define rota_port_irq_restore    rota_arch_irq_restore
#define rota_port_irq_enable     rota_arch_irq_enable
#define rota_port_irq_enabled    rota_arch_irq_enabled
#define rota_port_relax          rota_arch_pause
#define rota_port_idle(deadline) rota_arch_idle()
#define rota_port_context_init   rota_arch_context_init
#define rota_port_context_switch rota_arch_switch
#include <rota/port_defaults.h> /* no timer to arm: the tick comes anyway */
