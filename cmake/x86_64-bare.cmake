# SPDX-License-Identifier: MIT
# Bare-metal x86_64.
set(ROTA_BARE_ISA x86_64)
set(ROTA_BARE_EMULATION elf_x86_64)
# No red zone: an interrupt is taken on the interrupted thread's stack. General registers only: a
# switch need not save what the kernel never touches.
set(ROTA_BARE_C -mcmodel=small -mno-red-zone -mgeneral-regs-only)
include(${CMAKE_CURRENT_LIST_DIR}/bare.cmake)
