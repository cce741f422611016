/* SPDX-License-Identifier: MIT */
/* Faults in words. */
#include <rota/trap.h>

const char *rota_fault_text(int fault)
{
        static const char *const texts[] = {
                [ROTA_FAULT_NONE] = "no fault",
                [ROTA_FAULT_READ] = "read of memory that it may not read",
                [ROTA_FAULT_WRITE] = "write to memory that it may not write",
                [ROTA_FAULT_EXECUTE] = "jump to memory that it may not execute",
                [ROTA_FAULT_ALIGNMENT] = "misaligned address",
                [ROTA_FAULT_ILLEGAL] = "illegal instruction",
                [ROTA_FAULT_PRIVILEGED] = "privileged instruction",
                [ROTA_FAULT_DIVIDE] = "division by zero",
                [ROTA_FAULT_BREAKPOINT] = "breakpoint",
                [ROTA_FAULT_FLOAT] = "floating-point fault",
                [ROTA_FAULT_OTHER] = "fault",
        };
        if (fault < 0 || (unsigned)fault >= sizeof(texts) / sizeof(texts[0]))
                return "unknown fault";
        return texts[fault];
}
