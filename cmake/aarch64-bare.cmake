# SPDX-License-Identifier: MIT
# Bare-metal aarch64.
set(ROTA_BARE_ISA aarch64)
set(ROTA_BARE_EMULATION aarch64elf)
# General registers only: a switch need not save what the kernel never touches.
set(ROTA_BARE_C -mgeneral-regs-only)
include(${CMAKE_CURRENT_LIST_DIR}/bare.cmake)
